"""People and tokens on both databases: the first start, the command line, the mutations, and who signs in."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import print_type

from crmgraph.actions.unit import Caller, Idempotency
from crmgraph.cli import main
from crmgraph.crm.people import shipped_roles
from crmgraph.metadata.types import LOCALES
from crmgraph.schema.edition import open_edition
from crmgraph.schema.resolve import Request
from crmgraph.schema.terms import Terms
from crmgraph.server.actions import ACTIONS
from crmgraph.server.auth import Session, Users
from crmgraph.server.engine import DatabaseEngine
from crmgraph.server.first_start import first_start, make_first
from crmgraph.server.refusals import Unauthenticated
from crmgraph.settings import Settings
from crmgraph.sql.database import Database, open_database

pytestmark = pytest.mark.slow

ADMIN, ANN = "admin@example.org", "ann@example.org"
CREATE = """mutation ($input: CreateTokenInput!) {
  createToken(input: $input) { secret accessToken { id name scope expiresOn revokedOn user { email } } } }"""
REVOKE = "mutation ($id: ID!) { revokeToken(id: $id) { accessToken { revokedOn } } }"
OWN = "{ me { accessTokens(orderBy: [{createdOn: ASC}]) { nodes { name scope lastUsedOn } } } }"


@dataclass
class House:
    """A database with its first administrator, and an engine over it."""

    url: str
    run: Callable[[Any], Any]
    engine: DatabaseEngine
    secret: str

    @property
    def database(self) -> Database:
        return self.engine.database

    def users(self, **settings: Any) -> Users:
        return Users(Settings(**settings), self.engine)

    def signed_in(self, secret: str, users: Users | None = None) -> Session:
        found: Session = self.run((users or self.users()).session(f"Bearer {secret}".encode(), "10.0.0.1"))
        return found

    def ask(self, session: Session, document: str, idempotency: Idempotency | None = None, **variables: Any) -> Any:
        caller = Caller(session.acting, "en", "test", None, datetime.now(UTC), idempotency)
        terms = Terms(session.read_only, session.views)
        request = Request(document, None, variables, caller, True, None, terms)
        return orjson.loads(self.run(self.engine.execute(request)).body)

    def rows(self, text: str) -> list[Any]:
        async def work() -> Any:
            async with self.database.transaction() as transaction:
                return await transaction.rows(text)

        found: list[Any] = self.run(work())
        return found


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, crm_database: Callable[[str], str], run: Any) -> Iterator[House]:
    url = crm_database(request.param)
    made = run(first_start(Settings(database_url=url, admin_email=ADMIN)))
    assert made is not None
    database = run(open_database(url))
    edition = run(open_edition(database, actions=ACTIONS))
    yield House(url, run, DatabaseEngine(edition, database, Path()), made.secret)
    run(database.close())


@pytest.fixture
def admin(house: House) -> Session:
    return house.signed_in(house.secret)


def command(house: House, monkeypatch: pytest.MonkeyPatch, capsys: Any, *args: str) -> tuple[int, str, str]:
    monkeypatch.setenv("CRMGRAPH_DATABASE_URL", house.url)
    monkeypatch.setenv("LC_ALL", "C")
    code = main(list(args))
    told = capsys.readouterr()
    return code, told.out, told.err


# --- the first start --------------------------------------------------------------------------------


def test_the_first_administrator_signs_in_and_is_made_once(house: House, admin: Session) -> None:
    assert admin.user_id is not None and not admin.read_only
    found = house.ask(admin, "{ me { email roleAssignments { nodes { role { name } } } businessUnit { name } } }")
    assert found["data"]["me"] == {
        "email": ADMIN, "businessUnit": {"name": "Head Office"},
        "roleAssignments": {"nodes": [{"role": {"name": "System Administrator"}}]},
    }  # fmt: skip
    assert house.run(first_start(Settings(database_url=house.url))) is None
    roles = {str(id) for (id,) in house.rows("SELECT CAST(id AS text) FROM role")}
    assert roles == {role.id for role in shipped_roles()} and len(roles) == 7


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_of_two_that_start_at_once_one_makes_the_administrator(
    kind: str, crm_database: Callable[[str], str], run: Any
) -> None:
    url = crm_database(kind)

    async def both() -> Any:
        databases = [await open_database(url) for _ in range(2)]
        try:
            return await asyncio.gather(*(make_first(database, ADMIN) for database in databases))
        finally:
            for database in databases:
                await database.close()

    made = run(both())
    assert [each is None for each in made].count(True) == 1


def test_shipped_roles_speak_every_language() -> None:
    for role in shipped_roles():
        assert set(role.label) == set(role.description) == set(LOCALES), role.key


# --- tokens --------------------------------------------------------------------------------


def test_a_token_is_told_once_and_signs_in_until_it_is_revoked(house: House, admin: Session) -> None:
    made = house.ask(admin, CREATE, input={"name": "laptop", "scope": "READ_WRITE"})["data"]["createToken"]
    secret, shown = made["secret"], made["accessToken"]
    assert secret.startswith("crmg_") and shown["user"] == {"email": ADMIN} and shown["revokedOn"] is None
    ends = datetime.fromisoformat(shown["expiresOn"]) - datetime.now(UTC)
    assert timedelta(days=89) < ends <= timedelta(days=90)
    users = house.users()
    assert house.signed_in(secret, users).user_id == admin.user_id
    assert house.ask(admin, REVOKE, id=shown["id"])["data"]["revokeToken"]["accessToken"]["revokedOn"] is not None
    assert house.signed_in(secret, users).user_id == admin.user_id, "remembered"
    users.forget()
    with pytest.raises(Unauthenticated):
        house.signed_in(secret, users)


def test_other_processes_learn_of_a_revoked_token_by_their_next_statement(house: House, admin: Session) -> None:
    """What it is remembered for is not waited for, and nothing is asked while nothing changes."""
    made = house.ask(admin, CREATE, input={"name": "elsewhere", "scope": "READ_WRITE"})["data"]["createToken"]
    users = house.users()
    session = house.signed_in(made["secret"], users)

    def asked() -> Any:
        caller = Caller(house.engine.as_now(session.acting), "en", None, None, datetime.now(UTC))
        terms = Terms(still=partial(users.still, session))
        request = Request("{ me { email } }", None, {}, caller, False, None, terms)
        return orjson.loads(house.run(house.engine.execute(request)).body)

    assert asked() == {"data": {"me": {"email": ADMIN}}}
    before = house.database.statements
    assert asked() == {"data": {"me": {"email": ADMIN}}} and house.database.statements == before + 1
    house.ask(admin, REVOKE, id=made["accessToken"]["id"])
    assert asked()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    with pytest.raises(Unauthenticated):
        house.signed_in(made["secret"], users)


def test_the_secret_is_nowhere(house: House, admin: Session) -> None:
    """Neither in the database nor in the schema: of its digest there is no field to ask for, filter or order by."""
    made = house.ask(admin, CREATE, input={"name": "hidden"})["data"]["createToken"]
    tables = house.engine.edition.tables.metadata.tables
    for name in tables:
        for row in house.rows(f'SELECT * FROM "{name}"'):
            assert made["secret"] not in str(row) and made["secret"][-40:] not in str(row), name
    shown = [print_type(kind) for name, kind in house.engine.edition.schema.type_map.items() if "AccessToken" in name]
    assert shown and not any("hash" in text.lower() for text in shown)
    told = house.ask(admin, '{ metadata { type(name: "AccessToken") { fields { name storageName } } } }')
    assert "hash" not in str(told)


def test_a_token_that_reads_changes_nothing(house: House, admin: Session) -> None:
    secret = house.ask(admin, CREATE, input={"name": "reader"})["data"]["createToken"]["secret"]
    reader = house.signed_in(secret)
    assert reader.read_only and "errors" not in house.ask(reader, OWN)
    count = house.rows("SELECT count(*) FROM access_token")
    other = 'mutation { createAccount(input: {name: "A"}) { account { id } } }'
    for document in (CREATE, "mutation { __typename }", other):
        [error] = house.ask(reader, document, input={"name": "more", "scope": "READ_WRITE"})["errors"]
        assert error["extensions"] == {"code": "FORBIDDEN"}
    assert house.rows("SELECT count(*) FROM access_token") == count


def test_tokens_are_managed_by_who_has_them_and_who_may(
    house: House, admin: Session, monkeypatch: Any, capsys: Any
) -> None:
    command(house, monkeypatch, capsys, "user", "add", "ben@example.org", "--name", "Ben")
    _, out, _ = command(house, monkeypatch, capsys, "user", "token", "ben@example.org", "--name", "b", "--json")
    ben = house.signed_in(json.loads(out)["token"])
    refused = house.ask(ben, CREATE, input={"name": "x", "user": admin.user_id})["errors"][0]
    assert refused["extensions"]["code"] == "FORBIDDEN"
    theirs = house.ask(admin, CREATE, input={"name": "mine"})["data"]["createToken"]
    id = theirs["accessToken"]["id"]
    hidden = house.ask(ben, REVOKE, id=id)["errors"][0]
    absent = house.ask(ben, REVOKE, id=id[:-1] + ("0" if id[-1] != "0" else "1"))["errors"][0]
    assert hidden["extensions"] == absent["extensions"] == {"code": "NOT_FOUND"}
    assert house.signed_in(theirs["secret"]).user_id == admin.user_id
    assert house.ask(ben, "{ accessTokens { nodes { name } } }")["data"]["accessTokens"]["nodes"] == [{"name": "b"}]
    ruled = house.ask(admin, CREATE, input={"name": "for ben", "user": ben.user_id})["data"]["createToken"]
    assert house.signed_in(ruled["secret"]).user_id == ben.user_id


def test_a_token_is_not_made_with_an_idempotency_key(house: House, admin: Session) -> None:
    """The answer would be kept, and the secret with it."""
    [error] = house.ask(admin, CREATE, Idempotency("key", "digest"), input={"name": "x"})["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert house.rows("SELECT * FROM answer") == []


@pytest.mark.parametrize(
    ("given", "code"),
    [({"name": " "}, "WRONG_NAME"), ({"name": "x" * 101}, "WRONG_NAME"),
     ({"name": "x", "expiresOn": "2020-01-01T00:00:00Z"}, "IN_THE_PAST")],
)  # fmt: skip
def test_wrong_tokens_are_refused(house: House, admin: Session, given: Any, code: str) -> None:
    [error] = house.ask(admin, CREATE, input=given)["errors"]
    assert [p["code"] for p in error["extensions"]["inputErrors"]] == [code]


def test_a_record_s_id_alone_is_no_token(house: House, admin: Session) -> None:
    """Another secret under the id of a token that is there."""
    given = bytearray(urlsafe_b64decode(house.secret.removeprefix("crmg_")))
    given[-1] ^= 1
    for wrong in (urlsafe_b64encode(bytes(given)).decode(), urlsafe_b64encode(bytes(given[:16])).decode(), "", "é"):
        with pytest.raises(Unauthenticated):
            house.signed_in(f"crmg_{wrong}")


def test_when_a_token_was_used_is_written_now_and_then(house: House, admin: Session) -> None:
    users = house.users()
    house.signed_in(house.secret, users)
    before = house.database.statements
    for _ in range(10):
        house.signed_in(house.secret, users)
    assert house.database.statements == before
    house.run(users.note_used())
    used = house.ask(admin, OWN)["data"]["me"]["accessTokens"]["nodes"][0]["lastUsedOn"]
    assert datetime.now(UTC) - datetime.fromisoformat(used) < timedelta(minutes=1)


def test_who_is_deactivated_signs_in_no_more(house: House, monkeypatch: Any, capsys: Any) -> None:
    command(house, monkeypatch, capsys, "user", "add", "cleo@example.org", "--name", "Cleo")
    _, secret, _ = command(house, monkeypatch, capsys, "user", "token", "cleo@example.org", "--name", "c")
    assert house.signed_in(secret.strip()).user_id
    assert command(house, monkeypatch, capsys, "user", "deactivate", "CLEO@example.org")[0] == 0
    with pytest.raises(Unauthenticated):
        house.signed_in(secret.strip())
    assert command(house, monkeypatch, capsys, "user", "activate", "cleo@example.org")[0] == 0
    assert house.signed_in(secret.strip()).user_id


def test_users_are_found_by_a_field_if_there_is_one_alone(house: House) -> None:
    def found(value: str, any_case: bool) -> Any:
        return house.run(house.engine.find_user("email", value, any_case=any_case))

    assert found(ADMIN.upper(), True) and found(ADMIN, False) and not found(ADMIN.upper(), False)
    assert house.run(house.engine.find_user("full_name", "Administrator"))
    assert not found("' OR '1'='1", True)


# --- the command line --------------------------------------------------------------------------------


def test_the_command_line_adds_people_gives_roles_and_tokens(house: House, monkeypatch: Any, capsys: Any) -> None:
    def told(*args: str) -> tuple[int, str, str]:
        return command(house, monkeypatch, capsys, *args)

    given = ("--name", "Ann Lee", "--role", "seller", "--business-unit", "head office", "--time-zone", "Europe/Berlin")
    code, out, _ = told("user", "add", ANN, *given)
    assert code == 0 and "Ann Lee (ann@example.org)" in out
    assert told("user", "add", ANN.upper(), "--name", "Again")[0] == 1
    code, out, _ = told("user", "role", ANN, "add", "Service Agent")
    assert code == 0 and "Seller, Service Agent" in out
    assert told("user", "role", ANN, "add", "service_agent")[1] == out, "she has it already"
    code, out, _ = told("user", "role", ANN, "remove", "seller", "--json")
    assert json.loads(out)["roles"] == ["Service Agent"]
    code, secret, err = told("user", "token", ANN, "--name", "script", "--days", "7", "--scope", "read")
    assert code == 0 and secret.count("\n") == 1 and secret.strip() not in err
    session = house.signed_in(secret.strip())
    assert session.read_only and session.acting.time_zone == "Europe/Berlin"
    people = json.loads(told("user", "list", "--json")[1])["people"]
    assert {"active": True, "email": ANN, "name": "Ann Lee", "roles": ["Service Agent"]}.items() <= next(
        p for p in people if p["email"] == ANN
    ).items()
    [token] = json.loads(told("token", "list", ANN, "--json")[1])["tokens"]
    assert (token["name"], token["scope"], token["revokedOn"]) == ("script", "READ", None)
    assert "script" in told("token", "list")[1] and secret.strip() not in told("token", "list")[1]
    assert told("token", "revoke", token["id"])[0] == 0
    with pytest.raises(Unauthenticated):
        house.signed_in(secret.strip())


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("user", "role", "nobody@example.org", "add", "seller"), "Niemanden|niemanden"),
        (("user", "role", ADMIN, "add", "Emperor"), "„Emperor“ gibt es nicht. Bekannt sind: Integration"),
        (("user", "add", "x@example.org", "--name", "X", "--business-unit", "Moon"), "„Moon“ gibt es nicht"),
        (("user", "add", "no address", "--name", "X"), "VALIDATION_FAILED"),
        (("token", "revoke", "00000000-0000-7000-8000-00000000dead"), "NOT_FOUND"),
        (("token", "revoke", "x"), "VALIDATION_FAILED"),
    ],
)
def test_what_cannot_be_is_said_in_the_language_of_the_caller(
    house: House, args: tuple[str, ...], told: str, monkeypatch: Any, capsys: Any
) -> None:
    code, out, err = command(house, monkeypatch, capsys, *args, "--locale", "de")
    assert (code, out) == (1, "") and any(part in err for part in told.split("|")), err


# --- what is left in the audit journal ------------------------------------------------------------------------------

AUDITED = """query ($kinds: [AuditEntryKind!]) {
  auditEntries(where: {kind: {in: $kinds}}, orderBy: [{occurredOn: DESC}], first: 1) {
    nodes { kind actor { email } agent { email } record { id } address detail }
  } }"""


def last_entry(house: House, admin: Session, kind: str) -> Any:
    return house.ask(admin, AUDITED, kinds=[kind])["data"]["auditEntries"]["nodes"][0]


def test_what_happens_at_the_door_is_in_the_audit_journal(house: House, admin: Session) -> None:
    signed_in = last_entry(house, admin, "SIGN_IN")
    assert (signed_in["actor"], signed_in["address"]) == ({"email": ADMIN}, "10.0.0.1")
    with pytest.raises(Unauthenticated):
        house.signed_in("crmg_nothing")
    refused = last_entry(house, admin, "REFUSED_SIGN_IN")
    assert refused["actor"] is None and refused["detail"] == {"reason": "no such token"}
    made = house.ask(admin, CREATE, input={"name": "Audited"})["data"]["createToken"]
    issued = last_entry(house, admin, "TOKEN_ISSUED")
    id = made["accessToken"]["id"]
    assert issued["record"] == {"id": admin.user_id} and issued["detail"]["token"] == id
    assert made["secret"] not in str(issued)
    for _ in range(2):
        house.ask(admin, REVOKE, id=id)
    assert last_entry(house, admin, "TOKEN_REVOKED")["detail"] == {"token": id}
    revoked = house.rows("SELECT count(*) FROM audit_entry WHERE kind = 5 AND CAST(detail AS text) LIKE '%" + id + "%'")
    assert [tuple(row) for row in revoked] == [(1,)], "it is revoked once"


def test_who_acts_for_somebody_has_their_rights_and_gets_no_token_of_theirs(house: House, admin: Session) -> None:
    unit = house.ask(admin, "{ me { businessUnit { id } } }")["data"]["me"]["businessUnit"]["id"]
    create = "mutation ($i: CreateUserInput!) { createUser(input: $i) { user { id } } }"
    person = {"fullName": "Eve", "email": "eve@example.org", "businessUnit": {"id": unit}}
    eve = house.ask(admin, create, i=person)["data"]["createUser"]["user"]["id"]
    users, secret = house.users(), f"Bearer {house.secret}".encode()
    acting = house.run(users.session(secret, "10.0.0.2", b"EVE@example.org"))
    assert (acting.user_id, acting.acting.agent, acting.agent.user_id) == (eve, admin.user_id, admin.user_id)
    denied = house.ask(acting, "{ accounts { totalCount } }")
    assert "errors" in denied or denied["data"]["accounts"]["totalCount"] == 0, "Eve has no role"
    entry = last_entry(house, admin, "ACTING")
    assert (entry["actor"], entry["agent"]) == ({"email": "eve@example.org"}, {"email": ADMIN})
    (error,) = house.ask(acting, CREATE, input={"name": "For Eve"})["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN", "with a token of Eve's nobody could tell the two apart"
    refused = last_entry(house, admin, "REFUSAL")
    assert (refused["actor"], refused["agent"]) == ({"email": "eve@example.org"}, {"email": ADMIN})
