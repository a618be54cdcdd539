import { graphql, usePaginationFragment } from "react-relay";
import { More, Panel, TimelineEntry } from "../../shared/parts";
import type { TimelineRefetchQuery } from "./__generated__/TimelineRefetchQuery.graphql";
import type { Timeline_account$key } from "./__generated__/Timeline_account.graphql";

export function Timeline(props: { account: Timeline_account$key }) {
  const { data, hasNext, isLoadingNext, loadNext } = usePaginationFragment<TimelineRefetchQuery, Timeline_account$key>(
    graphql`
      fragment Timeline_account on Account
      @argumentDefinitions(first: { type: "Int", defaultValue: 10 }, after: { type: "String" })
      @refetchable(queryName: "TimelineRefetchQuery") {
        timeline(first: $first, after: $after, include: [REGARDING, CHILDREN]) @connection(key: "Timeline_timeline") {
          totalCount
          edges {
            node {
              id
              occurredOn
              title
              typeLabel
              ... on Email {
                sender
              }
              ... on PhoneCall {
                phoneNumber
              }
            }
          }
        }
      }
    `,
    props.account,
  );
  const { edges, totalCount } = data.timeline;
  const footer = <More shown={edges.length} total={totalCount} hasMore={hasNext} busy={isLoadingNext} onMore={() => loadNext(10)} />;
  return (
    <Panel title="Timeline" count={totalCount} footer={footer}>
      <ul className="timeline">
        {edges.map(({ node }) => (
          <TimelineEntry key={node.id} entry={node} detail={node.sender ?? node.phoneNumber} />
        ))}
      </ul>
    </Panel>
  );
}
