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
            SELECT p1.c0 AS "name", p1.c1 AS "employees"
            FROM (
              SELECT t2."name" AS c0, t2."employees" AS c1
              FROM "firm" t2
              ORDER BY t2."employees", t2."id"
              LIMIT 50
            ) p1
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "asc", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p3.c0 AS "name", p3.c1 AS "employees"
            FROM (
              SELECT t4."name" AS c0, t4."employees" AS c1
              FROM "firm" t4
              ORDER BY t4."employees" DESC, t4."id" DESC
              LIMIT 50
            ) p3
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "desc", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p5.c0 AS "name", p5.c1 AS "employees"
            FROM (
              SELECT t6."name" AS c0, t6."employees" AS c1
              FROM "firm" t6
              ORDER BY t6."employees" NULLS FIRST, t6."id"
              LIMIT 50
            ) p5
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "first", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p7.c0 AS "name", p7.c1 AS "employees"
            FROM (
              SELECT t8."name" AS c0, t8."employees" AS c1
              FROM "firm" t8
              ORDER BY t8."employees" DESC NULLS LAST, t8."id" DESC
              LIMIT 50
            ) p7
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "last"
  ) "$"
) END
