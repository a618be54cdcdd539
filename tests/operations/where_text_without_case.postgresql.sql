SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $9::integer THEN (
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
              WHERE lower(t2."name" COLLATE "default") = $1::text
              ORDER BY t2."id"
              LIMIT 50
            ) p1
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "eqi", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT count(*)
          FROM "firm" t3
          WHERE lower(t3."name" COLLATE "default") IS DISTINCT
          FROM $2::text
        ) AS "totalCount"
      ) "$"
    ) AS "nei", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p4.c0 AS "name"
            FROM (
              SELECT t5."name" AS c0
              FROM "firm" t5
              WHERE lower(t5."name" COLLATE "default") = ANY($3::text[])
              ORDER BY t5."id"
              LIMIT 50
            ) p4
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "ini", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p6.c0 AS "name"
            FROM (
              SELECT t7."name" AS c0
              FROM "firm" t7
              WHERE strpos(lower(t7."name" COLLATE "default"), $4::text) > 0
              ORDER BY t7."id"
              LIMIT 50
            ) p6
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "containsi", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p8.c0 AS "name"
            FROM (
              SELECT t9."name" AS c0
              FROM "firm" t9
              WHERE substr(lower(t9."name" COLLATE "default"), 1, length($5::text)) = $5::text
              ORDER BY t9."id"
              LIMIT 50
            ) p8
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "startsWithi", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p10.c0 AS "name"
            FROM (
              SELECT t11."name" AS c0
              FROM "firm" t11
              WHERE (length(lower(t11."name" COLLATE "default")) >= length($6::text) AND substr(lower(t11."name" COLLATE "default"), length(lower(t11."name" COLLATE "default")) - length($6::text) + 1) = $6::text)
              ORDER BY t11."id"
              LIMIT 50
            ) p10
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "endsWithi", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p12.c0 AS "name"
            FROM (
              SELECT t13."name" AS c0
              FROM "firm" t13
              WHERE lower(t13."name" COLLATE "default") LIKE $7::text ESCAPE '\'
              ORDER BY t13."id"
              LIMIT 50
            ) p12
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "likei", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p14.c0 AS "name"
            FROM (
              SELECT t15."name" AS c0
              FROM "firm" t15
              WHERE lower(t15."remarks" COLLATE "default") = $8::text
              ORDER BY t15."id"
              LIMIT 50
            ) p14
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "remarks"
  ) "$"
) END
