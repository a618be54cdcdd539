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
            SELECT p1.c0 AS "title", p1.c1::text AS "amount", p1.c2::text AS "amountBase", p1.c3::text AS "fee", p1.c4 AS "closes", p1.c5::text AS "total", (
              SELECT "$"
              FROM (
                SELECT t3."iso_code" AS "isoCode"
                FROM "currency" t3
                WHERE t3.id = p1.c6
              ) "$"
            ) AS "currency", CASE
            WHEN p1.c7 IS NOT NULL THEN (
              SELECT row_to_json("$")
              FROM (
                SELECT CASE p1.c8
                WHEN 10001 THEN 'Firm'
                WHEN 10002 THEN 'Person' END AS "__typename", p1.c7 AS "id"
              ) "$"
            ) END AS "buyer", CASE
            WHEN p1.c8 = 10001 THEN (
              SELECT row_to_json("$")
              FROM (
                SELECT t4."id" AS "id", t4."name" AS "name", CASE t4."warmth"
                WHEN 3 THEN 'COLD'
                WHEN 1 THEN 'WARM'
                WHEN 2 THEN 'HOT' END AS "warmth"
                FROM "firm" t4
                WHERE t4.id = p1.c7
              ) "$"
            )
            WHEN p1.c8 = 10002 THEN (
              SELECT row_to_json("$")
              FROM (
                SELECT t5."id" AS "id", t5."full_name" AS "fullName", (
                  SELECT "$"
                  FROM (
                    SELECT t6."name" AS "name"
                    FROM "firm" t6
                    WHERE t6.id = t5."firm_id"
                  ) "$"
                ) AS "firm"
                FROM "person" t5
                WHERE t5.id = p1.c7
              ) "$"
            ) END AS "who"
            FROM (
              SELECT t2."title" AS c0, t2."amount" AS c1, t2."amount_base" AS c2, t2."fee" AS c3, t2."closes" AS c4, t2."total" AS c5, t2."currency_id" AS c6, t2."buyer_id" AS c7, t2."buyer_type" AS c8
              FROM "deal" t2
              ORDER BY t2."title__sort", t2."id"
              LIMIT 50
            ) p1
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "deals"
  ) "$"
) END
