"""Chapter one: Brumella itself. Currencies, offices, people, teams, roles, queues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from crmgraph.crm.demo.language import language, table
from crmgraph.crm.demo.rights import tell_profiles, tell_role
from crmgraph.crm.demo.story import BEGINNING, Office, Person, Row, Story, address, filled, slug

COMPANY = "Brumella"
DOMAIN = "brumella.example"
ADMINISTRATOR_EMAIL = f"tomasz.lis@{DOMAIN}"  # Tomasz Lis, see STAFF
SIGNING_IN = (  # who shows what each role may: a shipped role, and who of STAFF has it
    ("administrator", "Tomasz Lis"),
    ("sales_manager", "Sophie Bennett"),
    ("seller", "Callum Reid"),
    ("service_agent", "Hannah Clarke"),
)
CURRENCIES = """
EUR | Euro | € | 1
PLN | Złoty | zł | 4.2635
GBP | Pound sterling | £ | 0.8542
USD | US dollar | $ | 1.0918
"""
UNITS = """
Brumella | | HQ-100 | Madrid | es
Sales Iberia | Brumella | SA-210 | Madrid | es
Sales Germany | Brumella | SA-220 | Berlin | de
Sales Poland | Brumella | SA-230 | Warszawa | pl
Sales UK & Ireland | Brumella | SA-240 | London | en
Customer Service | Brumella | CS-300 | Łódź | pl
Marketing | Brumella | MK-400 | Madrid | es
"""
TERRITORIES = """
Europe | | Andrew Whitfield
Iberia | Europe | Javier Ortega Ruiz
Germany | Europe | Katrin Vogel
Poland | Europe | Paweł Zieliński
UK & Ireland | Europe | Sophie Bennett
Andalucía | Iberia | Rocío Luna Benítez
Norte de España | Iberia | Iñigo Echevarría Sanz
Bayern | Germany | Annika Großmann
Małopolska | Poland | Łukasz Wróbel
"""
STAFF = """
Elena Márquez Soler | f | Managing Director | es | | Brumella
Andrew Whitfield | m | Sales Director Europe | en | Elena Márquez Soler | Brumella
Lucía Navarro Gil | f | Head of Marketing | es | Elena Márquez Soler | Marketing
Jürgen Köhler | m | Head of Customer Service | de | Elena Márquez Soler | Customer Service
Marta Wójcik | f | Finance Director | pl | Elena Márquez Soler | Brumella
Tomasz Lis | m | System Administrator | pl | Marta Wójcik | Brumella
Javier Ortega Ruiz | m | Sales Manager Iberia | es | Andrew Whitfield | Sales Iberia
Carmen Vidal Peña | f | Account Manager | es | Javier Ortega Ruiz | Sales Iberia
Iñigo Echevarría Sanz | m | Account Manager | es | Javier Ortega Ruiz | Sales Iberia
Rocío Luna Benítez | f | Account Manager | es | Javier Ortega Ruiz | Sales Iberia
Katrin Vogel | f | Sales Manager Germany | de | Andrew Whitfield | Sales Germany
Björn Schäfer | m | Account Manager | de | Katrin Vogel | Sales Germany
Annika Großmann | f | Account Manager | de | Katrin Vogel | Sales Germany
Paweł Zieliński | m | Sales Manager Poland | pl | Andrew Whitfield | Sales Poland
Agnieszka Dąbrowska | f | Account Manager | pl | Paweł Zieliński | Sales Poland
Łukasz Wróbel | m | Account Manager | pl | Paweł Zieliński | Sales Poland
Sophie Bennett | f | Sales Manager UK & Ireland | en | Andrew Whitfield | Sales UK & Ireland
Callum Reid | m | Account Manager | en | Sophie Bennett | Sales UK & Ireland
Priya Sharma | f | Account Manager | en | Sophie Bennett | Sales UK & Ireland
Nuria Castaño Gil | f | Service Agent | es | Jürgen Köhler | Customer Service
Stefan Böhm | m | Service Agent | de | Jürgen Köhler | Customer Service
Małgorzata Król | f | Service Agent | pl | Jürgen Köhler | Customer Service
Hannah Clarke | f | Service Agent | en | Jürgen Köhler | Customer Service
Grzegorz Mazur | m | Field Service Planner | pl | Jürgen Köhler | Customer Service
Zoe Hartley | f | Campaign Manager | en | Lucía Navarro Gil | Marketing
ERP Interface | - | Interface to the ERP system | en | Tomasz Lis | Brumella
"""
ZONES = {"es": "Europe/Madrid", "de": "Europe/Berlin", "pl": "Europe/Warsaw", "en": "Europe/London"}
ROLES = """
administrator | Tomasz Lis
Executive | Elena Márquez Soler, Marta Wójcik
sales_manager | Andrew Whitfield, Javier Ortega Ruiz, Katrin Vogel, Paweł Zieliński, Sophie Bennett
seller | Carmen Vidal Peña, Iñigo Echevarría Sanz, Rocío Luna Benítez, Björn Schäfer, Annika Großmann,
  Agnieszka Dąbrowska, Łukasz Wróbel, Callum Reid, Priya Sharma
Service Manager | Jürgen Köhler
service_agent | Nuria Castaño Gil, Stefan Böhm, Małgorzata Król, Hannah Clarke, Grzegorz Mazur
marketing | Lucía Navarro Gil, Zoe Hartley
integration | ERP Interface
"""
"""Roles, those that ship by their keys, and who holds them."""
OFFICES = """
es | EUR | 21 | Sales Iberia | Iberia | Nuria Castaño Gil | servicio
de | EUR | 19 | Sales Germany | Germany | Stefan Böhm | kundendienst
pl | PLN | 23 | Sales Poland | Poland | Małgorzata Król | serwis
en | GBP | 20 | Sales UK & Ireland | UK & Ireland | Hannah Clarke | service
"""
QUEUES = """
Recall Font 20 | recall | Everything that has to do with the recalled thermostats.
Tenders | tenders | Invitations to tender, answered within five working days.
Info | info | The general mailbox; reception sorts it every morning.
"""


@dataclass(frozen=True, slots=True)
class Company:
    """Who works at Brumella, by name."""

    currencies: Mapping[str, Row]
    units: Mapping[str, Row]
    staff: Mapping[str, Person]
    teams: Mapping[str, Row]
    queues: Mapping[str, Row]
    offices: tuple[Office, ...]


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody as whom a visitor of the demo signs in: the shipped role that they have, who they are, the token."""

    role: str
    name: str
    email: str
    token: str


def tell_company(story: Story) -> Company:
    """Everything that is there before the first customer."""
    start = story.moment(BEGINNING, 6)
    currencies = {
        code: story.add("currency", start, name=name, iso_code=code, symbol=sign, exchange_rate=Decimal(rate))
        for code, name, sign, rate in table(CURRENCIES)
    }
    units: dict[str, Row] = {}
    for name, parent, cost_center, city, code in table(UNITS):
        tongue = language(code)
        place = address(story, tongue.cities[city], tongue)
        mail = f"{slug(name)}@{DOMAIN}" if parent else f"hello@{DOMAIN}"
        units[name] = story.add(
            "business_unit", start, name=name, parent_business_unit=units.get(parent), cost_center=cost_center,
            email=mail, phone=filled(story, tongue.cities[city].phone), website=f"https://www.{DOMAIN}", **place,
        )  # fmt: skip
    staff = tell_staff(story, units)
    territories = tell_territories(story, staff)
    queues = tell_queues(story, units, staff)
    teams = tell_teams(story, units, staff, queues)
    tell_roles(story, units, staff, teams)
    offices = tuple(office(row, staff, teams, territories, queues) for row in table(OFFICES))
    return Company(currencies, units, staff, teams, queues, offices)


def email_of(name: str) -> str:
    """The address of one of the staff."""
    first, _, last = name.partition(" ")
    return f"{slug(first)}.{slug(last.split()[0])}@{DOMAIN}"


def signing_in() -> tuple[Guest, ...]:
    """Four people with tokens that everybody knows: for the demo, on this machine."""
    return tuple(Guest(role, name, email_of(name), f"demo-{role.replace('_', '-')}") for role, name in SIGNING_IN)


def tell_staff(story: Story, units: Mapping[str, Row]) -> dict[str, Person]:
    """The users, each after the own manager."""
    staff: dict[str, Person] = {}
    for number, (name, sex, title, code, manager, unit) in enumerate(table(STAFF), 1):
        tongue = language(code)
        first, _, last = name.partition(" ")
        person_like = sex in "fm"
        home = next(city for n, _, _, city, _ in table(UNITS) if n == unit)
        city = next((c for c in tongue.cities.values() if c.name == home), next(iter(tongue.cities.values())))
        row = story.add(
            "user", story.moment(BEGINNING, 6), full_name=name, first_name=first, last_name=last,
            email=email_of(name), employee_number=f"BR-{number:04}",
            user_name=slug(f"{first[0]} {last.split()[0]}").replace("-", ""), job_title=title, locale=code,
            manager=staff[manager].row if manager else None, business_unit=units[unit], time_zone=ZONES[code],
            phone=filled(story, city.phone) if person_like else None,
            mobile_phone=filled(story, tongue.mobile) if person_like else None,
            access_mode="read_write" if person_like else "non_interactive",
            address_1_city=city.name, address_1_country=city.country, state="active",
        )  # fmt: skip
        staff[name] = Person(row, first, last, sex == "f")
    return staff


def tell_territories(story: Story, staff: Mapping[str, Person]) -> dict[str, Row]:
    made: dict[str, Row] = {}
    for name, parent, manager in table(TERRITORIES):
        made[name] = story.add(
            "territory",
            story.moment(BEGINNING, 6),
            name=name,
            parent_territory=made.get(parent),
            manager=staff[manager],
        )
        staff[manager].row["territory"] = {"id": made[name]["id"]}
    return made


def tell_queues(story: Story, units: Mapping[str, Row], staff: Mapping[str, Person]) -> dict[str, Row]:
    """One queue for the service in each language, and some for all."""
    made: dict[str, Row] = {}
    head, service = staff["Jürgen Köhler"].row, units["Customer Service"]
    for code, _, _, _, _, agent, mailbox in table(OFFICES):
        made[code] = story.add(
            "queue", story.moment(BEGINNING, 6), head, name=f"{mailbox.capitalize()} ({code})", business_unit=service,
            email=f"{mailbox}@{DOMAIN}", incoming_email_delivery="forward_mailbox", queue_type="public",
            description=f"Cases and e-mails of customers who write in {code.upper()}.",
        )  # fmt: skip
        staff[agent].row["default_queue"] = {"id": made[code]["id"]}
    for name, mailbox, description in table(QUEUES):
        made[name] = story.add(
            "queue", story.moment(BEGINNING, 6), head, name=name, email=f"{mailbox}@{DOMAIN}", description=description
        )
    return made


def tell_teams(
    story: Story, units: Mapping[str, Row], staff: Mapping[str, Person], queues: Mapping[str, Row]
) -> dict[str, Row]:
    """Each business unit's own team, and two that cut across."""
    made: dict[str, Row] = {}
    members: dict[str, list[str]] = {}
    rows = table(STAFF)
    for name, unit in units.items():
        people = [p for p, _, _, _, _, u in rows if u == name]
        made[name] = story.add(
            "team", story.moment(BEGINNING, 6), name=name, team_type="owner", business_unit=unit, is_default=True,
            administrator=staff[people[0]], description=f"Everybody in {name}.",
        )  # fmt: skip
        members[name] = people
    across = {
        "Recall task force": (["Jürgen Köhler", "Grzegorz Mazur", "Marta Wójcik", "Zoe Hartley"], "Recall Font 20"),
        "Tender desk": (["Andrew Whitfield", "Marta Wójcik", "Katrin Vogel"], "Tenders"),
    }
    for name, (people, queue) in across.items():
        made[name] = story.add(
            "team", story.moment(BEGINNING + 40), name=name, team_type="access", default_queue=queues[queue],
            business_unit=units["Brumella"], administrator=staff[people[0]], email=f"{slug(name)}@{DOMAIN}",
        )  # fmt: skip
        members[name] = people
    for team, people in members.items():
        for name in people:
            story.add(
                "team_membership",
                story.moment(BEGINNING + 40),
                name=f"{name} – {team}",
                user=staff[name],
                team=made[team],
            )
    return made


def tell_roles(story: Story, units: Mapping[str, Row], staff: Mapping[str, Person], teams: Mapping[str, Row]) -> None:
    when = story.moment(BEGINNING, 6)
    held = {name: [staff[p.strip()] for p in people.split(",")] for name, people in table(ROLES)}
    roles = {name: tell_role(story, name, units[COMPANY]) for name in held}
    for name, people in held.items():
        for person in people:
            title = f"{roles[name]['name']}: {person.row['full_name']}"
            story.add("role_assignment", when, name=title, role=roles[name], user=person)
    for team, name in (
        ("Customer Service", "service_agent"),
        ("Recall task force", "service_agent"),
        ("Marketing", "marketing"),
    ):
        title = f"{roles[name]['name']}: {team}"
        story.add("role_assignment", when, name=title, role=roles[name], team=teams[team])
    tell_profiles(story, held)


def office(
    row: tuple[str, ...],
    staff: Mapping[str, Person],
    teams: Mapping[str, Row],
    territories: Mapping[str, Row],
    queues: Mapping[str, Row],
) -> Office:
    """A sales office from its line; the first of its staff is the manager."""
    code, currency, vat, unit, territory, agent, _ = row
    people = [staff[n] for n, _, _, _, _, u in table(STAFF) if u == unit]
    return Office(
        language(code), currency, Decimal(vat), teams[unit], territories[territory], people[0], tuple(people[1:]),
        staff[agent], queues[code],
    )  # fmt: skip
