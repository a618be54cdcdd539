"""In which currency a record's amounts stand, and how those of other records come into it."""

from __future__ import annotations

from dataclasses import dataclass

from crmgraph.metadata.computed import Formulas, summed
from crmgraph.metadata.expression import refs_of
from crmgraph.metadata.registry import CURRENCY_TYPE
from crmgraph.metadata.types import Field, FieldType, RecordType

RATE = "exchange_rate"


@dataclass(frozen=True, slots=True)
class Money:
    """What tells a record's currency, and its rate: units of it for one of the base currency."""

    currency: Field
    rate: Field


@dataclass(frozen=True, slots=True)
class Exchange:
    """An amount of another record that is shown in a record's own currency; None: the base currency."""

    theirs: Money | None
    mine: Money | None


def money_of(found: RecordType) -> Money | None:
    """How a record type tells its currency; None for one without amounts of its own: it shows the base currency."""
    if not any(f.base_of for f in found.fields):
        return None
    currency = next(f for f in found.fields if f.system and f.targets == (CURRENCY_TYPE,))
    return Money(currency, found.by_name[RATE])


def exchange(formulas: Formulas, shown: Field, amount: Field) -> Exchange | None:
    """How a computed field takes an amount of another record; None where the number counts as it stands."""
    types = formulas.registry
    if amount.type is not FieldType.MONEY or stands_in_base(formulas, amount):
        return None
    theirs, mine = money_of(types.type(amount.store)), money_of(types.type(shown.store))
    return Exchange(theirs, mine) if theirs or mine else None


def stands_in_base(formulas: Formulas, amount: Field) -> bool:
    """Whether an amount was chosen in the base currency: a `…_base` field, or what is made of nothing else."""
    if amount.rollup is not None:
        inner = summed(formulas.registry, amount).field
        return inner is not None and inner.type is FieldType.MONEY and stands_in_base(formulas, inner)
    if amount.formula is not None:
        read = [r.path[-1] for r in refs_of(formulas.of(amount)) if r.path[-1].type is FieldType.MONEY]
        return bool(read) and all(stands_in_base(formulas, f) for f in read)
    return amount.base_of is not None
