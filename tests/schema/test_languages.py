"""The schema in every language: the same schema, described in that language down to its fixed parts."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from customized import CUSTOMIZED, changed_toy
from graph import Both
from graphql import GraphQLInputObjectType, GraphQLSchema, get_named_type, print_schema

from crmgraph.actions.declared import MARK, Action
from crmgraph.metadata.registry import Registry
from crmgraph.metadata.vocabulary import snake
from crmgraph.plan.members import View
from crmgraph.schema import languages
from crmgraph.schema.actions import told_of_part
from crmgraph.schema.build import build_schema
from crmgraph.schema.customizing import Change
from crmgraph.schema.edition import standard_registry
from crmgraph.schema.languages import Said, descriptions, in_language, said, said_or, spoken
from crmgraph.schema.packaging import ApplyPackage
from crmgraph.server.actions import ACTIONS

SCHEMA = Path(languages.__file__).parent
DESCRIPTION = re.compile(r'^ *""".*?"""\n|reason: "[^"]*"', re.MULTILINE | re.DOTALL)
LOCALES = ("es", "de", "pl")


@pytest.fixture(scope="module")
def changed() -> Registry:
    """With all that the schema shows of a model only where there is some of it."""
    return changed_toy({**CUSTOMIZED, "visit": {**CUSTOMIZED["visit"], "features": ["notes", "merging"]}})


@pytest.fixture(scope="module")
def english(changed: Registry) -> GraphQLSchema:
    return build_schema(View(changed), "en", ACTIONS)


@pytest.mark.parametrize("locale", LOCALES)
def test_nothing_fixed_is_left_in_english(changed: Registry, english: GraphQLSchema, locale: str) -> None:
    made, before = spoken(build_schema(View(changed), locale, ACTIONS), locale), print_schema(english)
    said_here = set(descriptions_of(made))
    for text in descriptions_of(english):
        if isinstance(text, Said) and in_language(text, locale) != text:
            assert in_language(text, locale) in said_here
            assert str(text) not in said_here, text
    assert DESCRIPTION.sub("", print_schema(made)) == DESCRIPTION.sub("", before)  # but for its texts it is the same
    assert print_schema(english) == before  # and what the schemas share is as it was


def descriptions_of(schema: GraphQLSchema) -> list[str]:
    """Every description in a schema but those of graphql-core's own types."""
    own = [t for t in schema.type_map.values() if not t.name.startswith("__")]
    found = [schema, *own, *schema.directives]
    fields = [f for t in own for f in getattr(t, "fields", {}).values()]
    values = [v for t in own for v in getattr(t, "values", {}).values()]
    arguments = [a for f in (*fields, *schema.directives) for a in getattr(f, "args", {}).values()]
    return [x.description for x in (*found, *fields, *values, *arguments) if x.description]


def test_every_description_is_used_and_none_stands_in_the_code(english: GraphQLSchema) -> None:
    """A text of a `description=` comes from labels or by its key."""
    for path in sorted(SCHEMA.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            for keyword in getattr(node, "keywords", ()):
                if keyword.arg == "description":
                    literal = isinstance(keyword.value, ast.Constant) and keyword.value.value is not None
                    assert not literal, f"{path.name}:{keyword.value.lineno}"
    shipped = build_schema(View(standard_registry()), "en", ACTIONS)
    texts = (*descriptions_of(english), *descriptions_of(shipped))
    used = {key for text in texts if isinstance(text, Said) for key in text.keys}
    assert used == set(descriptions())


def test_every_part_of_a_shipped_actions_input_is_described(english: GraphQLSchema) -> None:
    assert english.mutation_type
    actions = [f for f in english.mutation_type.fields.values() if isinstance(f.extensions.get("crm"), Action)]
    waiting = [get_named_type(a.type) for f in actions for a in f.args.values()]
    seen: set[str] = set()
    while waiting:
        kind = waiting.pop()
        if kind.name in seen or not isinstance(kind, GraphQLInputObjectType):
            continue
        seen.add(kind.name)
        assert [n for n, part in kind.fields.items() if not isinstance(part.description, Said)] == [], kind.name
        waiting += [get_named_type(part.type) for part in kind.fields.values()]
    assert {"AddFieldInput", "NewFieldInput", "ChangeInput", "ApplyPackageInput", "StartImportInput"} <= seen


def test_parts_of_actions_that_others_add_are_not_described_by_their_names() -> None:
    @dataclass
    class Approve:
        reason: str

    assert told_of_part(Approve, "reason") is None and told_of_part(ApplyPackage, "reason") == said("part_reason")


def test_introspection_speaks_the_callers_language(both: Both) -> None:
    document = '{ __type(name: "PageInfo") { description } __schema { description } }'
    assert both.calling(locale="de").ask(document, statements=0) == {
        "__type": {"description": "Was vor und nach einer Seite liegt (Cursor-Connections von Relay)."},
        "__schema": {"description": "crmgraph: ein CRM als ein Graph."},
    }
    assert both.ask(document, statements=0)["__schema"] == {"description": "crmgraph: a CRM as one graph."}
    metadata = '{ __type(name: "MetadataField") { fields { name description } } }'
    (name, *_) = both.calling(locale="pl-PL").ask(metadata, statements=0)["__type"]["fields"]
    assert name == {"name": "name", "description": "Nazwa w GraphQL."}
    assert both.calling(locale="fr").ask(document, statements=0)["__schema"] == {
        "description": "crmgraph: a CRM as one graph."
    }


def test_shipped_actions_and_what_they_tell_are_described_in_every_language(english: GraphQLSchema) -> None:
    assert english.mutation_type
    actions = [f for f in english.mutation_type.fields.values() if isinstance(f.extensions.get("crm"), Action)]
    elsewhere = [a for a in ACTIONS if isinstance(getattr(a, MARK).on, str)]  # on records that the toy model lacks
    assert len(actions) >= len(ACTIONS) - len(elsewhere)
    assert all(isinstance(said_or("", f"action_{snake(a.__name__)}"), Said) for a in elsewhere)
    told = [get_named_type(f.type) for a in actions for f in get_named_type(a.type).fields.values() if f.extensions]
    for found in (*actions, *(t for t in told if t.name in ("ImportedEntity", "PublishPreview"))):
        assert isinstance(found.description, Said), found


def test_actions_that_others_add_say_what_their_classes_say() -> None:
    assert said_or("Approve it.", "action_approve") == "Approve it."
    assert isinstance(said_or("…", "action_purge"), Said) and said("payload_query") == "Read on."


def test_classes_of_actions_say_the_same_themselves() -> None:
    """Their docstrings are what people read in the code: the English text is no other."""
    docs: dict[str, set[str]] = {}
    for path in sorted(SCHEMA.parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                docs.setdefault(snake(node.name), set()).add(" ".join((ast.get_docstring(node) or "").split()))
    docs["change"] = {str(Change.__doc__)}  # made, not written
    for key in descriptions():
        prefix, _, name = key.partition("_")
        if prefix in ("action", "input"):
            assert said(key) in docs[name], key
