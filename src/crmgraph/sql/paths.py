"""The shortest path between two records: a search from both ends in one recursive query whose only row is its state.

Its state are the ways from each end to the records where it stands, each way the ids as text, one way for each record:
the first of the shortest ones. In turn it looks whether both sides stand at the same record, and goes a tie further on
the side that stands at fewer. So it reads no more than it needs, and a record with many ties is only gone through
when there is no way around it.
"""

from __future__ import annotations

from collections.abc import Iterator

from crmgraph.metadata.condition import EVERY_ROW
from crmgraph.metadata.types import Field, FieldType, Label
from crmgraph.plan.tree import Const, ToNode
from crmgraph.plan.ways import End, PathLength, Paths, StepFact, StepRecord, Steps, Tie
from crmgraph.sql.compile import any_of_id, scan_conditions
from crmgraph.sql.conditions import exists
from crmgraph.sql.phrases import quoted
from crmgraph.sql.scope import Build, TableRows, value_of
from crmgraph.sql.system import RECORD

ID = 36  # characters of an id as text
HOP = ID + 1  # with a comma before it
NUMBER = 2  # digits that tell a tie; behind them one that tells its direction, and the id of its row
FORWARD = Field("forward", "forward", FieldType.BOOLEAN, Label({}), "path")


def paths_text(build: Build, paths: Paths) -> str:
    """The object of a path; null if there is none."""
    way, search = build.alias("c"), search_text(build, paths)
    pairs = []
    for key, part in paths.entries:
        match part:
            case PathLength():
                pairs.append((key, f"CAST((length({way}.way) - {ID}) / {HOP} AS integer)"))
            case Steps():
                pairs.append((key, steps_text(build, paths, part, f"{way}.way")))
            case Const(json):
                pairs.append((key, build.phrases.const(json)))
    return build.phrases.json_one(pairs, f"FROM ({search}) {way}")


# --- the search ----------------------------------------------------------------------------------------------------


def search_text(build: Build, paths: Paths) -> str:
    """The statement that gives the first of the shortest ways, as text; no row if there is none.

    The state: `f` and `b`, the ways from the start and to the goal; `s`, whether the start's side goes on (1) or the
    goal's (0); `g`, its ways when it has. At an even number of turns `g` takes its place, and it looks whether the
    sides meet; at an odd one a side goes on.
    """
    phrases, state = build.phrases, build.alias("w")
    even, none = f"{state}.n % 2 = 0", phrases.typed_null("text[]")
    first = f"CASE WHEN {even} AND {state}.s = 1 THEN {state}.g ELSE {state}.f END"
    last = f"CASE WHEN {even} AND {state}.s = 0 THEN {state}.g ELSE {state}.b END"
    fewer = f"CASE WHEN {phrases.list_length(first)} <= {phrases.list_length(last)} THEN 1 ELSE 0 END"
    turn = (
        f"SELECT {state}.n + 1, {first}, {last}, CASE WHEN {even} THEN {none} ELSE {further(build, paths, state)} END,"
        f" CASE WHEN {even} THEN {fewer} ELSE {state}.s END, CASE WHEN {even} THEN {meeting(build, first, last)} END"
        f" FROM {state} WHERE {state}.way IS NULL AND {state}.n <= 2 * {build.parameter(paths.most)}"
        f" AND {phrases.list_length(f'{state}.f')} > 0 AND {phrases.list_length(f'{state}.b')} > 0"
    )
    return (
        f"WITH RECURSIVE {state}(n, f, b, g, s, way) AS ({begin_text(build, paths)} UNION ALL {turn})"
        f" SELECT way FROM {state} WHERE way IS NOT NULL"
    )


def begin_text(build: Build, paths: Paths) -> str:
    """The state of the beginning, if both records may be seen."""
    phrases, rows, ends = build.phrases, build.alias("r"), build.alias("e")
    start, goal = build.parameter(paths.start), build.parameter(paths.goal)
    ids = [f"max(CASE WHEN {rows}.id = {end} THEN CAST({rows}.id AS text) END)" for end in (start, goal)]
    seen = f"FROM {RECORD} {rows} WHERE {rows}.id IN ({start}, {goal}) AND {seen_text(build, paths, rows)}"
    nothing = f"{phrases.bytewise(phrases.typed_null('text[]'))}, {phrases.typed_null('integer')}"
    return (
        f"SELECT 0, {phrases.list_of(f'{ends}.a')}, {phrases.list_of(f'{ends}.z')}, {nothing},"
        f" {phrases.bytewise(phrases.typed_null('text'))} FROM (SELECT {ids[0]} AS a, {ids[1]} AS z {seen}) {ends}"
        f" WHERE {ends}.a IS NOT NULL AND {ends}.z IS NOT NULL"
    )


def further(build: Build, paths: Paths, state: str) -> str:
    """The list of ways of the side that goes on, a tie longer: one for each record, the first of all to it."""
    phrases, way, ahead = build.phrases, "p.way", f"{state}.s = 1"
    side = phrases.each_text(f"CASE WHEN {ahead} THEN {state}.f ELSE {state}.b END", "p")
    at = as_id(build, f"CASE WHEN {ahead} THEN {last_id(way)} ELSE substr({way}, 1, {ID}) END")
    ties = [text for tie in paths.ties for text in tied(build, tie, side, at)]
    nothing = f"SELECT {as_id(build, 'NULL')} AS id, {phrases.typed_null('text')} AS way WHERE FALSE"
    reached = " UNION ALL ".join(ties) or nothing
    first, id = f"min({phrases.bytewise('n.way')})", "CAST(n.id AS text)"
    longer = f"CASE WHEN {ahead} THEN {first} || ',' || {id} ELSE {id} || ',' || {first} END"
    ways = f"SELECT n.id, {longer} AS way FROM ({reached}) n GROUP BY n.id"
    if not paths.checked:
        return phrases.list_from(f"SELECT q.way FROM ({ways}) q")
    rows = build.alias("r")
    seen = f"(SELECT {seen_text(build, paths, rows)} FROM {RECORD} {rows} WHERE {rows}.id = q.id)"  # by its id, no join
    return phrases.list_from(f"SELECT q.way FROM ({ways}) q WHERE {seen}")


def last_id(way: str) -> str:
    return f"substr({way}, length({way}) - {ID - 1})"


def tied(build: Build, tie: Tie, ways: str, at: str) -> Iterator[str]:
    """The records at either end of a tie whose other end is where a way leads, with the way."""
    for here, there in ((tie.near, tie.far), (tie.far, tie.near)):
        rows, conditions = tie_rows(build, tie)
        tests = [f"{named_at(rows, here)} = {at}", *conditions]
        id = named_at(rows, there)
        source, more = rows.source()
        yield build.phrases.for_each(ways, (id, "p.way"), f"{source} WHERE {' AND '.join([*tests, *more])}")


def seen_text(build: Build, paths: Paths, rows: str) -> str:
    """Whether a record may be seen, told by its row in the table of all records."""
    free = [str(code) for code, scan in paths.ends if scan.visible == EVERY_ROW]
    cases = [f"WHEN {rows}.type IN ({', '.join(free)}) THEN TRUE"] if free else []
    for code, scan in paths.ends:
        if scan.visible != EVERY_ROW:
            inner = TableRows(build, build.registry.type(scan.type))
            seen = exists(build, inner, f"{inner.key()} = {rows}.id", scan.visible)
            cases.append(f"WHEN {rows}.type = {code} THEN {seen}")
    return f"CASE {' '.join(cases)} ELSE FALSE END" if cases else "FALSE"


def meeting(build: Build, first: str, last: str) -> str:
    """The first way through a record where both sides stand. No join, which might go wrong where they stand at many."""
    phrases, way = build.phrases, "p.way"
    ahead = f"SELECT {last_id(way)} AS id, {way} AS a, CAST(NULL AS text) AS b FROM {phrases.each_text(first, 'p')}"
    back = f"SELECT substr({way}, 1, {ID}), CAST(NULL AS text), {way} FROM {phrases.each_text(last, 'p')}"
    whole = f"min({phrases.bytewise('u.a')}) || substr(min({phrases.bytewise('u.b')}), {HOP})"
    ways = f"SELECT {whole} AS way FROM ({ahead} UNION ALL {back}) u GROUP BY u.id"
    return f"(SELECT min({phrases.bytewise('m.way')}) FROM ({ways}) m)"


def tie_rows(build: Build, tie: Tie) -> tuple[TableRows, list[str]]:
    rows = TableRows(build, build.registry.type(tie.scan.type))
    return rows, scan_conditions(build, tie.scan, rows)


def named_at(rows: TableRows, end: End) -> str:
    """The id of the record at an end of a tie."""
    return rows.key() if end.field.name == "id" else value_of(rows, end.field)


# --- what is told of it --------------------------------------------------------------------------------------------


def steps_text(build: Build, paths: Paths, steps: Steps, way: str) -> str:
    """A path's records in order, each with the tie that leads to it."""
    alias, number = build.alias("s"), build.alias("v")
    pairs = []
    for key, part in steps.entries:
        match part:
            case StepRecord():
                pairs.append((key, record_text(build, paths, part, alias)))
            case StepFact(name):
                pairs.append((key, fact_text(build, paths, name, f"{alias}.tie")))
            case Const(json):
                pairs.append((key, build.phrases.const(json)))
    numbers = " UNION ALL ".join(f"SELECT {n} AS n" for n in range(paths.limit + 1))
    here, before = (place(build, way, f"{number}.n", back) for back in (0, 1))
    tie = f"CASE WHEN {number}.n > 0 THEN {tie_text(build, paths, before, here)} END"
    rows = (
        f"SELECT {number}.n, {here} AS id, {tie} AS tie FROM ({numbers}) {number}"
        f" WHERE length({way}) >= {HOP} * {number}.n + {ID} ORDER BY {number}.n"
    )
    return build.phrases.many(pairs, f"FROM ({rows}) {alias}")


def place(build: Build, way: str, number: str, back: int) -> str:
    """The id at a place of a way."""
    return as_id(build, f"substr({way}, {HOP} * ({number} - {back}) + 1, {ID})")


def as_id(build: Build, text: str) -> str:
    return f"CAST({text} AS uuid)" if build.phrases.name == "postgresql" else text


def tie_text(build: Build, paths: Paths, before: str, here: str) -> str:
    """Which tie leads from one record to another: the first one of all, as text."""
    texts = []
    for number, direction, tie in directed(paths):
        rows, conditions = tie_rows(build, tie)
        ends = (tie.near, tie.far) if direction == 0 else (tie.far, tie.near)
        tests = [f"{named_at(rows, end)} = {id}" for end, id in zip(ends, (before, here), strict=True)]
        source, more = rows.source()
        told = f"{quoted(code_of(number, direction))} || CAST({rows.key()} AS text)"
        texts.append(f"SELECT {told} AS k FROM {source} WHERE {' AND '.join([*tests, *conditions, *more])}")
    alias = build.alias("k")
    found = " UNION ALL ".join(texts) or "SELECT CAST(NULL AS text) AS k"
    return f"(SELECT min({build.phrases.bytewise(f'{alias}.k')}) FROM ({found}) {alias})"


def directed(paths: Paths) -> Iterator[tuple[int, int, Tie]]:
    """Each tie with its number, forwards and backwards."""
    for number, tie in enumerate(paths.ties):
        yield from ((number, direction, tie) for direction in (0, 1))


def code_of(number: int, direction: int) -> str:
    return f"{number:0{NUMBER}}{direction}"


def record_text(build: Build, paths: Paths, part: StepRecord, step: str) -> str:
    """The record of a step, or the one that leads to it."""
    if not part.via:
        return any_of_id(build, ToNode(paths.start, part.cases), f"{step}.id")
    codes = [code_of(n, d) for n, d, tie in directed(paths) if tie.field is None]
    if not codes:
        return build.phrases.typed_null("json")
    id = as_id(build, f"substr({step}.tie, {NUMBER + 2})")
    found = any_of_id(build, ToNode(paths.start, part.cases), id)
    return f"CASE WHEN substr({step}.tie, 1, {NUMBER + 1}) IN ({', '.join(map(quoted, codes))}) THEN {found} END"


def fact_text(build: Build, paths: Paths, name: str, tie: str) -> str:
    """What is told of a step beside its records."""
    kind = f"substr({tie}, 1, {NUMBER + 1})"
    if name == "forward":
        return build.phrases.leaf(FORWARD, f"(substr({tie}, {NUMBER + 1}, 1) = '0')")
    cases = []
    for number, direction, each in directed(paths):
        end = each.far if direction == 0 else each.near
        told = quoted(each.field) if name == "field" and each.field else label_text(build, each, end, tie)
        if name == "label" or each.field:
            cases.append(f"WHEN {quoted(code_of(number, direction))} THEN {told}")
    return f"CASE {kind} {' '.join(cases)} END" if cases else build.phrases.typed_null("text")


def label_text(build: Build, tie: Tie, end: End, step: str) -> str:
    """What a record is to the one before it on the path."""
    if end.label is not None:
        return quoted(end.label)
    if end.role is None:
        return build.phrases.typed_null("text")
    rows, conditions = tie_rows(build, tie)
    role = TableRows(build, build.registry.type(end.role.scan.type))
    tests = [f"{rows.key()} = {as_id(build, f'substr({step}, {NUMBER + 2})')}", *conditions]
    tests += [f"{role.key()} = {value_of(rows, end.role.link)}", *scan_conditions(build, end.role.scan, role)]
    title = value_of(role, end.role.title)
    (source, more), (roles, others) = rows.source(), role.source()
    return f"(SELECT {title} FROM {source} CROSS JOIN {roles} WHERE {' AND '.join([*tests, *more, *others])})"
