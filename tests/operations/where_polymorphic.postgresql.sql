SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $7::integer THEN (
  SELECT row_to_json("$")
  FROM (
    SELECT (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p1.c0 AS "subject"
            FROM (
              SELECT t2."subject" AS c0
              FROM "happening" t2
              WHERE t2."regarding_type" IN (10002, 10003)
              ORDER BY t2."id"
              LIMIT 50
            ) p1
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "byType", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p3.c0 AS "title"
            FROM (
              SELECT t4."title" AS c0
              FROM "deal" t4
              WHERE t4."buyer_id" IS NOT NULL AND t4."buyer_id" = $1::uuid
              ORDER BY t4."id"
              LIMIT 50
            ) p3
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "byId", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p5.c0 AS "subject"
            FROM (
              SELECT t6."subject" AS c0
              FROM "happening" t6
              WHERE EXISTS (
                SELECT 1
                FROM "person" t7
                WHERE t7.id = t6."regarding_id" AND EXISTS (
                  SELECT 1
                  FROM "firm" t8
                  WHERE t8.id = t7."firm_id" AND t8."name" = $2::text
                )
              )
              ORDER BY t6."id"
              LIMIT 50
            ) p5
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "nested", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p9.c0 AS "title"
            FROM (
              SELECT t10."title" AS c0
              FROM "deal" t10
              WHERE ((EXISTS (
                SELECT 1
                FROM "firm" t11
                WHERE t11.id = t10."buyer_id" AND t11."name" = $3::text
              )) OR (EXISTS (
                SELECT 1
                FROM "person" t12
                WHERE t12.id = t10."buyer_id" AND substr(t12."full_name", 1, length($4::text)) = $4::text
              )))
              ORDER BY t10."id"
              LIMIT 50
            ) p9
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "either", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p13.c0 AS "title"
            FROM (
              SELECT t14."title" AS c0
              FROM "deal" t14
              WHERE t14."buyer_id" IS NULL
              ORDER BY t14."id"
              LIMIT 50
            ) p13
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "nobody", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p15.c0 AS "name"
            FROM (
              SELECT t16."name" AS c0
              FROM "firm" t16
              WHERE EXISTS (
                SELECT 1
                FROM "user" t17
                WHERE t17.id = t16."owner_id" AND t17."full_name" = $5::text
              )
              ORDER BY t16."id"
              LIMIT 50
            ) p15
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "owner", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT count(*)
          FROM "firm" t18
          WHERE t18."owner_id" = $6::uuid
        ) AS "totalCount"
      ) "$"
    ) AS "isMe"
  ) "$"
) END
