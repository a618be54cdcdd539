SELECT CASE
WHEN (
  SELECT answers_from
  FROM "revision"
) <= $4::integer THEN (
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
              SELECT CASE
              WHEN t1."revenue" IS NOT NULL THEN greatest(round(t1."revenue" - mod(mod(t1."revenue", ($1::text)::numeric) + ($1::text)::numeric, ($1::text)::numeric), 2), -92233720368547758.07) END AS k0, count(*) AS m0
              FROM "firm" t1
              GROUP BY 1
              ORDER BY CASE
              WHEN t1."revenue" IS NOT NULL THEN greatest(round(t1."revenue" - mod(mod(t1."revenue", ($1::text)::numeric) + ($1::text)::numeric, ($1::text)::numeric), 2), -92233720368547758.07) END
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
              WHEN t3."employees" IS NOT NULL THEN greatest(round(t3."employees" - mod(mod(t3."employees", ($2::text)::numeric) + ($2::text)::numeric, ($2::text)::numeric), 0), -2147483648)::bigint END AS k0, count(*) AS m0
              FROM "firm" t3
              GROUP BY 1
              ORDER BY count(*) DESC, CASE
              WHEN t3."employees" IS NOT NULL THEN greatest(round(t3."employees" - mod(mod(t3."employees", ($2::text)::numeric) + ($2::text)::numeric, ($2::text)::numeric), 0), -2147483648)::bigint END
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
              SELECT CASE
              WHEN t5."amount" IS NOT NULL THEN greatest(round(t5."amount" - mod(mod(t5."amount", ($3::text)::numeric) + ($3::text)::numeric, ($3::text)::numeric), 2), -92233720368547758.07) END AS k0, count(*) AS m0
              FROM "deal" t5
              GROUP BY 1
              ORDER BY CASE
              WHEN t5."amount" IS NOT NULL THEN greatest(round(t5."amount" - mod(mod(t5."amount", ($3::text)::numeric) + ($3::text)::numeric, ($3::text)::numeric), 2), -92233720368547758.07) END
            ) g6
          ) "$"
        )) AS "groupBy"
      ) "$"
    ) AS "deals"
  ) "$"
) END
