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
          SELECT count(*)
          FROM "happening" t12
        ) AS "totalCount", array_to_json(ARRAY(
          SELECT CASE
          WHEN p1.c0 = 10012 THEN (
            SELECT row_to_json("$")
            FROM (
              SELECT '"Ring"'::json AS "__typename", CASE p1.c0
              WHEN 10012 THEN 'RING'
              WHEN 10011 THEN 'VISIT' END AS "kind", CASE p1.c0
              WHEN 10012 THEN 'Ring'
              WHEN 10011 THEN 'Visit' END AS "kindLabel", '"Ring"'::json AS "typeLabel", p1.c2 AS "subject", p1.c3 AS "sortDate", CASE p1.c4
              WHEN 0 THEN 'OPEN'
              WHEN 1 THEN 'DONE' END AS "state", CASE
              WHEN p1.c6 = 10003 THEN (
                SELECT row_to_json("$")
                FROM (
                  SELECT '"Deal"'::json AS "__typename", t4."id" AS "id", t4."title" AS "displayName"
                  FROM "deal" t4
                  WHERE t4.id = p1.c5
                ) "$"
              )
              WHEN p1.c6 = 10001 THEN (
                SELECT row_to_json("$")
                FROM (
                  SELECT '"Firm"'::json AS "__typename", t5."id" AS "id", t5."name" AS "displayName", t5."number" AS "number"
                  FROM "firm" t5
                  WHERE t5.id = p1.c5
                ) "$"
              )
              WHEN p1.c6 = 10002 THEN (
                SELECT row_to_json("$")
                FROM (
                  SELECT '"Person"'::json AS "__typename", t6."id" AS "id", t6."full_name" AS "displayName", t6."full_name" AS "fullName"
                  FROM "person" t6
                  WHERE t6.id = p1.c5
                ) "$"
              ) END AS "regarding", t3."phone_number" AS "phoneNumber"
              FROM "ring" t3
              WHERE t3.id = p1.c1
            ) "$"
          )
          WHEN p1.c0 = 10011 THEN (
            SELECT row_to_json("$")
            FROM (
              SELECT '"Visit"'::json AS "__typename", CASE p1.c0
              WHEN 10012 THEN 'RING'
              WHEN 10011 THEN 'VISIT' END AS "kind", CASE p1.c0
              WHEN 10012 THEN 'Ring'
              WHEN 10011 THEN 'Visit' END AS "kindLabel", '"Visit"'::json AS "typeLabel", p1.c2 AS "subject", p1.c3 AS "sortDate", CASE p1.c4
              WHEN 0 THEN 'OPEN'
              WHEN 1 THEN 'DONE' END AS "state", CASE
              WHEN p1.c6 = 10003 THEN (
                SELECT row_to_json("$")
                FROM (
                  SELECT '"Deal"'::json AS "__typename", t8."id" AS "id", t8."title" AS "displayName"
                  FROM "deal" t8
                  WHERE t8.id = p1.c5
                ) "$"
              )
              WHEN p1.c6 = 10001 THEN (
                SELECT row_to_json("$")
                FROM (
                  SELECT '"Firm"'::json AS "__typename", t9."id" AS "id", t9."name" AS "displayName", t9."number" AS "number"
                  FROM "firm" t9
                  WHERE t9.id = p1.c5
                ) "$"
              )
              WHEN p1.c6 = 10002 THEN (
                SELECT row_to_json("$")
                FROM (
                  SELECT '"Person"'::json AS "__typename", t10."id" AS "id", t10."full_name" AS "displayName", t10."full_name" AS "fullName"
                  FROM "person" t10
                  WHERE t10.id = p1.c5
                ) "$"
              ) END AS "regarding", CASE p1.c7
              WHEN 11 THEN 'AGREED'
              WHEN 12 THEN 'MADE'
              WHEN 13 THEN 'MISSED' END AS "statusReason", t7."place" AS "place", t7."distance"::text AS "distance", (
                SELECT "$"
                FROM (
                  SELECT t11."full_name" AS "fullName"
                  FROM "person" t11
                  WHERE t11.id = t7."host_id"
                ) "$"
              ) AS "host"
              FROM "visit" t7
              WHERE t7.id = p1.c1
            ) "$"
          ) END
          FROM (
            SELECT t2."kind" AS c0, t2."id" AS c1, t2."subject" AS c2, t2."sort_date" AS c3, t2."state" AS c4, t2."regarding_id" AS c5, t2."regarding_type" AS c6, t2."status_reason" AS c7
            FROM "happening" t2
            ORDER BY t2."sort_date" DESC, t2."id" DESC
            LIMIT 50
          ) p1
        )) AS "nodes"
      ) "$"
    ) AS "happenings", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p13.c0 AS "subject", p13.c1 AS "place"
            FROM (
              SELECT t14."subject" AS c0, t15."place" AS c1
              FROM "happening" t14 JOIN "visit" t15 ON t15.id = t14.id
              WHERE t15."place" IS NOT NULL AND t14."minutes" > $1::integer
              ORDER BY t14."id"
              LIMIT 50
            ) p13
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "visits", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p16.c0 AS "subject", p16.c1 AS "minutes"
            FROM (
              SELECT t17."subject" AS c0, t17."minutes" AS c1
              FROM "happening" t17 JOIN "ring" t18 ON t18.id = t17.id
              ORDER BY t17."minutes", t18."phone_number__sort" DESC, t17."id" DESC
              LIMIT 50
            ) p16
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "rings", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT (
              SELECT "$"
              FROM (
                SELECT CASE g20.k0
                WHEN 10012 THEN 'RING'
                WHEN 10011 THEN 'VISIT' END AS "kind", CASE g20.k0
                WHEN 10012 THEN 'Ring'
                WHEN 10011 THEN 'Visit' END AS "kindLabel"
              ) "$"
            ) AS "keys", (
              SELECT "$"
              FROM (
                SELECT g20.m0 AS "count", (
                  SELECT "$"
                  FROM (
                    SELECT g20.m1 AS "sortDate"
                  ) "$"
                ) AS "max"
              ) "$"
            ) AS "aggregate"
            FROM (
              SELECT t19."kind" AS k0, count(*) AS m0, max(t19."sort_date") AS m1
              FROM "happening" t19
              GROUP BY 1
              ORDER BY CASE t19."kind"
              WHEN 10012 THEN 0
              WHEN 10011 THEN 1 END
            ) g20
          ) "$"
        )) AS "groupBy"
      ) "$"
    ) AS "groups"
  ) "$"
) END
