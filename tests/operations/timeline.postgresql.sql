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
                      SELECT s18.id, v.*
                      FROM (
                        SELECT i.id, b17.at
                        FROM (
                          SELECT coalesce((
                            SELECT q.o0
                            FROM (
                              SELECT u.o0, dense_rank() OVER (ORDER BY u.o0 DESC, u.o1 DESC) AS place
                              FROM (
                                SELECT s13.id, v.*
                                FROM (
                                  SELECT t1.id AS id
                                  UNION (
                                    SELECT h11.record_id AS id
                                    FROM timeline_head h11
                                    WHERE h11.parent_id = t1.id AND h11.latest IS NOT NULL AND (EXISTS (
                                      SELECT t12.id AS id
                                      FROM "person" t12
                                      WHERE t12."firm_id" = t1.id AND t12.id = h11.record_id OFFSET 0
                                    ))
                                    ORDER BY h11.latest DESC
                                    LIMIT (4) * 3 / 2
                                  )
                                ) s13 CROSS JOIN LATERAL (
                                  SELECT 0 AS way, b0.*
                                  FROM (
                                    SELECT 0 AS src, t14."sort_date" AS o0, t14.id AS o1
                                    FROM "happening" t14
                                    WHERE t14."regarding_id" = s13.id
                                    ORDER BY t14."sort_date" DESC, t14.id DESC
                                    LIMIT 1
                                  ) b0
                                  UNION ALL SELECT 1 AS way, b1.*
                                  FROM (
                                    SELECT 1 AS src, t15."created_on" AS o0, t15.id AS o1
                                    FROM "memo" t15
                                    WHERE t15."regarding_id" = s13.id
                                    ORDER BY t15."created_on" DESC, t15.id DESC
                                    LIMIT 1
                                  ) b1
                                ) v
                              ) u
                            ) q
                            WHERE q.place = 4
                            LIMIT 1
                          ), '-infinity') AS at OFFSET 0
                        ) b17 CROSS JOIN LATERAL (
                          SELECT t1.id AS id
                          UNION SELECT h16.record_id AS id
                          FROM timeline_head h16
                          WHERE h16.parent_id = t1.id AND h16.latest >= b17.at AND (EXISTS (
                            SELECT t19.id AS id
                            FROM "person" t19
                            WHERE t19."firm_id" = t1.id AND t19.id = h16.record_id OFFSET 0
                          ))
                        ) i
                      ) s18 CROSS JOIN LATERAL (
                        SELECT 0 AS way, b0.*
                        FROM (
                          SELECT 0 AS src, t20."sort_date" AS o0, t20.id AS o1
                          FROM "happening" t20
                          WHERE t20."regarding_id" = s18.id AND t20."sort_date" >= s18.at
                          ORDER BY t20."sort_date" DESC, t20.id DESC
                          LIMIT 4
                        ) b0
                        UNION ALL SELECT 1 AS way, b1.*
                        FROM (
                          SELECT 1 AS src, t21."created_on" AS o0, t21.id AS o1
                          FROM "memo" t21
                          WHERE t21."regarding_id" = s18.id AND t21."created_on" >= s18.at
                          ORDER BY t21."created_on" DESC, t21.id DESC
                          LIMIT 4
                        ) b1
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
