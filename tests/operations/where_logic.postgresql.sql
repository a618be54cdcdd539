SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $6::integer THEN (
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
              WHERE ((t2."name" = $1::text) OR (t2."employees" > $2::integer))
              ORDER BY t2."id"
              LIMIT 50
            ) p1
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "or", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p3.c0 AS "name"
            FROM (
              SELECT t4."name" AS c0
              FROM "firm" t4
              WHERE t4."warmth" = $3::integer AND EXISTS (
                SELECT 1
                FROM "currency" t5
                WHERE t5.id = t4."currency_id" AND t5."iso_code" = $4::text
              ) AND t4."founded" IS NOT NULL
              ORDER BY t4."id"
              LIMIT 50
            ) p3
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "and", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p6.c0 AS "name"
            FROM (
              SELECT t7."name" AS c0
              FROM "firm" t7
              WHERE ((t7."warmth" = $5::integer) OR (t7."employees" IS NULL)) IS NOT TRUE
              ORDER BY t7."id"
              LIMIT 50
            ) p6
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "not", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT count(*)
          FROM "firm" t8
          WHERE FALSE
        ) AS "totalCount"
      ) "$"
    ) AS "noAlternative", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT count(*)
          FROM "firm" t9
          WHERE (FALSE) IS NOT TRUE
        ) AS "totalCount"
      ) "$"
    ) AS "everything"
  ) "$"
) END
