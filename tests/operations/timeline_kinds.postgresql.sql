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
            SELECT array_to_json(ARRAY(
              SELECT CASE p2.src
              WHEN 0 THEN to_json((
                SELECT "$"
                FROM (
                  SELECT CASE p2.e0_0
                  WHEN 10012 THEN 'Ring'
                  WHEN 10011 THEN 'Visit' END AS "__typename", p2.e0_1 AS "title"
                ) "$"
              ))
              WHEN 1 THEN to_json((
                SELECT "$"
                FROM (
                  SELECT '"Memo"'::json AS "__typename", p2.e1_0 AS "title"
                ) "$"
              )) END
              FROM (
                SELECT k.src, k.o0, k.o1, t3."kind" AS e0_0, t3."subject" AS e0_1, t4."heading" AS e1_0
                FROM (
                  SELECT u.src, u.o0, u.o1
                  FROM (
                    SELECT 0 AS way, b0.*
                    FROM (
                      SELECT 0 AS src, t5."sort_date" AS o0, t5.id AS o1
                      FROM "happening" t5
                      WHERE t5."regarding_id" = t1.id
                      ORDER BY t5."sort_date" DESC, t5.id DESC
                      LIMIT 50
                    ) b0
                    UNION ALL SELECT 1 AS way, b1.*
                    FROM (
                      SELECT 1 AS src, t6."created_on" AS o0, t6.id AS o1
                      FROM "memo" t6
                      WHERE t6."regarding_id" = t1.id
                      ORDER BY t6."created_on" DESC, t6.id DESC
                      LIMIT 50
                    ) b1
                  ) u
                  ORDER BY u.o0 DESC, u.o1 DESC
                  LIMIT 50
                ) k LEFT JOIN "happening" t3 ON k.src = 0 AND t3.id = k.o1 LEFT JOIN "memo" t4 ON k.src = 1 AND t4.id = k.o1
                ORDER BY k.o0 DESC, k.o1 DESC
              ) p2
            )) AS "nodes"
          ) "$"
        ) AS "own", (
          SELECT "$"
          FROM (
            SELECT (
              SELECT count(*)
              FROM (
                SELECT u.src, u.o0, u.o1
                FROM (
                  SELECT s22.id, v.*
                  FROM (
                    SELECT t24.id AS id
                    FROM "person" t24
                    WHERE t24."firm_id" = t1.id
                  ) s22 CROSS JOIN LATERAL (
                    SELECT 0 AS way, b0.*
                    FROM (
                      SELECT 0 AS src, t23."sort_date" AS o0, t23.id AS o1
                      FROM "happening" t23
                      WHERE t23."regarding_id" = s22.id AND t23."kind" IN (10012) AND s22.id <> t1.id
                    ) b0
                  ) v
                ) u
              ) q
            ) AS "totalCount", array_to_json(ARRAY(
              SELECT CASE p7.src
              WHEN 0 THEN CASE
              WHEN p7.e0_0 = 10012 THEN (
                SELECT row_to_json("$")
                FROM (
                  SELECT p7.e0_1 AS "title", t9."phone_number" AS "phoneNumber"
                  FROM "ring" t9
                  WHERE t9.id = p7.o1
                ) "$"
              ) END END
              FROM (
                SELECT k.src, k.o0, k.o1, t8."kind" AS e0_0, t8."subject" AS e0_1
                FROM (
                  SELECT u.src, u.o0, u.o1
                  FROM (
                    SELECT s19.id, v.*
                    FROM (
                      SELECT i.id, b18.at
                      FROM (
                        SELECT coalesce((
                          SELECT q.o0
                          FROM (
                            SELECT u.o0, dense_rank() OVER (ORDER BY u.o0 DESC, u.o1 DESC) AS place
                            FROM (
                              SELECT s15.id, v.*
                              FROM ((
                                SELECT h13.record_id AS id
                                FROM timeline_head h13
                                WHERE h13.parent_id = t1.id AND h13.latest IS NOT NULL AND (EXISTS (
                                  SELECT t14.id AS id
                                  FROM "person" t14
                                  WHERE t14."firm_id" = t1.id AND t14.id = h13.record_id OFFSET 0
                                ))
                                ORDER BY h13.latest DESC
                                LIMIT (50) * 3 / 2
                              )) s15 CROSS JOIN LATERAL (
                                SELECT 0 AS way, b0.*
                                FROM (
                                  SELECT 0 AS src, t16."sort_date" AS o0, t16.id AS o1
                                  FROM "happening" t16
                                  WHERE t16."regarding_id" = s15.id AND t16."kind" IN (10012) AND s15.id <> t1.id
                                  ORDER BY t16."sort_date" DESC, t16.id DESC
                                  LIMIT 1
                                ) b0
                              ) v
                            ) u
                          ) q
                          WHERE q.place = 50
                          LIMIT 1
                        ), '-infinity') AS at OFFSET 0
                      ) b18 CROSS JOIN LATERAL (
                        SELECT h17.record_id AS id
                        FROM timeline_head h17
                        WHERE h17.parent_id = t1.id AND h17.latest >= b18.at AND (EXISTS (
                          SELECT t20.id AS id
                          FROM "person" t20
                          WHERE t20."firm_id" = t1.id AND t20.id = h17.record_id OFFSET 0
                        ))
                      ) i
                    ) s19 CROSS JOIN LATERAL (
                      SELECT 0 AS way, b0.*
                      FROM (
                        SELECT 0 AS src, t21."sort_date" AS o0, t21.id AS o1
                        FROM "happening" t21
                        WHERE t21."regarding_id" = s19.id AND t21."kind" IN (10012) AND s19.id <> t1.id AND t21."sort_date" >= s19.at
                        ORDER BY t21."sort_date" DESC, t21.id DESC
                        LIMIT 50
                      ) b0
                    ) v
                  ) u
                  ORDER BY u.o0 DESC, u.o1 DESC
                  LIMIT 50
                ) k LEFT JOIN "happening" t8 ON k.src = 0 AND t8.id = k.o1
                ORDER BY k.o0 DESC, k.o1 DESC
              ) p7
            )) AS "nodes"
          ) "$"
        ) AS "rings", (
          SELECT "$"
          FROM (
            SELECT g28.m0 AS "nodes", (
              SELECT "$"
              FROM (
                SELECT (g28.m1 > 1) AS "hasPreviousPage"
              ) "$"
            ) AS "pageInfo"
            FROM (
              SELECT coalesce(array_to_json(array_agg(CASE p25.src WHEN 0 THEN to_json((
                SELECT "$"
                FROM (
                  SELECT p25.e0_0 AS "title"
                ) "$"
              )) WHEN 1 THEN to_json((
                SELECT "$"
                FROM (
                  SELECT p25.e1_0 AS "title"
                ) "$"
              )) END) FILTER (WHERE p25.rn <= 1)), '[]'::json) AS m0, coalesce(max(p25.total), 0) AS m1
              FROM (
                SELECT n.*
                FROM (
                  SELECT q.*, row_number() OVER () AS rn, count(*) OVER () AS total
                  FROM (
                    SELECT k.src, k.o0, k.o1, t26."subject" AS e0_0, t27."heading" AS e1_0
                    FROM (
                      SELECT u.src, u.o0, u.o1
                      FROM (
                        SELECT 0 AS way, b0.*
                        FROM (
                          SELECT 0 AS src, t29."sort_date" AS o0, t29.id AS o1
                          FROM "happening" t29
                          WHERE t29."regarding_id" = t1.id
                          ORDER BY t29."sort_date", t29.id
                          LIMIT 2
                        ) b0
                        UNION ALL SELECT 1 AS way, b1.*
                        FROM (
                          SELECT 1 AS src, t30."created_on" AS o0, t30.id AS o1
                          FROM "memo" t30
                          WHERE t30."regarding_id" = t1.id
                          ORDER BY t30."created_on", t30.id
                          LIMIT 2
                        ) b1
                      ) u
                      ORDER BY u.o0, u.o1
                      LIMIT 2
                    ) k LEFT JOIN "happening" t26 ON k.src = 0 AND t26.id = k.o1 LEFT JOIN "memo" t27 ON k.src = 1 AND t27.id = k.o1
                    ORDER BY k.o0, k.o1
                  ) q
                ) n
                ORDER BY n.rn DESC
              ) p25
            ) g28
          ) "$"
        ) AS "last"
        FROM "firm" t1
        WHERE t1."id" = $1::uuid
      ) "$"
    ) AS "firm"
  ) "$"
) END
