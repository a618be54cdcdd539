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
          FROM "firm" t4
        ) AS "totalCount", g3.m0 AS "nodes", (
          SELECT "$"
          FROM (
            SELECT (g3.m1 > 2) AS "hasNextPage", ($1::integer > 0 AND (
              SELECT count(*)
              FROM "firm" t5
            ) > 0) AS "hasPreviousPage"
          ) "$"
        ) AS "pageInfo"
        FROM (
          SELECT coalesce(array_to_json(array_agg(to_json((
            SELECT "$"
            FROM (
              SELECT p1.c0 AS "name"
            ) "$"
          ))) FILTER (WHERE p1.rn <= 2)), '[]'::json) AS m0, coalesce(max(p1.total), 0) AS m1
          FROM (
            SELECT q.*, row_number() OVER () AS rn, count(*) OVER () AS total
            FROM (
              SELECT t2."name" AS c0
              FROM "firm" t2
              ORDER BY t2."name__sort", t2."id"
              LIMIT 3 OFFSET $1::integer
            ) q
          ) p1
        ) g3
      ) "$"
    ) AS "firms"
  ) "$"
) END
