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
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p1.c0 AS "name", array_to_json(ARRAY(
              SELECT CASE u.o
              WHEN 7 THEN 'OLD'
              WHEN 5 THEN 'NEW' END
              FROM unnest(p1.c1) WITH ORDINALITY u(o, n)
              ORDER BY u.n
            )) AS "tags"
            FROM (
              SELECT t2."name" AS c0, t2."tags" AS c1
              FROM "firm" t2
              WHERE $1::integer = ANY(t2."tags")
              ORDER BY t2."id"
              LIMIT 50
            ) p1
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "has", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p3.c0 AS "name"
            FROM (
              SELECT t4."name" AS c0
              FROM "firm" t4
              WHERE t4."tags" && $2::integer[]
              ORDER BY t4."id"
              LIMIT 50
            ) p3
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "hasAny", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p5.c0 AS "name"
            FROM (
              SELECT t6."name" AS c0
              FROM "firm" t6
              WHERE t6."tags" @> $3::integer[]
              ORDER BY t6."id"
              LIMIT 50
            ) p5
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "hasAll", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT count(*)
          FROM "firm" t7
          WHERE ($4::integer = ANY(t7."tags")) IS NOT TRUE
        ) AS "totalCount"
      ) "$"
    ) AS "notHas", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT count(*)
          FROM "firm" t8
          WHERE (t8."tags" IS NULL OR CAST(t8."tags" AS text) IN ('[]', '{}'))
        ) AS "totalCount"
      ) "$"
    ) AS "isEmpty", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT count(*)
          FROM "firm" t9
          WHERE (t9."tags" IS NOT NULL AND CAST(t9."tags" AS text) NOT IN ('[]', '{}'))
        ) AS "totalCount"
      ) "$"
    ) AS "isNotEmpty"
  ) "$"
) END
