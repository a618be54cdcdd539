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
        SELECT t1."name" AS "name", (
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
        ) AS "depth", (
          SELECT "$"
          FROM (
            SELECT t9."name" AS "name", (
              SELECT CAST(count(*) AS integer)
              FROM (
                WITH RECURSIVE w10(id) AS (
                  SELECT t11."parent_id"
                  FROM "firm" t11
                  WHERE t11.id = t9.id
                  UNION SELECT t12."parent_id"
                  FROM "firm" t12 CROSS JOIN w10
                  WHERE t12.id = w10.id
                ) SELECT id
                FROM w10
                WHERE id IS NOT NULL
              ) v14
            ) AS "depth"
            FROM "firm" t9
            WHERE t9.id = (
              WITH RECURSIVE w7(id, parent) AS (
                SELECT t1.id, t1."parent_id"
                UNION SELECT t8.id, t8."parent_id"
                FROM "firm" t8 CROSS JOIN w7
                WHERE t8.id = w7.parent
              ) SELECT id
              FROM w7
              WHERE parent IS NULL OR parent NOT IN (
                SELECT id
                FROM w7
              )
            )
          ) "$"
        ) AS "root", (
          SELECT "$"
          FROM (
            SELECT g25.m0 AS "edges"
            FROM (
              SELECT coalesce(array_to_json(array_agg((
                SELECT row_to_json("$")
                FROM (
                  SELECT (
                    SELECT translate(encode(convert_to(row_to_json("$")::text, 'UTF8'), 'base64'), E'\n', '')
                    FROM (
                      SELECT CAST('d946c1dd' AS text) AS "o", p15.o0 AS "0", p15.o1 AS "1"
                    ) "$"
                  ) AS "cursor", (
                    SELECT "$"
                    FROM (
                      SELECT p15.c0 AS "name", (
                        SELECT CAST(count(*) AS integer)
                        FROM (
                          WITH RECURSIVE w26(id) AS (
                            SELECT t27."parent_id"
                            FROM "firm" t27
                            WHERE t27.id = p15.c1
                            UNION SELECT t28."parent_id"
                            FROM "firm" t28 CROSS JOIN w26
                            WHERE t28.id = w26.id
                          ) SELECT id
                          FROM w26
                          WHERE id IS NOT NULL
                        ) v30
                      ) AS "depth"
                    ) "$"
                  ) AS "node"
                ) "$"
              )) FILTER (WHERE p15.rn <= 50)), '[]'::json) AS m0
              FROM (
                SELECT q.*, row_number() OVER () AS rn, count(*) OVER () AS total
                FROM (
                  SELECT t23."name" AS c0, t23."id" AS c1, v24.steps AS o0, t23."id" AS o1
                  FROM (
                    WITH RECURSIVE w16(id, n) AS (
                      SELECT t21."parent_id", 1
                      FROM "firm" t21
                      WHERE t21.id = t1.id
                      UNION SELECT t22."parent_id", w16.n + 1
                      FROM "firm" t22 CROSS JOIN w16
                      WHERE t22.id = w16.id AND w16.n < (
                        SELECT count(*)
                        FROM (
                          WITH RECURSIVE w17(id) AS (
                            SELECT t18."parent_id"
                            FROM "firm" t18
                            WHERE t18.id = t1.id
                            UNION SELECT t19."parent_id"
                            FROM "firm" t19 CROSS JOIN w17
                            WHERE t19.id = w17.id
                          ) SELECT id
                          FROM w17
                          WHERE id IS NOT NULL
                        ) w20
                      )
                    ) SELECT id, min(n) AS steps
                    FROM w16
                    WHERE id IS NOT NULL
                    GROUP BY id
                  ) v24 JOIN "firm" t23 ON t23.id = v24.id
                  ORDER BY v24.steps, t23."id"
                  LIMIT 51
                ) q
              ) p15
            ) g25
          ) "$"
        ) AS "ancestors", (
          SELECT "$"
          FROM (
            SELECT array_to_json(ARRAY(
              SELECT "$"
              FROM (
                SELECT p31.c0 AS "name"
                FROM (
                  SELECT t35."name" AS c0
                  FROM (
                    WITH RECURSIVE w32(id, n) AS (
                      SELECT t33."parent_id", 1
                      FROM "firm" t33
                      WHERE t33.id = t1.id AND $2::integer > 0
                      UNION SELECT t34."parent_id", w32.n + 1
                      FROM "firm" t34 CROSS JOIN w32
                      WHERE t34.id = w32.id AND w32.n < $2::integer
                    ) SELECT id, min(n) AS steps
                    FROM w32
                    WHERE id IS NOT NULL
                    GROUP BY id
                  ) v36 JOIN "firm" t35 ON t35.id = v36.id
                  ORDER BY v36.steps, t35."id"
                  LIMIT 50
                ) p31
              ) "$"
            )) AS "nodes"
          ) "$"
        ) AS "near", (
          SELECT "$"
          FROM (
            SELECT (
              SELECT count(*)
              FROM (
                WITH RECURSIVE w48(id, n) AS (
                  SELECT t49.id, 1
                  FROM "firm" t49
                  WHERE t49."parent_id" = t1.id AND $3::integer > 0
                  UNION SELECT t50.id, w48.n + 1
                  FROM "firm" t50 CROSS JOIN w48
                  WHERE t50."parent_id" = w48.id AND w48.n < $3::integer
                ) SELECT id, min(n) AS steps
                FROM w48
                WHERE id IS NOT NULL
                GROUP BY id
              ) v52 JOIN "firm" t51 ON t51.id = v52.id
            ) AS "totalCount", array_to_json(ARRAY(
              SELECT "$"
              FROM (
                SELECT p37.c0 AS "name", (
                  SELECT CAST(count(*) AS integer)
                  FROM (
                    WITH RECURSIVE w43(id) AS (
                      SELECT t44."parent_id"
                      FROM "firm" t44
                      WHERE t44.id = p37.c1
                      UNION SELECT t45."parent_id"
                      FROM "firm" t45 CROSS JOIN w43
                      WHERE t45.id = w43.id
                    ) SELECT id
                    FROM w43
                    WHERE id IS NOT NULL
                  ) v47
                ) AS "depth"
                FROM (
                  SELECT t41."name" AS c0, t41."id" AS c1
                  FROM (
                    WITH RECURSIVE w38(id, n) AS (
                      SELECT t39.id, 1
                      FROM "firm" t39
                      WHERE t39."parent_id" = t1.id AND $3::integer > 0
                      UNION SELECT t40.id, w38.n + 1
                      FROM "firm" t40 CROSS JOIN w38
                      WHERE t40."parent_id" = w38.id AND w38.n < $3::integer
                    ) SELECT id, min(n) AS steps
                    FROM w38
                    WHERE id IS NOT NULL
                    GROUP BY id
                  ) v42 JOIN "firm" t41 ON t41.id = v42.id
                  ORDER BY t41."id"
                  LIMIT 50
                ) p37
              ) "$"
            )) AS "nodes"
          ) "$"
        ) AS "descendants", (
          SELECT "$"
          FROM (
            SELECT (
              SELECT count(*)
              FROM "person" t53
              WHERE t53."firm_id" = t1.id
            ) AS "totalCount"
          ) "$"
        ) AS "people", (
          SELECT "$"
          FROM (
            SELECT (
              SELECT count(*)
              FROM (
                SELECT t1.id AS id
                UNION SELECT id
                FROM (
                  WITH RECURSIVE w62(id) AS (
                    SELECT t63.id
                    FROM "firm" t63
                    WHERE t63."parent_id" = t1.id
                    UNION SELECT t64.id
                    FROM "firm" t64 CROSS JOIN w62
                    WHERE t64."parent_id" = w62.id
                  ) SELECT id
                  FROM w62
                  WHERE id IS NOT NULL
                ) w65
              ) v67 CROSS JOIN "person" t66
              WHERE t66."firm_id" = v67.id
            ) AS "totalCount", g61.m0 AS "nodes", (
              SELECT "$"
              FROM (
                SELECT (g61.m1 > 2) AS "hasNextPage"
              ) "$"
            ) AS "pageInfo", (
              SELECT "$"
              FROM (
                SELECT g75.m0 AS "count"
                FROM (
                  SELECT count(*) AS m0
                  FROM (
                    SELECT t1.id AS id
                    UNION SELECT id
                    FROM (
                      WITH RECURSIVE w69(id) AS (
                        SELECT t70.id
                        FROM "firm" t70
                        WHERE t70."parent_id" = t1.id
                        UNION SELECT t71.id
                        FROM "firm" t71 CROSS JOIN w69
                        WHERE t71."parent_id" = w69.id
                      ) SELECT id
                      FROM w69
                      WHERE id IS NOT NULL
                    ) w72
                  ) v74 CROSS JOIN "person" t73
                  WHERE t73."firm_id" = v74.id
                ) g75
              ) "$"
            ) AS "aggregate"
            FROM (
              SELECT coalesce(array_to_json(array_agg(to_json((
                SELECT "$"
                FROM (
                  SELECT p54.c0 AS "fullName", (
                    SELECT "$"
                    FROM (
                      SELECT t68."name" AS "name"
                      FROM "firm" t68
                      WHERE t68.id = p54.c1
                    ) "$"
                  ) AS "firm"
                ) "$"
              ))) FILTER (WHERE p54.rn <= 2)), '[]'::json) AS m0, coalesce(max(p54.total), 0) AS m1
              FROM (
                SELECT q.*, row_number() OVER () AS rn, count(*) OVER () AS total
                FROM (
                  SELECT t59."full_name" AS c0, t59."firm_id" AS c1
                  FROM (
                    SELECT t1.id AS id
                    UNION SELECT id
                    FROM (
                      WITH RECURSIVE w55(id) AS (
                        SELECT t56.id
                        FROM "firm" t56
                        WHERE t56."parent_id" = t1.id
                        UNION SELECT t57.id
                        FROM "firm" t57 CROSS JOIN w55
                        WHERE t57."parent_id" = w55.id
                      ) SELECT id
                      FROM w55
                      WHERE id IS NOT NULL
                    ) w58
                  ) v60 CROSS JOIN "person" t59
                  WHERE t59."firm_id" = v60.id
                  ORDER BY t59."id"
                  LIMIT 3
                ) q
              ) p54
            ) g61
          ) "$"
        ) AS "everybody", (
          SELECT "$"
          FROM (
            SELECT (
              SELECT "$"
              FROM (
                SELECT g82.m0 AS "count", (
                  SELECT "$"
                  FROM (
                    SELECT round(g82.m1, 2)::text AS "amount"
                  ) "$"
                ) AS "sum"
                FROM (
                  SELECT count(*) AS m0, sum(t80."amount") AS m1
                  FROM (
                    SELECT t1.id AS id
                    UNION SELECT id
                    FROM (
                      WITH RECURSIVE w76(id) AS (
                        SELECT t77.id
                        FROM "firm" t77
                        WHERE t77."parent_id" = t1.id
                        UNION SELECT t78.id
                        FROM "firm" t78 CROSS JOIN w76
                        WHERE t78."parent_id" = w76.id
                      ) SELECT id
                      FROM w76
                      WHERE id IS NOT NULL
                    ) w79
                  ) v81 CROSS JOIN "deal" t80
                  WHERE t80."firm_id" = v81.id
                ) g82
              ) "$"
            ) AS "aggregate", array_to_json(ARRAY(
              SELECT "$"
              FROM (
                SELECT (
                  SELECT "$"
                  FROM (
                    SELECT (
                      SELECT "$"
                      FROM (
                        SELECT g89.k0 AS "name"
                      ) "$"
                    ) AS "firm"
                  ) "$"
                ) AS "keys", (
                  SELECT "$"
                  FROM (
                    SELECT g89.m0 AS "count"
                  ) "$"
                ) AS "aggregate"
                FROM (
                  SELECT t90."name" AS k0, count(*) AS m0
                  FROM (
                    SELECT t1.id AS id
                    UNION SELECT id
                    FROM (
                      WITH RECURSIVE w83(id) AS (
                        SELECT t84.id
                        FROM "firm" t84
                        WHERE t84."parent_id" = t1.id
                        UNION SELECT t85.id
                        FROM "firm" t85 CROSS JOIN w83
                        WHERE t85."parent_id" = w83.id
                      ) SELECT id
                      FROM w83
                      WHERE id IS NOT NULL
                    ) w86
                  ) v88 CROSS JOIN "deal" t87 LEFT JOIN "firm" t90 ON t90.id = t87."firm_id"
                  WHERE t87."firm_id" = v88.id
                  GROUP BY 1
                  ORDER BY min(t90."name__sort")
                ) g89
              ) "$"
            )) AS "groupBy"
          ) "$"
        ) AS "deals"
        FROM "firm" t1
        WHERE t1."id" = $1::uuid
      ) "$"
    ) AS "firm"
  ) "$"
) END
