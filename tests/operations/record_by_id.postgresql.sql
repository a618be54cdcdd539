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
        SELECT '"Firm"'::json AS "__typename", t1."id" AS "id", t1."name" AS "displayName", '"Firm"'::json AS "typeLabel", t1."version" AS "version", t1."created_on" AS "createdOn", (
          SELECT "$"
          FROM (
            SELECT t2."full_name" AS "fullName"
            FROM "user" t2
            WHERE t2.id = t1."created_by_id"
          ) "$"
        ) AS "createdBy", CASE
        WHEN t1."owner_type" = 8 THEN (
          SELECT row_to_json("$")
          FROM (
            SELECT '"User"'::json AS "__typename", t3."id" AS "id", t3."full_name" AS "displayName", t3."email" AS "email"
            FROM "user" t3
            WHERE t3.id = t1."owner_id"
          ) "$"
        )
        WHEN t1."owner_type" = 9 THEN (
          SELECT row_to_json("$")
          FROM (
            SELECT '"Team"'::json AS "__typename", t4."id" AS "id", t4."name" AS "displayName"
            FROM "team" t4
            WHERE t4.id = t1."owner_id"
          ) "$"
        ) END AS "owner", (
          SELECT "$"
          FROM (
            SELECT 'true'::json AS "canRead", 'true'::json AS "canDelete"
          ) "$"
        ) AS "access"
        FROM "firm" t1
        WHERE t1."id" = $1::uuid
      ) "$"
    ) AS "firm"
  ) "$"
) END
