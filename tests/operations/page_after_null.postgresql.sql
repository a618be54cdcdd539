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
            SELECT (g3.m1 > 3) AS "hasNextPage", (EXISTS (
              SELECT 1
              FROM "firm" t4
              WHERE (((t4."employees" IS NOT NULL) OR (t4."employees" IS NULL AND ((t4."name__sort" > $1::text) OR (t4."name__sort" = $1::text AND t4."id" > $2::uuid)))) OR t4."id" = $2::uuid)
            )) AS "hasPreviousPage"
          ) "$"
        ) AS "pageInfo"
        FROM (
          SELECT coalesce(array_to_json(array_agg(to_json((
            SELECT "$"
            FROM (
              SELECT p1.c0 AS "name", p1.c1 AS "employees"
            ) "$"
          ))) FILTER (WHERE p1.rn <= 3)), '[]'::json) AS m0, coalesce(max(p1.total), 0) AS m1
          FROM (
            SELECT q.*, row_number() OVER () AS rn, count(*) OVER () AS total
            FROM (
              SELECT t2."name" AS c0, t2."employees" AS c1
              FROM "firm" t2
              WHERE ((FALSE) OR (t2."employees" IS NULL AND ((t2."name__sort" < $1::text) OR (t2."name__sort" = $1::text AND t2."id" < $2::uuid))))
              ORDER BY t2."employees", t2."name__sort" DESC, t2."id" DESC
              LIMIT 4
            ) q
          ) p1
        ) g3
      ) "$"
    ) AS "firms"
  ) "$"
) END
