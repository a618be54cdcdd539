SELECT CASE
WHEN (
  SELECT number
  FROM "revision"
) <= $4::integer THEN (
  SELECT row_to_json("$")
  FROM (
    SELECT (
      SELECT "$"
      FROM (
        SELECT t1."full_name" AS "fullName", (
          SELECT "$"
          FROM (
            SELECT array_to_json(ARRAY(
              SELECT "$"
              FROM (
                SELECT p2.c0 AS "fullName", (
                  SELECT "$"
                  FROM (
                    SELECT t4."full_name" AS "fullName"
                    FROM "user" t4
                    WHERE t4.id = p2.c1
                  ) "$"
                ) AS "manager"
                FROM (
                  SELECT t3."full_name" AS c0, t3."manager_id" AS c1
                  FROM "user" t3
                  WHERE t3."manager_id" = t1.id
                  ORDER BY t3."id"
                  LIMIT 50
                ) p2
              ) "$"
            )) AS "nodes"
          ) "$"
        ) AS "reports"
        FROM "user" t1
        WHERE t1."id" = $1::uuid
      ) "$"
    ) AS "me", $2::json AS "metadata", $3::json AS "__type"
  ) "$"
) END
