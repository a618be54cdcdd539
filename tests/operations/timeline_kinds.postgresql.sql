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
                  SELECT s19.id, v.*
                  FROM (
                    SELECT t21.id AS id
                    FROM "person" t21
                    WHERE t21."firm_id" = t1.id
                  ) s19 CROSS JOIN LATERAL (
                    SELECT 0 AS way, b0.*
                    FROM (
                      SELECT 0 AS src, t20."sort_date" AS o0, t20.id AS o1
                      FROM "happening" t20
                      WHERE t20."regarding_id" = s19.id AND t20."kind" IN (10012) AND s19.id <> t1.id
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
                    SELECT s16.id, v.*
                    FROM (
                      SELECT i.id, b15.at
                      FROM (
                        SELECT coalesce((
                          SELECT q.o0
                          FROM (
                            SELECT u.o0, dense_rank() OVER (ORDER BY u.o0 DESC, u.o1 DESC) AS place
                            FROM (
                              SELECT s12.id, v.*
                              FROM ((
                                SELECT h10.record_id AS id
                                FROM timeline_head h10
                                WHERE h10.parent_id = t1.id AND h10.latest IS NOT NULL AND (EXISTS (
                                  SELECT t11.id AS id
                                  FROM "person" t11
                                  WHERE t11."firm_id" = t1.id AND t11.id = h10.record_id OFFSET 0
                                ))
                                ORDER BY h10.latest DESC
                                LIMIT (50) * 3 / 2
                              )) s12 CROSS JOIN LATERAL (
                                SELECT 0 AS way, b0.*
                                FROM (
                                  SELECT 0 AS src, t13."sort_date" AS o0, t13.id AS o1
                                  FROM "happening" t13
                                  WHERE t13."regarding_id" = s12.id AND t13."kind" IN (10012) AND s12.id <> t1.id
                                  ORDER BY t13."sort_date" DESC, t13.id DESC
                                  LIMIT 1
                                ) b0
                              ) v
                            ) u
                          ) q
                          WHERE q.place = 50
                          LIMIT 1
                        ), '-infinity') AS at OFFSET 0
                      ) b15 CROSS JOIN LATERAL (
                        SELECT h14.record_id AS id
                        FROM timeline_head h14
                        WHERE h14.parent_id = t1.id AND h14.latest >= b15.at AND (EXISTS (
                          SELECT t17.id AS id
                          FROM "person" t17
                          WHERE t17."firm_id" = t1.id AND t17.id = h14.record_id OFFSET 0
                        ))
                      ) i
                    ) s16 CROSS JOIN LATERAL (
                      SELECT 0 AS way, b0.*
                      FROM (
                        SELECT 0 AS src, t18."sort_date" AS o0, t18.id AS o1
                        FROM "happening" t18
                        WHERE t18."regarding_id" = s16.id AND t18."kind" IN (10012) AND s16.id <> t1.id AND t18."sort_date" >= s16.at
                        ORDER BY t18."sort_date" DESC, t18.id DESC
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
            SELECT g25.m0 AS "nodes", (
              SELECT "$"
              FROM (
                SELECT (g25.m1 > 1) AS "hasPreviousPage"
              ) "$"
            ) AS "pageInfo"
            FROM (
              SELECT coalesce(array_to_json(array_agg(CASE p22.src WHEN 0 THEN to_json((
                SELECT "$"
                FROM (
                  SELECT p22.e0_0 AS "title"
                ) "$"
              )) WHEN 1 THEN to_json((
                SELECT "$"
                FROM (
                  SELECT p22.e1_0 AS "title"
                ) "$"
              )) END) FILTER (WHERE p22.rn <= 1)), '[]'::json) AS m0, coalesce(max(p22.total), 0) AS m1
              FROM (
                SELECT n.*
                FROM (
                  SELECT q.*, row_number() OVER () AS rn, count(*) OVER () AS total
                  FROM (
                    SELECT k.src, k.o0, k.o1, t23."subject" AS e0_0, t24."heading" AS e1_0
                    FROM (
                      SELECT u.src, u.o0, u.o1
                      FROM (
                        SELECT 0 AS way, b0.*
                        FROM (
                          SELECT 0 AS src, t26."sort_date" AS o0, t26.id AS o1
                          FROM "happening" t26
                          WHERE t26."regarding_id" = t1.id
                          ORDER BY t26."sort_date", t26.id
                          LIMIT 2
                        ) b0
                        UNION ALL SELECT 1 AS way, b1.*
                        FROM (
                          SELECT 1 AS src, t27."created_on" AS o0, t27.id AS o1
                          FROM "memo" t27
                          WHERE t27."regarding_id" = t1.id
                          ORDER BY t27."created_on", t27.id
                          LIMIT 2
                        ) b1
                      ) u
                      ORDER BY u.o0, u.o1
                      LIMIT 2
                    ) k LEFT JOIN "happening" t23 ON k.src = 0 AND t23.id = k.o1 LEFT JOIN "memo" t24 ON k.src = 1 AND t24.id = k.o1
                    ORDER BY k.o0, k.o1
                  ) q
                ) n
                ORDER BY n.rn DESC
              ) p22
            ) g25
          ) "$"
        ) AS "last"
        FROM "firm" t1
        WHERE t1."id" = $1::uuid
      ) "$"
    ) AS "firm"
  ) "$"
) END
