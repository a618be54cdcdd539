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
        SELECT g3.m0 AS "nodes", (
          SELECT "$"
          FROM (
            SELECT (g3.m1 > 3) AS "hasNextPage"
          ) "$"
        ) AS "pageInfo"
        FROM (
          SELECT coalesce(array_to_json(array_agg(to_json((
            SELECT "$"
            FROM (
              SELECT p1.c0 AS "name", (
                SELECT "$"
                FROM (
                  SELECT (
                    SELECT count(*)
                    FROM "deal" t7
                    WHERE t7."firm_id" = p1.c1
                  ) AS "totalCount", g6.m0 AS "edges", (
                    SELECT "$"
                    FROM (
                      SELECT (g6.m1 > 2) AS "hasNextPage", FALSE AS "hasPreviousPage", g6.m2 AS "endCursor"
                    ) "$"
                  ) AS "pageInfo"
                  FROM (
                    SELECT coalesce(array_to_json(array_agg((
                      SELECT row_to_json("$")
                      FROM (
                        SELECT (
                          SELECT translate(encode(convert_to(row_to_json("$")::text, 'UTF8'), 'base64'), E'\n', '')
                          FROM (
                            SELECT CAST('f4e10ac2' AS text) AS "o", p4.o0::text AS "0", p4.o1 AS "1"
                          ) "$"
                        ) AS "cursor", (
                          SELECT "$"
                          FROM (
                            SELECT p4.c0 AS "title", p4.c1::text AS "amount"
                          ) "$"
                        ) AS "node"
                      ) "$"
                    )) FILTER (WHERE p4.rn <= 2)), '[]'::json) AS m0, coalesce(max(p4.total), 0) AS m1, max((
                      SELECT translate(encode(convert_to(row_to_json("$")::text, 'UTF8'), 'base64'), E'\n', '')
                      FROM (
                        SELECT CAST('f4e10ac2' AS text) AS "o", p4.o0::text AS "0", p4.o1 AS "1"
                      ) "$"
                    )) FILTER (WHERE p4.rn = CASE WHEN p4.total < 2 THEN p4.total ELSE 2 END) AS m2
                    FROM (
                      SELECT q.*, row_number() OVER () AS rn, count(*) OVER () AS total
                      FROM (
                        SELECT t5."title" AS c0, t5."amount" AS c1, t5."amount" AS o0, t5."id" AS o1
                        FROM "deal" t5
                        WHERE t5."firm_id" = p1.c1
                        ORDER BY t5."amount" DESC NULLS LAST, t5."id" DESC
                        LIMIT 3
                      ) q
                    ) p4
                  ) g6
                ) "$"
              ) AS "deals"
            ) "$"
          ))) FILTER (WHERE p1.rn <= 3)), '[]'::json) AS m0, coalesce(max(p1.total), 0) AS m1
          FROM (
            SELECT q.*, row_number() OVER () AS rn, count(*) OVER () AS total
            FROM (
              SELECT t2."name" AS c0, t2."id" AS c1
              FROM "firm" t2
              ORDER BY t2."name__sort", t2."id"
              LIMIT 4
            ) q
          ) p1
        ) g3
      ) "$"
    ) AS "firms"
  ) "$"
) END
