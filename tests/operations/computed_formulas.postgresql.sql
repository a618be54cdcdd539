SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $3::integer THEN (
  SELECT row_to_json("$")
  FROM (
    SELECT (
      SELECT "$"
      FROM (
        SELECT g3.m0 AS "nodes", (
          SELECT "$"
          FROM (
            SELECT g3.m1 AS "endCursor", (g3.m2 > 2) AS "hasNextPage"
          ) "$"
        ) AS "pageInfo"
        FROM (
          SELECT coalesce(array_to_json(array_agg(to_json((
            SELECT "$"
            FROM (
              SELECT p1.c0 AS "title", (
                SELECT CASE
                WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                FROM (
                  SELECT round((((p1.c1)::numeric - coalesce((p1.c2)::numeric, 0::numeric)))::numeric, 2) AS n OFFSET 0
                ) v
              )::text AS "net", (
                SELECT CASE
                WHEN abs(v.n) <= 99999999999999.9999::numeric THEN v.n END
                FROM (
                  SELECT round(((
                    SELECT sign(v.a) * sign(v.b) * div(2 * abs(v.a) * 10000000000::numeric + abs(v.b), 2 * abs(v.b)) * 0.0000000001::numeric
                    FROM (
                      SELECT (p1.c1)::numeric AS a, nullif(3::numeric, 0::numeric) AS b OFFSET 0
                    ) v
                  ))::numeric, 4) AS n OFFSET 0
                ) v
              )::text AS "third", ((p1.c3 < $1::date) IS TRUE) AS "late", (
                SELECT CASE
                WHEN abs(v.n) <= 2147483647::numeric THEN v.n END
                FROM (
                  SELECT round((($1::date - p1.c3)::numeric)::numeric, 0) AS n OFFSET 0
                ) v
              )::integer AS "days", (((upper((
                SELECT left(v.t, CASE WHEN v.n > 0 THEN least(v.n, 1000000)::integer WHEN v.n <= 0 THEN 0 END)
                FROM (
                  SELECT p1.c0 AS t, 2::numeric AS n OFFSET 0
                ) v
              ) COLLATE "default") || '-'::text) || coalesce((
                SELECT t4."name"
                FROM "firm" t4
                WHERE t4.id = p1.c4
              ), '?'::text))) COLLATE "C" AS "tag", CASE CASE
              WHEN (((p1.c1)::numeric > 50::numeric) IS TRUE) IS TRUE THEN 2::integer
              ELSE (
                SELECT t5."warmth"
                FROM "firm" t5
                WHERE t5.id = p1.c4
              ) END
              WHEN 3 THEN 'COLD'
              WHEN 1 THEN 'WARM'
              WHEN 2 THEN 'HOT' END AS "heat", CASE CASE
              WHEN (((p1.c1)::numeric > 50::numeric) IS TRUE) IS TRUE THEN 2::integer
              ELSE (
                SELECT t6."warmth"
                FROM "firm" t6
                WHERE t6.id = p1.c4
              ) END
              WHEN 3 THEN 'Cold'
              WHEN 1 THEN 'Warm'
              WHEN 2 THEN 'Hot' END AS "heatLabel", ((
                SELECT (
                  SELECT t8."full_name"
                  FROM "person" t8
                  WHERE t8.id = t7."head_id"
                )
                FROM "firm" t7
                WHERE t7.id = p1.c4
              )) COLLATE "C" AS "boss", (
                SELECT "$"
                FROM (
                  SELECT ((((coalesce(((
                    SELECT (CASE WHEN abs(round((sum((
                      SELECT CASE
                      WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                      FROM (
                        SELECT round((div(((
                          SELECT CASE
                          WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                          FROM (
                            SELECT round((((t10."amount")::numeric - coalesce((t10."fee")::numeric, 0::numeric)))::numeric, 2) AS n OFFSET 0
                          ) v
                        )) * (CASE WHEN t10."currency_id" = t9."currency_id" THEN 1::numeric ELSE coalesce(nullif(t9."exchange_rate", 0), 1::numeric) END) * 1000, CASE WHEN t10."currency_id" = t9."currency_id" THEN 1::numeric ELSE coalesce(nullif(t10."exchange_rate", 0), 1::numeric) END) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                      ) v
                    )))::numeric, 2)) <= 9999999999999999.99::numeric THEN round((sum((
                      SELECT CASE
                      WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                      FROM (
                        SELECT round((div(((
                          SELECT CASE
                          WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                          FROM (
                            SELECT round((((t10."amount")::numeric - coalesce((t10."fee")::numeric, 0::numeric)))::numeric, 2) AS n OFFSET 0
                          ) v
                        )) * (CASE WHEN t10."currency_id" = t9."currency_id" THEN 1::numeric ELSE coalesce(nullif(t9."exchange_rate", 0), 1::numeric) END) * 1000, CASE WHEN t10."currency_id" = t9."currency_id" THEN 1::numeric ELSE coalesce(nullif(t10."exchange_rate", 0), 1::numeric) END) * 0.001::numeric)::numeric, 2) AS n OFFSET 0
                      ) v
                    )))::numeric, 2) END)
                    FROM "deal" t10
                    WHERE t10."firm_id" = t9.id AND t10."state" = $2::integer
                  ))::numeric, 0::numeric) > 50::numeric) IS TRUE) IS TRUE) OR ((((t9."revenue")::numeric > 500::numeric) IS TRUE) IS TRUE)) AS "rich"
                  FROM "firm" t9
                  WHERE t9.id = p1.c4
                ) "$"
              ) AS "firm"
            ) "$"
          ))) FILTER (WHERE p1.rn <= 2)), '[]'::json) AS m0, max((
            SELECT translate(encode(convert_to(row_to_json("$")::text, 'UTF8'), 'base64'), E'\n', '')
            FROM (
              SELECT CAST('b68c9e77' AS text) AS "o", p1.o0::text AS "0", p1.o1 AS "1"
            ) "$"
          )) FILTER (WHERE p1.rn = CASE WHEN p1.total < 2 THEN p1.total ELSE 2 END) AS m1, coalesce(max(p1.total), 0) AS m2
          FROM (
            SELECT q.*, row_number() OVER () AS rn, count(*) OVER () AS total
            FROM (
              SELECT t2."title" AS c0, t2."amount" AS c1, t2."fee" AS c2, t2."closes" AS c3, t2."firm_id" AS c4, (
                SELECT CASE
                WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                FROM (
                  SELECT round((((t2."amount")::numeric - coalesce((t2."fee")::numeric, 0::numeric)))::numeric, 2) AS n OFFSET 0
                ) v
              ) AS o0, t2."id" AS o1
              FROM "deal" t2
              ORDER BY (
                SELECT CASE
                WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                FROM (
                  SELECT round((((t2."amount")::numeric - coalesce((t2."fee")::numeric, 0::numeric)))::numeric, 2) AS n OFFSET 0
                ) v
              ) DESC NULLS LAST, t2."id" DESC
              LIMIT 3
            ) q
          ) p1
        ) g3
      ) "$"
    ) AS "deals", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT CASE
          WHEN p11.c0 = 10011 THEN (
            SELECT row_to_json("$")
            FROM (
              SELECT p11.c2 AS "subject", (
                SELECT CASE
                WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                FROM (
                  SELECT round(((
                    SELECT sign(v.a) * sign(v.b) * div(2 * abs(v.a) * 10000000000::numeric + abs(v.b), 2 * abs(v.b)) * 0.0000000001::numeric
                    FROM (
                      SELECT (p11.c3)::numeric AS a, nullif(60::numeric, 0::numeric) AS b OFFSET 0
                    ) v
                  ))::numeric, 2) AS n OFFSET 0
                ) v
              )::text AS "hours", (((((t13."distance")::numeric > 10::numeric) IS TRUE) IS TRUE) AND ((((
                SELECT CASE
                WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                FROM (
                  SELECT round(((
                    SELECT sign(v.a) * sign(v.b) * div(2 * abs(v.a) * 10000000000::numeric + abs(v.b), 2 * abs(v.b)) * 0.0000000001::numeric
                    FROM (
                      SELECT (p11.c3)::numeric AS a, nullif(60::numeric, 0::numeric) AS b OFFSET 0
                    ) v
                  ))::numeric, 2) AS n OFFSET 0
                ) v
              ) >= 1::numeric) IS TRUE) IS TRUE)) AS "far"
              FROM "visit" t13
              WHERE t13.id = p11.c1
            ) "$"
          )
          ELSE (
            SELECT row_to_json("$")
            FROM (
              SELECT p11.c2 AS "subject", (
                SELECT CASE
                WHEN abs(v.n) <= 9999999999999999.99::numeric THEN v.n END
                FROM (
                  SELECT round(((
                    SELECT sign(v.a) * sign(v.b) * div(2 * abs(v.a) * 10000000000::numeric + abs(v.b), 2 * abs(v.b)) * 0.0000000001::numeric
                    FROM (
                      SELECT (p11.c3)::numeric AS a, nullif(60::numeric, 0::numeric) AS b OFFSET 0
                    ) v
                  ))::numeric, 2) AS n OFFSET 0
                ) v
              )::text AS "hours"
            ) "$"
          ) END
          FROM (
            SELECT t12."kind" AS c0, t12."id" AS c1, t12."subject" AS c2, t12."minutes" AS c3
            FROM "happening" t12
            ORDER BY t12."subject__sort" DESC, t12."id" DESC
            LIMIT 3
          ) p11
        )) AS "nodes"
      ) "$"
    ) AS "happenings"
  ) "$"
) END
