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
            SELECT p1.c0 AS "name", (
              SELECT "$"
              FROM (
                SELECT (
                  SELECT count(*)
                  FROM "deal" t6
                  WHERE t6."buyer_id" = p1.c1 AND t6."amount" > $3::numeric
                ) AS "totalCount", array_to_json(ARRAY(
                  SELECT "$"
                  FROM (
                    SELECT p4.c0 AS "title"
                    FROM (
                      SELECT t5."title" AS c0
                      FROM "deal" t5
                      WHERE t5."buyer_id" = p1.c1 AND t5."amount" > $3::numeric
                      ORDER BY t5."title__sort", t5."id"
                      LIMIT 50
                    ) p4
                  ) "$"
                )) AS "nodes"
              ) "$"
            ) AS "dearDeals", array_to_json(ARRAY(
              SELECT s9.j
              FROM (
                SELECT 0 AS n, (
                  SELECT row_to_json("$")
                  FROM (
                    SELECT '"RecordWarning"'::json AS "__typename", '"DEAR_DEALS"'::json AS "name", '"Some deals are dear"'::json AS "message", q8.n AS "count"
                  ) "$"
                ) AS j
                FROM (
                  SELECT count(*) AS n
                  FROM "deal" t7
                  WHERE t7."buyer_id" = p1.c1 AND t7."amount" > $4::numeric
                ) q8
                WHERE q8.n > 0
              ) s9
              ORDER BY s9.n
            )) AS "warnings", (
              SELECT "$"
              FROM (
                SELECT array_to_json(ARRAY(
                  SELECT "$"
                  FROM (
                    SELECT array_to_json(ARRAY(
                      SELECT s14.j
                      FROM (
                        SELECT 0 AS n, (
                          SELECT row_to_json("$")
                          FROM (
                            SELECT '"DEAR_DEALS"'::json AS "name", q13.n AS "count"
                          ) "$"
                        ) AS j
                        FROM (
                          SELECT count(*) AS n
                          FROM "deal" t12
                          WHERE t12."buyer_id" = p10.c0 AND t12."amount" > $5::numeric
                        ) q13
                        WHERE q13.n > 0
                      ) s14
                      ORDER BY s14.n
                    )) AS "warnings"
                    FROM (
                      SELECT t11."buyer_id" AS c0
                      FROM "deal" t11
                      WHERE t11."firm_id" = p1.c1 AND t11."closes" IS NULL
                      ORDER BY t11."id"
                      LIMIT 1
                    ) p10
                  ) "$"
                )) AS "nodes"
              ) "$"
            ) AS "deals"
            FROM (
              SELECT t2."name" AS c0, t2."id" AS c1
              FROM "firm" t2
              WHERE EXISTS (
                SELECT 1
                FROM "deal" t3
                WHERE t3."buyer_id" = t2.id AND t3."amount" > $1::numeric AND t3."title" IS DISTINCT
                FROM $2::text
              )
              ORDER BY t2."name__sort", t2."id"
              LIMIT 50
            ) p1
          ) "$"
        )) AS "nodes", (
          SELECT "$"
          FROM (
            SELECT (
              SELECT "$"
              FROM (
                SELECT g17.m0 AS "count"
              ) "$"
            ) AS "dearDeals"
            FROM (
              SELECT CAST(coalesce(sum(n19.n), 0) AS bigint) AS m0
              FROM "firm" t15 LEFT JOIN (
                SELECT z.key, count(*) AS n
                FROM (
                  SELECT t18."buyer_id" AS key
                  FROM "deal" t18
                  WHERE t18."amount" > $6::numeric
                  ORDER BY t18."buyer_id" OFFSET 0
                ) z
                GROUP BY z.key
              ) n19 ON n19.key = t15.id
              WHERE EXISTS (
                SELECT 1
                FROM "deal" t16
                WHERE t16."buyer_id" = t15.id AND t16."amount" > $1::numeric AND t16."title" IS DISTINCT
                FROM $2::text
              )
            ) g17
          ) "$"
        ) AS "aggregate"
      ) "$"
    ) AS "firms"
  ) "$"
) END
