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
            SELECT '"Firma"'::json AS "typeLabel", CASE p1.c0
            WHEN 3 THEN 'COLD'
            WHEN 1 THEN 'WARM'
            WHEN 2 THEN 'HOT' END AS "warmth", CASE p1.c0
            WHEN 3 THEN 'Kalt'
            WHEN 1 THEN 'Warm'
            WHEN 2 THEN 'Heiß' END AS "warmthLabel", array_to_json(ARRAY(
              SELECT CASE u.o
              WHEN 7 THEN 'Alt'
              WHEN 5 THEN 'Neu' END
              FROM unnest(p1.c1) WITH ORDINALITY u(o, n)
              ORDER BY u.n
            )) AS "tagsLabel", CASE p1.c2
            WHEN 0 THEN 'Aktiv'
            WHEN 1 THEN 'Inaktiv' END AS "stateLabel", CASE p1.c3
            WHEN 1 THEN 'Aktiv'
            WHEN 3 THEN 'Beobachtet'
            WHEN 2 THEN 'Geschlossen'
            WHEN 4 THEN 'Zusammengeführt' END AS "statusReasonLabel"
            FROM (
              SELECT t2."warmth" AS c0, t2."tags" AS c1, t2."state" AS c2, t2."status_reason" AS c3
              FROM "firm" t2
              ORDER BY t2."id"
              LIMIT 2
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
            SELECT CASE p3.c0
            WHEN 10012 THEN 'Anruf'
            WHEN 10011 THEN 'Besuch' END AS "typeLabel", CASE p3.c0
            WHEN 10012 THEN 'Anruf'
            WHEN 10011 THEN 'Besuch' END AS "kindLabel"
            FROM (
              SELECT t4."kind" AS c0
              FROM "happening" t4
              ORDER BY t4."id"
              LIMIT 2
            ) p3
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "happenings"
  ) "$"
) END
