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
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT p1.c0 AS "name", (
              SELECT "$"
              FROM (
                SELECT (
                  SELECT count(*)
                  FROM "event" t11
                  WHERE t11."record_id" = p1.c1
                ) AS "totalCount", array_to_json(ARRAY(
                  SELECT "$"
                  FROM (
                    SELECT (ARRAY['CREATE', 'UPDATE', 'DELETE', 'RESTORE', 'PURGE', 'SHARE', 'UNSHARE', 'MERGE', 'UNMERGE'])[p3.c0] AS "act", p3.c1 AS "version", array_to_json(ARRAY(
                      SELECT "$"
                      FROM (
                        SELECT k.w ->> 'f' AS "field", k.w ->> 'l' AS "label", CASE
                        WHEN k.b IS NULL THEN NULL
                        ELSE CASE k.w ->> 't'
                        WHEN 'choice' THEN (k.w -> 'o' -> (k.b #>> '{}') -> 0)::json
                        WHEN 'choices' THEN array_to_json(ARRAY(
                          SELECT k.w -> 'o' -> e.v -> 0
                          FROM json_array_elements_text(CASE k.w ->> 't' WHEN 'choices' THEN k.b END) WITH ORDINALITY e(v, n)
                        ))
                        WHEN 'lookup' THEN (
                          SELECT row_to_json("$")
                          FROM (
                            SELECT k.b ->> 'id' AS "id", CASE coalesce(k.b ->> 'type', k.w ->> 'y')
                            WHEN 'firm' THEN 'Firm'
                            WHEN 'person' THEN 'Person'
                            WHEN 'currency' THEN 'Currency'
                            WHEN 'user' THEN 'User'
                            WHEN 'team' THEN 'Team' END AS "type"
                          ) "$"
                        )
                        WHEN 'file' THEN (
                          SELECT row_to_json("$")
                          FROM (
                            SELECT k.b ->> 'name' AS "name", k.b ->> 'mime_type' AS "mimeType", k.b -> 'size' AS "size"
                          ) "$"
                        )
                        ELSE k.b END END AS "before", CASE
                        WHEN k.a IS NULL THEN NULL
                        ELSE CASE k.w ->> 't'
                        WHEN 'choice' THEN (k.w -> 'o' -> (k.a #>> '{}') -> 0)::json
                        WHEN 'choices' THEN array_to_json(ARRAY(
                          SELECT k.w -> 'o' -> e.v -> 0
                          FROM json_array_elements_text(CASE k.w ->> 't' WHEN 'choices' THEN k.a END) WITH ORDINALITY e(v, n)
                        ))
                        WHEN 'lookup' THEN (
                          SELECT row_to_json("$")
                          FROM (
                            SELECT k.a ->> 'id' AS "id", CASE coalesce(k.a ->> 'type', k.w ->> 'y')
                            WHEN 'firm' THEN 'Firm'
                            WHEN 'person' THEN 'Person'
                            WHEN 'currency' THEN 'Currency'
                            WHEN 'user' THEN 'User'
                            WHEN 'team' THEN 'Team' END AS "type"
                          ) "$"
                        )
                        WHEN 'file' THEN (
                          SELECT row_to_json("$")
                          FROM (
                            SELECT k.a ->> 'name' AS "name", k.a ->> 'mime_type' AS "mimeType", k.a -> 'size' AS "size"
                          ) "$"
                        )
                        ELSE k.a END END AS "after", CASE k.w ->> 't'
                        WHEN 'choice' THEN k.w -> 'o' -> (k.a #>> '{}') ->> 1
                        WHEN 'truth' THEN k.w -> 'o' -> (k.a #>> '{}') ->> 1
                        WHEN 'choices' THEN (
                          SELECT string_agg(k.w -> 'o' -> e.v ->> 1, ', ' ORDER BY e.n)
                          FROM json_array_elements_text(CASE k.w ->> 't' WHEN 'choices' THEN k.a END) WITH ORDINALITY e(v, n)
                        )
                        WHEN 'lookup' THEN coalesce(CASE coalesce(k.a ->> 'type', k.w ->> 'y') WHEN 'firm' THEN (
                          SELECT t5."name"
                          FROM "firm" t5
                          WHERE t5.id = (k.a ->> 'id')::uuid
                        ) WHEN 'person' THEN (
                          SELECT t6."full_name"
                          FROM "person" t6
                          WHERE t6.id = (k.a ->> 'id')::uuid
                        ) WHEN 'currency' THEN (
                          SELECT t7."name"
                          FROM "currency" t7
                          WHERE t7.id = (k.a ->> 'id')::uuid
                        ) WHEN 'user' THEN (
                          SELECT t8."full_name"
                          FROM "user" t8
                          WHERE t8.id = (k.a ->> 'id')::uuid
                        ) WHEN 'team' THEN (
                          SELECT t9."name"
                          FROM "team" t9
                          WHERE t9.id = (k.a ->> 'id')::uuid
                        ) END, (
                          SELECT t10."name"
                          FROM "deleted_record" t10
                          WHERE t10."record_id" = (k.a ->> 'id')::uuid
                          ORDER BY t10."deleted_on" DESC
                          LIMIT 1
                        ))
                        WHEN 'file' THEN k.a ->> 'name'
                        ELSE k.a #>> '{}' END AS "afterLabel"
                        FROM (
                          SELECT $1::jsonb -> p3.c4::text -> coalesce(b.key, a.key) AS w, CASE json_typeof(b.value)
                          WHEN 'null' THEN NULL
                          ELSE b.value END AS b, CASE json_typeof(a.value)
                          WHEN 'null' THEN NULL
                          ELSE a.value END AS a
                          FROM json_each(coalesce(p3.c2, '{}')) b FULL JOIN json_each(coalesce(p3.c3, '{}')) a ON a.key = b.key
                        ) k
                        WHERE k.w IS NOT NULL
                        ORDER BY (k.w ->> 'p')::integer
                      ) "$"
                    )) AS "fields"
                    FROM (
                      SELECT t4."act" AS c0, t4."version" AS c1, t4."before" AS c2, t4."after" AS c3, t4."record_type" AS c4
                      FROM "event" t4
                      WHERE t4."record_id" = p1.c1
                      ORDER BY t4."version" DESC, t4."id" DESC
                      LIMIT 1
                    ) p3
                  ) "$"
                )) AS "nodes"
              ) "$"
            ) AS "history"
            FROM (
              SELECT t2."name" AS c0, t2."id" AS c1
              FROM "firm" t2
              ORDER BY t2."name__sort", t2."id"
              LIMIT 1
            ) p1
          ) "$"
        )) AS "nodes"
      ) "$"
    ) AS "firms"
  ) "$"
) END
