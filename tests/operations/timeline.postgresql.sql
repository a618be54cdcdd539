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
        SELECT (
          SELECT "$"
          FROM (
            SELECT (
              SELECT count(*)
              FROM (
                SELECT u.src, u.o0, u.o1
                FROM (
                  SELECT s6.id, v.*
                  FROM (
                    SELECT t1.id AS id
                    UNION SELECT t9.id AS id
                    FROM "person" t9
                    WHERE t9."firm_id" = t1.id
                  ) s6 CROSS JOIN LATERAL (
                    SELECT 0 AS way, b0.*
                    FROM (
                      SELECT 0 AS src, t7."sort_date" AS o0, t7.id AS o1
                      FROM "happening" t7
                      WHERE t7."regarding_id" = s6.id
                    ) b0
                    UNION ALL SELECT 1 AS way, b1.*
                    FROM (
                      SELECT 1 AS src, t8."created_on" AS o0, t8.id AS o1
                      FROM "memo" t8
                      WHERE t8."regarding_id" = s6.id
                    ) b1
                  ) v
                ) u
              ) q
            ) AS "totalCount", g5.m0 AS "edges", (
              SELECT "$"
              FROM (
                SELECT (g5.m1 > 3) AS "hasNextPage", FALSE AS "hasPreviousPage", g5.m2 AS "endCursor"
              ) "$"
            ) AS "pageInfo"
            FROM (
              SELECT coalesce(array_to_json(array_agg((
                SELECT row_to_json("$")
                FROM (
                  SELECT (
                    SELECT translate(encode(convert_to(row_to_json("$")::text, 'UTF8'), 'base64'), E'\n', '')
                    FROM (
                      SELECT CAST('382c0cd9' AS text) AS "o", p2.o0 AS "0", p2.o1 AS "1"
                    ) "$"
                  ) AS "cursor", CASE p2.src
                  WHEN 0 THEN CASE
                  WHEN p2.e0_0 = 10011 THEN (
                    SELECT row_to_json("$")
                    FROM (
                      SELECT '"Visit"'::json AS "__typename", p2.o1 AS "id", p2.o0 AS "occurredOn", p2.e0_1 AS "title", t10."place" AS "place"
                      FROM "visit" t10
                      WHERE t10.id = p2.o1
                    ) "$"
                  )
                  ELSE (
                    SELECT row_to_json("$")
                    FROM (
                      SELECT CASE p2.e0_0
                      WHEN 10012 THEN 'Ring'
                      WHEN 10011 THEN 'Visit' END AS "__typename", p2.o1 AS "id", p2.o0 AS "occurredOn", p2.e0_1 AS "title"
                    ) "$"
                  ) END
                  WHEN 1 THEN to_json((
                    SELECT "$"
                    FROM (
                      SELECT '"Memo"'::json AS "__typename", p2.o1 AS "id", p2.o0 AS "occurredOn", p2.e1_0 AS "title", p2.e1_1 AS "body"
                    ) "$"
                  )) END AS "node"
                ) "$"
              )) FILTER (WHERE p2.rn <= 3)), '[]'::json) AS m0, coalesce(max(p2.total), 0) AS m1, max((
                SELECT translate(encode(convert_to(row_to_json("$")::text, 'UTF8'), 'base64'), E'\n', '')
                FROM (
                  SELECT CAST('382c0cd9' AS text) AS "o", p2.o0 AS "0", p2.o1 AS "1"
                ) "$"
              )) FILTER (WHERE p2.rn = CASE WHEN p2.total < 3 THEN p2.total ELSE 3 END) AS m2
              FROM (
                SELECT q.*, row_number() OVER () AS rn, count(*) OVER () AS total
                FROM (
                  SELECT k.src, k.o0, k.o1, t3."kind" AS e0_0, t3."subject" AS e0_1, t4."heading" AS e1_0, t4."body" AS e1_1
                  FROM (
                    SELECT u.src, u.o0, u.o1
                    FROM (
                      SELECT s15.id, v.*
                      FROM (
                        SELECT f.id, f.way
                        FROM (
                          SELECT u.id, u.way, dense_rank() OVER (ORDER BY u.o0 DESC, u.o1 DESC) AS place
                          FROM (
                            SELECT s11.id, v.*
                            FROM (
                              SELECT t1.id AS id
                              UNION SELECT t14.id AS id
                              FROM "person" t14
                              WHERE t14."firm_id" = t1.id
                            ) s11 CROSS JOIN LATERAL (
                              SELECT 0 AS way, b0.*
                              FROM (
                                SELECT 0 AS src, t12."sort_date" AS o0, t12.id AS o1
                                FROM "happening" t12
                                WHERE t12."regarding_id" = s11.id
                                ORDER BY t12."sort_date" DESC, t12.id DESC
                                LIMIT 1
                              ) b0
                              UNION ALL SELECT 1 AS way, b1.*
                              FROM (
                                SELECT 1 AS src, t13."created_on" AS o0, t13.id AS o1
                                FROM "memo" t13
                                WHERE t13."regarding_id" = s11.id
                                ORDER BY t13."created_on" DESC, t13.id DESC
                                LIMIT 1
                              ) b1
                            ) v
                          ) u
                        ) f
                        WHERE f.place <= 4
                      ) s15 CROSS JOIN LATERAL (
                        SELECT 0 AS way, b0.*
                        FROM (
                          SELECT 0 AS src, t16."sort_date" AS o0, t16.id AS o1
                          FROM "happening" t16
                          WHERE t16."regarding_id" = s15.id
                          ORDER BY t16."sort_date" DESC, t16.id DESC
                          LIMIT 4
                        ) b0
                        WHERE s15.way = 0
                        UNION ALL SELECT 1 AS way, b1.*
                        FROM (
                          SELECT 1 AS src, t17."created_on" AS o0, t17.id AS o1
                          FROM "memo" t17
                          WHERE t17."regarding_id" = s15.id
                          ORDER BY t17."created_on" DESC, t17.id DESC
                          LIMIT 4
                        ) b1
                        WHERE s15.way = 1
                      ) v
                    ) u
                    ORDER BY u.o0 DESC, u.o1 DESC
                    LIMIT 4
                  ) k LEFT JOIN "happening" t3 ON k.src = 0 AND t3.id = k.o1 LEFT JOIN "memo" t4 ON k.src = 1 AND t4.id = k.o1
                  ORDER BY k.o0 DESC, k.o1 DESC
                ) q
              ) p2
            ) g5
          ) "$"
        ) AS "timeline"
        FROM "firm" t1
        WHERE t1."id" = $1::uuid
      ) "$"
    ) AS "firm"
  ) "$"
) END
