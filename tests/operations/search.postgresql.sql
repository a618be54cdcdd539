SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $7::integer THEN (
  SELECT row_to_json("$")
  FROM (
    SELECT (
      SELECT "$"
      FROM (
        SELECT ((
          SELECT count(*)
          FROM (
            SELECT CASE
            WHEN coalesce(split_part(t3."title__sort", chr(1), 1), '') = $2::text THEN 4
            WHEN substr(coalesce(split_part(t3."title__sort", chr(1), 1), ''), 1, length($2::text)) = $2::text THEN 3
            WHEN strpos(coalesce(split_part(t3."title__sort", chr(1), 1), ''), ' ' || $2::text) > 0 THEN 2
            ELSE 1 END AS o0, coalesce(t3."title__sort", '') AS o1, t3.id AS o2
            FROM "deal" t3
            WHERE NOT EXISTS (
              SELECT 1
              FROM unnest($1::text[]) w
              WHERE NOT (strpos(coalesce(split_part(t3."title__sort", chr(1), 1), ''), w) > 0)
            )
          ) q
        ) + (
          SELECT count(*)
          FROM (
            SELECT CASE
            WHEN coalesce(split_part(t4."name__sort", chr(1), 1), '') = $2::text THEN 4
            WHEN substr(coalesce(split_part(t4."name__sort", chr(1), 1), ''), 1, length($2::text)) = $2::text THEN 3
            WHEN strpos(coalesce(split_part(t4."name__sort", chr(1), 1), ''), ' ' || $2::text) > 0 THEN 2
            ELSE 1 END AS o0, coalesce(t4."name__sort", '') AS o1, t4.id AS o2
            FROM "firm" t4
            WHERE NOT EXISTS (
              SELECT 1
              FROM unnest($1::text[]) w
              WHERE NOT (strpos(coalesce(split_part(t4."name__sort", chr(1), 1), ''), w) > 0)
            )
          ) q
        ) + (
          SELECT count(*)
          FROM (
            SELECT CASE
            WHEN coalesce(split_part(t5."full_name__sort", chr(1), 1), '') = $2::text OR coalesce(split_part(t5."email__sort", chr(1), 1), '') = $2::text THEN 4
            WHEN substr(coalesce(split_part(t5."full_name__sort", chr(1), 1), ''), 1, length($2::text)) = $2::text THEN 3
            WHEN strpos(coalesce(split_part(t5."full_name__sort", chr(1), 1), ''), ' ' || $2::text) > 0 THEN 2
            ELSE 1 END AS o0, coalesce(t5."full_name__sort", '') AS o1, t5.id AS o2
            FROM "person" t5
            WHERE NOT EXISTS (
              SELECT 1
              FROM unnest($1::text[]) w
              WHERE NOT (strpos(coalesce(split_part(t5."full_name__sort", chr(1), 1), ''), w) > 0 OR strpos(coalesce(split_part(t5."email__sort", chr(1), 1), ''), w) > 0)
            )
          ) q
        ) + (
          SELECT count(*)
          FROM (
            SELECT CASE
            WHEN coalesce(split_part(t6."subject__sort", chr(1), 1), '') = $2::text THEN 4
            WHEN substr(coalesce(split_part(t6."subject__sort", chr(1), 1), ''), 1, length($2::text)) = $2::text THEN 3
            WHEN strpos(coalesce(split_part(t6."subject__sort", chr(1), 1), ''), ' ' || $2::text) > 0 THEN 2
            ELSE 1 END AS o0, coalesce(t6."subject__sort", '') AS o1, t6.id AS o2
            FROM "happening" t6
            WHERE NOT EXISTS (
              SELECT 1
              FROM unnest($1::text[]) w
              WHERE NOT (strpos(coalesce(split_part(t6."subject__sort", chr(1), 1), ''), w) > 0)
            ) AND t6."kind" = 10012
          ) q
        ) + (
          SELECT count(*)
          FROM (
            SELECT CASE
            WHEN coalesce(split_part(t7."subject__sort", chr(1), 1), '') = $2::text THEN 4
            WHEN substr(coalesce(split_part(t7."subject__sort", chr(1), 1), ''), 1, length($2::text)) = $2::text THEN 3
            WHEN strpos(coalesce(split_part(t7."subject__sort", chr(1), 1), ''), ' ' || $2::text) > 0 THEN 2
            ELSE 1 END AS o0, coalesce(t7."subject__sort", '') AS o1, t7.id AS o2
            FROM "happening" t7
            WHERE NOT EXISTS (
              SELECT 1
              FROM unnest($1::text[]) w
              WHERE NOT (strpos(coalesce(split_part(t7."subject__sort", chr(1), 1), ''), w) > 0)
            ) AND t7."kind" = 10011
          ) q
        )) AS "totalCount", g2.m0 AS "edges", (
          SELECT "$"
          FROM (
            SELECT (g2.m1 > 2) AS "hasNextPage", FALSE AS "hasPreviousPage"
          ) "$"
        ) AS "pageInfo"
        FROM (
          SELECT coalesce(array_to_json(array_agg((
            SELECT row_to_json("$")
            FROM (
              SELECT (
                SELECT translate(encode(convert_to(row_to_json("$")::text, 'UTF8'), 'base64'), E'\n', '')
                FROM (
                  SELECT CAST('6cfd5c56' AS text) AS "o", p1.o0 AS "0", p1.o1 AS "1", p1.o2 AS "2"
                ) "$"
              ) AS "cursor", CASE p1.src
              WHEN 0 THEN (
                SELECT to_json((
                  SELECT "$"
                  FROM (
                    SELECT '"Deal"'::json AS "__typename", t8."id" AS "id", t8."title" AS "displayName"
                  ) "$"
                ))
                FROM "deal" t8
                WHERE t8.id = p1.o2
              )
              WHEN 1 THEN (
                SELECT to_json((
                  SELECT "$"
                  FROM (
                    SELECT '"Firm"'::json AS "__typename", t9."id" AS "id", t9."name" AS "displayName", t9."number" AS "number"
                  ) "$"
                ))
                FROM "firm" t9
                WHERE t9.id = p1.o2
              )
              WHEN 2 THEN (
                SELECT to_json((
                  SELECT "$"
                  FROM (
                    SELECT '"Person"'::json AS "__typename", t10."id" AS "id", t10."full_name" AS "displayName", t10."email" AS "email"
                  ) "$"
                ))
                FROM "person" t10
                WHERE t10.id = p1.o2
              )
              WHEN 3 THEN (
                SELECT to_json((
                  SELECT "$"
                  FROM (
                    SELECT '"Ring"'::json AS "__typename", t11."id" AS "id", t11."subject" AS "displayName"
                  ) "$"
                ))
                FROM "happening" t11
                WHERE t11.id = p1.o2
              )
              WHEN 4 THEN (
                SELECT to_json((
                  SELECT "$"
                  FROM (
                    SELECT '"Visit"'::json AS "__typename", t12."id" AS "id", t12."subject" AS "displayName"
                  ) "$"
                ))
                FROM "happening" t12
                WHERE t12.id = p1.o2
              ) END AS "node"
            ) "$"
          )) FILTER (WHERE p1.rn <= 2)), '[]'::json) AS m0, coalesce(max(p1.total), 0) AS m1
          FROM (
            SELECT q.*, row_number() OVER () AS rn, count(*) OVER () AS total
            FROM (
              SELECT u.*
              FROM (
                SELECT 0 AS src, b0.*
                FROM (
                  SELECT CASE
                  WHEN coalesce(split_part(t13."title__sort", chr(1), 1), '') = $2::text THEN 4
                  WHEN substr(coalesce(split_part(t13."title__sort", chr(1), 1), ''), 1, length($2::text)) = $2::text THEN 3
                  WHEN strpos(coalesce(split_part(t13."title__sort", chr(1), 1), ''), ' ' || $2::text) > 0 THEN 2
                  ELSE 1 END AS o0, coalesce(t13."title__sort", '') AS o1, t13.id AS o2
                  FROM "deal" t13
                  WHERE NOT EXISTS (
                    SELECT 1
                    FROM unnest($1::text[]) w
                    WHERE NOT (strpos(coalesce(split_part(t13."title__sort", chr(1), 1), ''), w) > 0)
                  )
                ) b0
                UNION ALL SELECT 1 AS src, b1.*
                FROM (
                  SELECT CASE
                  WHEN coalesce(split_part(t14."name__sort", chr(1), 1), '') = $2::text THEN 4
                  WHEN substr(coalesce(split_part(t14."name__sort", chr(1), 1), ''), 1, length($2::text)) = $2::text THEN 3
                  WHEN strpos(coalesce(split_part(t14."name__sort", chr(1), 1), ''), ' ' || $2::text) > 0 THEN 2
                  ELSE 1 END AS o0, coalesce(t14."name__sort", '') AS o1, t14.id AS o2
                  FROM "firm" t14
                  WHERE NOT EXISTS (
                    SELECT 1
                    FROM unnest($1::text[]) w
                    WHERE NOT (strpos(coalesce(split_part(t14."name__sort", chr(1), 1), ''), w) > 0)
                  )
                ) b1
                UNION ALL SELECT 2 AS src, b2.*
                FROM (
                  SELECT CASE
                  WHEN coalesce(split_part(t15."full_name__sort", chr(1), 1), '') = $2::text OR coalesce(split_part(t15."email__sort", chr(1), 1), '') = $2::text THEN 4
                  WHEN substr(coalesce(split_part(t15."full_name__sort", chr(1), 1), ''), 1, length($2::text)) = $2::text THEN 3
                  WHEN strpos(coalesce(split_part(t15."full_name__sort", chr(1), 1), ''), ' ' || $2::text) > 0 THEN 2
                  ELSE 1 END AS o0, coalesce(t15."full_name__sort", '') AS o1, t15.id AS o2
                  FROM "person" t15
                  WHERE NOT EXISTS (
                    SELECT 1
                    FROM unnest($1::text[]) w
                    WHERE NOT (strpos(coalesce(split_part(t15."full_name__sort", chr(1), 1), ''), w) > 0 OR strpos(coalesce(split_part(t15."email__sort", chr(1), 1), ''), w) > 0)
                  )
                ) b2
                UNION ALL SELECT 3 AS src, b3.*
                FROM (
                  SELECT CASE
                  WHEN coalesce(split_part(t16."subject__sort", chr(1), 1), '') = $2::text THEN 4
                  WHEN substr(coalesce(split_part(t16."subject__sort", chr(1), 1), ''), 1, length($2::text)) = $2::text THEN 3
                  WHEN strpos(coalesce(split_part(t16."subject__sort", chr(1), 1), ''), ' ' || $2::text) > 0 THEN 2
                  ELSE 1 END AS o0, coalesce(t16."subject__sort", '') AS o1, t16.id AS o2
                  FROM "happening" t16
                  WHERE NOT EXISTS (
                    SELECT 1
                    FROM unnest($1::text[]) w
                    WHERE NOT (strpos(coalesce(split_part(t16."subject__sort", chr(1), 1), ''), w) > 0)
                  ) AND t16."kind" = 10012
                ) b3
                UNION ALL SELECT 4 AS src, b4.*
                FROM (
                  SELECT CASE
                  WHEN coalesce(split_part(t17."subject__sort", chr(1), 1), '') = $2::text THEN 4
                  WHEN substr(coalesce(split_part(t17."subject__sort", chr(1), 1), ''), 1, length($2::text)) = $2::text THEN 3
                  WHEN strpos(coalesce(split_part(t17."subject__sort", chr(1), 1), ''), ' ' || $2::text) > 0 THEN 2
                  ELSE 1 END AS o0, coalesce(t17."subject__sort", '') AS o1, t17.id AS o2
                  FROM "happening" t17
                  WHERE NOT EXISTS (
                    SELECT 1
                    FROM unnest($1::text[]) w
                    WHERE NOT (strpos(coalesce(split_part(t17."subject__sort", chr(1), 1), ''), w) > 0)
                  ) AND t17."kind" = 10011
                ) b4
              ) u
              ORDER BY u.o0 DESC, u.o1, u.o2
              LIMIT 3
            ) q
          ) p1
        ) g2
      ) "$"
    ) AS "search", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT CASE p18.src
          WHEN 0 THEN (
            SELECT to_json((
              SELECT "$"
              FROM (
                SELECT '"Deal"'::json AS "__typename", t19."title" AS "displayName"
              ) "$"
            ))
            FROM "deal" t19
            WHERE t19.id = p18.o2
          )
          WHEN 1 THEN (
            SELECT to_json((
              SELECT "$"
              FROM (
                SELECT '"Firm"'::json AS "__typename", t20."name" AS "displayName"
              ) "$"
            ))
            FROM "firm" t20
            WHERE t20.id = p18.o2
          )
          WHEN 2 THEN (
            SELECT to_json((
              SELECT "$"
              FROM (
                SELECT '"Person"'::json AS "__typename", t21."full_name" AS "displayName"
              ) "$"
            ))
            FROM "person" t21
            WHERE t21.id = p18.o2
          )
          WHEN 3 THEN (
            SELECT to_json((
              SELECT "$"
              FROM (
                SELECT '"Ring"'::json AS "__typename", t22."subject" AS "displayName"
              ) "$"
            ))
            FROM "happening" t22
            WHERE t22.id = p18.o2
          )
          WHEN 4 THEN (
            SELECT to_json((
              SELECT "$"
              FROM (
                SELECT '"Visit"'::json AS "__typename", t23."subject" AS "displayName"
              ) "$"
            ))
            FROM "happening" t23
            WHERE t23.id = p18.o2
          ) END
          FROM (
            SELECT u.*
            FROM (
              SELECT 0 AS src, b0.*
              FROM (
                SELECT CASE
                WHEN coalesce(split_part(t24."title__sort", chr(1), 1), '') = $4::text THEN 4
                WHEN substr(coalesce(split_part(t24."title__sort", chr(1), 1), ''), 1, length($4::text)) = $4::text THEN 3
                WHEN strpos(coalesce(split_part(t24."title__sort", chr(1), 1), ''), ' ' || $4::text) > 0 THEN 2
                ELSE 1 END AS o0, coalesce(t24."title__sort", '') AS o1, t24.id AS o2
                FROM "deal" t24
                WHERE NOT EXISTS (
                  SELECT 1
                  FROM unnest($3::text[]) w
                  WHERE NOT (strpos(coalesce(split_part(t24."title__sort", chr(1), 1), ''), w) > 0)
                )
              ) b0
              UNION ALL SELECT 1 AS src, b1.*
              FROM (
                SELECT CASE
                WHEN coalesce(split_part(t25."name__sort", chr(1), 1), '') = $4::text THEN 4
                WHEN substr(coalesce(split_part(t25."name__sort", chr(1), 1), ''), 1, length($4::text)) = $4::text THEN 3
                WHEN strpos(coalesce(split_part(t25."name__sort", chr(1), 1), ''), ' ' || $4::text) > 0 THEN 2
                ELSE 1 END AS o0, coalesce(t25."name__sort", '') AS o1, t25.id AS o2
                FROM "firm" t25
                WHERE NOT EXISTS (
                  SELECT 1
                  FROM unnest($3::text[]) w
                  WHERE NOT (strpos(coalesce(split_part(t25."name__sort", chr(1), 1), ''), w) > 0)
                )
              ) b1
              UNION ALL SELECT 2 AS src, b2.*
              FROM (
                SELECT CASE
                WHEN coalesce(split_part(t26."full_name__sort", chr(1), 1), '') = $4::text OR coalesce(split_part(t26."email__sort", chr(1), 1), '') = $4::text THEN 4
                WHEN substr(coalesce(split_part(t26."full_name__sort", chr(1), 1), ''), 1, length($4::text)) = $4::text THEN 3
                WHEN strpos(coalesce(split_part(t26."full_name__sort", chr(1), 1), ''), ' ' || $4::text) > 0 THEN 2
                ELSE 1 END AS o0, coalesce(t26."full_name__sort", '') AS o1, t26.id AS o2
                FROM "person" t26
                WHERE NOT EXISTS (
                  SELECT 1
                  FROM unnest($3::text[]) w
                  WHERE NOT (strpos(coalesce(split_part(t26."full_name__sort", chr(1), 1), ''), w) > 0 OR strpos(coalesce(split_part(t26."email__sort", chr(1), 1), ''), w) > 0)
                )
              ) b2
              UNION ALL SELECT 3 AS src, b3.*
              FROM (
                SELECT CASE
                WHEN coalesce(split_part(t27."subject__sort", chr(1), 1), '') = $4::text THEN 4
                WHEN substr(coalesce(split_part(t27."subject__sort", chr(1), 1), ''), 1, length($4::text)) = $4::text THEN 3
                WHEN strpos(coalesce(split_part(t27."subject__sort", chr(1), 1), ''), ' ' || $4::text) > 0 THEN 2
                ELSE 1 END AS o0, coalesce(t27."subject__sort", '') AS o1, t27.id AS o2
                FROM "happening" t27
                WHERE NOT EXISTS (
                  SELECT 1
                  FROM unnest($3::text[]) w
                  WHERE NOT (strpos(coalesce(split_part(t27."subject__sort", chr(1), 1), ''), w) > 0)
                ) AND t27."kind" = 10012
              ) b3
              UNION ALL SELECT 4 AS src, b4.*
              FROM (
                SELECT CASE
                WHEN coalesce(split_part(t28."subject__sort", chr(1), 1), '') = $4::text THEN 4
                WHEN substr(coalesce(split_part(t28."subject__sort", chr(1), 1), ''), 1, length($4::text)) = $4::text THEN 3
                WHEN strpos(coalesce(split_part(t28."subject__sort", chr(1), 1), ''), ' ' || $4::text) > 0 THEN 2
                ELSE 1 END AS o0, coalesce(t28."subject__sort", '') AS o1, t28.id AS o2
                FROM "happening" t28
                WHERE NOT EXISTS (
                  SELECT 1
                  FROM unnest($3::text[]) w
                  WHERE NOT (strpos(coalesce(split_part(t28."subject__sort", chr(1), 1), ''), w) > 0)
                ) AND t28."kind" = 10011
              ) b4
            ) u
            ORDER BY u.o0 DESC, u.o1, u.o2
            LIMIT 50
          ) p18
        )) AS "nodes"
      ) "$"
    ) AS "one", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT CASE p29.src
          WHEN 0 THEN (
            SELECT to_json((
              SELECT "$"
              FROM (
                SELECT t30."full_name" AS "displayName"
              ) "$"
            ))
            FROM "person" t30
            WHERE t30.id = p29.o2
          ) END
          FROM (
            SELECT u.*
            FROM (
              SELECT 0 AS src, b0.*
              FROM (
                SELECT CASE
                WHEN coalesce(split_part(t31."full_name__sort", chr(1), 1), '') = $6::text OR coalesce(split_part(t31."email__sort", chr(1), 1), '') = $6::text THEN 4
                WHEN substr(coalesce(split_part(t31."full_name__sort", chr(1), 1), ''), 1, length($6::text)) = $6::text THEN 3
                WHEN strpos(coalesce(split_part(t31."full_name__sort", chr(1), 1), ''), ' ' || $6::text) > 0 THEN 2
                ELSE 1 END AS o0, coalesce(t31."full_name__sort", '') AS o1, t31.id AS o2
                FROM "person" t31
                WHERE NOT EXISTS (
                  SELECT 1
                  FROM unnest($5::text[]) w
                  WHERE NOT (strpos(coalesce(split_part(t31."full_name__sort", chr(1), 1), ''), w) > 0 OR strpos(coalesce(split_part(t31."email__sort", chr(1), 1), ''), w) > 0)
                )
              ) b0
            ) u
            ORDER BY u.o0 DESC, u.o1, u.o2
            LIMIT 50
          ) p29
        )) AS "nodes"
      ) "$"
    ) AS "typed"
  ) "$"
) END
