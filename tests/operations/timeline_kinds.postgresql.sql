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
                    SELECT *
                    FROM (
                      SELECT 0 AS src, t5."sort_date" AS o0, t5.id AS o1
                      FROM "happening" t5
                      WHERE t5."regarding_id" = t1.id
                      ORDER BY t5."sort_date" DESC, t5.id DESC
                      LIMIT 50
                    ) b0
                    UNION ALL SELECT *
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
                  SELECT t15.id AS id
                  FROM "person" t15
                  WHERE t15."firm_id" = t1.id
                ) s13 CROSS JOIN LATERAL (
                  SELECT *
                  FROM (
                    SELECT 0 AS src, t14."sort_date" AS o0, t14.id AS o1
                    FROM "happening" t14
                    WHERE t14."regarding_id" = s13.id AND t14."kind" IN (10012) AND s13.id <> t1.id
                  ) b0
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
                    SELECT t12.id AS id
                    FROM "person" t12
                    WHERE t12."firm_id" = t1.id
                  ) s10 CROSS JOIN LATERAL (
                    SELECT *
                    FROM (
                      SELECT 0 AS src, t11."sort_date" AS o0, t11.id AS o1
                      FROM "happening" t11
                      WHERE t11."regarding_id" = s10.id AND t11."kind" IN (10012) AND s10.id <> t1.id
                      ORDER BY t11."sort_date" DESC, t11.id DESC
                      LIMIT 50
                    ) b0
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
            SELECT g19.m0 AS "nodes", (
              SELECT "$"
              FROM (
                SELECT (g19.m1 > 1) AS "hasPreviousPage"
              ) "$"
            ) AS "pageInfo"
            FROM (
              SELECT coalesce(array_to_json(array_agg(CASE p16.src WHEN 0 THEN to_json((
                SELECT "$"
                FROM (
                  SELECT p16.e0_0 AS "title"
                ) "$"
              )) WHEN 1 THEN to_json((
                SELECT "$"
                FROM (
                  SELECT p16.e1_0 AS "title"
                ) "$"
              )) END) FILTER (WHERE p16.rn <= 1)), '[]'::json) AS m0, coalesce(max(p16.total), 0) AS m1
              FROM (
                SELECT n.*
                FROM (
                  SELECT q.*, row_number() OVER () AS rn, count(*) OVER () AS total
                  FROM (
                    SELECT k.src, k.o0, k.o1, t17."subject" AS e0_0, t18."heading" AS e1_0
                    FROM (
                      SELECT u.src, u.o0, u.o1
                      FROM (
                        SELECT *
                        FROM (
                          SELECT 0 AS src, t20."sort_date" AS o0, t20.id AS o1
                          FROM "happening" t20
                          WHERE t20."regarding_id" = t1.id
                          ORDER BY t20."sort_date", t20.id
                          LIMIT 2
                        ) b0
                        UNION ALL SELECT *
                        FROM (
                          SELECT 1 AS src, t21."created_on" AS o0, t21.id AS o1
                          FROM "memo" t21
                          WHERE t21."regarding_id" = t1.id
                          ORDER BY t21."created_on", t21.id
                          LIMIT 2
                        ) b1
                      ) u
                      ORDER BY u.o0, u.o1
                      LIMIT 2
                    ) k LEFT JOIN "happening" t17 ON k.src = 0 AND t17.id = k.o1 LEFT JOIN "memo" t18 ON k.src = 1 AND t18.id = k.o1
                    ORDER BY k.o0, k.o1
                  ) q
                ) n
                ORDER BY n.rn DESC
              ) p16
            ) g19
          ) "$"
        ) AS "last"
        FROM "firm" t1
        WHERE t1."id" = $1::uuid
      ) "$"
    ) AS "firm"
  ) "$"
) END
