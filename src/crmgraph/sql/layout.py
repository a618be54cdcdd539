"""SQL text laid out for people: one clause a line, sub-selects indented."""

from __future__ import annotations

import re

TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\(|\)|\w+|\s+|.")
CLAUSES = frozenset({"FROM", "WHERE", "ORDER", "GROUP", "HAVING", "LIMIT", "UNION", "WHEN", "ELSE"})
OPENERS = frozenset({"SELECT", "WITH"})


def laid_out(sql: str) -> str:
    """The same statement with line breaks; what stands in quotes is left as it is."""
    tokens = [t for t in TOKEN.findall(sql) if t.strip() or t]
    lines = [""]
    deep: list[bool] = []  # for each open parenthesis: whether a sub-select stands in it
    for i, token in enumerate(tokens):
        inside = sum(deep)
        if token == "(":  # noqa: S105 - of SQL
            opens = following(tokens, i) in OPENERS
            deep.append(opens)
            lines[-1] += token
            if opens:
                lines.append("  " * (inside + 1))
        elif token == ")":  # noqa: S105 - of SQL
            if deep and deep.pop():
                lines.append("  " * sum(deep))
            lines[-1] += token
        elif token in CLAUSES and (not deep or deep[-1]) and lines[-1].strip():
            lines.append("  " * inside + token)
        else:
            lines[-1] += token if token.strip() else " "
    return "\n".join(line.rstrip() for line in lines if line.strip())


def following(tokens: list[str], index: int) -> str:
    return next((t for t in tokens[index + 1 :] if t.strip()), "")
