"""Every message that graphql-core and our scalars can refuse with, read from the source, with samples in its slots."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from itertools import product
from pathlib import Path

from graphql import specified_rules

PLACES = (
    "graphql.language.lexer", "graphql.language.parser", "graphql.validation.validate", "graphql.type.scalars",
    "graphql.type.definition", "graphql.utilities.validate_input_value", "graphql.execution.values",
    "graphql.execution.get_variable_signature", "crmgraph.schema.scalars",
)  # fmt: skip
TEXT = (ast.Constant, ast.JoinedStr, ast.BinOp, ast.IfExp)
RAISERS = {
    "GraphQLError": 0, "ValidationAbortedError": 0, "GraphQLSyntaxError": 2, "report_invalid_value": 1,
    "report_invalid_literal": 1, "Conflict": 1,
}  # fmt: skip
# what stands in a slot, by what its expression mentions; else x
SAMPLES = {
    "did_you_mean": "", "suggestion": "", "print_path_list": "", "token_desc": "'x'", "kind_desc": "'x'",
    "code_point": "'x'", "via_path": "'x'", "def_name": "'x'", "reason": "they have differing arguments",
    "error.message": "A string is expected.",
}  # fmt: skip


def library_messages() -> set[str]:
    """A sample of every message."""
    modules = {rule.__module__ for rule in specified_rules} | set(PLACES)
    found: set[str] = set()
    for name in modules:
        path = import_module(name).__file__
        assert path
        found |= set(messages_in(ast.parse(Path(path).read_text())))
    return found


def messages_in(tree: ast.AST) -> Iterator[str]:
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        known: dict[str, list[ast.expr]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                known.setdefault(node.targets[0].id, []).append(node.value)
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISERS:
                place = RAISERS[node.func.id]
                if len(node.args) > place:
                    syntax = "Syntax Error: " * (node.func.id == "GraphQLSyntaxError")
                    yield from (syntax + text for text in texts(node.args[place], known))


def texts(node: ast.expr, known: dict[str, list[ast.expr]]) -> list[str]:
    """What an expression may come to."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values):
            return ["".join(parts) for parts in product(*(texts(v, known) for v in values))]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [a + b for a, b in product(texts(left, known), texts(right, known))]
        case ast.IfExp(body=body, orelse=other):
            return texts(body, known) + texts(other, known)
        case ast.Name(id=name):
            written = [v for v in known.get(name, ()) if isinstance(v, TEXT)]
            if written or name in ("msg", "message"):
                others = {n: v for n, v in known.items() if n != name}
                return [text for value in written for text in texts(value, others)]
        case ast.FormattedValue(value=value) if not any(part in ast.unparse(value) for part in SAMPLES):
            return texts(value, known)
    shown = ast.unparse(node)
    return [next((sample for part, sample in SAMPLES.items() if part in shown), "x")]
