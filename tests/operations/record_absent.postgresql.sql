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
        SELECT t1."name" AS "name"
        FROM "firm" t1
        WHERE t1."id" = $1::uuid
      ) "$"
    ) AS "firm", (
      SELECT "$"
      FROM (
        SELECT t2."full_name" AS "fullName", (
          SELECT "$"
          FROM (
            SELECT t3."name" AS "name", (
              SELECT "$"
              FROM (
                SELECT t4."name" AS "name"
                FROM "firm" t4
                WHERE t4.id = t3."parent_id"
              ) "$"
            ) AS "parent"
            FROM "firm" t3
            WHERE t3.id = t2."firm_id"
          ) "$"
        ) AS "firm"
        FROM "person" t2
        WHERE t2."id" = $2::uuid
      ) "$"
    ) AS "person"
  ) "$"
) END
