SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $5::integer THEN (
  SELECT row_to_json("$")
  FROM (
    SELECT (
      SELECT "$"
      FROM (
        SELECT t1."id" AS "id", t1."name" AS "name"
        FROM "firm" t1
        WHERE t1."number" = $1::text
      ) "$"
    ) AS "firmBy", (
      SELECT "$"
      FROM (
        SELECT t2."title" AS "title"
        FROM "deal" t2
        WHERE t2."firm_id" = $2::uuid AND t2."reference" = $3::text
      ) "$"
    ) AS "dealBy", (
      SELECT "$"
      FROM (
        SELECT t3."id" AS "id"
        FROM "user" t3
        WHERE t3."email" = $4::text
      ) "$"
    ) AS "none"
  ) "$"
) END
