"""Questions that try to find out about each record there is: by its id, its key, its words, and what is tied to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from company import RECORDS, Company, mark

MOST = 8
Ids = Mapping[str, list[str]]


def inquiries(company: Company, ids: Ids) -> Iterator[str]:
    """Documents; each asks one thing of all records of some type."""
    firms, people, deals = (list(company.records[t]) for t in ("firm", "person", "deal"))
    every = [id for some in ids.values() for id in some]
    yield each(firms, 'firms(where: {id: {under: "%s"}}) { totalCount nodes { id } }')
    yield each(firms, 'firms(where: {id: {aboveOrEq: "%s"}}) { totalCount nodes { id } }')
    yield each(
        firms,
        'firm(id: "%s") { name above perHead dealCount parent { id name } ancestors { totalCount nodes { id } }'
        " descendants(orderBy: [{parent: {name: ASC}}]) { totalCount nodes { parent { id } } edges { cursor } } }",
    )
    yield each([mark(id) for name in RECORDS for id in ids[name]], 'search(text: "%s") { totalCount nodes { id } }')
    yield each([f"w{mark(id)}" for id in firms + people], 'search(text: "%s") { totalCount nodes { id } }')
    entries = "timeline(include: [REGARDING, CHILDREN]) { totalCount nodes { id title } edges { cursor } }"
    yield each(
        firms + people + deals,
        f'node(id: "%s") {{ __typename ... on Firm {{ {entries} }} ... on Deal {{ {entries} }} }}',
    )
    known = [(row["firm"]["id"], row["reference"]) for row in company.records["deal"].values() if row["reference"]]
    yield each(known, 'dealBy(key: {firmReference: {firm: "%s", reference: "%s"}}) { id }')
    yield each([row["number"] for row in company.records["firm"].values()], 'firmBy(key: {number: "%s"}) { id }')
    told = "totalCount nodes { id act record { id } actor { id } fields { label before after beforeLabel afterLabel } }"
    yield each(firms + people + deals, f'changes(where: {{record: {{id: {{eq: "%s"}}}}}}) {{ {told} }}')
    yield each(firms + people, 'node(id: "%s") { ... on Firm { history { totalCount } sharedWith { totalCount } } }')
    yield "{ recordShares(first: 500) { totalCount nodes { record { id } principal { id } sharedBy { id } canRead } } }"
    lists = " ".join(f"deleted{n} {{ totalCount nodes {{ recordId name deletedBy {{ id }} }} }}" for n in DELETED)
    yield f"{{ {lists} }}"
    yield each(firms, 'deals(where: {firm: {id: {eq: "%s"}}}) { totalCount aggregate { count } }')
    yield each(firms, 'people(where: {firm: {id: {notIn: ["%s"]}}}) { totalCount }')
    yield each(firms + people, 'memos(where: {regarding: {id: {ne: "%s"}}}) { totalCount }')
    yield each(firms + deals, 'happenings(where: {regarding: {id: {in: ["%s"]}}}) { totalCount nodes { id } }')
    for start in range(0, len(TIES), 4):
        yield "{ " + " ".join(f"f{i}: {text}" for i, text in enumerate(TIES[start : start + 4])) + " }"
    yield each([f'"{id}"' for id in every[::4]], "node(id: %s) { __typename id }")


DELETED = ("Rings", "Memos", "DealLines", "Topics")
ASKED = "totalCount nodes { id } pageInfo { startCursor endCursor }"
TIES = (
    f"people(where: {{firm: {{isNull: true}}}}) {{ {ASKED} }}",
    f"people(where: {{not: {{firm: {{isNull: false}}}}}}) {{ {ASKED} }}",
    f'people(where: {{not: {{firm: {{name: {{contains: "q"}}}}}}}}) {{ {ASKED} }}',
    f"memos(where: {{regarding: {{isNull: false}}}}) {{ {ASKED} }}",
    f"memos(where: {{regarding: {{type: {{eq: FIRM}}}}}}) {{ {ASKED} }}",
    f"memos(where: {{regarding: {{type: {{notIn: [FIRM, DEAL]}}}}}}) {{ {ASKED} }}",
    f"happenings(where: {{owner: {{type: {{ne: TEAM}}}}}}) {{ {ASKED} }}",
    f'firms(where: {{deals: {{every: {{title: {{contains: "q1"}}}}}}}}) {{ {ASKED} }}',
    f"firms(where: {{deals: {{some: {{}}}}}}) {{ {ASKED} }}",
    f"firms(where: {{people: {{none: {{}}}}}}) {{ {ASKED} }}",
    f"firms(where: {{branches: {{none: {{}}}}}}) {{ {ASKED} }}",
    f"firms(where: {{dealCount: {{gt: 0}}}}, orderBy: [{{dealCount: DESC}}]) {{ {ASKED} }}",
    f"firms(where: {{above: {{isNull: true}}}}, orderBy: [{{parent: {{number: ASC}}}}]) {{ {ASKED} }}",
    f"people(orderBy: [{{firm: {{name: DESC}}}}]) {{ {ASKED} edges {{ cursor }} }}",
    f"people(orderBy: [{{firm: {{parent: {{name: ASC_NULLS_FIRST}}}}}}]) {{ {ASKED} edges {{ cursor }} }}",
    f"deals(orderBy: [{{firm: {{createdBy: {{fullName: ASC}}}}}}]) {{ {ASKED} }}",
    "people { groupBy(by: [{firm: {id: true}}]) { keys { firm { nodeId } } aggregate { count } nodes { id } } }",
    "people { groupBy(by: [{firm: {name: true}}]) { keys { firm { name } } aggregate { count firm: count } } }",
    "deals { groupBy(by: [{firm: {parent: {name: true}}}]) { keys { firm { parent { name } } } aggregate { count } } }",
    "firms { groupBy(by: [{parent: {id: true}}, {warmth: true}]) { keys { warmth } aggregate { count } } }",
    "firms { aggregate { count people { count } deals { count } branches { count } sum { dealCount } } }",
    "people { aggregate { countDistinct { firm createdBy modifiedBy } } }",
    "deals { aggregate { countDistinct { firm createdBy owningBusinessUnit } } }",
    "visits { aggregate { countDistinct { host } } nodes { id host { id fullName firm { name } } owner { id } } }",
    "happenings(first: 100) { nodes { id owner { __typename id } regarding { __typename id displayName } } }",
    "memos(first: 90) { nodes { regarding { __typename id typeLabel } createdBy { id } owningBusinessUnit { id } } }",
    "people(first: 90) { nodes { headedFirms { totalCount nodes { id } } bought { totalCount aggregate { count } } } }",
    "firms(first: 90) { nodes { bought { totalCount nodes { id } } branches { totalCount } people { totalCount } } }",
    "users(first: 100) { nodes { id manager { id } teamMemberships: memberships { totalCount } } }",
)  # fmt: skip


def each(values: Sequence[object], text: str) -> str:
    """The same question of some values, which stand all over the list."""
    some = values[:: 1 + len(values) // MOST]
    return "{ " + " ".join(f"f{i}: {text % value}" for i, value in enumerate(some)) + " }"
