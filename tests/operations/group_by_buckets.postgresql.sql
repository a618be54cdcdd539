SELECT (
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
                SELECT g2.k0::text AS "revenue"
              ) "$"
            ) AS "keys", (
              SELECT "$"
              FROM (
                SELECT g2.m0 AS "count"
              ) "$"
            ) AS "aggregate"
            FROM (
              SELECT round(floor(t1."revenue" / $1::numeric) * $1::numeric, 2) AS k0, count(*) AS m0
              FROM "firm" t1
              GROUP BY 1
              ORDER BY round(floor(t1."revenue" / $1::numeric) * $1::numeric, 2)
            ) g2
          ) "$"
        )) AS "money", array_to_json(ARRAY(
          SELECT "$"
          FROM (
            SELECT (
              SELECT "$"
              FROM (
                SELECT g4.k0 AS "employees"
              ) "$"
            ) AS "keys", (
              SELECT "$"
              FROM (
                SELECT g4.m0 AS "count"
              ) "$"
            ) AS "aggregate"
            FROM (
              SELECT CASE
              WHEN t3."employees" IS NOT NULL THEN greatest(floor(t3."employees" / $2::numeric) * $2::numeric, -2147483648)::bigint END AS k0, count(*) AS m0
              FROM "firm" t3
              GROUP BY 1
              ORDER BY count(*) DESC, CASE
              WHEN t3."employees" IS NOT NULL THEN greatest(floor(t3."employees" / $2::numeric) * $2::numeric, -2147483648)::bigint END
            ) g4
          ) "$"
        )) AS "integer"
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
                SELECT g6.k0::text AS "amount"
              ) "$"
            ) AS "keys", (
              SELECT "$"
              FROM (
                SELECT g6.m0 AS "count"
              ) "$"
            ) AS "aggregate"
            FROM (
              SELECT round(floor(t5."amount" / $3::numeric) * $3::numeric, 2) AS k0, count(*) AS m0
              FROM "deal" t5
              GROUP BY 1
              ORDER BY round(floor(t5."amount" / $3::numeric) * $3::numeric, 2)
            ) g6
          ) "$"
        )) AS "groupBy"
      ) "$"
    ) AS "deals"
  ) "$"
)
