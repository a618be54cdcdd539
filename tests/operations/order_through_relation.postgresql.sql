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
            SELECT p1.c0 AS "name", CASE p1.c1
            WHEN 3 THEN 'COLD'
            WHEN 1 THEN 'WARM'
            WHEN 2 THEN 'HOT' END AS "warmth", (
              SELECT "$"
              FROM (
                SELECT t3."name" AS "name"
                FROM "firm" t3
                WHERE t3.id = p1.c2
              ) "$"
            ) AS "parent"
            FROM (
              SELECT t2."name" AS c0, t2."warmth" AS c1, t2."parent_id" AS c2
              FROM "firm" t2 LEFT JOIN "firm" t4 ON t4.id = t2."parent_id"
              ORDER BY t4."name__sort" DESC NULLS LAST, CASE t2."warmth"
              WHEN 3 THEN 0
              WHEN 1 THEN 1
              WHEN 2 THEN 2 END, t2."name__sort" DESC, t2."id" DESC
              LIMIT 50
            ) p1
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "firms", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p5.c0 AS "fullName"
            FROM (
              SELECT t6."full_name" AS c0
              FROM "person" t6 LEFT JOIN ("firm" t7 LEFT JOIN "firm" t8 ON t8.id = t7."parent_id") ON t7.id = t6."firm_id"
              ORDER BY t8."revenue", t6."full_name__sort", t6."id"
              LIMIT 50
            ) p5
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "people"
  ) "$"
) END
