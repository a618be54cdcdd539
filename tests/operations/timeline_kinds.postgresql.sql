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
                SELECT u.*
                FROM (
                  SELECT *
                  FROM (
                    SELECT 0 AS src, t3."sort_date" AS o0, t3.id AS o1, t3."kind" AS e0_0, t3."subject" AS e0_1, NULL::text AS e1_0
                    FROM "happening" t3
                    WHERE t3."regarding_id" = t1.id
                    ORDER BY t3."sort_date" DESC, t3.id DESC
                    LIMIT 50
                  ) b0
                  UNION ALL SELECT *
                  FROM (
                    SELECT 1 AS src, t4."created_on" AS o0, t4.id AS o1, NULL::integer AS e0_0, NULL::text AS e0_1, t4."heading" AS e1_0
                    FROM "memo" t4
                    WHERE t4."regarding_id" = t1.id
                    ORDER BY t4."created_on" DESC, t4.id DESC
                    LIMIT 50
                  ) b1
                ) u
                ORDER BY u.o0 DESC, u.o1 DESC
                LIMIT 50
              ) p2
            )) AS "nodes"
          ) "$"
        ) AS "own", (
          SELECT "$"
          FROM (
            SELECT ((
              SELECT count(*)
              FROM "happening" t11
              WHERE t11."regarding_id" IN (
                SELECT t12.id AS id
                FROM "person" t12
                WHERE t12."firm_id" = t1.id
              ) AND t11."kind" IN (10012)
            )) AS "totalCount", array_to_json(ARRAY(
              SELECT CASE p5.src
              WHEN 0 THEN CASE
              WHEN p5.e0_0 = 10012 THEN (
                SELECT row_to_json("$")
                FROM (
                  SELECT p5.e0_1 AS "title", t7."phone_number" AS "phoneNumber"
                  FROM "ring" t7
                  WHERE t7.id = p5.o1
                ) "$"
              ) END END
              FROM (
                SELECT u.*
                FROM (
                  SELECT t9.id AS id
                  FROM "person" t9
                  WHERE t9."firm_id" = t1.id
                ) s8 CROSS JOIN LATERAL (
                  SELECT *
                  FROM (
                    SELECT 0 AS src, t6."sort_date" AS o0, t6.id AS o1, t6."kind" AS e0_0, t6."subject" AS e0_1
                    FROM "happening" t6
                    WHERE t6."regarding_id" = s8.id AND t6."kind" IN (10012)
                    ORDER BY t6."sort_date" DESC, t6.id DESC
                    LIMIT 50
                  ) b0
                ) u
                ORDER BY u.o0 DESC, u.o1 DESC
                LIMIT 50
              ) p5
            )) AS "nodes"
          ) "$"
        ) AS "rings", (
          SELECT "$"
          FROM (
            SELECT g16.m0 AS "nodes", (
              SELECT "$"
              FROM (
                SELECT (g16.m1 > 1) AS "hasPreviousPage"
              ) "$"
            ) AS "pageInfo"
            FROM (
              SELECT coalesce(array_to_json(array_agg(CASE p13.src WHEN 0 THEN to_json((
                SELECT "$"
                FROM (
                  SELECT p13.e0_0 AS "title"
                ) "$"
              )) WHEN 1 THEN to_json((
                SELECT "$"
                FROM (
                  SELECT p13.e1_0 AS "title"
                ) "$"
              )) END) FILTER (WHERE p13.rn <= 1)), '[]'::json) AS m0, coalesce(max(p13.total), 0) AS m1
              FROM (
                SELECT n.*
                FROM (
                  SELECT q.*, row_number() OVER () AS rn, count(*) OVER () AS total
                  FROM (
                    SELECT u.*
                    FROM (
                      SELECT *
                      FROM (
                        SELECT 0 AS src, t14."sort_date" AS o0, t14.id AS o1, t14."subject" AS e0_0, NULL::text AS e1_0
                        FROM "happening" t14
                        WHERE t14."regarding_id" = t1.id
                        ORDER BY t14."sort_date", t14.id
                        LIMIT 2
                      ) b0
                      UNION ALL SELECT *
                      FROM (
                        SELECT 1 AS src, t15."created_on" AS o0, t15.id AS o1, NULL::text AS e0_0, t15."heading" AS e1_0
                        FROM "memo" t15
                        WHERE t15."regarding_id" = t1.id
                        ORDER BY t15."created_on", t15.id
                        LIMIT 2
                      ) b1
                    ) u
                    ORDER BY u.o0, u.o1
                    LIMIT 2
                  ) q
                ) n
                ORDER BY n.rn DESC
              ) p13
            ) g16
          ) "$"
        ) AS "last"
        FROM "firm" t1
        WHERE t1."id" = $1::uuid
      ) "$"
    ) AS "firm"
  ) "$"
) END
