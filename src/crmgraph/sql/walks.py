"""Walks through hierarchies as SQL: what lies above or under a record, how far away, and where the way up ends."""

from __future__ import annotations

from crmgraph.metadata.condition import EVERY_ROW, Condition
from crmgraph.metadata.types import Field
from crmgraph.plan.hierarchies import STEPS, RootLink, Walk
from crmgraph.plan.tree import Scan, Tree
from crmgraph.sql.compile import scan_conditions
from crmgraph.sql.conditions import tree_ids, wrapped
from crmgraph.sql.scope import Build, Rows, TableRows, value_of


def walked_ids(build: Build, tree: Tree, root: str, visible: Condition) -> str:
    """The ids above or under a record; of a ranked tree also how many steps away each of them is."""
    if not tree.ranked:
        return tree_ids(build, tree.parent, root, tree.above, visible)
    walk, found = build.alias("w"), build.registry.type(tree.parent.store)
    ends = [f"{walk}.n < {steps}" for steps in most_steps(build, tree, root, visible)]
    texts = []
    for first in (True, False):
        step = TableRows(build, found)
        link = value_of(step, tree.parent)
        near, far = (step.key(), link) if tree.above else (link, step.key())
        tests = [f"{near} = {root if first else f'{walk}.id'}"]
        if visible != EVERY_ROW and not (tree.above and first):
            tests.append(wrapped(build, visible, step))
        if first:
            tests += [f"{build.parameter(tree.most)} > 0"] if tree.most else []
        else:
            tests += ends
        source, _ = step.source()
        source += "" if first else f" CROSS JOIN {walk}"
        texts.append(f"SELECT {far}, {1 if first else f'{walk}.n + 1'} FROM {source} WHERE {' AND '.join(tests)}")
    return (
        f"WITH RECURSIVE {walk}(id, n) AS ({texts[0]} UNION {texts[1]})"
        f" SELECT id, min(n) AS {STEPS.name} FROM {walk} WHERE id IS NOT NULL GROUP BY id"
    )


def most_steps(build: Build, tree: Tree, root: str, visible: Condition) -> list[str]:
    """How many steps a ranked walk takes at most: as many as asked for, else as many as there are records on the way.

    So a loop in the data ends it, as it ends the walk that only tells the ids.
    """
    if tree.most is not None:
        return [build.parameter(tree.most)]
    return [f"(SELECT count(*) FROM ({tree_ids(build, tree.parent, root, tree.above, visible)}) {build.alias('w')})"]


def subtree_ids(build: Build, walk: Walk, root: str) -> str:
    """The ids of a record and of all under it."""
    below = tree_ids(build, walk.parent, root, False, walk.scan.visible)
    return f"SELECT {root} AS id UNION SELECT id FROM ({below}) {build.alias('w')}"


def depth_text(build: Build, parent: Field, key: str, scan: Scan) -> str:
    """How many records stand above a record."""
    ids = tree_ids(build, parent, key, True, scan.visible)
    rows = TableRows(build, build.registry.type(scan.type), through=ids)
    conditions = scan_conditions(build, scan, rows)
    if not conditions:
        return f"(SELECT CAST(count(*) AS integer) FROM ({ids}) {rows.via})"
    source, more = rows.source()
    return f"(SELECT CAST(count(*) AS integer) FROM {source} WHERE {' AND '.join([*conditions, *more])})"


def root_text(rows: Rows, link: RootLink) -> str:
    """The id of the topmost record above a row. Where the data loop there is none."""
    build, parent = rows.build, link.parent
    assert parent is not None
    walk, step = build.alias("w"), TableRows(build, build.registry.type(parent.store))
    above = value_of(step, parent)
    tests = [f"{step.key()} = {walk}.parent"]
    if link.seen != EVERY_ROW:
        tests.append(wrapped(build, link.seen, step))
    source, _ = step.source()
    return (
        f"(WITH RECURSIVE {walk}(id, parent) AS (SELECT {rows.key()}, {value_of(rows, parent)}"
        f" UNION SELECT {step.key()}, {above} FROM {source} CROSS JOIN {walk} WHERE {' AND '.join(tests)})"
        f" SELECT id FROM {walk} WHERE parent IS NULL OR parent NOT IN (SELECT id FROM {walk}))"
    )
