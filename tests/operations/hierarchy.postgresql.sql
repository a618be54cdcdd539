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
        SELECT t1."name" AS "name", (
          SELECT "$"
          FROM (
            SELECT array_to_json(ARRAY(
              SELECT "$"
              FROM (
                SELECT p2.c0 AS "name"
                FROM (
                  SELECT t6."name" AS c0
                  FROM (
                    WITH RECURSIVE w3(id) AS (
                      SELECT t4."parent_id"
                      FROM "firm" t4
                      WHERE t4.id = t1.id
                      UNION SELECT t5."parent_id"
                      FROM "firm" t5 CROSS JOIN w3
                      WHERE t5.id = w3.id
                    ) SELECT id
                    FROM w3
                    WHERE id IS NOT NULL
                  ) v7 JOIN "firm" t6 ON t6.id = v7.id
                  ORDER BY t6."created_on", t6."id"
                  LIMIT 50
                ) p2
              ) "$"
            )) AS "nodes"
          ) "$"
        ) AS "ancestors", (
          SELECT "$"
          FROM (
            SELECT (
              SELECT count(*)
              FROM (
                WITH RECURSIVE w15(id) AS (
                  SELECT t16.id
                  FROM "firm" t16
                  WHERE t16."parent_id" = t1.id
                  UNION SELECT t17.id
                  FROM "firm" t17 CROSS JOIN w15
                  WHERE t17."parent_id" = w15.id
                ) SELECT id
                FROM w15
                WHERE id IS NOT NULL
              ) v19 JOIN "firm" t18 ON t18.id = v19.id
            ) AS "totalCount", g14.m0 AS "nodes", (
              SELECT "$"
              FROM (
                SELECT (g14.m1 > 1) AS "hasNextPage"
              ) "$"
            ) AS "pageInfo"
            FROM (
              SELECT coalesce(array_to_json(array_agg(to_json((
                SELECT "$"
                FROM (
                  SELECT p8.c0 AS "name"
                ) "$"
              ))) FILTER (WHERE p8.rn <= 1)), '[]'::json) AS m0, coalesce(max(p8.total), 0) AS m1
              FROM (
                SELECT q.*, row_number() OVER () AS rn, count(*) OVER () AS total
                FROM (
                  SELECT t12."name" AS c0
                  FROM (
                    WITH RECURSIVE w9(id) AS (
                      SELECT t10.id
                      FROM "firm" t10
                      WHERE t10."parent_id" = t1.id
                      UNION SELECT t11.id
                      FROM "firm" t11 CROSS JOIN w9
                      WHERE t11."parent_id" = w9.id
                    ) SELECT id
                    FROM w9
                    WHERE id IS NOT NULL
                  ) v13 JOIN "firm" t12 ON t12.id = v13.id
                  ORDER BY t12."id"
                  LIMIT 2
                ) q
              ) p8
            ) g14
          ) "$"
        ) AS "descendants"
        FROM "firm" t1
        WHERE t1."id" = $1::uuid
      ) "$"
    ) AS "firm", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p20.c0 AS "name"
            FROM (
              SELECT t21."name" AS c0
              FROM "firm" t21
              WHERE t21.id IN (
                WITH RECURSIVE w22(id) AS (
                  SELECT t23.id
                  FROM "firm" t23
                  WHERE t23."parent_id" = $2::uuid
                  UNION SELECT t24.id
                  FROM "firm" t24 CROSS JOIN w22
                  WHERE t24."parent_id" = w22.id
                ) SELECT id
                FROM w22
                WHERE id IS NOT NULL
              )
              ORDER BY t21."id"
              LIMIT 50
            ) p20
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "under", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT count(*)
          FROM "firm" t25
          WHERE (t25.id = $3::uuid OR t25.id IN (
            WITH RECURSIVE w26(id) AS (
              SELECT t27.id
              FROM "firm" t27
              WHERE t27."parent_id" = $3::uuid
              UNION SELECT t28.id
              FROM "firm" t28 CROSS JOIN w26
              WHERE t28."parent_id" = w26.id
            ) SELECT id
            FROM w26
            WHERE id IS NOT NULL
          ))
        ) AS "totalCount"
      ) "$"
    ) AS "underOrEq", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p29.c0 AS "name"
            FROM (
              SELECT t30."name" AS c0
              FROM "firm" t30
              WHERE t30.id IN (
                WITH RECURSIVE w31(id) AS (
                  SELECT t32."parent_id"
                  FROM "firm" t32
                  WHERE t32.id = $4::uuid
                  UNION SELECT t33."parent_id"
                  FROM "firm" t33 CROSS JOIN w31
                  WHERE t33.id = w31.id
                ) SELECT id
                FROM w31
                WHERE id IS NOT NULL
              )
              ORDER BY t30."id"
              LIMIT 50
            ) p29
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "above", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT count(*)
          FROM "firm" t34
          WHERE (t34.id = $5::uuid OR t34.id IN (
            WITH RECURSIVE w35(id) AS (
              SELECT t36."parent_id"
              FROM "firm" t36
              WHERE t36.id = $5::uuid
              UNION SELECT t37."parent_id"
              FROM "firm" t37 CROSS JOIN w35
              WHERE t37.id = w35.id
            ) SELECT id
            FROM w35
            WHERE id IS NOT NULL
          ))
        ) AS "totalCount"
      ) "$"
    ) AS "aboveOrEq", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p38.c0 AS "fullName"
            FROM (
              SELECT t39."full_name" AS c0
              FROM "person" t39
              WHERE EXISTS (
                SELECT 1
                FROM "firm" t40
                WHERE t40.id = t39."firm_id" AND (t40.id = $6::uuid OR t40.id IN (
                  WITH RECURSIVE w41(id) AS (
                    SELECT t42.id
                    FROM "firm" t42
                    WHERE t42."parent_id" = $6::uuid
                    UNION SELECT t43.id
                    FROM "firm" t43 CROSS JOIN w41
                    WHERE t43."parent_id" = w41.id
                  ) SELECT id
                  FROM w41
                  WHERE id IS NOT NULL
                ))
              )
              ORDER BY t39."id"
              LIMIT 50
            ) p38
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "people"
  ) "$"
) END
