"""Every stage of a query, printed: operation, plan, SQL, parameters, cost. `crmgraph explain` calls it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import print_ast

from crmgraph.errors import RequestError
from crmgraph.schema.documents import For, Planned, Prepared, Refused, locale_of, plan, prepare
from crmgraph.schema.edition import Edition
from crmgraph.schema.printing import parameters_text, plan_text
from crmgraph.schema.resolve import Request, variable_values
from crmgraph.sql.layout import laid_out


def planned_request(edition: Edition, request: Request) -> tuple[Prepared, Planned, Mapping[str, Any]]:
    """The plan of a request; `Refused` or an error of planning where there is none."""
    prepared = prepare(edition, request.document, request.operation_name)
    values, _ = variable_values(edition, prepared, request)
    locale = locale_of(prepared.operation, values, request.caller.locale)
    whom = For(request.caller.principal.policy, locale)
    return prepared, plan(edition, prepared, values, whom), values


def explain(edition: Edition, request: Request) -> str:
    """The stages as text; a refused request explains itself by its errors."""
    try:
        prepared, found, values = planned_request(edition, request)
    except Refused as refused:
        return "\n".join(f"-- refused: {refused.code}: {e.message}" for e in refused.errors)
    except RequestError as error:
        return f"-- refused: {error.code}: {error}"
    sections = [
        ("operation", print_ast(prepared.operation)),
        ("plan", plan_text(found.read)),
        (f"SQL ({edition.phrases.name}, one statement)", laid_out(found.statement.text) if found.statement else ""),
        ("parameters", parameters_text(found, values)),
        ("cost", f"{found.cost.requested} of {edition.limits.max_cost}, for at most {found.cost.rows} records"),
    ]
    return "\n\n".join(f"-- {title}\n{text}" for title, text in sections)
