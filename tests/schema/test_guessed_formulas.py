"""Random formulas on both databases, compared with plain Python."""

from __future__ import annotations

from random import Random

import pytest
from figuring import formula, opened, with_computed
from graph import ADA, NOW, Both
from guessing import ROW, Guess, fitted

from crmgraph.security.principal import trusted

pytestmark = pytest.mark.slow


def test_random_formulas_give_what_plain_python_gives(both: Both) -> None:
    zone = "America/New_York"
    guess = Guess(Random("formulas"), NOW, zone)
    kinds = {"number": "decimal", "text": "text", "date": "date", "truth": "boolean"}
    made = {f"{kind}{i}": (kind, guess.any(kind, 1 + i % 4)) for kind in kinds for i in range(25)}
    fields = {n: formula(kinds[k], m.text, **({"precision": 4} if k == "number" else {})) for n, (k, m) in made.items()}
    asked = opened(both, with_computed({"deal": fields})).calling(principal=trusted(ADA, zone))
    rows = asked.ask(f"{{ deals {{ nodes {{ {ROW} {' '.join(fields)} }} }} }}")["deals"]["nodes"]
    given = 0
    for name, (kind, one) in made.items():
        for row in rows:
            value = one.value(row)
            if kind == "number":
                value = fitted(value, 4)
            elif kind == "date" and value is not None:
                value = value.isoformat()
            assert row[name] == value, (one.text, row)
            given += value is not None
    assert given > 200, "most of them are not null"
