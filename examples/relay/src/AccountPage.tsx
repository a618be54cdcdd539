import { graphql, useLazyLoadQuery } from "react-relay";
import { Fact, Failure, Panel, accountLink, day, money } from "../../shared/parts";
import { Contacts } from "./Contacts";
import { Timeline } from "./Timeline";
import type { AccountPageQuery } from "./__generated__/AccountPageQuery.graphql";

/** Everything on the page, in one request. */
const page = graphql`
  query AccountPageQuery($id: ID!) {
    account(id: $id) {
      name
      industryLabel
      address1City
      address1Country
      annualRevenue
      currency {
        isoCode
      }
      owner {
        displayName
      }
      parentAccount {
        id
        name
      }
      opportunities(first: 50, where: { state: { eq: OPEN } }, orderBy: [{ estimatedCloseDate: ASC }]) {
        totalCount
        edges {
          node {
            id
            name
            estimatedCloseDate
            estimatedValue
            salesStageLabel
            currency {
              isoCode
            }
          }
        }
      }
      cases(first: 50, where: { state: { eq: ACTIVE } }, orderBy: [{ createdOn: DESC }]) {
        totalCount
        edges {
          node {
            id
            title
            priorityLabel
            createdOn
          }
        }
      }
      ...Contacts_account
      ...Timeline_account
    }
  }
`;

export function AccountPage({ id }: { id: string }) {
  const { account } = useLazyLoadQuery<AccountPageQuery>(page, { id }, { fetchPolicy: "store-and-network" });
  if (!account) return <Failure message="There is no such account." />;
  return (
    <>
      <a href="#/">← Accounts</a>
      <h1>{account.name}</h1>
      <dl className="facts">
        <Fact name="Industry">{account.industryLabel}</Fact>
        <Fact name="City">{[account.address1City, account.address1Country].filter(Boolean).join(", ")}</Fact>
        <Fact name="Annual revenue">{money(account.annualRevenue, account.currency?.isoCode)}</Fact>
        <Fact name="Owner">{account.owner?.displayName}</Fact>
        {account.parentAccount && (
          <Fact name="Parent account">
            <a href={accountLink(account.parentAccount.id)}>{account.parentAccount.name}</a>
          </Fact>
        )}
      </dl>
      <div className="columns">
        <div>
          <Contacts account={account} />
          <Panel title="Open deals" count={account.opportunities.totalCount} empty="No open deal.">
            <table>
              <tbody>
                {account.opportunities.edges.map(({ node: deal }) => (
                  <tr key={deal.id}>
                    <td>{deal.name}</td>
                    <td>{deal.salesStageLabel && <span className="tag">{deal.salesStageLabel}</span>}</td>
                    <td className="number quiet wide">{day(deal.estimatedCloseDate)}</td>
                    <td className="number">{money(deal.estimatedValue, deal.currency?.isoCode)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Panel>
          <Panel title="Open cases" count={account.cases.totalCount} empty="No open case.">
            <table>
              <tbody>
                {account.cases.edges.map(({ node: found }) => (
                  <tr key={found.id}>
                    <td>{found.title}</td>
                    <td>{found.priorityLabel && <span className="tag">{found.priorityLabel}</span>}</td>
                    <td className="number quiet">{day(found.createdOn)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Panel>
        </div>
        <Timeline account={account} />
      </div>
    </>
  );
}
