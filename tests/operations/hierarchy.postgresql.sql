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
                  SELECT t5."name" AS c0
                  FROM (
                    WITH RECURSIVE w3(id) AS (
                      SELECT h4."parent_id"
                      FROM "firm" h4
                      WHERE h4.id = t1.id
                      UNION SELECT h4."parent_id"
                      FROM "firm" h4 JOIN w3 ON h4.id = w3.id
                    ) SELECT id
                    FROM w3
                    WHERE id IS NOT NULL
                  ) v6 JOIN "firm" t5 ON t5.id = v6.id
                  ORDER BY t5."created_on", t5."id"
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
                WITH RECURSIVE w12(id) AS (
                  SELECT h13.id
                  FROM "firm" h13
                  WHERE h13."parent_id" = t1.id
                  UNION SELECT h13.id
                  FROM "firm" h13 JOIN w12 ON h13."parent_id" = w12.id
                ) SELECT id
                FROM w12
                WHERE id IS NOT NULL
              ) v15 JOIN "firm" t14 ON t14.id = v15.id
            ) AS "totalCount", g11.m0 AS "nodes", (
              SELECT "$"
              FROM (
                SELECT (g11.m1 > 1) AS "hasNextPage"
              ) "$"
            ) AS "pageInfo"
            FROM (
              SELECT coalesce(array_to_json(array_agg(to_json((
                SELECT "$"
                FROM (
                  SELECT p7.c0 AS "name"
                ) "$"
              ))) FILTER (WHERE p7.rn <= 1)), '[]'::json) AS m0, coalesce(max(p7.total), 0) AS m1
              FROM (
                SELECT q.*, row_number() OVER () AS rn, count(*) OVER () AS total
                FROM (
                  SELECT t10."name" AS c0
                  FROM (
                    WITH RECURSIVE w8(id) AS (
                      SELECT h9.id
                      FROM "firm" h9
                      WHERE h9."parent_id" = t1.id
                      UNION SELECT h9.id
                      FROM "firm" h9 JOIN w8 ON h9."parent_id" = w8.id
                    ) SELECT id
                    FROM w8
                    WHERE id IS NOT NULL
                  ) v16 JOIN "firm" t10 ON t10.id = v16.id
                  ORDER BY t10."id"
                  LIMIT 2
                ) q
              ) p7
            ) g11
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
            SELECT p17.c0 AS "name"
            FROM (
              SELECT t18."name" AS c0
              FROM "firm" t18
              WHERE t18.id IN (
                WITH RECURSIVE w19(id) AS (
                  SELECT h20.id
                  FROM "firm" h20
                  WHERE h20."parent_id" = $2::uuid
                  UNION SELECT h20.id
                  FROM "firm" h20 JOIN w19 ON h20."parent_id" = w19.id
                ) SELECT id
                FROM w19
                WHERE id IS NOT NULL
              )
              ORDER BY t18."id"
              LIMIT 50
            ) p17
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "under", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT count(*)
          FROM "firm" t21
          WHERE (t21.id = $3::uuid OR t21.id IN (
            WITH RECURSIVE w22(id) AS (
              SELECT h23.id
              FROM "firm" h23
              WHERE h23."parent_id" = $3::uuid
              UNION SELECT h23.id
              FROM "firm" h23 JOIN w22 ON h23."parent_id" = w22.id
            ) SELECT id
            FROM w22
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
            SELECT p24.c0 AS "name"
            FROM (
              SELECT t25."name" AS c0
              FROM "firm" t25
              WHERE t25.id IN (
                WITH RECURSIVE w26(id) AS (
                  SELECT h27."parent_id"
                  FROM "firm" h27
                  WHERE h27.id = $4::uuid
                  UNION SELECT h27."parent_id"
                  FROM "firm" h27 JOIN w26 ON h27.id = w26.id
                ) SELECT id
                FROM w26
                WHERE id IS NOT NULL
              )
              ORDER BY t25."id"
              LIMIT 50
            ) p24
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "above", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT count(*)
          FROM "firm" t28
          WHERE (t28.id = $5::uuid OR t28.id IN (
            WITH RECURSIVE w29(id) AS (
              SELECT h30."parent_id"
              FROM "firm" h30
              WHERE h30.id = $5::uuid
              UNION SELECT h30."parent_id"
              FROM "firm" h30 JOIN w29 ON h30.id = w29.id
            ) SELECT id
            FROM w29
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
            SELECT p31.c0 AS "fullName"
            FROM (
              SELECT t32."full_name" AS c0
              FROM "person" t32
              WHERE EXISTS (
                SELECT 1
                FROM "firm" t33
                WHERE t33.id = t32."firm_id" AND (t33.id = $6::uuid OR t33.id IN (
                  WITH RECURSIVE w34(id) AS (
                    SELECT h35.id
                    FROM "firm" h35
                    WHERE h35."parent_id" = $6::uuid
                    UNION SELECT h35.id
                    FROM "firm" h35 JOIN w34 ON h35."parent_id" = w34.id
                  ) SELECT id
                  FROM w34
                  WHERE id IS NOT NULL
                ))
              )
              ORDER BY t32."id"
              LIMIT 50
            ) p31
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "people"
  ) "$"
) END
