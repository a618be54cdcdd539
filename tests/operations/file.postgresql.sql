SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $1::integer THEN (
  SELECT row_to_json("$")
  FROM (
    SELECT (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p1.c0 AS "name", CASE
            WHEN p1.c1 IS NOT NULL THEN (
              SELECT row_to_json("$")
              FROM (
                SELECT '"File"'::json AS "__typename", (p1.c1 -> 'name') AS "name", (p1.c1 -> 'mimeType') AS "mimeType", (p1.c1 -> 'size') AS "size", (p1.c1 -> 'sha256') AS "sha256", ('/files/' || p1.c2 || '/logo') AS "url"
              ) "$"
            ) END AS "logo"
            FROM (
              SELECT t2."name" AS c0, t2."logo" AS c1, t2."id" AS c2
              FROM "firm" t2
              ORDER BY t2."id"
              LIMIT 2
            ) p1
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "firms", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT count(*)
          FROM "firm" t3
          WHERE t3."logo" IS NULL
        ) AS "totalCount"
      ) "$"
    ) AS "without"
  ) "$"
) END
