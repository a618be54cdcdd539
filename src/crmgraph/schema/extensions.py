"""What a request is answered beside its data when it asks for it: `extensions.cost` and `extensions.explain`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from crmgraph.errors import RequestError
from crmgraph.plan.context import Limits
from crmgraph.schema.cost import Cost
from crmgraph.schema.documents import Planned
from crmgraph.schema.edition import Edition
from crmgraph.schema.printing import plan_text
from crmgraph.security.principal import Permission, Policy
from crmgraph.sql.layout import laid_out


def check_extensions(asked: Mapping[str, Any], limits: Limits, policy: Policy) -> None:
    """Refuse what may not be asked for: how an operation is carried out is told by setting, or by permission."""
    permitted = limits.allow_explain or (not policy.unlimited and Permission.EXPLAIN in policy.permissions)
    if asked.get("explain") is True and not permitted:
        raise RequestError("FORBIDDEN", "explain_not_allowed")


def wants_more(asked: Mapping[str, Any]) -> bool:
    """Whether anything is asked for that is answered here: clients send extensions for other ends, too."""
    return asked.get("cost") is True or asked.get("explain") is True


@dataclass(frozen=True, slots=True)
class Account:
    """What an operation was: its plan and cost, the SQL of its statements in order, and the time of it all."""

    planned: Planned
    cost: Cost
    statements: list[str]
    milliseconds: float


def extended(edition: Edition, body: bytes, asked: Mapping[str, Any], account: Account) -> bytes:
    """The answer with the extensions that were asked for, put in front of its end: it is not parsed."""
    extensions: dict[str, Any] = {}
    if asked.get("cost") is True:
        extensions["cost"] = {
            "requested": account.cost.requested,
            "limit": edition.limits.max_cost,
            "rows": account.cost.rows,
            "rowLimit": edition.limits.max_rows,
        }
    if asked.get("explain") is True:
        extensions["explain"] = {
            "plan": plan_text(account.planned.read),
            "sql": ";\n\n".join(map(laid_out, account.statements)) or None,
            "statements": len(account.statements),
            "milliseconds": round(account.milliseconds, 3),
        }
    return b'%b,"extensions":%b}' % (body[:-1], orjson.dumps(extensions))
