SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $4::integer THEN (
  SELECT row_to_json("$")
  FROM (
    SELECT (
      SELECT "$"
      FROM (
        SELECT g3.m0 AS "edges", (
          SELECT "$"
          FROM (
            SELECT (g3.m1 > 3) AS "hasNextPage", (EXISTS (
              SELECT 1
              FROM "firm" t4
              WHERE (((t4."employees" < $1::integer) OR (t4."employees" = $1::integer AND ((t4."name__sort" > $2::text) OR (t4."name__sort" = $2::text AND t4."id" > $3::uuid)))) OR t4."id" = $3::uuid)
            )) AS "hasPreviousPage", g3.m2 AS "startCursor", g3.m3 AS "endCursor"
          ) "$"
        ) AS "pageInfo"
        FROM (
          SELECT coalesce(array_to_json(array_agg((
            SELECT row_to_json("$")
            FROM (
              SELECT (
                SELECT translate(encode(convert_to(row_to_json("$")::text, 'UTF8'), 'base64'), E'\n', '')
                FROM (
                  SELECT CAST('b8c7c7e0' AS text) AS "o", p1.o0 AS "0", p1.o1 AS "1", p1.o2 AS "2"
                ) "$"
              ) AS "cursor", (
                SELECT "$"
                FROM (
                  SELECT p1.c0 AS "name", p1.c1 AS "employees"
                ) "$"
              ) AS "node"
            ) "$"
          )) FILTER (WHERE p1.rn <= 3)), '[]'::json) AS m0, coalesce(max(p1.total), 0) AS m1, max((
            SELECT translate(encode(convert_to(row_to_json("$")::text, 'UTF8'), 'base64'), E'\n', '')
            FROM (
              SELECT CAST('b8c7c7e0' AS text) AS "o", p1.o0 AS "0", p1.o1 AS "1", p1.o2 AS "2"
            ) "$"
          )) FILTER (WHERE p1.rn = 1 AND 3 > 0) AS m2, max((
            SELECT translate(encode(convert_to(row_to_json("$")::text, 'UTF8'), 'base64'), E'\n', '')
            FROM (
              SELECT CAST('b8c7c7e0' AS text) AS "o", p1.o0 AS "0", p1.o1 AS "1", p1.o2 AS "2"
            ) "$"
          )) FILTER (WHERE p1.rn = CASE WHEN p1.total < 3 THEN p1.total ELSE 3 END) AS m3
          FROM (
            SELECT q.*, row_number() OVER () AS rn, count(*) OVER () AS total
            FROM (
              SELECT t2."name" AS c0, t2."employees" AS c1, t2."employees" AS o0, t2."name__sort" AS o1, t2."id" AS o2
              FROM "firm" t2
              WHERE ((t2."employees" > $1::integer OR t2."employees" IS NULL) OR (t2."employees" = $1::integer AND ((t2."name__sort" < $2::text) OR (t2."name__sort" = $2::text AND t2."id" < $3::uuid))))
              ORDER BY t2."employees", t2."name__sort" DESC, t2."id" DESC
              LIMIT 4
            ) q
          ) p1
        ) g3
      ) "$"
    ) AS "firms"
  ) "$"
) END
