"""Money in the base currency: amount ÷ exchange rate, kept beside each amount."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from crmgraph.actions.drafts import Draft
from crmgraph.actions.traits import CURRENCY, RATE
from crmgraph.actions.unit import Unit
from crmgraph.actions.values import most_exact, rounded
from crmgraph.errors import WriteRefused

ONE = Decimal(1)


def price(unit: Unit, draft: Draft) -> None:
    """Set the rate when the currency is set, and the base amounts of what changed. No currency: the base currency.

    A record keeps the rate of the day on which its currency was set.
    """
    amounts = draft.traits.amounts
    if not amounts:
        return
    if draft.row is None or (CURRENCY in draft.values and differs(draft)):
        link = draft.values.get(CURRENCY)
        draft.values[RATE] = unit.rates[link["id"]] if link else ONE
        changed = amounts
    else:
        changed = tuple(pair for pair in amounts if pair[0].name in draft.values)
    rate = draft.value(RATE) or ONE
    for amount, base in changed:
        value = draft.value(amount.name)
        found = None if value is None else rounded(value / rate, base.precision)
        if found is not None and abs(found) > most_exact(base.precision):
            draft.refuse(amount, "TOO_LARGE", "input_too_large", maximum=f"{most_exact(base.precision) * rate:f}")
        draft.values[base.name] = found
    if draft.problems:
        raise WriteRefused(draft.problems)


def differs(draft: Draft) -> bool:
    """Whether a record gets another currency."""

    def id_of(link: Any) -> str | None:
        return link["id"] if link else None

    return id_of((draft.row or {}).get(CURRENCY)) != id_of(draft.values[CURRENCY])
