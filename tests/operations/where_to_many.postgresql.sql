SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $3::integer THEN (
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
              WHERE EXISTS (
                SELECT 1
                FROM "person" t3
                WHERE t3."firm_id" = t2.id AND t3."email" IS NOT NULL
              )
              ORDER BY t2."id"
              LIMIT 50
            ) p1
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "some", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p4.c0 AS "name"
            FROM (
              SELECT t5."name" AS c0
              FROM "firm" t5
              WHERE NOT EXISTS (
                SELECT 1
                FROM "deal" t6
                WHERE t6."firm_id" = t5.id AND (t6."amount" > $1::numeric) IS NOT TRUE
              ) AND EXISTS (
                SELECT 1
                FROM "person" t7
                WHERE t7."firm_id" = t5.id
              )
              ORDER BY t5."id"
              LIMIT 50
            ) p4
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "every", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p8.c0 AS "name"
            FROM (
              SELECT t9."name" AS c0
              FROM "firm" t9
              WHERE NOT EXISTS (
                SELECT 1
                FROM "deal" t10
                WHERE t10."firm_id" = t9.id
              ) AND t9."parent_id" IS NULL
              ORDER BY t9."id"
              LIMIT 50
            ) p8
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "none", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p11.c0 AS "name"
            FROM (
              SELECT t12."name" AS c0
              FROM "firm" t12
              WHERE EXISTS (
                SELECT 1
                FROM "person" t13
                WHERE t13."firm_id" = t12.id AND EXISTS (
                  SELECT 1
                  FROM "happening" t14
                  WHERE t14."regarding_id" = t13.id AND t14."minutes" > $2::integer
                )
              )
              ORDER BY t12."id"
              LIMIT 50
            ) p11
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "deep"
  ) "$"
) END
