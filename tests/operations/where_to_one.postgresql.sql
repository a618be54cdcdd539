SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $5::integer THEN (
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
              WHERE t2."parent_id" = $1::uuid
              ORDER BY t2."id"
              LIMIT 50
            ) p1
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "byId", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p3.c0 AS "fullName"
            FROM (
              SELECT t4."full_name" AS c0
              FROM "person" t4
              WHERE EXISTS (
                SELECT 1
                FROM "firm" t5
                WHERE t5.id = t4."firm_id" AND EXISTS (
                  SELECT 1
                  FROM "firm" t6
                  WHERE t6.id = t5."parent_id" AND substr(t6."name", 1, length($2::text)) = $2::text
                )
              )
              ORDER BY t4."id"
              LIMIT 50
            ) p3
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "byField", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p7.c0 AS "name"
            FROM (
              SELECT t8."name" AS c0
              FROM "firm" t8
              WHERE t8."parent_id" IS NULL
              ORDER BY t8."id"
              LIMIT 50
            ) p7
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "none", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p9.c0 AS "fullName"
            FROM (
              SELECT t10."full_name" AS c0
              FROM "person" t10
              WHERE NOT EXISTS (
                SELECT 1
                FROM "firm" t11
                WHERE t11.id = t10."firm_id" AND t11."name" = $3::text
              )
              ORDER BY t10."id"
              LIMIT 50
            ) p9
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "notOf", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT count(*)
          FROM "firm" t12
          WHERE t12."created_by_id" = $4::uuid
        ) AS "totalCount"
      ) "$"
    ) AS "mine"
  ) "$"
) END
