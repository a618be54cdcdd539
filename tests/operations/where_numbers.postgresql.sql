SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $10::integer THEN (
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
              WHERE t2."employees" >= $1::integer AND t2."employees" < $2::integer
              ORDER BY t2."id"
              LIMIT 50
            ) p1
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "integer", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p3.c0 AS "name", p3.c1::text AS "visits"
            FROM (
              SELECT t4."name" AS c0, t4."visits" AS c1
              FROM "firm" t4
              WHERE t4."visits" = ANY($3::bigint[])
              ORDER BY t4."id"
              LIMIT 50
            ) p3
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "bigInteger", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p5.c0 AS "name", p5.c1::text AS "score"
            FROM (
              SELECT t6."name" AS c0, t6."score" AS c1
              FROM "firm" t6
              WHERE t6."score" >= $4::numeric AND t6."score" <= $5::numeric
              ORDER BY t6."id"
              LIMIT 50
            ) p5
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "decimal", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p7.c0 AS "name", p7.c1::text AS "revenue"
            FROM (
              SELECT t8."name" AS c0, t8."revenue" AS c1
              FROM "firm" t8
              WHERE t8."revenue" > $6::numeric
              ORDER BY t8."id"
              LIMIT 50
            ) p7
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "money", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT count(*)
          FROM "firm" t9
          WHERE t9."revenue" IS DISTINCT
          FROM $7::numeric
        ) AS "totalCount"
      ) "$"
    ) AS "notEqual", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT count(*)
          FROM "firm" t10
          WHERE t10."revenue" < $8::numeric AND t10."revenue" > $9::numeric
        ) AS "totalCount"
      ) "$"
    ) AS "noColumnHolds"
  ) "$"
) END
