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
            SELECT (
              SELECT "$"
              FROM (
                SELECT (
                  SELECT "$"
                  FROM (
                    SELECT CASE g2.k0
                    WHEN 3 THEN 'COLD'
                    WHEN 1 THEN 'WARM'
                    WHEN 2 THEN 'HOT' END AS "warmth", (
                      SELECT "$"
                      FROM (
                        SELECT g2.k1 AS "name"
                      ) "$"
                    ) AS "parent"
                  ) "$"
                ) AS "firm"
              ) "$"
            ) AS "keys", (
              SELECT "$"
              FROM (
                SELECT g2.m0 AS "count"
              ) "$"
            ) AS "aggregate", array_to_json(ARRAY(
              SELECT "$"
              FROM (
                SELECT p6.c0 AS "fullName"
                FROM (
                  SELECT t5."full_name" AS c0
                  FROM "person" t5 LEFT JOIN ("firm" t7 LEFT JOIN "firm" t8 ON t8.id = t7."parent_id") ON t7.id = t5."firm_id"
                  WHERE t7."warmth" IS NOT DISTINCT
                  FROM g2.k0 AND t8."name" IS NOT DISTINCT
                  FROM g2.k1
                  ORDER BY t5."id"
                  LIMIT 10
                ) p6
              ) "$"
            )) AS "nodes"
            FROM (
              SELECT t3."warmth" AS k0, t4."name" AS k1, count(*) AS m0
              FROM "person" t1 LEFT JOIN ("firm" t3 LEFT JOIN "firm" t4 ON t4.id = t3."parent_id") ON t3.id = t1."firm_id"
              GROUP BY 1, 2
              ORDER BY CASE t3."warmth"
              WHEN 3 THEN 0
              WHEN 1 THEN 1
              WHEN 2 THEN 2 END DESC, CASE t3."warmth"
              WHEN 3 THEN 0
              WHEN 1 THEN 1
              WHEN 2 THEN 2 END, min(t4."name__sort")
            ) g2
          ) "$"
        )) AS "groupBy"
      ) "$"
    ) AS "people", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT (
              SELECT "$"
              FROM (
                SELECT (
                  SELECT "$"
                  FROM (
                    SELECT g10.k0 AS "nodeId"
                  ) "$"
                ) AS "firm"
              ) "$"
            ) AS "keys", (
              SELECT "$"
              FROM (
                SELECT g10.m0 AS "count", (
                  SELECT "$"
                  FROM (
                    SELECT round(g10.m1, 2)::text AS "amount"
                  ) "$"
                ) AS "sum", (
                  SELECT "$"
                  FROM (
                    SELECT g10.m2 AS "amount"
                  ) "$"
                ) AS "avg"
              ) "$"
            ) AS "aggregate"
            FROM (
              SELECT t9."firm_id" AS k0, count(*) AS m0, sum(t9."amount") AS m1, round(round(sum(t9."amount"), 12) / count(t9."amount"), 6)::text AS m2
              FROM "deal" t9
              WHERE t9."amount" IS NOT NULL
              GROUP BY 1
              HAVING sum(t9."amount") > $1::numeric AND round(round(sum(t9."amount"), 12) / count(t9."amount"), 6) < ($2::text)::numeric
              ORDER BY max(t9."amount") DESC, t9."firm_id"
            ) g10
          ) "$"
        )) AS "groupBy"
      ) "$"
    ) AS "deals"
  ) "$"
) END
