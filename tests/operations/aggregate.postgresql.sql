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
        SELECT (
          SELECT "$"
          FROM (
            SELECT g2.m0 AS "count", (
              SELECT "$"
              FROM (
                SELECT g2.m1 AS "warmth", g2.m2 AS "currency", g2.m3 AS "employees"
              ) "$"
            ) AS "countDistinct", (
              SELECT "$"
              FROM (
                SELECT CAST(g2.m4 AS text) AS "employees", CAST(g2.m5 AS text) AS "visits", round(g2.m6, 2)::text AS "revenue", round(g2.m7, 4)::text AS "score"
              ) "$"
            ) AS "sum", (
              SELECT "$"
              FROM (
                SELECT g2.m8 AS "employees", g2.m9 AS "revenue"
              ) "$"
            ) AS "avg", (
              SELECT "$"
              FROM (
                SELECT round(g2.m10, 2)::text AS "revenue", g2.m11 AS "founded", g2.m12 AS "calledOn", g2.m13 AS "employees", g2.m14::text AS "visits", round(g2.m15, 4)::text AS "score"
              ) "$"
            ) AS "min", (
              SELECT "$"
              FROM (
                SELECT round(g2.m16, 2)::text AS "revenue", g2.m17 AS "founded", g2.m18 AS "calledOn", g2.m19 AS "employees", g2.m20::text AS "visits", round(g2.m21, 4)::text AS "score"
              ) "$"
            ) AS "max", (
              SELECT "$"
              FROM (
                SELECT g2.m22 AS "count"
              ) "$"
            ) AS "people", (
              SELECT "$"
              FROM (
                SELECT g2.m23 AS "count"
              ) "$"
            ) AS "deals"
            FROM (
              SELECT count(*) AS m0, count(DISTINCT t1."warmth") AS m1, count(DISTINCT t1."currency_id") AS m2, count(DISTINCT t1."employees") AS m3, sum(t1."employees") AS m4, sum(t1."visits") AS m5, sum(t1."revenue") AS m6, sum(t1."score") AS m7, round(round(sum(t1."employees"), 12) / count(t1."employees"), 6)::text AS m8, round(round(sum(t1."revenue"), 12) / count(t1."revenue"), 6)::text AS m9, min(t1."revenue") AS m10, min(t1."founded") AS m11, min(t1."called_on") AS m12, min(t1."employees") AS m13, min(t1."visits") AS m14, min(t1."score") AS m15, max(t1."revenue") AS m16, max(t1."founded") AS m17, max(t1."called_on") AS m18, max(t1."employees") AS m19, max(t1."visits") AS m20, max(t1."score") AS m21, CAST(coalesce(sum(n4.n), 0) AS bigint) AS m22, CAST(coalesce(sum(n6.n), 0) AS bigint) AS m23
              FROM "firm" t1 LEFT JOIN (
                SELECT z.key, count(*) AS n
                FROM (
                  SELECT "firm_id" AS key
                  FROM "person"
                  ORDER BY "firm_id" OFFSET 0
                ) z
                GROUP BY z.key
              ) n4 ON n4.key = t1.id LEFT JOIN (
                SELECT z.key, count(*) AS n
                FROM (
                  SELECT "firm_id" AS key
                  FROM "deal"
                  ORDER BY "firm_id" OFFSET 0
                ) z
                GROUP BY z.key
              ) n6 ON n6.key = t1.id
            ) g2
          ) "$"
        ) AS "aggregate"
      ) "$"
    ) AS "firms", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT "$"
          FROM (
            SELECT g8.m0 AS "count", (
              SELECT "$"
              FROM (
                SELECT round(g8.m1, 2)::text AS "revenue"
              ) "$"
            ) AS "sum", (
              SELECT "$"
              FROM (
                SELECT g8.m2 AS "employees"
              ) "$"
            ) AS "avg", (
              SELECT "$"
              FROM (
                SELECT g8.m3 AS "founded"
              ) "$"
            ) AS "max", (
              SELECT "$"
              FROM (
                SELECT g8.m4 AS "count"
              ) "$"
            ) AS "people"
            FROM (
              SELECT count(*) AS m0, sum(t7."revenue") AS m1, round(round(sum(t7."employees"), 12) / count(t7."employees"), 6)::text AS m2, max(t7."founded") AS m3, CAST(coalesce(sum(n10.n), 0) AS bigint) AS m4
              FROM "firm" t7 LEFT JOIN (
                SELECT z.key, count(*) AS n
                FROM (
                  SELECT "firm_id" AS key
                  FROM "person"
                  ORDER BY "firm_id" OFFSET 0
                ) z
                GROUP BY z.key
              ) n10 ON n10.key = t7.id
              WHERE t7."name" = $1::text
            ) g8
          ) "$"
        ) AS "aggregate"
      ) "$"
    ) AS "none", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT "$"
          FROM (
            SELECT (
              SELECT "$"
              FROM (
                SELECT g13.m0 AS "count", (
                  SELECT "$"
                  FROM (
                    SELECT round(g13.m1, 2)::text AS "amount", round(g13.m2, 4)::text AS "fee"
                  ) "$"
                ) AS "sum", (
                  SELECT "$"
                  FROM (
                    SELECT g13.m3 AS "amount"
                  ) "$"
                ) AS "avg"
                FROM (
                  SELECT count(*) AS m0, sum(t12."amount") AS m1, sum(t12."fee") AS m2, round(round(sum(t12."amount"), 12) / count(t12."amount"), 6)::text AS m3
                  FROM "deal" t12
                  WHERE t12."firm_id" = t11.id
                ) g13
              ) "$"
            ) AS "aggregate"
          ) "$"
        ) AS "deals"
        FROM "firm" t11
        WHERE t11."id" = $2::uuid
      ) "$"
    ) AS "firm"
  ) "$"
) END
