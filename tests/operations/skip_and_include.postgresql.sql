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
            SELECT p1.c0 AS "number", p1.c1 AS "employees"
            FROM (
              SELECT t2."number" AS c0, t2."employees" AS c1
              FROM "firm" t2
              ORDER BY t2."id"
              LIMIT 1
            ) p1
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "firms"
  ) "$"
) END
