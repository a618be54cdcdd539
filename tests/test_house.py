"""The rules of the house that a test can hold: who imports whom, how long things are."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from crmgraph.metadata.registry import CURRENCY_TYPE, POSITION_TYPE, POST_TYPE, TEAM_TYPE, UNIT_TYPE, USER_TYPE
from crmgraph.schema.edition import standard_registry
from crmgraph.sql.principals import SECURITY_TYPES

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "crmgraph"
MODULES = sorted(p for p in SOURCE.rglob("*.py") if "static" not in p.parts)

# from the bottom up; rooms on one floor do not know each other
FLOORS = (
    {"messages"}, {"errors"}, {"metadata"}, {"storage", "setting_kinds"}, {"security", "settings"}, {"plan"},
    {"sql"}, {"actions"}, {"schema", "crm", "importing", "exporting"}, {"server"}, {"cli"},
)  # fmt: skip
HOMES = {
    "sqlalchemy": {"sql"}, "alembic": {"sql"}, "asyncpg": {"sql"}, "sqlite3": {"sql"}, "apsw": {"sql"},
    "graphql": {"plan", "schema"}, "strawberry": {"schema", "server"}, "starlette": {"server"}, "uvicorn": {"server"},
    "prometheus_client": {"server"}, "opentelemetry": {"server"}, "backports": {"server", "importing"},
    "compression": {"server", "importing"}, "openpyxl": {"importing"}, "charset_normalizer": {"importing"},
    "rich": {"cli", "importing", "exporting", "server"}, "uvloop": {"server", "sql"}, "httptools": {"server"},
    "xlsxwriter": {"exporting"}, "pyarrow": {"exporting"}, "icu4py": {"messages"},
    "jwt": {"server"}, "obstore": {"storage"}, "dateutil": {"crm"},
    "tomli": {"messages", "metadata", "crm", "importing", "server"},
}  # fmt: skip
# the constants of the types that every model must have; and words that mean something else where they stand
OTHER_MEANINGS = {
    "metadata/registry.py": {POST_TYPE, USER_TYPE, TEAM_TYPE, CURRENCY_TYPE, UNIT_TYPE, POSITION_TYPE, *SECURITY_TYPES},
    "metadata/files.py": {"email", "user"},  # a format of text; an ownership
    "metadata/types.py": {"user"},  # an ownership
    "metadata/words.py": {"email", "user"},  # a format of text; an ownership
    "metadata/cdm/attributes.py": {"currency", "email"},  # data types of the Common Data Model
    "metadata/cdm/system.py": {"currency"},  # the same
    "actions/traits.py": {"currency"},  # the lookup of a record with money
    "actions/values.py": {"email"},  # a format of text
    "metadata/stored.py": {"unit"},  # of time
    "importing/command.py": {"email", "quote"},  # a field; the quotes of CSV
    "importing/mail/bodies.py": {"attachment", "subject"},  # a header
    "importing/mail/parsing.py": {"subject"},  # the same
    "importing/mail/run.py": {"subject"},  # the same
    "importing/mapping.py": {"quote"},  # the quotes of CSV
    "plan/access.py": {"role"},  # a part of a reason
    "plan/timeline.py": {"order"},  # an argument
    "schema/timelines.py": {"order"},  # an argument
    "schema/words.py": {"role", "unit"},  # a part of a reason; of time
    "server/explain_command.py": {"email", "role"},  # a field; a column of a table
    "security/principal.py": {"unit"},
    "sql/tables.py": {"email"},  # a format of text
    "sql/principals.py": {"email", "unit"},  # a field; a business unit
    "plan/where.py": {"unit"},  # of time
    "server/files.py": {"attachment"},  # of HTTP
    "server/auth.py": {"email"},  # a field
    "server/oidc.py": {"email"},  # a claim
    "server/run.py": {"email"},  # a slot
    "server/user_command.py": {"email", "role", "unit", "user"},  # columns, arguments, the command
    "settings.py": {"email"},  # a claim, a field
    "sql/catalog.py": {"email"},  # a field
    "cli.py": {"user"},  # a command
}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[str, ...]]:
    """Every module that a module imports, wherever in it."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, f"{path}: a relative import"
            yield tuple(node.module.split("."))


def floor(name: str) -> int:
    return next(i for i, rooms in enumerate(FLOORS) if name in rooms)


def test_imports_go_down_only() -> None:
    for path in MODULES:
        here = room(path)
        if here in ("__init__", "__main__"):
            continue
        for parts in imported(path):
            if parts[0] == "crmgraph" and len(parts) > 1 and parts[1] != here:
                assert floor(parts[1]) < floor(here), f"{path} imports {'.'.join(parts)}"


def test_libraries_have_homes() -> None:
    anywhere = {"crmgraph", "orjson"} | sys.stdlib_module_names
    for path, parts in ((p, parts) for p in MODULES for parts in imported(p)):
        library = parts[0]
        if library in HOMES:
            assert room(path) in HOMES[library], f"{path} imports {library}"
        else:
            assert library in anywhere, f"{path}: {library} has no home: say in which room it lives"


def test_modules_say_what_they_are_for() -> None:
    assert len(MODULES) > 300
    assert not [p for p in MODULES if not (ast.get_docstring(parsed(p)) or "").strip()]


def test_files_and_functions_are_short() -> None:
    for path in MODULES:
        assert len(path.read_text().splitlines()) <= 400, f"{path} is too long"
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 50, f"{path}: {node.name} is too long"
                given = node.args
                every = (*given.posonlyargs, *given.args, *given.kwonlyargs)
                names = [a.arg for a in every if a.arg not in ("self", "cls")]
                assert len(names) <= 6, f"{path}: {node.name} has too many parameters"


def test_no_record_types_name_outside_the_crm() -> None:
    for path in (p for p in MODULES if room(p) != "crm"):
        texts = {n.value for n in ast.walk(parsed(path)) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        found = texts & record_type_names() - OTHER_MEANINGS.get(str(path.relative_to(SOURCE)), set())
        assert not found, f"{path}: {found} may only stand in crm/"


@cache
def record_type_names() -> frozenset[str]:
    """Of what the model declares; the journals that the system itself writes are the engine's."""
    return frozenset(t.name for t in standard_registry().types.values() if not t.journal)
