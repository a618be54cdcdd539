import { useDeferredValue, useState } from "react";
import { graphql, useFragment, useLazyLoadQuery, usePaginationFragment } from "react-relay";
import { Filters, More, Panel, accountLink, money, type AccountFilter } from "../../shared/parts";
import type { AccountListQuery, AccountWhere, Industry } from "./__generated__/AccountListQuery.graphql";
import type { AccountListRefetchQuery } from "./__generated__/AccountListRefetchQuery.graphql";
import type { AccountList_accounts$key } from "./__generated__/AccountList_accounts.graphql";
import type { AccountList_row$key } from "./__generated__/AccountList_row.graphql";

function whereOf({ search, industry }: AccountFilter): AccountWhere {
  return {
    state: { eq: "ACTIVE" },
    ...(search && { or: [{ name: { containsi: search } }, { address1City: { containsi: search } }] }),
    ...(industry && { industry: { eq: industry as Industry } }),
  };
}

export function AccountList() {
  const [filter, setFilter] = useState<AccountFilter>({ search: "", industry: "" });
  const shown = useDeferredValue(filter); // the old list stays until the new one is there
  const data = useLazyLoadQuery<AccountListQuery>(
    graphql`
      query AccountListQuery($where: AccountWhere!) {
        ...AccountList_accounts @arguments(where: $where)
        industries: accounts(where: { state: { eq: ACTIVE }, industry: { isNull: false } }) {
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
    `,
    { where: whereOf(shown) },
  );
  const choices = (data.industries?.groupBy ?? []).map(({ keys, aggregate }) => ({
    value: keys.industry ?? "",
    label: keys.industryLabel ?? "",
    count: aggregate.count,
  }));
  return (
    <>
      <h1>Accounts</h1>
      <Filters industries={choices} onChange={setFilter} />
      <AccountTable query={data} />
    </>
  );
}

function AccountTable({ query }: { query: AccountList_accounts$key }) {
  const { data, hasNext, isLoadingNext, loadNext } = usePaginationFragment<AccountListRefetchQuery, AccountList_accounts$key>(
    graphql`
      fragment AccountList_accounts on Query
      @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" }, where: { type: "AccountWhere!" })
      @refetchable(queryName: "AccountListRefetchQuery") {
        accounts(first: $first, after: $after, where: $where, orderBy: [{ name: ASC }])
          @connection(key: "AccountList_accounts", filters: ["where"]) {
          totalCount
          edges {
            node {
              id
              ...AccountList_row
            }
          }
        }
      }
    `,
    query,
  );
  if (!data.accounts) return null;
  const { edges, totalCount } = data.accounts;
  const footer = <More shown={edges.length} total={totalCount} hasMore={hasNext} busy={isLoadingNext} onMore={() => loadNext(20)} />;
  return (
    <Panel title="Active accounts" count={totalCount} empty="No account fits." footer={footer}>
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
          {edges.map(({ node }) => (
            <AccountRow key={node.id} account={node} />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function AccountRow(props: { account: AccountList_row$key }) {
  const account = useFragment(
    graphql`
      fragment AccountList_row on Account {
        id
        name
        industryLabel
        address1City
        annualRevenue
        currency {
          isoCode
        }
        opportunities(where: { state: { eq: OPEN } }) {
          totalCount
        }
      }
    `,
    props.account,
  );
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
