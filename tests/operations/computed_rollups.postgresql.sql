SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $4::integer THEN (
  SELECT row_to_json("$")
  FROM (
    SELECT (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p1.c0 AS "name", (
              SELECT CAST(count(*) AS integer)
              FROM "person" t4
              WHERE t4."firm_id" = p1.c1
            ) AS "peopleCount", (
              SELECT (CASE WHEN abs(round((sum((
                SELECT CASE
                WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                FROM (
                  SELECT round((div(((
                    SELECT CASE
                    WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                    FROM (
                      SELECT round((((t5."amount")::numeric - coalesce((t5."fee")::numeric, 0::numeric)))::numeric, 2) AS n OFFSET 0
                    ) v
                  )) * (CASE WHEN t5."currency_id" = p1.c3 THEN 1::numeric ELSE coalesce(nullif(p1.c2, 0), 1::numeric) END) * 1000, CASE WHEN t5."currency_id" = p1.c3 THEN 1::numeric ELSE coalesce(nullif(t5."exchange_rate", 0), 1::numeric) END) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                ) v
              )))::numeric, 2)) <= 9999999999999999.99::numeric THEN round((sum((
                SELECT CASE
                WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                FROM (
                  SELECT round((div(((
                    SELECT CASE
                    WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                    FROM (
                      SELECT round((((t5."amount")::numeric - coalesce((t5."fee")::numeric, 0::numeric)))::numeric, 2) AS n OFFSET 0
                    ) v
                  )) * (CASE WHEN t5."currency_id" = p1.c3 THEN 1::numeric ELSE coalesce(nullif(p1.c2, 0), 1::numeric) END) * 1000, CASE WHEN t5."currency_id" = p1.c3 THEN 1::numeric ELSE coalesce(nullif(t5."exchange_rate", 0), 1::numeric) END) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                ) v
              )))::numeric, 2) END)
              FROM "deal" t5
              WHERE t5."firm_id" = p1.c1 AND t5."state" = $1::integer
            )::text AS "openTotal", (
              SELECT (CASE WHEN abs(round((sign(sum(CASE WHEN t6."currency_id" = p1.c3 THEN t6."amount" ELSE (
                SELECT CASE
                WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                FROM (
                  SELECT round((div((t6."amount") * (coalesce(nullif(p1.c2, 0), 1::numeric)) * 1000, coalesce(nullif(t6."exchange_rate", 0), 1::numeric)) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                ) v
              ) END))::numeric * div(2 * abs(sum(CASE WHEN t6."currency_id" = p1.c3 THEN t6."amount" ELSE (
                SELECT CASE
                WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                FROM (
                  SELECT round((div((t6."amount") * (coalesce(nullif(p1.c2, 0), 1::numeric)) * 1000, coalesce(nullif(t6."exchange_rate", 0), 1::numeric)) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                ) v
              ) END))::numeric * 1000 + count(CASE WHEN t6."currency_id" = p1.c3 THEN t6."amount" ELSE (
                SELECT CASE
                WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                FROM (
                  SELECT round((div((t6."amount") * (coalesce(nullif(p1.c2, 0), 1::numeric)) * 1000, coalesce(nullif(t6."exchange_rate", 0), 1::numeric)) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                ) v
              ) END), (2 * nullif(count(CASE WHEN t6."currency_id" = p1.c3 THEN t6."amount" ELSE (
                SELECT CASE
                WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                FROM (
                  SELECT round((div((t6."amount") * (coalesce(nullif(p1.c2, 0), 1::numeric)) * 1000, coalesce(nullif(t6."exchange_rate", 0), 1::numeric)) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                ) v
              ) END), 0))::numeric) * 0.001::numeric)::numeric, 3)) <= 999999999999999.999::numeric THEN round((sign(sum(CASE WHEN t6."currency_id" = p1.c3 THEN t6."amount" ELSE (
                SELECT CASE
                WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                FROM (
                  SELECT round((div((t6."amount") * (coalesce(nullif(p1.c2, 0), 1::numeric)) * 1000, coalesce(nullif(t6."exchange_rate", 0), 1::numeric)) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                ) v
              ) END))::numeric * div(2 * abs(sum(CASE WHEN t6."currency_id" = p1.c3 THEN t6."amount" ELSE (
                SELECT CASE
                WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                FROM (
                  SELECT round((div((t6."amount") * (coalesce(nullif(p1.c2, 0), 1::numeric)) * 1000, coalesce(nullif(t6."exchange_rate", 0), 1::numeric)) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                ) v
              ) END))::numeric * 1000 + count(CASE WHEN t6."currency_id" = p1.c3 THEN t6."amount" ELSE (
                SELECT CASE
                WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                FROM (
                  SELECT round((div((t6."amount") * (coalesce(nullif(p1.c2, 0), 1::numeric)) * 1000, coalesce(nullif(t6."exchange_rate", 0), 1::numeric)) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                ) v
              ) END), (2 * nullif(count(CASE WHEN t6."currency_id" = p1.c3 THEN t6."amount" ELSE (
                SELECT CASE
                WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                FROM (
                  SELECT round((div((t6."amount") * (coalesce(nullif(p1.c2, 0), 1::numeric)) * 1000, coalesce(nullif(t6."exchange_rate", 0), 1::numeric)) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                ) v
              ) END), 0))::numeric) * 0.001::numeric)::numeric, 3) END)
              FROM "deal" t6
              WHERE t6."firm_id" = p1.c1
            )::text AS "mean", (
              SELECT min(t7."closes")
              FROM "deal" t7
              WHERE t7."firm_id" = p1.c1
            ) AS "firstClose", (
              SELECT (CASE WHEN abs(round((sum(t9."minutes"))::numeric, 0)) <= 2147483647::numeric THEN round((sum(t9."minutes"))::numeric, 0) END)::integer
              FROM "person" t8 CROSS JOIN "happening" t9
              WHERE t8."firm_id" = p1.c1 AND t9."regarding_id" = t8.id
            ) AS "talk", (
              SELECT CAST(count(*) AS integer)
              FROM "deal" t10
              WHERE t10."firm_id" = p1.c1 AND EXISTS (
                SELECT 1
                FROM "firm" t11
                WHERE t11.id = t10."firm_id" AND (
                  SELECT CAST(count(*) AS integer)
                  FROM "person" t12
                  WHERE t12."firm_id" = t11.id
                ) > $3::integer
              )
            ) AS "busyDeals"
            FROM (
              SELECT t2."name" AS c0, t2."id" AS c1, t2."exchange_rate" AS c2, t2."currency_id" AS c3
              FROM "firm" t2
              WHERE (
                SELECT (CASE WHEN abs(round((sum((
                  SELECT CASE
                  WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                  FROM (
                    SELECT round((div(((
                      SELECT CASE
                      WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                      FROM (
                        SELECT round((((t3."amount")::numeric - coalesce((t3."fee")::numeric, 0::numeric)))::numeric, 2) AS n OFFSET 0
                      ) v
                    )) * (CASE WHEN t3."currency_id" = t2."currency_id" THEN 1::numeric ELSE coalesce(nullif(t2."exchange_rate", 0), 1::numeric) END) * 1000, CASE WHEN t3."currency_id" = t2."currency_id" THEN 1::numeric ELSE coalesce(nullif(t3."exchange_rate", 0), 1::numeric) END) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                  ) v
                )))::numeric, 2)) <= 9999999999999999.99::numeric THEN round((sum((
                  SELECT CASE
                  WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                  FROM (
                    SELECT round((div(((
                      SELECT CASE
                      WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                      FROM (
                        SELECT round((((t3."amount")::numeric - coalesce((t3."fee")::numeric, 0::numeric)))::numeric, 2) AS n OFFSET 0
                      ) v
                    )) * (CASE WHEN t3."currency_id" = t2."currency_id" THEN 1::numeric ELSE coalesce(nullif(t2."exchange_rate", 0), 1::numeric) END) * 1000, CASE WHEN t3."currency_id" = t2."currency_id" THEN 1::numeric ELSE coalesce(nullif(t3."exchange_rate", 0), 1::numeric) END) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                  ) v
                )))::numeric, 2) END)
                FROM "deal" t3
                WHERE t3."firm_id" = t2.id AND t3."state" = $1::integer
              ) > $2::numeric
              ORDER BY (
                SELECT CAST(count(*) AS integer)
                FROM "person" t13
                WHERE t13."firm_id" = t2.id
              ) DESC, t2."id" DESC
              LIMIT 50
            ) p1
          ) "$"
        )) AS "nodes", (
          SELECT "$"
          FROM (
            SELECT (
              SELECT "$"
              FROM (
                SELECT CAST(g16.m0 AS text) AS "peopleCount"
              ) "$"
            ) AS "sum"
            FROM (
              SELECT sum((
                SELECT CAST(count(*) AS integer)
                FROM "person" t17
                WHERE t17."firm_id" = t14.id
              )) AS m0
              FROM "firm" t14
              WHERE (
                SELECT (CASE WHEN abs(round((sum((
                  SELECT CASE
                  WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                  FROM (
                    SELECT round((div(((
                      SELECT CASE
                      WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                      FROM (
                        SELECT round((((t15."amount")::numeric - coalesce((t15."fee")::numeric, 0::numeric)))::numeric, 2) AS n OFFSET 0
                      ) v
                    )) * (CASE WHEN t15."currency_id" = t14."currency_id" THEN 1::numeric ELSE coalesce(nullif(t14."exchange_rate", 0), 1::numeric) END) * 1000, CASE WHEN t15."currency_id" = t14."currency_id" THEN 1::numeric ELSE coalesce(nullif(t15."exchange_rate", 0), 1::numeric) END) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                  ) v
                )))::numeric, 2)) <= 9999999999999999.99::numeric THEN round((sum((
                  SELECT CASE
                  WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                  FROM (
                    SELECT round((div(((
                      SELECT CASE
                      WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                      FROM (
                        SELECT round((((t15."amount")::numeric - coalesce((t15."fee")::numeric, 0::numeric)))::numeric, 2) AS n OFFSET 0
                      ) v
                    )) * (CASE WHEN t15."currency_id" = t14."currency_id" THEN 1::numeric ELSE coalesce(nullif(t14."exchange_rate", 0), 1::numeric) END) * 1000, CASE WHEN t15."currency_id" = t14."currency_id" THEN 1::numeric ELSE coalesce(nullif(t15."exchange_rate", 0), 1::numeric) END) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                  ) v
                )))::numeric, 2) END)
                FROM "deal" t15
                WHERE t15."firm_id" = t14.id AND t15."state" = $1::integer
              ) > $2::numeric
            ) g16
          ) "$"
        ) AS "aggregate", array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT (
              SELECT "$"
              FROM (
                SELECT g20.k0 AS "rich"
              ) "$"
            ) AS "keys", (
              SELECT "$"
              FROM (
                SELECT g20.m0 AS "count", (
                  SELECT "$"
                  FROM (
                    SELECT round(g20.m1, 2)::text AS "openTotal"
                  ) "$"
                ) AS "max"
              ) "$"
            ) AS "aggregate"
            FROM (
              SELECT ((((coalesce(((
                SELECT (CASE WHEN abs(round((sum((
                  SELECT CASE
                  WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                  FROM (
                    SELECT round((div(((
                      SELECT CASE
                      WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                      FROM (
                        SELECT round((((t21."amount")::numeric - coalesce((t21."fee")::numeric, 0::numeric)))::numeric, 2) AS n OFFSET 0
                      ) v
                    )) * (CASE WHEN t21."currency_id" = t18."currency_id" THEN 1::numeric ELSE coalesce(nullif(t18."exchange_rate", 0), 1::numeric) END) * 1000, CASE WHEN t21."currency_id" = t18."currency_id" THEN 1::numeric ELSE coalesce(nullif(t21."exchange_rate", 0), 1::numeric) END) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                  ) v
                )))::numeric, 2)) <= 9999999999999999.99::numeric THEN round((sum((
                  SELECT CASE
                  WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                  FROM (
                    SELECT round((div(((
                      SELECT CASE
                      WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                      FROM (
                        SELECT round((((t21."amount")::numeric - coalesce((t21."fee")::numeric, 0::numeric)))::numeric, 2) AS n OFFSET 0
                      ) v
                    )) * (CASE WHEN t21."currency_id" = t18."currency_id" THEN 1::numeric ELSE coalesce(nullif(t18."exchange_rate", 0), 1::numeric) END) * 1000, CASE WHEN t21."currency_id" = t18."currency_id" THEN 1::numeric ELSE coalesce(nullif(t21."exchange_rate", 0), 1::numeric) END) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                  ) v
                )))::numeric, 2) END)
                FROM "deal" t21
                WHERE t21."firm_id" = t18.id AND t21."state" = $1::integer
              ))::numeric, 0::numeric) > 50::numeric) IS TRUE) IS TRUE) OR ((((t18."revenue")::numeric > 500::numeric) IS TRUE) IS TRUE)) AS k0, count(*) AS m0, max((
                SELECT (CASE WHEN abs(round((sum((
                  SELECT CASE
                  WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                  FROM (
                    SELECT round((div(((
                      SELECT CASE
                      WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                      FROM (
                        SELECT round((((t22."amount")::numeric - coalesce((t22."fee")::numeric, 0::numeric)))::numeric, 2) AS n OFFSET 0
                      ) v
                    )) * (CASE WHEN t22."currency_id" = t18."currency_id" THEN 1::numeric ELSE coalesce(nullif(t18."exchange_rate", 0), 1::numeric) END) * 1000, CASE WHEN t22."currency_id" = t18."currency_id" THEN 1::numeric ELSE coalesce(nullif(t22."exchange_rate", 0), 1::numeric) END) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                  ) v
                )))::numeric, 2)) <= 9999999999999999.99::numeric THEN round((sum((
                  SELECT CASE
                  WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                  FROM (
                    SELECT round((div(((
                      SELECT CASE
                      WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                      FROM (
                        SELECT round((((t22."amount")::numeric - coalesce((t22."fee")::numeric, 0::numeric)))::numeric, 2) AS n OFFSET 0
                      ) v
                    )) * (CASE WHEN t22."currency_id" = t18."currency_id" THEN 1::numeric ELSE coalesce(nullif(t18."exchange_rate", 0), 1::numeric) END) * 1000, CASE WHEN t22."currency_id" = t18."currency_id" THEN 1::numeric ELSE coalesce(nullif(t22."exchange_rate", 0), 1::numeric) END) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                  ) v
                )))::numeric, 2) END)
                FROM "deal" t22
                WHERE t22."firm_id" = t18.id AND t22."state" = $1::integer
              )) AS m1
              FROM "firm" t18
              WHERE (
                SELECT (CASE WHEN abs(round((sum((
                  SELECT CASE
                  WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                  FROM (
                    SELECT round((div(((
                      SELECT CASE
                      WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                      FROM (
                        SELECT round((((t19."amount")::numeric - coalesce((t19."fee")::numeric, 0::numeric)))::numeric, 2) AS n OFFSET 0
                      ) v
                    )) * (CASE WHEN t19."currency_id" = t18."currency_id" THEN 1::numeric ELSE coalesce(nullif(t18."exchange_rate", 0), 1::numeric) END) * 1000, CASE WHEN t19."currency_id" = t18."currency_id" THEN 1::numeric ELSE coalesce(nullif(t19."exchange_rate", 0), 1::numeric) END) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                  ) v
                )))::numeric, 2)) <= 9999999999999999.99::numeric THEN round((sum((
                  SELECT CASE
                  WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                  FROM (
                    SELECT round((div(((
                      SELECT CASE
                      WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                      FROM (
                        SELECT round((((t19."amount")::numeric - coalesce((t19."fee")::numeric, 0::numeric)))::numeric, 2) AS n OFFSET 0
                      ) v
                    )) * (CASE WHEN t19."currency_id" = t18."currency_id" THEN 1::numeric ELSE coalesce(nullif(t18."exchange_rate", 0), 1::numeric) END) * 1000, CASE WHEN t19."currency_id" = t18."currency_id" THEN 1::numeric ELSE coalesce(nullif(t19."exchange_rate", 0), 1::numeric) END) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                  ) v
                )))::numeric, 2) END)
                FROM "deal" t19
                WHERE t19."firm_id" = t18.id AND t19."state" = $1::integer
              ) > $2::numeric
              GROUP BY 1
              ORDER BY ((((coalesce(((
                SELECT (CASE WHEN abs(round((sum((
                  SELECT CASE
                  WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                  FROM (
                    SELECT round((div(((
                      SELECT CASE
                      WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                      FROM (
                        SELECT round((((t21."amount")::numeric - coalesce((t21."fee")::numeric, 0::numeric)))::numeric, 2) AS n OFFSET 0
                      ) v
                    )) * (CASE WHEN t21."currency_id" = t18."currency_id" THEN 1::numeric ELSE coalesce(nullif(t18."exchange_rate", 0), 1::numeric) END) * 1000, CASE WHEN t21."currency_id" = t18."currency_id" THEN 1::numeric ELSE coalesce(nullif(t21."exchange_rate", 0), 1::numeric) END) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                  ) v
                )))::numeric, 2)) <= 9999999999999999.99::numeric THEN round((sum((
                  SELECT CASE
                  WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                  FROM (
                    SELECT round((div(((
                      SELECT CASE
                      WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                      FROM (
                        SELECT round((((t21."amount")::numeric - coalesce((t21."fee")::numeric, 0::numeric)))::numeric, 2) AS n OFFSET 0
                      ) v
                    )) * (CASE WHEN t21."currency_id" = t18."currency_id" THEN 1::numeric ELSE coalesce(nullif(t18."exchange_rate", 0), 1::numeric) END) * 1000, CASE WHEN t21."currency_id" = t18."currency_id" THEN 1::numeric ELSE coalesce(nullif(t21."exchange_rate", 0), 1::numeric) END) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                  ) v
                )))::numeric, 2) END)
                FROM "deal" t21
                WHERE t21."firm_id" = t18.id AND t21."state" = $1::integer
              ))::numeric, 0::numeric) > 50::numeric) IS TRUE) IS TRUE) OR ((((t18."revenue")::numeric > 500::numeric) IS TRUE) IS TRUE))
            ) g20
          ) "$"
        )) AS "groupBy"
      ) "$"
    ) AS "firms"
  ) "$"
) END
