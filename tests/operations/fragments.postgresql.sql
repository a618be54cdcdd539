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
        SELECT '"Firm"'::json AS "__typename", t1."name" AS "displayName", (
          SELECT "$"
          FROM (
            SELECT t2."full_name" AS "fullName"
            FROM "user" t2
            WHERE t2.id = t1."created_by_id"
          ) "$"
        ) AS "createdBy", (
          SELECT "$"
          FROM (
            SELECT array_to_json(ARRAY(
              SELECT "$"
              FROM (
                SELECT '"Person"'::json AS "__typename", p3.c0 AS "displayName", (
                  SELECT "$"
                  FROM (
                    SELECT t5."full_name" AS "fullName"
                    FROM "user" t5
                    WHERE t5.id = p3.c1
                  ) "$"
                ) AS "createdBy", p3.c2 AS "email", p3.c3 AS "id"
                FROM (
                  SELECT t4."full_name" AS c0, t4."created_by_id" AS c1, t4."email" AS c2, t4."id" AS c3
                  FROM "person" t4
                  WHERE t4."firm_id" = t1.id
                  ORDER BY t4."id"
                  LIMIT 1
                ) p3
              ) "$"
            )) AS "nodes"
          ) "$"
        ) AS "people", (
          SELECT "$"
          FROM (
            SELECT array_to_json(ARRAY(
              SELECT "$"
              FROM (
                SELECT '"Deal"'::json AS "__typename", p6.c0 AS "displayName", (
                  SELECT "$"
                  FROM (
                    SELECT t8."full_name" AS "fullName"
                    FROM "user" t8
                    WHERE t8.id = p6.c1
                  ) "$"
                ) AS "createdBy", CASE
                WHEN p6.c3 = 10001 THEN (
                  SELECT row_to_json("$")
                  FROM (
                    SELECT '"Firm"'::json AS "__typename", t9."id" AS "id", t9."name" AS "name", t9."version" AS "version"
                    FROM "firm" t9
                    WHERE t9.id = p6.c2
                  ) "$"
                )
                WHEN p6.c3 = 10002 THEN (
                  SELECT row_to_json("$")
                  FROM (
                    SELECT '"Person"'::json AS "__typename", t10."id" AS "id", t10."full_name" AS "fullName", t10."version" AS "version"
                    FROM "person" t10
                    WHERE t10.id = p6.c2
                  ) "$"
                ) END AS "buyer"
                FROM (
                  SELECT t7."title" AS c0, t7."created_by_id" AS c1, t7."buyer_id" AS c2, t7."buyer_type" AS c3
                  FROM "deal" t7
                  WHERE t7."firm_id" = t1.id
                  ORDER BY t7."id"
                  LIMIT 2
                ) p6
              ) "$"
            )) AS "nodes"
          ) "$"
        ) AS "deals"
        FROM "firm" t1
        WHERE t1."id" = $1::uuid
      ) "$"
    ) AS "firm"
  ) "$"
) END
