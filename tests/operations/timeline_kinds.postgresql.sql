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
                  SELECT s15.id, v.*
                  FROM (
                    SELECT t17.id AS id
                    FROM "person" t17
                    WHERE t17."firm_id" = t1.id
                  ) s15 CROSS JOIN LATERAL (
                    SELECT 0 AS way, b0.*
                    FROM (
                      SELECT 0 AS src, t16."sort_date" AS o0, t16.id AS o1
                      FROM "happening" t16
                      WHERE t16."regarding_id" = s15.id AND t16."kind" IN (10012) AND s15.id <> t1.id
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
                    SELECT s13.id, v.*
                    FROM (
                      SELECT f.id, f.way
                      FROM (
                        SELECT u.id, u.way, dense_rank() OVER (ORDER BY u.o0 DESC, u.o1 DESC) AS place
                        FROM (
                          SELECT s10.id, v.*
                          FROM (
                            SELECT t12.id AS id
                            FROM "person" t12
                            WHERE t12."firm_id" = t1.id
                          ) s10 CROSS JOIN LATERAL (
                            SELECT 0 AS way, b0.*
                            FROM (
                              SELECT 0 AS src, t11."sort_date" AS o0, t11.id AS o1
                              FROM "happening" t11
                              WHERE t11."regarding_id" = s10.id AND t11."kind" IN (10012) AND s10.id <> t1.id
                              ORDER BY t11."sort_date" DESC, t11.id DESC
                              LIMIT 1
                            ) b0
                          ) v
                        ) u
                      ) f
                      WHERE f.place <= 50
                    ) s13 CROSS JOIN LATERAL (
                      SELECT 0 AS way, b0.*
                      FROM (
                        SELECT 0 AS src, t14."sort_date" AS o0, t14.id AS o1
                        FROM "happening" t14
                        WHERE t14."regarding_id" = s13.id AND t14."kind" IN (10012) AND s13.id <> t1.id
                        ORDER BY t14."sort_date" DESC, t14.id DESC
                        LIMIT 50
                      ) b0
                      WHERE s13.way = 0
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
            SELECT g21.m0 AS "nodes", (
              SELECT "$"
              FROM (
                SELECT (g21.m1 > 1) AS "hasPreviousPage"
              ) "$"
            ) AS "pageInfo"
            FROM (
              SELECT coalesce(array_to_json(array_agg(CASE p18.src WHEN 0 THEN to_json((
                SELECT "$"
                FROM (
                  SELECT p18.e0_0 AS "title"
                ) "$"
              )) WHEN 1 THEN to_json((
                SELECT "$"
                FROM (
                  SELECT p18.e1_0 AS "title"
                ) "$"
              )) END) FILTER (WHERE p18.rn <= 1)), '[]'::json) AS m0, coalesce(max(p18.total), 0) AS m1
              FROM (
                SELECT n.*
                FROM (
                  SELECT q.*, row_number() OVER () AS rn, count(*) OVER () AS total
                  FROM (
                    SELECT k.src, k.o0, k.o1, t19."subject" AS e0_0, t20."heading" AS e1_0
                    FROM (
                      SELECT u.src, u.o0, u.o1
                      FROM (
                        SELECT 0 AS way, b0.*
                        FROM (
                          SELECT 0 AS src, t22."sort_date" AS o0, t22.id AS o1
                          FROM "happening" t22
                          WHERE t22."regarding_id" = t1.id
                          ORDER BY t22."sort_date", t22.id
                          LIMIT 2
                        ) b0
                        UNION ALL SELECT 1 AS way, b1.*
                        FROM (
                          SELECT 1 AS src, t23."created_on" AS o0, t23.id AS o1
                          FROM "memo" t23
                          WHERE t23."regarding_id" = t1.id
                          ORDER BY t23."created_on", t23.id
                          LIMIT 2
                        ) b1
                      ) u
                      ORDER BY u.o0, u.o1
                      LIMIT 2
                    ) k LEFT JOIN "happening" t19 ON k.src = 0 AND t19.id = k.o1 LEFT JOIN "memo" t20 ON k.src = 1 AND t20.id = k.o1
                    ORDER BY k.o0, k.o1
                  ) q
                ) n
                ORDER BY n.rn DESC
              ) p18
            ) g21
          ) "$"
        ) AS "last"
        FROM "firm" t1
        WHERE t1."id" = $1::uuid
      ) "$"
    ) AS "firm"
  ) "$"
) END
