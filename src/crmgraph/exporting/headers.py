"""What the columns of a file are called: by response keys, or by the labels in force."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from crmgraph.exporting.formats import Options
from crmgraph.metadata.types import Field
from crmgraph.sql.extracts import Column

NAME = "displayName"  # of a related record: said by the lookup's label


def headers(columns: Sequence[Column], options: Options) -> list[str]:
    """A name for each column, no two alike: `account.name`, or `Account.Account name`."""
    names = [".".join(column.names) for column in columns]
    if not options.headers:
        return names
    labels = [label(column, options.locale) for column in columns]
    counts = Counter(labels)
    return [f"{text} ({name})" if counts[text] > 1 else text for text, name in zip(labels, names, strict=True)]


def label(column: Column, locale: str) -> str:
    """The labels of the fields on the way; a key that the document chose itself stays."""
    fields = (*column.fields, *[None] * len(column.names))
    steps = [step(key, field, locale) for key, field in zip(column.names, fields, strict=False)]
    return ".".join(steps[:-1] if steps[-1] == NAME and len(steps) > 1 else steps)


def step(key: str, field: Field | None, locale: str) -> str:
    names = () if field is None else (field.api_name, *field.former_names)
    chosen = key not in (*names, *(f"{name}Label" for name in names))
    return key if chosen or field is None else field.label.text(locale)
