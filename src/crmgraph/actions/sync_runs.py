"""Operations that stand together, written together: one look at the records, one check, one statement a kind of write.

What is refused so is taken out and tried by itself once the others are written; what needs it waits for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from crmgraph.actions.ids import canonical_id
from crmgraph.actions.loading import Row, load_rows
from crmgraph.actions.operations import OURS, WHOLE, Alteration, Creation, Done
from crmgraph.actions.savepoints import savepoint
from crmgraph.actions.trees import Tree
from crmgraph.errors import CrmError, InputProblem, WriteRefused
from crmgraph.sql.database import Refusal

if TYPE_CHECKING:
    from crmgraph.actions.syncing import Batch

Group = Sequence[int]
TRIES = 4  # to write a run without what is refused


class NotTogether(Exception):
    """Some operations of a run are refused; their numbers."""

    def __init__(self, numbers: Iterable[int]) -> None:
        super().__init__()
        self.numbers = set(numbers)


@dataclass(slots=True)
class Run:
    """Operations in a row: new records, which may name each other, and changes of others, one of each."""

    groups: list[Group] = field(default_factory=list)
    new: set[int] = field(default_factory=set)
    changed: dict[str, int] = field(default_factory=dict)  # records, and the operations that change them

    def takes(self, batch: Batch, group: Group) -> bool:
        """Take operations in, if they may be written with the others."""
        acts = [batch.operations[i].act for i in group]
        needs = {n for i in group for n in batch.needs[i]}
        if all(isinstance(act, Creation) for act in acts):
            if not needs.isdisjoint(self.changed.values()):
                return False
            self.new.update(group)
        else:
            (act,) = acts
            id = canonical_id(act.id) if isinstance(act, Alteration) else None
            if id is None or id in self.changed or not needs.isdisjoint({*self.new, *self.changed.values()}):
                return False
            self.changed[id] = group[0]
        self.groups.append(group)
        return True


async def write_run(batch: Batch, run: Run) -> None:
    """Write what can be written together, then the rest by itself."""
    apart: set[int] = set()
    for _ in range(TRIES):
        left = without(batch, run, apart)
        if len(left) < 2:
            break
        try:
            await write_together(batch, left)
            break
        except NotTogether as found:
            apart |= found.numbers
        except Refusal as refusal:
            if refusal.kind not in OURS:
                raise
            break
        except WHOLE:
            raise
        except CrmError:  # it is not told whose fault it is
            break
    for group in run.groups:
        if len(group) == 1 and group[0] not in batch.results:
            await batch.one(group[0])
        elif any(i not in batch.results for i in group):
            await write_circle(batch, group)


def without(batch: Batch, run: Run, apart: set[int]) -> list[int]:
    """A run without some operations, those that need them, and those that wait for failed ones."""
    lost = set(apart)
    every = [i for group in run.groups for i in group if i not in batch.results]
    size = -1
    while size != len(lost):
        size = len(lost)
        lost |= {i for i in every if not lost.isdisjoint(batch.needs[i]) or batch.blockers(i)}
    return [i for i in every if i not in lost]


async def write_together(batch: Batch, numbers: Sequence[int]) -> None:
    """Write operations in one go, or none of them: `NotTogether` tells which are refused, if that is known."""
    unit, begin = batch.unit, len(batch.unit.events)
    try:
        async with savepoint(unit, CrmError, Refusal, NotTogether):
            rows = await rows_of(batch, numbers)
            unit.handlings = {n: batch.operations[n].handling for n in numbers}
            tree = Tree(unit)
            done: dict[int, Done] = {}
            for number in numbers:
                act = batch.operations[number].act
                if isinstance(act, Creation):
                    done[number] = Done(tree.new(act.type, act.values, (number, "input")))
                elif isinstance(act, Alteration):
                    done[number] = await change(batch, tree, number, rows)
            await tree.write()
    except WriteRefused as refused:
        raise NotTogether(by_operation(refused)) from refused
    finally:
        unit.handlings = {}
    written = batch.versions(begin)
    for number, each in done.items():
        batch.note(number, each, written)


async def rows_of(batch: Batch, numbers: Sequence[int]) -> dict[str, Row]:
    """The records that are changed: a statement for each type."""
    wanted: dict[str, set[str]] = {}
    for number in numbers:
        act = batch.operations[number].act
        if isinstance(act, Alteration) and (id := canonical_id(act.id)) is not None:
            wanted.setdefault(act.type.name, set()).add(id)
    found: dict[str, Row] = {}
    for name, ids in sorted(wanted.items()):
        rows = await load_rows(batch.unit, batch.unit.registry.type(name), ids)
        found |= {row["id"]: row for row in rows}
    return found


async def change(batch: Batch, tree: Tree, number: int, rows: Mapping[str, Row]) -> Done:
    """Put a change to the others; one that cannot be judged is refused."""
    act = batch.operations[number].act
    assert isinstance(act, Alteration)
    row = rows.get(canonical_id(act.id) or "")
    if row is None:
        raise NotTogether([number])
    try:
        values, conflicts = await batch.merge(act, row)
    except WriteRefused as refused:
        raise NotTogether([number]) from refused
    if values:
        tree.change(act.type, row, values, (number, "input"))
    return Done(row["id"], row["version"], conflicts)


async def write_circle(batch: Batch, group: Group) -> None:
    """New records that name each other: all of them or none."""
    left = [i for i in group if i not in batch.results and not batch.wait(i)]
    if not left:
        return
    try:
        await write_together(batch, left)
        return
    except NotTogether as found:
        refused = found.__cause__
        assert isinstance(refused, WriteRefused)
        for number, problems in by_operation(refused).items():
            batch.refuse(number, refused.at(problems))
    except WHOLE:
        raise
    except (CrmError, Refusal) as error:
        for number in left:
            batch.refuse(number, error)
    while any(i not in batch.results and batch.wait(i) for i in left):  # each waits for those before it
        pass


def by_operation(refused: WriteRefused) -> dict[int, list[InputProblem]]:
    """The faults of each operation; raises the refusal again if it does not tell whose each is."""
    faulty: dict[int, list[InputProblem]] = {}
    for problem in refused.problems:
        number = problem.path[0] if problem.path else None
        if not isinstance(number, int):
            raise refused
        faulty.setdefault(number, []).append(replace(problem, path=problem.path[1:]))
    return faulty
