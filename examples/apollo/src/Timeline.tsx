import { useState } from "react";
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
  readonly onMore: (after: string | null | undefined) => Promise<unknown>;
}

export function Timeline({ account, onMore }: TimelineProps) {
  const { timeline } = readFragment(Entries, account);
  const [busy, setBusy] = useState(false);
  const more = async () => {
    setBusy(true);
    await onMore(timeline.pageInfo.endCursor).finally(() => setBusy(false));
  };
  const shown = timeline.edges.length;
  const { hasNextPage } = timeline.pageInfo;
  return (
    <Panel
      title="Timeline"
      count={timeline.totalCount}
      footer={<More shown={shown} total={timeline.totalCount} hasMore={hasNextPage} busy={busy} onMore={() => void more()} />}
    >
      <ul className="timeline">
        {timeline.edges.map(({ node }) => (
          <TimelineEntry key={node.id} entry={node} detail={"sender" in node ? node.sender : "phoneNumber" in node ? node.phoneNumber : null} />
        ))}
      </ul>
    </Panel>
  );
}
