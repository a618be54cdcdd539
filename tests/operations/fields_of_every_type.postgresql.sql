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
        SELECT t1."name" AS "name", t1."employees" AS "employees", t1."visits"::text AS "visits", t1."score"::text AS "score", t1."revenue"::text AS "revenue", t1."revenue_base"::text AS "revenueBase", t1."exchange_rate"::text AS "exchangeRate", (
          SELECT "$"
          FROM (
            SELECT t2."iso_code" AS "isoCode"
            FROM "currency" t2
            WHERE t2.id = t1."currency_id"
          ) "$"
        ) AS "currency", t1."is_partner" AS "isPartner", t1."founded" AS "founded", t1."called_on" AS "calledOn", CASE t1."warmth"
        WHEN 3 THEN 'COLD'
        WHEN 1 THEN 'WARM'
        WHEN 2 THEN 'HOT' END AS "warmth", CASE t1."warmth"
        WHEN 3 THEN 'Cold'
        WHEN 1 THEN 'Warm'
        WHEN 2 THEN 'Hot' END AS "warmthLabel", array_to_json(ARRAY(
          SELECT CASE u.o
          WHEN 7 THEN 'OLD'
          WHEN 5 THEN 'NEW' END
          FROM unnest(t1."tags") WITH ORDINALITY u(o, n)
          ORDER BY u.n
        )) AS "tags", array_to_json(ARRAY(
          SELECT CASE u.o
          WHEN 7 THEN 'Old'
          WHEN 5 THEN 'New' END
          FROM unnest(t1."tags") WITH ORDINALITY u(o, n)
          ORDER BY u.n
        )) AS "tagsLabel", CASE t1."state"
        WHEN 0 THEN 'ACTIVE'
        WHEN 1 THEN 'INACTIVE' END AS "state", CASE t1."state"
        WHEN 0 THEN 'Active'
        WHEN 1 THEN 'Inactive' END AS "stateLabel", CASE t1."status_reason"
        WHEN 1 THEN 'ACTIVE'
        WHEN 3 THEN 'WATCHED'
        WHEN 2 THEN 'CLOSED'
        WHEN 4 THEN 'MERGED' END AS "statusReason", t1."remarks" AS "remarks", t1."extras" AS "extras"
        FROM "firm" t1
        WHERE t1."id" = $1::uuid
      ) "$"
    ) AS "firm", (
      SELECT "$"
      FROM (
        SELECT t3."name" AS "name", t3."employees" AS "employees", t3."visits"::text AS "visits", t3."score"::text AS "score", t3."revenue"::text AS "revenue", t3."revenue_base"::text AS "revenueBase", t3."is_partner" AS "isPartner", t3."founded" AS "founded", t3."called_on" AS "calledOn", CASE t3."warmth"
        WHEN 3 THEN 'COLD'
        WHEN 1 THEN 'WARM'
        WHEN 2 THEN 'HOT' END AS "warmth", CASE t3."warmth"
        WHEN 3 THEN 'Cold'
        WHEN 1 THEN 'Warm'
        WHEN 2 THEN 'Hot' END AS "warmthLabel", array_to_json(ARRAY(
          SELECT CASE u.o
          WHEN 7 THEN 'OLD'
          WHEN 5 THEN 'NEW' END
          FROM unnest(t3."tags") WITH ORDINALITY u(o, n)
          ORDER BY u.n
        )) AS "tags", array_to_json(ARRAY(
          SELECT CASE u.o
          WHEN 7 THEN 'Old'
          WHEN 5 THEN 'New' END
          FROM unnest(t3."tags") WITH ORDINALITY u(o, n)
          ORDER BY u.n
        )) AS "tagsLabel", t3."remarks" AS "remarks", t3."extras" AS "extras"
        FROM "firm" t3
        WHERE t3."id" = $2::uuid
      ) "$"
    ) AS "empty"
  ) "$"
) END
