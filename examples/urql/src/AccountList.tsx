import { useCallback, useMemo, useState } from "react";
import { useQuery } from "urql";
import { Failure, Filters, Loading, More, Panel, accountLink, money, type AccountFilter } from "../../shared/parts";
import { graphql, readFragment, type FragmentType } from "./gql";
import type { AccountListQueryVariables, Industry } from "./gql/graphql";

const Row = graphql(`
  fragment AccountRow on Account {
    id
    name
    industryLabel
    address1City
    annualRevenue
    currency {
      id
      isoCode
    }
    opportunities(where: { state: { eq: OPEN } }) {
      totalCount
    }
  }
`);

const List = graphql(`
  query AccountList($first: Int!, $after: String, $where: AccountWhere!) {
    accounts(first: $first, after: $after, where: $where, orderBy: [{ name: ASC }]) {
      totalCount
      edges {
        cursor
        node {
          id
          ...AccountRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const Industries = graphql(`
  query Industries {
    accounts(where: { state: { eq: ACTIVE }, industry: { isNull: false } }) {
      groupBy(by: [{ industry: true }], orderBy: [{ count: DESC }]) {
        keys {
          industry
          industryLabel
        }
        aggregate {
          count
        }
      }
    }
  }
`);

function whereOf({ search, industry }: AccountFilter): AccountListQueryVariables["where"] {
  return {
    state: { eq: "ACTIVE" },
    ...(search && { or: [{ name: { containsi: search } }, { address1City: { containsi: search } }] }),
    ...(industry && { industry: { eq: industry as Industry } }),
  };
}

export function AccountList() {
  const [filter, setFilter] = useState<AccountFilter>({ search: "", industry: "" });
  const [after, setAfter] = useState<string | null>(null);
  const change = useCallback((changed: AccountFilter) => {
    setFilter(changed);
    setAfter(null);
  }, []);
  const variables = useMemo(() => ({ first: 20, after, where: whereOf(filter) }), [after, filter]);
  const [{ data, error, fetching, stale }] = useQuery({ query: List, variables }); // the cache answers all pages so far
  const [industries] = useQuery({ query: Industries });
  const choices = (industries.data?.accounts?.groupBy ?? []).map(({ keys, aggregate }) => ({
    value: keys.industry ?? "",
    label: keys.industryLabel ?? "",
    count: aggregate.count,
  }));
  const accounts = data?.accounts;
  return (
    <>
      <h1>Accounts</h1>
      <Filters industries={choices} onChange={change} />
      {error && <Failure message={error.graphQLErrors[0]?.message ?? error.message} />}
      {!accounts && !error && <Loading />}
      {accounts && (
        <Panel
          title="Active accounts"
          count={accounts.totalCount}
          empty="No account fits."
          footer={
            <More
              shown={accounts.edges.length}
              total={accounts.totalCount}
              hasMore={accounts.pageInfo.hasNextPage}
              busy={fetching || stale}
              onMore={() => setAfter(accounts.pageInfo.endCursor)}
            />
          }
        >
          <AccountTable rows={accounts.edges.map((edge) => edge.node)} />
        </Panel>
      )}
    </>
  );
}

function AccountTable({ rows }: { rows: ReadonlyArray<{ id: string } & FragmentType<typeof Row>> }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Name</th>
          <th>Industry</th>
          <th className="wide">City</th>
          <th className="number wide">Annual revenue</th>
          <th className="number">Open deals</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <AccountRow key={row.id} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function AccountRow({ row }: { row: FragmentType<typeof Row> }) {
  const account = readFragment(Row, row);
  return (
    <tr>
      <td>
        <a href={accountLink(account.id)}>{account.name}</a>
      </td>
      <td>{account.industryLabel}</td>
      <td className="wide">{account.address1City}</td>
      <td className="number wide">{money(account.annualRevenue, account.currency?.isoCode)}</td>
      <td className="number">{account.opportunities.totalCount || ""}</td>
    </tr>
  );
}
