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
                      SELECT s22.id, v.*
                      FROM (
                        SELECT i.id, b21.at
                        FROM (
                          SELECT coalesce((
                            SELECT q.o0
                            FROM (
                              SELECT u.o0, dense_rank() OVER (ORDER BY u.o0 DESC, u.o1 DESC) AS place
                              FROM (
                                SELECT s17.id, v.*
                                FROM (
                                  SELECT t1.id AS id
                                  UNION (
                                    SELECT h15.record_id AS id
                                    FROM timeline_head h15
                                    WHERE h15.parent_id = t1.id AND h15.latest IS NOT NULL AND (EXISTS (
                                      SELECT t16.id AS id
                                      FROM "person" t16
                                      WHERE t16."firm_id" = t1.id AND t16.id = h15.record_id OFFSET 0
                                    ))
                                    ORDER BY h15.latest DESC
                                    LIMIT (4) * 3 / 2
                                  )
                                ) s17 CROSS JOIN LATERAL (
                                  SELECT 0 AS way, b0.*
                                  FROM (
                                    SELECT 0 AS src, t18."sort_date" AS o0, t18.id AS o1
                                    FROM "happening" t18
                                    WHERE t18."regarding_id" = s17.id
                                    ORDER BY t18."sort_date" DESC, t18.id DESC
                                    LIMIT 1
                                  ) b0
                                  UNION ALL SELECT 1 AS way, b1.*
                                  FROM (
                                    SELECT 1 AS src, t19."created_on" AS o0, t19.id AS o1
                                    FROM "memo" t19
                                    WHERE t19."regarding_id" = s17.id
                                    ORDER BY t19."created_on" DESC, t19.id DESC
                                    LIMIT 1
                                  ) b1
                                ) v
                              ) u
                            ) q
                            WHERE q.place = 4
                            LIMIT 1
                          ), '-infinity') AS at OFFSET 0
                        ) b21 CROSS JOIN LATERAL (
                          SELECT t1.id AS id
                          UNION SELECT h20.record_id AS id
                          FROM timeline_head h20
                          WHERE h20.parent_id = t1.id AND h20.latest >= b21.at AND (EXISTS (
                            SELECT t23.id AS id
                            FROM "person" t23
                            WHERE t23."firm_id" = t1.id AND t23.id = h20.record_id OFFSET 0
                          ))
                        ) i
                      ) s22 CROSS JOIN LATERAL (
                        SELECT 0 AS way, b0.*
                        FROM (
                          SELECT 0 AS src, t24."sort_date" AS o0, t24.id AS o1
                          FROM "happening" t24
                          WHERE t24."regarding_id" = s22.id AND t24."sort_date" >= s22.at
                          ORDER BY t24."sort_date" DESC, t24.id DESC
                          LIMIT 4
                        ) b0
                        UNION ALL SELECT 1 AS way, b1.*
                        FROM (
                          SELECT 1 AS src, t25."created_on" AS o0, t25.id AS o1
                          FROM "memo" t25
                          WHERE t25."regarding_id" = s22.id AND t25."created_on" >= s22.at
                          ORDER BY t25."created_on" DESC, t25.id DESC
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
