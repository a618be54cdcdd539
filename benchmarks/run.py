"""Runs the peer benchmark with crmgraph among the contenders, from nothing to the tables.

    uv run python benchmarks/run.py BENCH [--load] [--database crmgraph] [-- OPTIONS OF BENCH/run.py]

BENCH is a folder with the peer benchmark, set up (its README: ./setup.sh). crmgraph's database is made and loaded if it
is not there (or with --load), its server is started (one process, a pool of 4) and stopped again at the end.
Options after `--` go to the bench: `-- --contenders none --rounds 2 --seconds 4`, `-- --verify-only`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from load import EMAIL, INDUSTRIES

HERE = Path(__file__).resolve().parent
TOKEN = "benchmark"
FIRST_CURSOR = """query ($id: ID!) {
  account(id: $id) { timeline(first: 1, include: [REGARDING, CHILDREN]) { pageInfo { endCursor } } }
}"""


class Bench:
    """The peer benchmark's folder and its PostgreSQL server."""

    def __init__(self, folder: Path, database: str, port: int) -> None:
        self.folder, self.database, self.port = folder.resolve(), database, port
        temporary = Path(os.environ.get("TMPDIR", "/tmp")) / "bench"
        self.work = Path(os.environ.get("BENCH_DIR") or temporary)
        self.server = f"postgresql://postgres@127.0.0.1:{os.environ.get('BENCH_PG_PORT', '5498')}"

    def run(self, *command: str | Path) -> str:
        made = subprocess.run([str(c) for c in command], check=True, stdout=subprocess.PIPE, text=True)
        return made.stdout.strip()

    def psql(self, database: str, sql: str) -> str:
        return self.run(self.folder / "pg.sh", "psql", "-d", database, "-Atc", sql)

    @property
    def loaded(self) -> bool:
        return self.psql("postgres", f"select count(*) from pg_database where datname = '{self.database}'") == "1"

    def load(self, source: str) -> None:
        with tempfile.TemporaryDirectory(dir=self.work) as folder:
            self.run(self.folder / "data" / "export.sh", folder, source)
            command = [sys.executable, HERE / "load.py", folder, "--server", self.server, "--database", self.database]
            subprocess.run(command, check=True)

    @property
    def cleanup(self) -> str:
        """What removes the contacts that Q5 made, with their rows in other tables."""
        made = "select id from contact where email like 'bench-%'"
        sql = (
            f"begin; set local session_replication_role = replica; delete from record where id in ({made});"
            " delete from contact where email like 'bench-%'; truncate event; commit"
        )
        psql = f"{self.folder}/pg.sh psql -d {self.database}"
        return f'{psql} -c "{sql}" && {psql} -c "vacuum analyze contact" -c "vacuum record" -c "vacuum account"'

    @contextmanager
    def served(self) -> Iterator[str]:
        """The product as its users run it."""
        environment = {
            **os.environ,
            "CRMGRAPH_DATABASE_URL": f"{self.server}/{self.database}",
            "CRMGRAPH_TOKENS": f"{TOKEN}={EMAIL}",
            "CRMGRAPH_RATE_LIMIT": "0",
            "CRMGRAPH_PORT": str(self.port),
            "CRMGRAPH_POOL": "4",
        }
        command = [sys.executable, "-m", "crmgraph.cli", "serve"]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{self.port}/graphql"
            for _ in range(300):
                try:
                    ask(url, "{__typename}", {})
                    break
                except OSError:
                    assert process.poll() is None, "the server did not start"
                    time.sleep(0.1)
            yield url
        finally:
            process.terminate()
            process.wait(30)


def ask(url: str, query: str, variables: dict[str, Any]) -> Any:
    body = json.dumps({"query": query, "variables": variables}).encode()
    headers = {"content-type": "application/json", "authorization": f"Bearer {TOKEN}"}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as answer:
        return json.load(answer)


def variables(url: str, bench: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The bench's variables as ours: options for industries, cursors for dates with ids."""
    options = {word: name.upper() for word, name in INDUSTRIES.items()}
    sample = None
    for each in bench["Q6"]:
        found = ask(url, FIRST_CURSOR, {"id": each["id"]})["data"]["account"]["timeline"]["pageInfo"]["endCursor"]
        if found:
            sample = json.loads(b64decode(found))
            break
    assert sample, "no account has a timeline"

    def cursor(each: dict[str, Any]) -> str:
        return b64encode(json.dumps({**sample, "0": each["before"], "1": each["beforeId"]}).encode()).decode()

    return {
        "Q3": [{**each, "industry": options[each["industry"]]} for each in bench["Q3"]],
        "Q6": [{"id": each["id"], "cursor": cursor(each)} for each in bench["Q6"]],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench", type=Path)
    parser.add_argument("--database", default="crmgraph", help="ours, on the bench's server (default: crmgraph)")
    parser.add_argument("--source", default="crm", help="the bench's own database (default: crm)")
    parser.add_argument("--load", action="store_true", help="load it anew")
    parser.add_argument("--port", type=int, default=8095)
    parser.add_argument("--serve", action="store_true", help="only serve, until Enter is pressed")
    mark = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    given, options = parser.parse_args(sys.argv[1:mark]), sys.argv[mark + 1 :]
    bench = Bench(given.bench, given.database, given.port)
    bench.run(bench.folder / "pg.sh", "start")
    if given.load or not bench.loaded:
        bench.load(given.source)
    with bench.served() as url, tempfile.TemporaryDirectory() as folder:
        shutil.copytree(HERE / "queries", folder, dirs_exist_ok=True)
        known = json.loads((bench.work / f"variables-{given.source}.json").read_text())
        Path(folder, "variables.json").write_text(json.dumps(variables(url, known)))
        if given.serve:
            input(f"{url}, queries and variables in {folder}; Enter stops ")
            return
        command = [sys.executable, bench.folder / "run.py", "--db", given.source, "--name", "crmgraph", "--url", url]
        command += ["--queries-dir", folder, "--header", f"authorization: Bearer {TOKEN}", "--cleanup", bench.cleanup]
        subprocess.run([*map(str, command), *options], check=True, env={**os.environ, "BENCH_DIR": str(bench.work)})


if __name__ == "__main__":
    main()
