SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $12::integer THEN (
  SELECT row_to_json("$")
  FROM (
    SELECT (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p1.c0 AS "name", p1.c1 AS "founded"
            FROM (
              SELECT t2."name" AS c0, t2."founded" AS c1
              FROM "firm" t2
              WHERE t2."founded" >= $1::date AND t2."founded" < $2::date
              ORDER BY t2."id"
              LIMIT 50
            ) p1
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "date", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p3.c0 AS "name", p3.c1 AS "calledOn"
            FROM (
              SELECT t4."name" AS c0, t4."called_on" AS c1
              FROM "firm" t4
              WHERE t4."called_on" <= $3::timestamptz
              ORDER BY t4."id"
              LIMIT 50
            ) p3
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "moment", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p5.c0 AS "name"
            FROM (
              SELECT t6."name" AS c0
              FROM "firm" t6
              WHERE t6."called_on" >= $4::timestamptz AND t6."called_on" < $5::timestamptz
              ORDER BY t6."id"
              LIMIT 50
            ) p5
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "last", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT count(*)
          FROM "firm" t7
          WHERE t7."called_on" >= $6::timestamptz AND t7."called_on" < $7::timestamptz
        ) AS "totalCount"
      ) "$"
    ) AS "next", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p8.c0 AS "name"
            FROM (
              SELECT t9."name" AS c0
              FROM "firm" t9
              WHERE t9."called_on" >= $8::timestamptz AND t9."called_on" < $9::timestamptz
              ORDER BY t9."id"
              LIMIT 50
            ) p8
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "this", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p10.c0 AS "name", p10.c1 AS "founded"
            FROM (
              SELECT t11."name" AS c0, t11."founded" AS c1
              FROM "firm" t11
              WHERE t11."founded" >= $10::date AND t11."founded" < $11::date
              ORDER BY t11."id"
              LIMIT 50
            ) p10
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "years"
  ) "$"
) END
