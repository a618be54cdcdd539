SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $1::integer THEN (
  SELECT row_to_json("$")
  FROM (
    SELECT (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p1.c0 AS "name"
            FROM (
              SELECT t2."name" AS c0
              FROM "firm" t2
              ORDER BY t2."id"
              LIMIT 50
            ) p1
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "firms"
  ) "$"
) END
