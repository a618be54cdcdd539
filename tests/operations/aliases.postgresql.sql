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
        SELECT t1."name" AS "title", t1."number" AS "name", (
          SELECT "$"
          FROM (
            SELECT (
              SELECT count(*)
              FROM "person" t2
              WHERE t2."firm_id" = t1.id
            ) AS "n"
          ) "$"
        ) AS "people"
        FROM "firm" t1
        WHERE t1."id" = $1::uuid
      ) "$"
    ) AS "a", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT "$"
          FROM (
            SELECT array_to_json(ARRAY(
              SELECT "$"
              FROM (
                SELECT p4.c0 AS "fullName"
                FROM (
                  SELECT t5."full_name" AS c0
                  FROM "person" t5
                  WHERE t5."firm_id" = t3.id AND t5."state" = $3::integer
                  ORDER BY t5."id"
                  LIMIT 50
                ) p4
              ) "$"
            )) AS "nodes"
          ) "$"
        ) AS "active", (
          SELECT "$"
          FROM (
            SELECT array_to_json(ARRAY(
              SELECT "$"
              FROM (
                SELECT p6.c0 AS "fullName"
                FROM (
                  SELECT t7."full_name" AS c0
                  FROM "person" t7
                  WHERE t7."firm_id" = t3.id AND t7."state" = $4::integer
                  ORDER BY t7."id"
                  LIMIT 50
                ) p6
              ) "$"
            )) AS "nodes"
          ) "$"
        ) AS "people", (
          SELECT "$"
          FROM (
            SELECT t8."name" AS "name", t8."number" AS "number"
            FROM "firm" t8
            WHERE t8.id = t3."parent_id"
          ) "$"
        ) AS "merged"
        FROM "firm" t3
        WHERE t3."id" = $2::uuid
      ) "$"
    ) AS "b"
  ) "$"
) END
