"""The text that fills a field: of a column, of several, or a constant."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from crmgraph.importing.cells import decimal_from_text
from crmgraph.importing.mapping import Column, FileFormat, Rule
from crmgraph.importing.problems import wrong_map

Cells = Sequence[str]
Source = Callable[[Cells], str | None]
SLOT = re.compile(r"\{([^{}]+)\}")
BLANKS = re.compile(r"\s+")
Skip = tuple[Source, frozenset[str]]  # a text, and the values for which (else: without which) a row is left out
PLAIN_RULE = Rule()


class Sources:
    """Makes the sources of one file."""

    def __init__(self, format: FileFormat, header: Sequence[str], columns: Mapping[str, Column], where: str) -> None:
        self.format, self.columns, self.where = format, columns, where
        self.places = {name: i for i, name in enumerate(header)}
        self.null = frozenset(format.null)

    def source(self, rule: Rule) -> Source:
        """The text of a rule, cleaned; None if there is none."""
        if rule.value is not None:
            constant = rule.value
            return lambda cells: constant
        if rule.template is not None:
            return self.finished(self.template(rule.template), rule)
        if rule.multiply:
            return self.finished(self.product(rule.multiply), rule)
        declared = self.columns.get(rule.column or "")
        if is_plain(rule) and (declared is None or is_plain(declared.rule)):
            return self.plain(rule.column or "")
        return self.finished(self.column(rule.column or "", rule), rule)

    def plain(self, name: str) -> Source:
        """A column's text, only stripped: what most columns are, in one step."""
        self.raw(name)
        place, null = self.places[name], self.null
        if not null:
            return lambda cells: cells[place].strip() or None

        def text(cells: Cells) -> str | None:
            found = cells[place].strip()
            return None if not found or found in null else found

        return text

    def raw(self, name: str) -> Source:
        """A column's text, stripped, without null tokens."""
        if name not in self.places:
            raise wrong_map(self.where, "map_no_column", name=name)
        place, null = self.places[name], self.null

        def text(cells: Cells) -> str | None:
            found = cells[place]
            return None if not found or found.strip() in null else found

        return text

    def column(self, name: str, besides: Rule = PLAIN_RULE) -> Source:
        """A column's text, cleaned as its own rule in the map says (if that is not the rule at hand)."""
        declared = self.columns.get(name)
        raw = self.raw(name)
        return self.finished(raw, declared.rule) if declared and declared.rule != besides else self.stripped(raw)

    def stripped(self, raw: Source) -> Source:
        def text(cells: Cells) -> str | None:
            found = raw(cells)
            return found if found is None or found.strip() else None

        return text

    def finished(self, raw: Source, rule: Rule) -> Source:
        """What a rule does to a text, in this order: replace, strip, squeeze, lower, values, filled, default."""
        steps = text_steps(rule)
        values, filled, default = rule.values, rule.filled, rule.default

        def text(cells: Cells) -> str | None:
            found = raw(cells)
            if found is not None:
                for step in steps:
                    found = step(found)
                found = values.get(found, found)
            if not found:
                return default
            return found if filled is None else filled

        return text

    def template(self, template: str) -> Source:
        """Columns put together; None if all of them are blank."""
        parts = SLOT.split(template)
        sources = [self.column(name) for name in parts[1::2]]
        if not sources:
            raise wrong_map(self.where, "map_wrong_template", template=template)
        texts = parts[::2]

        def text(cells: Cells) -> str | None:
            found = [source(cells) for source in sources]
            if not any(found):
                return None
            return texts[0] + "".join((f or "") + t for f, t in zip(found, texts[1:], strict=True))

        return text

    def product(self, names: Sequence[str]) -> Source:
        """Columns multiplied, each rounded first if the map says so."""
        factors = [
            (self.column(name), self.columns[name].rule if name in self.columns else PLAIN_RULE) for name in names
        ]

        def text(cells: Cells) -> str | None:
            product = Decimal(1)
            for source, rule in factors:
                found = source(cells)
                if found is None:
                    return None
                product *= decimal_from_text(found, self.format.decimal, rule.rounding)
            plain = f"{product:f}"
            return plain.replace(".", self.format.decimal or ".")

        return text


def is_plain(rule: Rule) -> bool:
    """Whether a rule does nothing to a text but strip it."""
    given = rule.replace, rule.squeeze, rule.lower, rule.values, rule.filled, rule.default
    return rule.strip and rule.filled is None and not any(given)


def text_steps(rule: Rule) -> list[Callable[[str], str]]:
    """The changes of a text that a rule asks for."""
    steps: list[Callable[[str], str]] = [
        lambda text, a=before, b=after: text.replace(a, b)  # type: ignore[misc]
        for before, after in rule.replace.items()
    ]
    if rule.strip:
        steps.append(str.strip)
    if rule.squeeze:
        steps.append(lambda text: BLANKS.sub(" ", text))
    if rule.lower:
        steps.append(str.lower)
    return steps


def is_skipped(skips: Sequence[Skip], cells: Cells) -> bool:
    """Whether a row is to be left out."""
    for source, values in skips:
        text = source(cells)
        if (text in values) if values else text is None:
            return True
    return False
