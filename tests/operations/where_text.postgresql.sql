SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $14::integer THEN (
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
              WHERE t2."name" = $1::text
              ORDER BY t2."id"
              LIMIT 50
            ) p1
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "eq", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT count(*)
          FROM "firm" t3
          WHERE t3."number" IS DISTINCT
          FROM $2::text
        ) AS "totalCount"
      ) "$"
    ) AS "ne", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p4.c0 AS "name"
            FROM (
              SELECT t5."name" AS c0
              FROM "firm" t5
              WHERE t5."name" = ANY($3::text[])
              ORDER BY t5."id"
              LIMIT 50
            ) p4
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "in", (
      SELECT "$"
      FROM (
        SELECT (
          SELECT count(*)
          FROM "firm" t6
          WHERE (t6."number" = ANY($4::text[])) IS NOT TRUE
        ) AS "totalCount"
      ) "$"
    ) AS "notIn", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p7.c0 AS "name"
            FROM (
              SELECT t8."name" AS c0
              FROM "firm" t8
              WHERE t8."name__sort" >= $5::text AND t8."name__sort" <= $6::text
              ORDER BY t8."name__sort", t8."id"
              LIMIT 50
            ) p7
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "between", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p9.c0 AS "name"
            FROM (
              SELECT t10."name" AS c0
              FROM "firm" t10
              WHERE t10."name__sort" >= $7::text AND t10."name__sort" < $8::text
              ORDER BY t10."name__sort", t10."id"
              LIMIT 50
            ) p9
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "gte", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p11.c0 AS "name"
            FROM (
              SELECT t12."name" AS c0
              FROM "firm" t12
              WHERE strpos(t12."name", $9::text) > 0
              ORDER BY t12."id"
              LIMIT 50
            ) p11
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "contains", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p13.c0 AS "name"
            FROM (
              SELECT t14."name" AS c0
              FROM "firm" t14
              WHERE substr(t14."name", 1, length($10::text)) = $10::text
              ORDER BY t14."id"
              LIMIT 50
            ) p13
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "startsWith", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p15.c0 AS "name"
            FROM (
              SELECT t16."name" AS c0
              FROM "firm" t16
              WHERE (length(t16."name") >= length($11::text) AND substr(t16."name", length(t16."name") - length($11::text) + 1) = $11::text)
              ORDER BY t16."id"
              LIMIT 50
            ) p15
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "endsWith", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p17.c0 AS "name"
            FROM (
              SELECT t18."name" AS c0
              FROM "firm" t18
              WHERE t18."name" LIKE $12::text ESCAPE '\'
              ORDER BY t18."id"
              LIMIT 50
            ) p17
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "like", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p19.c0 AS "name"
            FROM (
              SELECT t20."name" AS c0
              FROM "firm" t20
              WHERE strpos(t20."remarks", $13::text) > 0
              ORDER BY t20."id"
              LIMIT 50
            ) p19
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "remarks"
  ) "$"
) END
