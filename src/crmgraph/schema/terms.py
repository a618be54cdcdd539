"""On which terms an operation is carried out: what its caller signed in with may allow less than its user may do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

ViewName = tuple[str, str]  # a record type's name and its saved view's
Charge = Callable[[int], None]  # hears of an operation's cost
Still = Callable[[], Awaitable[bool]]  # whether what the caller signed in with is good, asked when rights have changed


async def always() -> bool:
    """What signs in is good for ever."""
    return True


def free(cost: int) -> None:
    """Nobody is charged."""


@dataclass(frozen=True, slots=True)
class Terms:
    """`read_only` refuses mutations; `views` are all that may be read, by a caller who is nobody.

    `charge` is told what an operation costs before it is executed, and may refuse it. `still` is asked whether the
    sign-in is good when somebody's rights have changed.
    """

    read_only: bool = False
    views: frozenset[ViewName] | None = None
    charge: Charge = free
    still: Still = always


ALL = Terms()
