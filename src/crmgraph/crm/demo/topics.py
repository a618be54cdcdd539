"""What people talk about: every record that has activities, with those concerned and the words for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from crmgraph.crm.demo.cases import Trouble
from crmgraph.crm.demo.company import CURRENCIES
from crmgraph.crm.demo.deals import Deal
from crmgraph.crm.demo.language import table
from crmgraph.crm.demo.leads import Prospect
from crmgraph.crm.demo.service import Service
from crmgraph.crm.demo.story import BEGINNING, Client, Office, Person, Row

AHEAD = 26  # days for which things are planned


@dataclass(frozen=True, slots=True)
class Topic:
    """A record that is talked about between its `first` and its `last` day; the future has only open topics."""

    about: str
    record: Row
    company: str
    person: Person
    office: Office
    user: Person
    first: int
    last: int
    place: str
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.last >= 0

    def say(self, text: str, day: date) -> str:
        """A text with the words of the topic; `{date}` is some days later."""
        speech = self.office.language
        row = self.person.row
        return text.format(
            account=self.company, first=self.person.first, last=self.person.last.split()[0], mr=row["salutation"],
            date=speech.date(next_working_day(day + timedelta(9))), **self.words,
        )  # fmt: skip


def next_working_day(day: date) -> date:
    return day + timedelta(max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def topics(
    clients: Sequence[Client],
    prospects: Sequence[Prospect],
    deals: Sequence[Deal],
    troubles: Sequence[Trouble],
    service: Service,
) -> list[Topic]:
    """Everything there is to talk about, in a fixed order."""
    found: list[Topic] = []
    for deal in deals:
        found += of_deal(deal)
    found += [of_prospect(p) for p in prospects]
    found += [of_trouble(t) for t in troubles]
    found += [of_client(c, "account", c.account, max(c.since, BEGINNING + 20)) for c in clients]
    signed = [(c, service.contracts[c.account["id"]][0]) for c in clients if c.account["id"] in service.contracts]
    return [*found, *(of_client(client, "contract", contract, -30) for client, contract in signed)]


def of_client(client: Client, about: str, record: Row, first: int) -> Topic:
    """The customer as such, or what was agreed with it for years."""
    account = client.account
    return Topic(
        about, record, account["name"], client.people[0], client.office, client.seller, first, AHEAD, location(account),
        words(client.city.name),
    )  # fmt: skip


def of_deal(deal: Deal) -> list[Topic]:
    """The opportunity, its order and its invoice."""
    client, line = deal.client, next((x for x in deal.lines), None)
    product, quantity = (line.text, line.quantity) if line else ("Brisa Duo", 2)
    sign = next(s for code, _, s, _ in table(CURRENCIES) if code == client.currency)
    amount = client.office.language.money(deal.row["total_amount_less_freight"], sign)
    place = location(client.account)
    about = words(client.city.name, product, max(quantity, 2), amount)
    last = AHEAD if deal.outcome == "open" else deal.closes

    def topic(kind: str, record: Row, first: int, until: int, number: str = "") -> Topic:
        user, said = client.seller, {**about, "number": number}
        return Topic(kind, record, client.account["name"], deal.person, client.office, user, first, until, place, said)

    found = [topic("opportunity", deal.row, deal.opened, last)]
    if deal.order:
        found.append(topic("order", deal.order, deal.closes + 1, deal.closes + 16, deal.order["order_number"]))
    if deal.invoice:
        sent = deal.closes + 12
        total = client.office.language.money(deal.invoice["total_amount"], sign)
        bill = topic("invoice", deal.invoice, sent, sent + 30, deal.invoice["invoice_number"])
        found.append(replace(bill, words={**bill.words, "amount": total}))
    return found


def of_prospect(prospect: Prospect) -> Topic:
    row = prospect.row
    last = AHEAD if row["state"] == 0 and prospect.day > -60 else min(prospect.day + 40, -1)
    about = words(row["address_1_city"], prospect.product, 2)
    return Topic(
        "lead", row, row["company_name"], prospect.person, prospect.office, prospect.seller, prospect.day, last,
        location(row), about,
    )  # fmt: skip


def of_trouble(trouble: Trouble) -> Topic:
    client, problem = trouble.client, trouble.problem
    about = {
        **words(client.city.name, "Font 20" if trouble.is_recall else "Brisa Duo", 3),
        "number": trouble.row["case_number"], "title": problem.title, "text": problem.text, "answer": problem.answer,
    }  # fmt: skip
    last = 6 if trouble.row["state"] == 0 else trouble.last
    return Topic(
        "case", trouble.row, client.account["name"], trouble.person, client.office, trouble.agent, trouble.day, last,
        location(client.account), about,
    )  # fmt: skip


def words(city: str, product: str = "Brisa Duo", quantity: int = 4, amount: str = "") -> dict[str, str]:
    return {"city": city, "product": product, "quantity": str(quantity), "amount": amount, "number": "", "title": ""}


def location(row: Row) -> str:
    return f"{row['address_1_street']}, {row['address_1_city']}"


def base_amount(row: Row, field_name: str, rates: Mapping[str, Decimal]) -> Decimal:
    """An amount of a record in the base currency."""
    amount: Decimal = row[field_name]
    return amount / rates[row["currency"]["id"]]
