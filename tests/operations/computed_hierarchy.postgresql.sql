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
        SELECT (
          SELECT count(*)
          FROM "firm" t1
          WHERE (
            SELECT CAST(count(*) AS integer)
            FROM (
              WITH RECURSIVE w2(id) AS (
                SELECT t3."parent_id"
                FROM "firm" t3
                WHERE t3.id = t1.id
                UNION SELECT t4."parent_id"
                FROM "firm" t4 CROSS JOIN w2
                WHERE t4.id = w2.id
              ) SELECT id
              FROM w2
              WHERE id IS NOT NULL
            ) v6
          ) = $1::integer
        ) AS "totalCount"
      ) "$"
    ) AS "top", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p7.c0 AS "name"
            FROM (
              SELECT t8."name" AS c0
              FROM "firm" t8
              WHERE (
                WITH RECURSIVE w9(id, parent) AS (
                  SELECT t8.id, t8."parent_id"
                  UNION SELECT t10.id, t10."parent_id"
                  FROM "firm" t10 CROSS JOIN w9
                  WHERE t10.id = w9.parent
                ) SELECT id
                FROM w9
                WHERE parent IS NULL OR parent NOT IN (
                  SELECT id
                  FROM w9
                )
              ) = $2::uuid
              ORDER BY (
                SELECT CAST(count(*) AS integer)
                FROM (
                  WITH RECURSIVE w11(id) AS (
                    SELECT t12."parent_id"
                    FROM "firm" t12
                    WHERE t12.id = t8.id
                    UNION SELECT t13."parent_id"
                    FROM "firm" t13 CROSS JOIN w11
                    WHERE t13.id = w11.id
                  ) SELECT id
                  FROM w11
                  WHERE id IS NOT NULL
                ) v15
              ) DESC, t8."name__sort", t8."id"
              LIMIT 50
            ) p7
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "below", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p16.c0 AS "name"
            FROM (
              SELECT t17."name" AS c0
              FROM "firm" t17 LEFT JOIN "firm" t20 ON t20.id = (
                WITH RECURSIVE w26(id, parent) AS (
                  SELECT t17.id, t17."parent_id"
                  UNION SELECT t27.id, t27."parent_id"
                  FROM "firm" t27 CROSS JOIN w26
                  WHERE t27.id = w26.parent
                ) SELECT id
                FROM w26
                WHERE parent IS NULL OR parent NOT IN (
                  SELECT id
                  FROM w26
                )
              )
              ORDER BY t20."name__sort", (
                SELECT CAST(count(*) AS integer)
                FROM (
                  WITH RECURSIVE w21(id) AS (
                    SELECT t22."parent_id"
                    FROM "firm" t22
                    WHERE t22.id = t17.id
                    UNION SELECT t23."parent_id"
                    FROM "firm" t23 CROSS JOIN w21
                    WHERE t23.id = w21.id
                  ) SELECT id
                  FROM w21
                  WHERE id IS NOT NULL
                ) v25
              ), t17."id"
              LIMIT 4
            ) p16
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "byRoot", (
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
                    SELECT (
                      SELECT "$"
                      FROM (
                        SELECT g29.k0 AS "name"
                      ) "$"
                    ) AS "root"
                  ) "$"
                ) AS "firm"
              ) "$"
            ) AS "keys", (
              SELECT "$"
              FROM (
                SELECT g29.m0 AS "count"
              ) "$"
            ) AS "aggregate"
            FROM (
              SELECT t33."name" AS k0, count(*) AS m0
              FROM "deal" t28 LEFT JOIN ("firm" t30 LEFT JOIN "firm" t33 ON t33.id = (
                WITH RECURSIVE w34(id, parent) AS (
                  SELECT t30.id, t30."parent_id"
                  UNION SELECT t35.id, t35."parent_id"
                  FROM "firm" t35 CROSS JOIN w34
                  WHERE t35.id = w34.parent
                ) SELECT id
                FROM w34
                WHERE parent IS NULL OR parent NOT IN (
                  SELECT id
                  FROM w34
                )
              )) ON t30.id = t28."firm_id"
              GROUP BY 1
              ORDER BY min(t33."name__sort")
            ) g29
          ) "$"
        )) AS "groupBy"
      ) "$"
    ) AS "groups", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT (
              SELECT "$"
              FROM (
                SELECT g37.k0 AS "depth"
              ) "$"
            ) AS "keys", (
              SELECT "$"
              FROM (
                SELECT g37.m0 AS "count"
              ) "$"
            ) AS "aggregate"
            FROM (
              SELECT CASE
              WHEN (
                SELECT CAST(count(*) AS integer)
                FROM (
                  WITH RECURSIVE w38(id) AS (
                    SELECT t39."parent_id"
                    FROM "firm" t39
                    WHERE t39.id = t36.id
                    UNION SELECT t40."parent_id"
                    FROM "firm" t40 CROSS JOIN w38
                    WHERE t40.id = w38.id
                  ) SELECT id
                  FROM w38
                  WHERE id IS NOT NULL
                ) v42
              ) IS NOT NULL THEN greatest(round((
                SELECT CAST(count(*) AS integer)
                FROM (
                  WITH RECURSIVE w38(id) AS (
                    SELECT t39."parent_id"
                    FROM "firm" t39
                    WHERE t39.id = t36.id
                    UNION SELECT t40."parent_id"
                    FROM "firm" t40 CROSS JOIN w38
                    WHERE t40.id = w38.id
                  ) SELECT id
                  FROM w38
                  WHERE id IS NOT NULL
                ) v42
              ) - mod(mod((
                SELECT CAST(count(*) AS integer)
                FROM (
                  WITH RECURSIVE w38(id) AS (
                    SELECT t39."parent_id"
                    FROM "firm" t39
                    WHERE t39.id = t36.id
                    UNION SELECT t40."parent_id"
                    FROM "firm" t40 CROSS JOIN w38
                    WHERE t40.id = w38.id
                  ) SELECT id
                  FROM w38
                  WHERE id IS NOT NULL
                ) v42
              ), ($3::text)::numeric) + ($3::text)::numeric, ($3::text)::numeric), 0), -2147483648)::bigint END AS k0, count(*) AS m0
              FROM "firm" t36
              GROUP BY 1
              ORDER BY CASE
              WHEN (
                SELECT CAST(count(*) AS integer)
                FROM (
                  WITH RECURSIVE w38(id) AS (
                    SELECT t39."parent_id"
                    FROM "firm" t39
                    WHERE t39.id = t36.id
                    UNION SELECT t40."parent_id"
                    FROM "firm" t40 CROSS JOIN w38
                    WHERE t40.id = w38.id
                  ) SELECT id
                  FROM w38
                  WHERE id IS NOT NULL
                ) v42
              ) IS NOT NULL THEN greatest(round((
                SELECT CAST(count(*) AS integer)
                FROM (
                  WITH RECURSIVE w38(id) AS (
                    SELECT t39."parent_id"
                    FROM "firm" t39
                    WHERE t39.id = t36.id
                    UNION SELECT t40."parent_id"
                    FROM "firm" t40 CROSS JOIN w38
                    WHERE t40.id = w38.id
                  ) SELECT id
                  FROM w38
                  WHERE id IS NOT NULL
                ) v42
              ) - mod(mod((
                SELECT CAST(count(*) AS integer)
                FROM (
                  WITH RECURSIVE w38(id) AS (
                    SELECT t39."parent_id"
                    FROM "firm" t39
                    WHERE t39.id = t36.id
                    UNION SELECT t40."parent_id"
                    FROM "firm" t40 CROSS JOIN w38
                    WHERE t40.id = w38.id
                  ) SELECT id
                  FROM w38
                  WHERE id IS NOT NULL
                ) v42
              ), ($3::text)::numeric) + ($3::text)::numeric, ($3::text)::numeric), 0), -2147483648)::bigint END
            ) g37
          ) "$"
        )) AS "groupBy", (
          SELECT "$"
          FROM (
            SELECT (
              SELECT "$"
              FROM (
                SELECT g44.m0 AS "depth"
              ) "$"
            ) AS "max"
            FROM (
              SELECT max((
                SELECT CAST(count(*) AS integer)
                FROM (
                  WITH RECURSIVE w45(id) AS (
                    SELECT t46."parent_id"
                    FROM "firm" t46
                    WHERE t46.id = t43.id
                    UNION SELECT t47."parent_id"
                    FROM "firm" t47 CROSS JOIN w45
                    WHERE t47.id = w45.id
                  ) SELECT id
                  FROM w45
                  WHERE id IS NOT NULL
                ) v49
              )) AS m0
              FROM "firm" t43
            ) g44
          ) "$"
        ) AS "aggregate"
      ) "$"
    ) AS "levels"
  ) "$"
) END
