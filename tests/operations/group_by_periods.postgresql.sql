SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $3::integer THEN (
  SELECT row_to_json("$")
  FROM (
    SELECT (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT (
              SELECT "$"
              FROM (
                SELECT g2.k0 AS "calledOn"
              ) "$"
            ) AS "keys", (
              SELECT "$"
              FROM (
                SELECT g2.m0 AS "count"
              ) "$"
            ) AS "aggregate"
            FROM (
              SELECT CASE
              WHEN t1."called_on" IS NOT NULL THEN greatest(date_trunc('month', t1."called_on", $1::text), '0001-01-01 00:00:00+00') END AS k0, count(*) AS m0
              FROM "firm" t1
              WHERE t1."called_on" IS NOT NULL
              GROUP BY 1
              ORDER BY CASE
              WHEN t1."called_on" IS NOT NULL THEN greatest(date_trunc('month', t1."called_on", $1::text), '0001-01-01 00:00:00+00') END
            ) g2
          ) "$"
        )) AS "month", array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT (
              SELECT "$"
              FROM (
                SELECT g4.k0 AS "calledOn"
              ) "$"
            ) AS "keys", (
              SELECT "$"
              FROM (
                SELECT g4.m0 AS "count"
              ) "$"
            ) AS "aggregate"
            FROM (
              SELECT CASE
              WHEN t3."called_on" IS NOT NULL THEN greatest(date_trunc('hour', t3."called_on", $2::text), '0001-01-01 00:00:00+00') END AS k0, count(*) AS m0
              FROM "firm" t3
              WHERE t3."called_on" IS NOT NULL
              GROUP BY 1
              ORDER BY CASE
              WHEN t3."called_on" IS NOT NULL THEN greatest(date_trunc('hour', t3."called_on", $2::text), '0001-01-01 00:00:00+00') END
            ) g4
          ) "$"
        )) AS "hour"
      ) "$"
    ) AS "firms", (
      SELECT "$"
      FROM (
        SELECT array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT (
              SELECT "$"
              FROM (
                SELECT g6.k0 AS "closes"
              ) "$"
            ) AS "keys", (
              SELECT "$"
              FROM (
                SELECT g6.m0 AS "count"
              ) "$"
            ) AS "aggregate", array_to_json(ARRAY(
              SELECT "$"
              FROM (
                SELECT p8.c0 AS "title"
                FROM (
                  SELECT t7."title" AS c0
                  FROM "deal" t7
                  WHERE date_trunc('quarter', t7."closes"::timestamp)::date IS NOT DISTINCT
                  FROM g6.k0
                  ORDER BY t7."id"
                  LIMIT 1
                ) p8
              ) "$"
            )) AS "nodes"
            FROM (
              SELECT date_trunc('quarter', t5."closes"::timestamp)::date AS k0, count(*) AS m0
              FROM "deal" t5
              GROUP BY 1
              ORDER BY date_trunc('quarter', t5."closes"::timestamp)::date
            ) g6
          ) "$"
        )) AS "quarter", array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT (
              SELECT "$"
              FROM (
                SELECT g10.k0 AS "closes", CASE g10.k1
                WHEN 0 THEN 'OPEN'
                WHEN 1 THEN 'WON' END AS "state"
              ) "$"
            ) AS "keys", (
              SELECT "$"
              FROM (
                SELECT g10.m0 AS "count"
              ) "$"
            ) AS "aggregate"
            FROM (
              SELECT date_trunc('week', t9."closes"::timestamp)::date AS k0, t9."state" AS k1, count(*) AS m0
              FROM "deal" t9
              GROUP BY 1, 2
              ORDER BY date_trunc('week', t9."closes"::timestamp)::date, t9."state"
              LIMIT 3
            ) g10
          ) "$"
        )) AS "week"
      ) "$"
    ) AS "deals"
  ) "$"
) END
