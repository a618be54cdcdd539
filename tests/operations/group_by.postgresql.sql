SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $2::integer THEN (
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
                SELECT CASE g2.k0
                WHEN 3 THEN 'COLD'
                WHEN 1 THEN 'WARM'
                WHEN 2 THEN 'HOT' END AS "warmth", CASE g2.k0
                WHEN 3 THEN 'Cold'
                WHEN 1 THEN 'Warm'
                WHEN 2 THEN 'Hot' END AS "warmthLabel"
              ) "$"
            ) AS "keys", (
              SELECT "$"
              FROM (
                SELECT g2.m0 AS "count", (
                  SELECT "$"
                  FROM (
                    SELECT round(g2.m1, 2)::text AS "revenue"
                  ) "$"
                ) AS "sum", (
                  SELECT "$"
                  FROM (
                    SELECT g2.m2 AS "employees"
                  ) "$"
                ) AS "avg", (
                  SELECT "$"
                  FROM (
                    SELECT g2.m3 AS "count"
                  ) "$"
                ) AS "people"
              ) "$"
            ) AS "aggregate", array_to_json(ARRAY(
              SELECT "$"
              FROM (
                SELECT p6.c0 AS "name"
                FROM (
                  SELECT t5."name" AS c0
                  FROM "firm" t5
                  WHERE t5."warmth" IS NOT DISTINCT
                  FROM g2.k0
                  ORDER BY t5."name__sort", t5."id"
                  LIMIT 2
                ) p6
              ) "$"
            )) AS "nodes"
            FROM (
              SELECT t1."warmth" AS k0, count(*) AS m0, sum(t1."revenue") AS m1, round(round(sum(t1."employees"), 12) / count(t1."employees"), 6)::text AS m2, CAST(coalesce(sum(n4.n), 0) AS bigint) AS m3
              FROM "firm" t1 LEFT JOIN (
                SELECT z.key, count(*) AS n
                FROM (
                  SELECT "firm_id" AS key
                  FROM "person"
                  ORDER BY "firm_id" OFFSET 0
                ) z
                GROUP BY z.key
              ) n4 ON n4.key = t1.id
              GROUP BY 1
              HAVING count(*) >= $1::bigint
              ORDER BY CASE t1."warmth"
              WHEN 3 THEN 0
              WHEN 1 THEN 1
              WHEN 2 THEN 2 END
            ) g2
          ) "$"
        )) AS "groupBy"
      ) "$"
    ) AS "firms"
  ) "$"
) END
