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
            SELECT (EXISTS (
              SELECT 1
              FROM "firm" t4
              WHERE (((CASE t4."warmth" WHEN 3 THEN 0 WHEN 1 THEN 1 WHEN 2 THEN 2 END < $1::integer) OR (CASE t4."warmth" WHEN 3 THEN 0 WHEN 1 THEN 1 WHEN 2 THEN 2 END = $1::integer AND t4."id" < $2::uuid)) OR t4."id" = $2::uuid)
            )) AS "hasNextPage", (g3.m1 > 2) AS "hasPreviousPage", g3.m2 AS "startCursor", g3.m3 AS "endCursor"
          ) "$"
        ) AS "pageInfo"
        FROM (
          SELECT coalesce(array_to_json(array_agg(to_json((
            SELECT "$"
            FROM (
              SELECT p1.c0 AS "name", CASE p1.c1
              WHEN 3 THEN 'COLD'
              WHEN 1 THEN 'WARM'
              WHEN 2 THEN 'HOT' END AS "warmth"
            ) "$"
          ))) FILTER (WHERE p1.rn <= 2)), '[]'::json) AS m0, coalesce(max(p1.total), 0) AS m1, max((
            SELECT translate(encode(convert_to(row_to_json("$")::text, 'UTF8'), 'base64'), E'\n', '')
            FROM (
              SELECT CAST('1b29ab2c' AS text) AS "o", p1.o0 AS "0", p1.o1 AS "1"
            ) "$"
          )) FILTER (WHERE p1.rn = CASE WHEN p1.total < 2 THEN p1.total ELSE 2 END) AS m2, max((
            SELECT translate(encode(convert_to(row_to_json("$")::text, 'UTF8'), 'base64'), E'\n', '')
            FROM (
              SELECT CAST('1b29ab2c' AS text) AS "o", p1.o0 AS "0", p1.o1 AS "1"
            ) "$"
          )) FILTER (WHERE p1.rn = 1 AND 2 > 0) AS m3
          FROM (
            SELECT n.*
            FROM (
              SELECT q.*, row_number() OVER () AS rn, count(*) OVER () AS total
              FROM (
                SELECT t2."name" AS c0, t2."warmth" AS c1, CASE t2."warmth"
                WHEN 3 THEN 0
                WHEN 1 THEN 1
                WHEN 2 THEN 2 END AS o0, t2."id" AS o1
                FROM "firm" t2
                WHERE ((CASE t2."warmth" WHEN 3 THEN 0 WHEN 1 THEN 1 WHEN 2 THEN 2 END > $1::integer OR CASE t2."warmth" WHEN 3 THEN 0 WHEN 1 THEN 1 WHEN 2 THEN 2 END IS NULL) OR (CASE t2."warmth" WHEN 3 THEN 0 WHEN 1 THEN 1 WHEN 2 THEN 2 END = $1::integer AND t2."id" > $2::uuid))
                ORDER BY CASE t2."warmth"
                WHEN 3 THEN 0
                WHEN 1 THEN 1
                WHEN 2 THEN 2 END, t2."id"
                LIMIT 3
              ) q
            ) n
            ORDER BY n.rn DESC
          ) p1
        ) g3
      ) "$"
    ) AS "firms", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p5.c0 AS "name"
            FROM (
              SELECT p5.*
              FROM (
                SELECT t6."name" AS c0, t6."name__sort" AS o0, t6."id" AS o1
                FROM "firm" t6
                ORDER BY t6."name__sort" DESC, t6."id" DESC
                LIMIT 2
              ) p5
              ORDER BY p5.o0, p5.o1
            ) p5
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "end"
  ) "$"
) END
