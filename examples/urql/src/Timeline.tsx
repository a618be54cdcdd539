import { More, Panel, TimelineEntry } from "../../shared/parts";
import { graphql, readFragment, type FragmentType } from "./gql";

const Entries = graphql(`
  fragment AccountTimeline on Account {
    id
    timeline(first: $entries, after: $after, include: [REGARDING, CHILDREN]) {
      totalCount
      edges {
        cursor
        node {
          id
          occurredOn
          title
          typeLabel
          ... on Email {
            id
            sender
          }
          ... on PhoneCall {
            id
            phoneNumber
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

interface TimelineProps {
  readonly account: FragmentType<typeof Entries>;
  readonly busy: boolean;
  readonly onMore: (after: string | null) => void;
}

export function Timeline({ account, busy, onMore }: TimelineProps) {
  const { timeline } = readFragment(Entries, account);
  const shown = timeline.edges.length;
  const { hasNextPage, endCursor } = timeline.pageInfo;
  return (
    <Panel
      title="Timeline"
      count={timeline.totalCount}
      footer={<More shown={shown} total={timeline.totalCount} hasMore={hasNextPage} busy={busy} onMore={() => onMore(endCursor)} />}
    >
      <ul className="timeline">
        {timeline.edges.map(({ node }) => (
          <TimelineEntry key={node.id} entry={node} detail={"sender" in node ? node.sender : "phoneNumber" in node ? node.phoneNumber : null} />
        ))}
      </ul>
    </Panel>
  );
}
