SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $6::integer THEN (
  SELECT row_to_json("$")
  FROM (
    SELECT (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p1.c0 AS "name"
            FROM (
              SELECT t2."name" AS c0
              FROM "firm" t2
              WHERE t2."is_partner" = $1::boolean
              ORDER BY t2."id"
              LIMIT 50
            ) p1
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "boolean", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT count(*)
          FROM "firm" t3
          WHERE t3."is_partner" IS DISTINCT
          FROM $2::boolean
        ) AS "totalCount"
      ) "$"
    ) AS "booleanNot", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p4.c0 AS "name", CASE p4.c1
            WHEN 3 THEN 'COLD'
            WHEN 1 THEN 'WARM'
            WHEN 2 THEN 'HOT' END AS "warmth"
            FROM (
              SELECT t5."name" AS c0, t5."warmth" AS c1
              FROM "firm" t5
              WHERE t5."warmth" = ANY($3::integer[])
              ORDER BY t5."id"
              LIMIT 50
            ) p4
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "choice", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p6.c0 AS "name", CASE p6.c1
            WHEN 3 THEN 'COLD'
            WHEN 1 THEN 'WARM'
            WHEN 2 THEN 'HOT' END AS "warmth"
            FROM (
              SELECT t7."name" AS c0, t7."warmth" AS c1
              FROM "firm" t7
              WHERE t7."warmth" IS DISTINCT
              FROM $4::integer
              ORDER BY t7."id"
              LIMIT 50
            ) p6
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "choiceNot", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p8.c0 AS "name", CASE p8.c1
            WHEN 1 THEN 'ACTIVE'
            WHEN 3 THEN 'WATCHED'
            WHEN 2 THEN 'CLOSED'
            WHEN 4 THEN 'MERGED' END AS "statusReason"
            FROM (
              SELECT t9."name" AS c0, t9."status_reason" AS c1
              FROM "firm" t9
              WHERE t9."state" = $5::integer
              ORDER BY t9."id"
              LIMIT 50
            ) p8
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "state", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p10.c0 AS "name"
            FROM (
              SELECT t11."name" AS c0
              FROM "firm" t11
              WHERE t11."warmth" IS NULL
              ORDER BY t11."id"
              LIMIT 50
            ) p10
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "empty"
  ) "$"
) END
