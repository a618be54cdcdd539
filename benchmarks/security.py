"""What security costs: a seller in a tree of 50 business units, beside the same predicates written by hand.

    uv run python benchmarks/security.py BENCH [--load] [--rounds 5] [--seconds 5]

BENCH is a folder with the peer benchmark, set up (its README). The database `crmgraph_secured` is made and loaded if it
is not there (or with --load): 20,000 accounts, 100,000 contacts, 1,000,000 activities, owned by 1,000 users and 200
teams in 50 business units, with 100,000 shares. Q1 and Q2 of the bench are asked as a seller who reads what is of the
own unit and those below, what is owned, what is the teams', and what is shared; so does the ceiling: a bare ASGI
application with a prepared statement for each query, on the same tables, with the same lists as arguments. Both have
one process and four connections, and are under load in turns.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from crmgraph.metadata.registry import ROLE_TYPE
from crmgraph.schema.edition import standard_registry
from crmgraph.security.principal import MINE
from crmgraph.sql.database import open_database
from crmgraph.sql.principals import Principals

HERE = Path(__file__).resolve().parent
DATABASE, TOKEN, SELLER = "crmgraph_secured", "benchmark-seller", "user7@bench.example"
PORTS = {"crmgraph": 8131, "ceiling": 8132}

SECURED = """
INSERT INTO record (id, type) SELECT md5('unit:' || n)::uuid, 10 FROM generate_series(1, 50) n;
INSERT INTO business_unit (id, name, name__sort, parent_business_unit_id, state, status_reason, created_on, modified_on,
  version) SELECT md5('unit:' || n)::uuid, 'Unit ' || n, 'unit ' || n,
  CASE WHEN n > 1 THEN md5('unit:' || (n + 1) / 3)::uuid END, 0, 1, now(), now(), 1 FROM generate_series(1, 50) n;
INSERT INTO record (id, type) SELECT md5('user:' || n)::uuid, 8 FROM generate_series(1, 1000) n;
INSERT INTO "user" (id, full_name, full_name__sort, email, email__sort, business_unit_id, access_mode, time_zone,
  time_zone__sort, state, status_reason, created_on, modified_on, version)
  SELECT md5('user:' || n)::uuid, 'User ' || n, 'user ' || n, 'user' || n || '@bench.example',
  'user' || n || '@bench.example', md5('unit:' || (1 + n % 50))::uuid, 0, 'UTC', 'utc', 0, 1, now(), now(), 1
  FROM generate_series(1, 1000) n;
INSERT INTO record (id, type) SELECT md5('team:' || n)::uuid, 9 FROM generate_series(1, 200) n;
INSERT INTO team (id, name, name__sort, team_type, business_unit_id, administrator_id, is_default, created_on,
  modified_on, version)
  SELECT md5('team:' || n)::uuid, 'Team ' || n, 'team ' || n, 0, md5('unit:' || (1 + n % 50))::uuid,
  md5('user:' || n)::uuid, false, now(), now(), 1 FROM generate_series(1, 200) n;
INSERT INTO record (id, type) SELECT md5('member:' || u || ':' || t)::uuid, 23
  FROM generate_series(1, 1000) u, generate_series(0, 3) k, LATERAL (SELECT 1 + (u + k * 37) % 200 AS t) x;
INSERT INTO team_membership (id, user_id, team_id, created_on, modified_on, version)
  SELECT md5('member:' || u || ':' || t)::uuid, md5('user:' || u)::uuid, md5('team:' || t)::uuid, now(), now(), 1
  FROM generate_series(1, 1000) u, generate_series(0, 3) k, LATERAL (SELECT 1 + (u + k * 37) % 200 AS t) x;
CREATE TABLE bench_owner AS
  SELECT md5('user:' || n)::uuid AS id, 8 AS type, md5('unit:' || (1 + n % 50))::uuid AS unit, n - 1 AS place
  FROM generate_series(1, 1000) n
  UNION ALL SELECT md5('team:' || n)::uuid, 9, md5('unit:' || (1 + n % 50))::uuid, 999 + n
  FROM generate_series(1, 200) n;
UPDATE account a SET owner_id = o.id, owner_type = o.type, owning_business_unit_id = o.unit
  FROM bench_owner o WHERE o.place = abs(hashtext(a.id::text)) % 1200;
UPDATE contact c SET owner_id = a.owner_id, owner_type = a.owner_type,
  owning_business_unit_id = a.owning_business_unit_id
  FROM account a WHERE a.id = c.account_id;
UPDATE contact c SET owner_id = o.id, owner_type = o.type, owning_business_unit_id = o.unit
  FROM bench_owner o WHERE c.account_id IS NULL AND o.place = abs(hashtext(c.id::text)) % 1200;
UPDATE activity t SET owner_id = r.owner_id, owner_type = r.owner_type,
  owning_business_unit_id = r.owning_business_unit_id FROM (
  SELECT id, owner_id, owner_type, owning_business_unit_id FROM account
  UNION ALL SELECT id, owner_id, owner_type, owning_business_unit_id FROM contact) r WHERE r.id = t.regarding_id;
INSERT INTO share (id, record_id, record_type, principal_id, principal_type, can_read, can_write, can_delete,
  can_append, can_append_to, can_assign, can_share, shared_on)
  SELECT md5('share:' || n)::uuid, r.id, r.type, o.id, o.type, true, n % 3 = 0, false, true, true, false, false, now()
  FROM generate_series(1, 100000) n
  JOIN (SELECT id, 1 AS type, row_number() OVER (ORDER BY id) AS place FROM account) r ON r.place = 1 + n % 20000
  JOIN bench_owner o ON o.place = abs(hashtext('share' || n)) % 1200;
DROP TABLE bench_owner;
"""
ROLE = """
INSERT INTO record (id, type) VALUES (md5('role')::uuid, 1036), (md5('held')::uuid, 8100);
INSERT INTO role (id, name, name__sort, business_unit_id, created_on, modified_on, version)
  VALUES (md5('role')::uuid, 'Seller', 'seller', md5('unit:1')::uuid, now(), now(), 1);
INSERT INTO role_assignment (id, role_id, user_id, created_on, modified_on, version)
  VALUES (md5('held')::uuid, md5('role')::uuid, md5('user:7')::uuid, now(), now(), 1);
INSERT INTO record (id, type) SELECT md5('right:' || t)::uuid, 8101
  FROM unnest(array['account', 'contact', 'activity']) t;
INSERT INTO role_privilege (id, role_id, record_type, record_type__sort, create_level, read_level, write_level,
  delete_level, append_level, append_to_level, assign_level, share_level, created_on, modified_on, version)
  SELECT md5('right:' || t)::uuid, md5('role')::uuid, t, t, 1, 4, 1, 1, 1, 4, 1, 1, now(), now(), 1
  FROM unnest(array['account', 'contact', 'activity']) t;
"""


def visible(row: str) -> str:
    """What a seller sees, by hand: $2 the user and the teams, $3 the unit and those below."""
    return f"""({row}.owner_id = any($2) or {row}.owning_business_unit_id = any($3) or exists (
      select from share s where s.record_id = {row}.id and s.principal_id = any($2) and s.can_read))"""


KIND = """case t.kind when 4202 then (select e.sender from email e where e.id = t.id) end as sender,
        case t.kind when 4210 then (select p.direction from phone_call p where p.id = t.id) end as direction"""


def contacts(limit: int, activities: int) -> str:
    return f"""array_to_json(array(select x from (
      select c.id, c.full_name as "fullName", c.email, array_to_json(array(select y from (
        select t.id, t.kind, t.subject, t.sort_date as "occurredOn", {KIND} from activity t
        where t.regarding_id = c.id and {visible("t")} order by t.sort_date desc, t.id desc
        limit {activities}) y)) as activities
      from contact c where c.account_id = a.id and {visible("c")} order by c.full_name__sort, c.id limit {limit}) x))"""


STATEMENTS = {
    "Q1": f"""select row_to_json(q) from (select (select x from (
      select a.id, a.name, a.industry, {contacts(10, 5)} as contacts from account a
      where a.id = $1 and {visible("a")}) x) as account) q""",
    "Q2": f"""select row_to_json(q) from (select array_to_json(array(select z from (
      select a.id, a.name, a.industry, (select k from (select k.id, k.full_name as "fullName" from contact k
        where k.id = a.primary_contact_id and {visible("k")}) k) as "primaryContact", {contacts(5, 3)} as contacts
      from account a where a.name__sort >= $1 and {visible("a")} order by a.name__sort, a.id
      limit 50) z)) as accounts) q""",
}
DOCUMENTS = {name: (HERE / "queries" / f"{name}.graphql").read_text() for name in STATEMENTS}


# --- the ceiling ---------------------------------------------------------------------------------------------------


async def app(scope: Any, receive: Any, send: Any) -> None:
    """The bare ASGI application: the operation's name picks a prepared statement, its JSON goes out unread."""
    if scope["type"] == "lifespan":
        await receive()
        await start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    message = await receive()
    body = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    asked = json.loads(body)
    held = await IDLE.get()
    try:
        (value,) = asked["variables"].values()
        data = await held[asked["operationName"]].fetchval(value, *WHO)
    finally:
        IDLE.put_nowait(held)
    out = b'{"data":%b}' % data
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(out))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": out})


IDLE: asyncio.LifoQueue[Any] = asyncio.LifoQueue()
WHO: list[list[str]] = []


async def start() -> None:
    WHO.extend(json.loads(os.environ["BENCH_WHO"]))
    for _ in range(4):
        connection = await asyncpg.connect(os.environ["BENCH_DSN"])
        await connection.set_type_codec("json", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary")
        IDLE.put_nowait({name: await connection.prepare(text) for name, text in STATEMENTS.items()})


# --- the run -------------------------------------------------------------------------------------------------------


class Bench:
    """The peer benchmark's folder and its PostgreSQL server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.server = f"postgresql://postgres@127.0.0.1:{os.environ.get('BENCH_PG_PORT', '5498')}"
        self.url = f"{self.server}/{DATABASE}"

    def load(self) -> None:
        """The bench's data in crmgraph's tables, and who owns it."""
        from tempfile import TemporaryDirectory

        with TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
            subprocess.run([self.folder / "data" / "export.sh", folder, "crm"], check=True)
            command = [sys.executable, HERE / "load.py", folder, "--server", self.server, "--database", DATABASE]
            subprocess.run(command, check=True)
        asyncio.run(self.secure())

    async def secure(self) -> None:
        connection = await asyncpg.connect(self.url, command_timeout=3600)
        try:
            await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
            await connection.execute(SECURED)
            await connection.execute(ROLE)
            await connection.execute("VACUUM (FULL, ANALYZE)")
        finally:
            await connection.close()

    async def exists(self) -> bool:
        connection = await asyncpg.connect(f"{self.server}/postgres")
        try:
            return bool(await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE))
        finally:
            await connection.close()

    async def who(self) -> list[list[str]]:
        """The seller's lists, as the product reads them."""
        database = await open_database(self.url, pool=1)
        try:
            found = await Principals(database).by_email(standard_registry(), SELLER)
            assert found is not None and found.policy.roles, f"no {ROLE_TYPE}"
            (units,) = {found.values[n] for n in found.values if n != MINE}
            return [list(found.values[MINE]), list(units)]
        finally:
            await database.close()

    async def variables(self, who: list[list[str]]) -> dict[str, list[dict[str, Any]]]:
        """Accounts that the seller sees, and names from which there are 50."""
        connection = await asyncpg.connect(self.url)
        try:
            seen = f"SELECT a.id::text, a.name, a.name__sort FROM account a WHERE {visible('a')} AND $1::text IS NULL"
            rows = await connection.fetch(f"{seen} ORDER BY a.name__sort, a.id", None, *who)
        finally:
            await connection.close()
        step = max(1, len(rows) // 160)
        return {
            "Q1": [{"id": row["id"]} for row in rows[::step][:128]],
            "Q2": [{"name": row["name"], "sort": row["name__sort"]} for row in rows[: len(rows) // 3][::step][:48]],
        }


@contextmanager
def served(command: list[str], port: int, **environment: str) -> Iterator[int]:
    """A server while it is needed: its process's id."""
    process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.DEVNULL, cwd=HERE)
    try:
        for _ in range(200):
            time.sleep(0.1)
            try:
                with __import__("socket").create_connection(("127.0.0.1", port), 1):
                    break
            except OSError:
                continue
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def spent(pid: int) -> float:
    """The processor time of a process so far, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(folder: Path, name: str, query: str, variables: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
    """Requests per second of one server under eight connections."""
    bodies = [json.dumps(body(name, query, each)) for each in variables]
    headers = {"authorization": f"Bearer {TOKEN}"}
    url = f"http://127.0.0.1:{PORTS[name]}/graphql"
    job = {"url": url, "headers": headers, "bodies": bodies, "connections": 8, "seconds": seconds, "look": True}
    given = json.dumps(job)
    made = subprocess.run(["node", folder / "load.mjs"], input=given, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(made.stdout)
    assert not found["graphqlErrors"] and not found["not2xx"], found
    return found


def body(name: str, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    if name == "ceiling":
        given = {"id": variables["id"]} if "id" in variables else {"name": variables["sort"]}
        return {"operationName": query, "variables": given}
    given = {k: v for k, v in variables.items() if k != "sort"}
    return {"operationName": query, "query": DOCUMENTS[query], "variables": given}


def answer(name: str, query: str, variables: dict[str, Any]) -> Any:
    """The ids in one answer, in their order: both must see the same."""
    from urllib.request import Request, urlopen

    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    given = json.dumps(body(name, query, variables)).encode()
    with urlopen(Request(f"http://127.0.0.1:{PORTS[name]}/graphql", given, headers)) as found:
        return ids(json.loads(found.read())["data"])


def ids(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*([value["id"]] if "id" in value else []), *(i for v in value.values() for i in ids(v))]
    return [i for v in value for i in ids(v)] if isinstance(value, list) else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--load", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    args = parser.parse_args()
    bench = Bench(args.bench)
    if args.load or not asyncio.run(bench.exists()):
        bench.load()
    who = asyncio.run(bench.who())
    variables = asyncio.run(bench.variables(who))
    print(f"{len(who[0])} principals, {len(who[1])} business units, {len(variables['Q1'])} accounts asked for")
    settings = {
        "DATABASE_URL": bench.url,
        "TOKENS": f"{TOKEN}={SELLER}",
        "PORT": str(PORTS["crmgraph"]),
        "RATE_LIMIT": "0",
    }
    ours = {f"CRMGRAPH_{name}": value for name, value in settings.items()} | {"CRMGRAPH_LOG_LEVEL": "error"}
    theirs = {"BENCH_DSN": bench.url, "BENCH_WHO": json.dumps(who)}
    ceiling = [sys.executable, "-m", "uvicorn", "security:app", "--port", str(PORTS["ceiling"]), "--log-level", "error"]
    product = [sys.executable, "-m", "crmgraph.cli", "serve"]
    with served(product, PORTS["crmgraph"], **ours) as mine, served(ceiling, PORTS["ceiling"], **theirs) as other:
        pids = {"crmgraph": mine, "ceiling": other}
        for query, each in variables.items():
            for one in each[:20]:
                assert answer("crmgraph", query, one) == answer("ceiling", query, one), (query, one)
            rates: dict[str, list[float]] = {name: [] for name in PORTS}
            costs: dict[str, list[float]] = {name: [] for name in PORTS}
            for number in range(args.rounds):
                for name in list(PORTS)[:: 1 if number % 2 else -1]:
                    before = spent(pids[name])
                    found = timed(bench.folder, name, query, each, args.seconds)
                    rates[name].append(found["rps"])
                    costs[name].append((spent(pids[name]) - before) / found["requests"] * 1e6)
            shares = [a / b for a, b in zip(rates["crmgraph"], rates["ceiling"], strict=True)]
            told = {name: round(statistics.median(some)) for name, some in rates.items()}
            cost = {name: round(statistics.median(some)) for name, some in costs.items()}
            low, mid, high = min(shares), statistics.median(shares), max(shares)
            both = f"crmgraph {told['crmgraph']}/s, ceiling {told['ceiling']}/s"
            print(f"{query}: {both}: {mid:.2f} ({low:.2f} to {high:.2f})")
            print(f"    the server's processor, us a request: crmgraph {cost['crmgraph']}, ceiling {cost['ceiling']}")


if __name__ == "__main__":
    main()
