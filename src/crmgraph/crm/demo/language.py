"""The word lists and texts of one language, read from their modules into one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import import_module
from types import ModuleType

Lines = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class City:
    """A place where customers are; `currency` only where it is not the office's own."""

    name: str
    postal_code: str
    region: str
    latitude: Decimal
    longitude: Decimal
    country: str
    currency: str | None
    phone: str


@dataclass(frozen=True, slots=True)
class Company:
    """A customer-to-be: its name, what it does, where, and the company that it belongs to."""

    name: str
    kind: str
    city: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class Thread:
    """Some e-mails that answer each other."""

    subject: str
    messages: tuple[str, ...]
    incoming: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a customer turns to the service, and how it ends."""

    product_kind: str
    case_type: str
    title: str
    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class Language:
    """All that is said and named in one language."""

    code: str
    ending: str
    mobile: str
    street: str
    mister: str
    miss: str
    women: Sequence[str]
    men: Sequence[str]
    surnames: Sequence[str]
    streets: Sequence[str]
    cities: Mapping[str, City]
    companies: tuple[Company, ...]
    jobs: Lines
    greetings: Sequence[str]
    closings: Sequence[str]
    threads: Mapping[str, tuple[Thread, ...]]
    problems: tuple[Problem, ...]
    recall: Problem
    said: Mapping[str, Mapping[str, Lines]]  # calls, meetings, tasks, letters, faxes, notes: by what they are about
    social: Lines
    leads: Lines
    deals: Mapping[str, Lines]

    def money(self, amount: Decimal, symbol: str) -> str:
        """An amount as people write it."""
        text = f"{amount:,.2f}"
        match self.code:
            case "en":
                return f"{symbol}{text}"
            case "pl":
                return f"{text.replace(',', ' ').replace('.', ',')} {symbol}"
            case _:
                return f"{text.replace(',', ' ').replace('.', ',').replace(' ', '.')} {symbol}"

    def date(self, day: date) -> str:
        """A date as people write it."""
        return day.strftime("%d.%m.%Y" if self.code in ("de", "pl") else "%d/%m/%Y")


@cache
def language(code: str) -> Language:
    """One of the four languages."""
    words, texts = (import_module(f"crmgraph.crm.demo.{part}.{code}") for part in ("words", "texts"))
    spoken = {
        n: by_topic(table(getattr(texts, n.upper())))
        for n in ("calls", "meetings", "tasks", "letters", "faxes", "notes")
    }
    return Language(
        code=code,
        ending=words.ENDING,
        mobile=words.MOBILE,
        street=words.STREET,
        mister=words.MISTER,
        miss=words.MISS,
        women=listed(words.WOMEN),
        men=listed(words.MEN),
        surnames=listed(words.SURNAMES),
        streets=listed(words.STREETS),
        cities={c.name: c for c in cities(words)},
        companies=tuple(company(*row) for row in table(words.COMPANIES)),
        jobs=table(words.JOBS),
        greetings=texts.GREETING.split("|"),
        closings=texts.CLOSING.split("|"),
        threads=threads(texts.THREADS),
        problems=tuple(problem(part) for part in sections(texts.PROBLEMS)),
        recall=problem(f"water | problem\n{texts.RECALL}"),
        said=spoken,
        social=table(texts.SOCIAL),
        leads=table(texts.LEADS),
        deals=by_topic(table(texts.DEALS)),
    )


def table(text: str) -> Lines:
    """Lines of cells between bars; an indented line goes on with the one before."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        if line.startswith(" "):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line.strip())
    return tuple(tuple(cell.strip() for cell in line.split("|")) for line in lines)


def listed(text: str) -> tuple[str, ...]:
    """Names between semicolons, or simply between blanks."""
    return tuple(" ".join(part.split()) for part in (text.split(";") if ";" in text else text.split()))


def by_topic(lines: Lines) -> Mapping[str, Lines]:
    """Lines by their first cell, without it."""
    return {t: tuple(line[1:] for line in lines if line[0] == t) for t in dict.fromkeys(line[0] for line in lines)}


def company(name: str, kind: str, city: str, parent: str | None = None) -> Company:
    return Company(name, kind, city, parent)


def sections(text: str) -> list[str]:
    """The parts of a text that begin with an @."""
    return [part.strip() for part in f"\n{text.strip()}".split("\n@ ")[1:]]


def flowing(text: str) -> str:
    """A paragraph without the line breaks of the source."""
    return " ".join(text.split())


def problem(text: str) -> Problem:
    head, _, rest = text.partition("\n")
    kind, case_type = (cell.strip() for cell in head.split("|"))
    title, description, answer = (flowing(part) for part in rest.split("\n--\n"))
    return Problem(kind, case_type, title, description, answer)


def threads(text: str) -> Mapping[str, tuple[Thread, ...]]:
    """Threads by what they are about. Both sides take turns, but the service answers a case twice."""
    found: dict[str, tuple[Thread, ...]] = {}
    for part in sections(text):
        head, _, rest = part.partition("\n")
        about, begins = (cell.strip() for cell in head.split("|"))
        subject, *messages = (flowing(m) for m in rest.split("\n--\n"))
        turns = (
            [True, False, False] if about == "case" else [(begins == "in") != bool(i % 2) for i in range(len(messages))]
        )
        found[about] = (*found.get(about, ()), Thread(subject, tuple(messages), tuple(turns)))
    return found


def cities(words: ModuleType) -> list[City]:
    made = []
    for name, code, region, latitude, longitude, dial, *more in table(words.CITIES):
        country, currency, phone = more or (words.COUNTRY, None, words.PHONE.replace("{dial}", dial))
        made.append(City(name, code, region, Decimal(latitude), Decimal(longitude), country, currency, phone))
    return made
