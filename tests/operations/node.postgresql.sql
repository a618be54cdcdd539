SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $3::integer THEN (
  SELECT row_to_json("$")
  FROM (
    SELECT coalesce((
      SELECT CASE r1.type
      WHEN 9105 THEN (
        SELECT row_to_json("$")
        FROM (
          SELECT '"Currency"'::json AS "__typename", t2."id" AS "id", t2."name" AS "displayName", '"Currency"'::json AS "typeLabel", t2."version" AS "version"
          FROM "currency" t2
          WHERE t2.id = r1.id
        ) "$"
      )
      WHEN 10003 THEN (
        SELECT row_to_json("$")
        FROM (
          SELECT '"Deal"'::json AS "__typename", t3."id" AS "id", t3."title" AS "displayName", '"Deal"'::json AS "typeLabel", t3."version" AS "version"
          FROM "deal" t3
          WHERE t3.id = r1.id
        ) "$"
      )
      WHEN 10001 THEN (
        SELECT row_to_json("$")
        FROM (
          SELECT '"Firm"'::json AS "__typename", t4."id" AS "id", t4."name" AS "displayName", '"Firm"'::json AS "typeLabel", t4."version" AS "version"
          FROM "firm" t4
          WHERE t4.id = r1.id
        ) "$"
      )
      WHEN 10020 THEN (
        SELECT row_to_json("$")
        FROM (
          SELECT '"Memo"'::json AS "__typename", t5."id" AS "id", t5."heading" AS "displayName", '"Memo"'::json AS "typeLabel", t5."version" AS "version"
          FROM "memo" t5
          WHERE t5.id = r1.id
        ) "$"
      )
      WHEN 10002 THEN (
        SELECT row_to_json("$")
        FROM (
          SELECT '"Person"'::json AS "__typename", t6."id" AS "id", t6."full_name" AS "displayName", '"Person"'::json AS "typeLabel", t6."version" AS "version"
          FROM "person" t6
          WHERE t6.id = r1.id
        ) "$"
      )
      WHEN 10012 THEN (
        SELECT row_to_json("$")
        FROM (
          SELECT '"Ring"'::json AS "__typename", t7."id" AS "id", t7."subject" AS "displayName", '"Ring"'::json AS "typeLabel", t7."version" AS "version", t8."phone_number" AS "phoneNumber"
          FROM "happening" t7 JOIN "ring" t8 ON t8.id = t7.id
          WHERE t7.id = r1.id
        ) "$"
      )
      WHEN 9 THEN (
        SELECT row_to_json("$")
        FROM (
          SELECT '"Team"'::json AS "__typename", t9."id" AS "id", t9."name" AS "displayName", '"Team"'::json AS "typeLabel", t9."version" AS "version"
          FROM "team" t9
          WHERE t9.id = r1.id
        ) "$"
      )
      WHEN 8 THEN (
        SELECT row_to_json("$")
        FROM (
          SELECT '"User"'::json AS "__typename", t10."id" AS "id", t10."full_name" AS "displayName", '"User"'::json AS "typeLabel", t10."version" AS "version"
          FROM "user" t10
          WHERE t10.id = r1.id
        ) "$"
      )
      WHEN 10011 THEN (
        SELECT row_to_json("$")
        FROM (
          SELECT '"Visit"'::json AS "__typename", t11."id" AS "id", t11."subject" AS "displayName", '"Visit"'::json AS "typeLabel", t11."version" AS "version"
          FROM "happening" t11
          WHERE t11.id = r1.id AND t11."kind" = 10011
        ) "$"
      ) END
      FROM record r1
      WHERE r1.id = $1::uuid
    ), (
      SELECT row_to_json("$")
      FROM (
        SELECT '"AccessToken"'::json AS "__typename", t12."id" AS "id"
        FROM "access_token" t12
        WHERE t12.id = $1::uuid
      ) "$"
    ), (
      SELECT row_to_json("$")
      FROM (
        SELECT '"AuditEntry"'::json AS "__typename", t13."id" AS "id"
        FROM "audit_entry" t13
        WHERE t13.id = $1::uuid
      ) "$"
    ), (
      SELECT row_to_json("$")
      FROM (
        SELECT '"ChangeSet"'::json AS "__typename", t14."id" AS "id"
        FROM "change_set" t14
        WHERE t14.id = $1::uuid
      ) "$"
    ), (
      SELECT row_to_json("$")
      FROM (
        SELECT '"DeletedRecord"'::json AS "__typename", t15."id" AS "id"
        FROM "deleted_record" t15
        WHERE t15.id = $1::uuid
      ) "$"
    ), (
      SELECT row_to_json("$")
      FROM (
        SELECT '"DuplicatePair"'::json AS "__typename", t16."id" AS "id"
        FROM "duplicate" t16
        WHERE t16.id = $1::uuid
      ) "$"
    ), (
      SELECT row_to_json("$")
      FROM (
        SELECT '"DuplicateScan"'::json AS "__typename", t17."id" AS "id"
        FROM "duplicate_scan" t17
        WHERE t17.id = $1::uuid
      ) "$"
    ), (
      SELECT row_to_json("$")
      FROM (
        SELECT '"Change"'::json AS "__typename", t18."id" AS "id"
        FROM "event" t18
        WHERE t18.id = $1::uuid
      ) "$"
    ), (
      SELECT row_to_json("$")
      FROM (
        SELECT '"Import"'::json AS "__typename", t19."id" AS "id"
        FROM "import" t19
        WHERE t19.id = $1::uuid
      ) "$"
    ), (
      SELECT row_to_json("$")
      FROM (
        SELECT '"IndexBuild"'::json AS "__typename", t20."id" AS "id"
        FROM "index_build" t20
        WHERE t20.id = $1::uuid
      ) "$"
    ), (
      SELECT row_to_json("$")
      FROM (
        SELECT '"Merge"'::json AS "__typename", t21."id" AS "id"
        FROM "merge" t21
        WHERE t21.id = $1::uuid
      ) "$"
    ), (
      SELECT row_to_json("$")
      FROM (
        SELECT '"RecordedOperation"'::json AS "__typename", t22."id" AS "id"
        FROM "recorded_operation" t22
        WHERE t22.id = $1::uuid
      ) "$"
    ), (
      SELECT row_to_json("$")
      FROM (
        SELECT '"RecordShare"'::json AS "__typename", t23."id" AS "id"
        FROM "share" t23
        WHERE t23.id = $1::uuid
      ) "$"
    )) AS "node", array_to_json(ARRAY(
      SELECT coalesce((
        SELECT CASE r24.type
        WHEN 9105 THEN (
          SELECT row_to_json("$")
          FROM (
            SELECT r24.id AS "id"
          ) "$"
        )
        WHEN 10003 THEN (
          SELECT row_to_json("$")
          FROM (
            SELECT r24.id AS "id"
          ) "$"
        )
        WHEN 10001 THEN (
          SELECT row_to_json("$")
          FROM (
            SELECT t25."id" AS "id", t25."name" AS "name", CASE t25."warmth"
            WHEN 3 THEN 'COLD'
            WHEN 1 THEN 'WARM'
            WHEN 2 THEN 'HOT' END AS "warmth"
            FROM "firm" t25
            WHERE t25.id = r24.id
          ) "$"
        )
        WHEN 10020 THEN (
          SELECT row_to_json("$")
          FROM (
            SELECT r24.id AS "id"
          ) "$"
        )
        WHEN 10002 THEN (
          SELECT row_to_json("$")
          FROM (
            SELECT t26."id" AS "id", t26."full_name" AS "fullName", (
              SELECT "$"
              FROM (
                SELECT t27."name" AS "name"
                FROM "firm" t27
                WHERE t27.id = t26."firm_id"
              ) "$"
            ) AS "firm"
            FROM "person" t26
            WHERE t26.id = r24.id
          ) "$"
        )
        WHEN 10012 THEN (
          SELECT row_to_json("$")
          FROM (
            SELECT t28."id" AS "id", t28."subject" AS "subject", CASE t28."kind"
            WHEN 10012 THEN 'RING'
            WHEN 10011 THEN 'VISIT' END AS "kind"
            FROM "happening" t28
            WHERE t28.id = r24.id AND t28."kind" = 10012
          ) "$"
        )
        WHEN 9 THEN (
          SELECT row_to_json("$")
          FROM (
            SELECT r24.id AS "id"
          ) "$"
        )
        WHEN 8 THEN (
          SELECT row_to_json("$")
          FROM (
            SELECT r24.id AS "id"
          ) "$"
        )
        WHEN 10011 THEN (
          SELECT row_to_json("$")
          FROM (
            SELECT t29."id" AS "id", t29."subject" AS "subject", CASE t29."kind"
            WHEN 10012 THEN 'RING'
            WHEN 10011 THEN 'VISIT' END AS "kind"
            FROM "happening" t29
            WHERE t29.id = r24.id AND t29."kind" = 10011
          ) "$"
        ) END
        FROM record r24
        WHERE r24.id = u.id
      ), (
        SELECT row_to_json("$")
        FROM (
          SELECT t30."id" AS "id"
          FROM "access_token" t30
          WHERE t30.id = u.id
        ) "$"
      ), (
        SELECT row_to_json("$")
        FROM (
          SELECT t31."id" AS "id"
          FROM "audit_entry" t31
          WHERE t31.id = u.id
        ) "$"
      ), (
        SELECT row_to_json("$")
        FROM (
          SELECT t32."id" AS "id"
          FROM "change_set" t32
          WHERE t32.id = u.id
        ) "$"
      ), (
        SELECT row_to_json("$")
        FROM (
          SELECT t33."id" AS "id"
          FROM "deleted_record" t33
          WHERE t33.id = u.id
        ) "$"
      ), (
        SELECT row_to_json("$")
        FROM (
          SELECT t34."id" AS "id"
          FROM "duplicate" t34
          WHERE t34.id = u.id
        ) "$"
      ), (
        SELECT row_to_json("$")
        FROM (
          SELECT t35."id" AS "id"
          FROM "duplicate_scan" t35
          WHERE t35.id = u.id
        ) "$"
      ), (
        SELECT row_to_json("$")
        FROM (
          SELECT t36."id" AS "id"
          FROM "event" t36
          WHERE t36.id = u.id
        ) "$"
      ), (
        SELECT row_to_json("$")
        FROM (
          SELECT t37."id" AS "id"
          FROM "import" t37
          WHERE t37.id = u.id
        ) "$"
      ), (
        SELECT row_to_json("$")
        FROM (
          SELECT t38."id" AS "id"
          FROM "index_build" t38
          WHERE t38.id = u.id
        ) "$"
      ), (
        SELECT row_to_json("$")
        FROM (
          SELECT t39."id" AS "id"
          FROM "merge" t39
          WHERE t39.id = u.id
        ) "$"
      ), (
        SELECT row_to_json("$")
        FROM (
          SELECT t40."id" AS "id"
          FROM "recorded_operation" t40
          WHERE t40.id = u.id
        ) "$"
      ), (
        SELECT row_to_json("$")
        FROM (
          SELECT t41."id" AS "id"
          FROM "share" t41
          WHERE t41.id = u.id
        ) "$"
      ))
      FROM unnest($2::uuid[]) WITH ORDINALITY u(id, n)
      ORDER BY u.n
    )) AS "nodes"
  ) "$"
) END
