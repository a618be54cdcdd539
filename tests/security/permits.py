"""Who may do what, worked out slowly over plain rows: to compare the databases' answers with."""

from __future__ import annotations

from collections.abc import Iterable

from company import POSITIONS, RECORDS, Company, Row

BASES = {"visit": "happening", "ring": "happening"}
KINDS = {"happening": ("visit", "ring")}
FOLLOWS = {"deal_line": "deal", "memo": "regarding"}
UNOWNED = ("topic",)
FOR_MANAGERS = ("read", "write", "append", "append_to")


class Permits:
    """What one person may do with records."""

    def __init__(self, company: Company, person: str, by: str = "", depth: int = 0) -> None:
        self.company, self.person, self.depth = company, person, depth
        self.types = {id: name for name in RECORDS for id in company.records[name]}
        self.teams = self.teams_of(person)
        self.mine = {person, *self.teams}
        self.held = self.holdings()
        self.known: dict[tuple[str, str], list[tuple[int, str]]] = {}
        self.below = self.levels_below(by)
        self.shared: dict[str, list[tuple[str, frozenset[str]]]] = {}
        for share in company.shares:
            self.shared.setdefault(share.record, []).append((share.principal, share.privileges))

    def teams_of(self, user: str) -> set[str]:
        return {t for u, t in self.company.members if u == user}

    def holdings(self) -> list[tuple[str, str]]:
        """(role, the unit in which it holds)."""
        found = []
        for role, whom in self.company.given:
            if whom == self.person:
                found.append((role, str(self.company.users[whom]["unit"])))
            elif whom in self.teams:
                found.append((role, self.company.teams[whom]))
        return found

    def levels_below(self, by: str) -> dict[str, int]:
        """The users below by manager or position, and their teams: how many levels."""
        users, found = self.company.users, dict[str, int]()
        managers = {u: r["manager"] for u, r in users.items()}
        for user, row in users.items() if by else ():
            if by == "manager":
                chain, wanted = self.chain(user, managers), self.person
            else:
                chain = self.chain(row["position"], self.company.positions) if row["position"] else []
                wanted = users[self.person]["position"]
            if wanted in chain and user != self.person:
                level = chain.index(wanted) + 1
                if level <= self.depth:
                    for each in (user, *self.teams_of(user)):
                        found[each] = min(found.get(each, level), level)
        return found

    @staticmethod
    def chain(start: str, above: dict[str, str | None]) -> list[str]:
        """All above somebody, the nearest first."""
        found: list[str] = []
        at = above[start]
        while at is not None:
            found.append(at)
            at = above[at]
        return found

    def is_in(self, unit: str | None, top: str) -> bool:
        """Whether a unit is another or below it."""
        while unit is not None:
            if unit == top:
                return True
            unit = self.company.units[unit]
        return False

    def granted(self, type_name: str, privilege: str) -> list[tuple[int, str]]:
        """The levels of a privilege that the roles give, and where."""
        key = BASES.get(type_name, type_name), privilege
        if key not in self.known:
            found = self.known[key] = []
            for role, unit in self.held:
                rights = self.company.roles[role]
                level = rights.get(key[0], rights.get("", {})).get(privilege, 0)
                if level:
                    found.append((level, unit))
        return self.known[key]

    def rows(self, type_name: str) -> Iterable[Row]:
        for name in KINDS.get(type_name, (type_name,)):
            yield from self.company.records[name].values()

    def allowed(self, type_name: str, privilege: str) -> set[str]:
        """The ids of the records on which something is allowed."""
        return {row["id"] for row in self.rows(type_name) if self.may(privilege, row["id"])}

    def sees(self, id: str) -> bool:
        return self.may("read", id)

    def may(self, privilege: str, id: str) -> bool:
        type_name = self.types[id]
        row = self.company.records[type_name][id]
        levels = self.granted(type_name, privilege)
        if not levels:
            return False
        if type_name in FOLLOWS:
            above = row[FOLLOWS[type_name]]
            return above is not None and self.may("read" if privilege == "read" else "write", above["id"])
        if any(level == 8 for level, _ in levels):
            return True
        return type_name not in UNOWNED and (
            self.owns(row)
            or self.in_units(row, levels)
            or self.managed(type_name, privilege, row)
            or self.is_shared(privilege, row, self.mine)
        )

    def owns(self, row: Row) -> bool:
        return row["owner"]["id"] in self.mine

    def in_units(self, row: Row, levels: list[tuple[int, str]]) -> bool:
        owner = row["owner"]["id"]
        company = self.company
        unit = company.teams[owner] if owner in company.teams else company.users[owner]["unit"]
        return any((level == 2 and unit == top) or (level == 4 and self.is_in(unit, top)) for level, top in levels)

    def managed(self, type_name: str, privilege: str, row: Row) -> bool:
        """Managers read what is below them, and change what is of their direct reports."""
        if privilege not in FOR_MANAGERS or not self.granted(type_name, "read"):
            return False
        reached = {who for who, level in self.below.items() if privilege == "read" or level == 1}
        return row["owner"]["id"] in reached or self.is_shared(privilege, row, reached)

    def is_shared(self, privilege: str, row: Row, whom: set[str]) -> bool:
        return privilege != "create" and any(
            principal in whom and privilege in privileges for principal, privileges in self.shared.get(row["id"], ())
        )

    @property
    def sees_audit(self) -> bool:
        return any(role in self.company.auditing for role, _ in self.held)


def permits(company: Company, person: str, hierarchy: object) -> Permits:
    """What somebody may do where a hierarchy counts."""
    if hierarchy == POSITIONS:
        return Permits(company, person, "position", 2)
    return Permits(company, person, "manager", 3) if getattr(hierarchy, "above", "") else Permits(company, person)
