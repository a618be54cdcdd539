"""Every setting with its default and help: the environment's `CRMGRAPH_…` variables become one frozen `Settings`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from crmgraph.metadata.names import did_you_mean
from crmgraph.setting_kinds import (
    LOOPBACK,
    Parse,
    algorithms,
    email,
    endings,
    one_of,
    origins,
    safe_url,
    switch,
    token_pairs,
    view_names,
    whole_number,
)
from crmgraph.setting_kinds import (
    database_url as database_url,
)
from crmgraph.setting_kinds import (
    words as words,
)
from crmgraph.storage.addresses import storage_beside, storage_options, storage_url

PREFIX = "CRMGRAPH_"
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
LOG_FORMATS = ("json", "text")
DOCUMENTS = ("any", "trusted")
HIERARCHIES = ("off", "manager", "position")
DUPLICATES = ("refuse", "warn", "allow")
BLOCKED = (  # what runs on the systems of those who open it
    *("bat", "cmd", "com", "cpl", "exe", "hta", "htm", "html", "jar", "js", "jse", "lnk", "msi", "msp", "pif", "ps1"),
    *("reg", "scr", "shtml", "svg", "vb", "vbe", "vbs", "wsf", "wsh", "xhtml"),
)
METRICS = ("off", "token", "open")
TRACES = ("off", "otlp")


class SettingsError(Exception):
    """Some settings are wrong; the text has one line for each."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as `--help` and the documentation show it; `default` is the text that would give it."""

    name: str
    default: str
    help: str
    parse: Parse

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + self.name.upper()


def setting(default: Any, help: str, parse: Parse = str, *, secret: bool = False) -> Any:
    """A field of `Settings`; a secret one is left out of its repr."""
    return field(default=default, repr=not secret, metadata={"help": help, "parse": parse})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this process runs, read once at its start."""

    database_url: str = setting(
        "sqlite:///crmgraph.sqlite",
        "Database: sqlite:///file (sqlite:// for one in memory) or postgresql://user:password@host/name.",
        database_url,
        secret=True,
    )
    host: str = setting("127.0.0.1", "Address to listen on; 0.0.0.0 for all.")
    port: int = setting(8000, "Port to listen on; 0 takes a free one.", whole_number(0, 65535))
    pool: int = setting(4, "Database connections of this process.", whole_number(1))
    tokens: tuple[tuple[str, str], ...] = setting(
        (), "Bearer tokens that operators give out, and the users they act as: token=email,token2=email2.",
        token_pairs, secret=True,
    )  # fmt: skip
    anonymous_user: str = setting(
        "", "For development, on 127.0.0.1 only: e-mail of the user as whom requests without a token act."
    )
    anonymous_views: tuple[str, ...] = setting(
        (), "Saved views whose lists and columns may be read without a token: type.view,type2.view2.", view_names
    )
    admin_email: str = setting(
        "admin@example.org", "E-mail of the first administrator, whom `serve` makes in an empty database.", email
    )
    oidc_issuer: str = setting("", "OpenID Connect: whose tokens (JWT) are taken; empty takes none.", safe_url)
    oidc_audience: str = setting("", "The audience that an issuer's tokens must be for; needed with an issuer.")
    oidc_algorithms: tuple[str, ...] = setting(
        ("RS256", "PS256", "ES256", "EdDSA"), "Signatures that an issuer's tokens may have.", algorithms
    )
    oidc_jwks_url: str = setting(
        "", "Where an issuer's keys are; empty: where its /.well-known/openid-configuration says.", safe_url
    )
    oidc_claim: str = setting("email", "The claim that says who signs in.")
    oidc_user_field: str = setting(
        "email", "The users' field that it is looked for in: one that is an alternate key, alone."
    )
    oidc_verified_email: bool = setting(
        True, "Refuse an issuer's tokens whose e-mail is not said to be verified.", switch
    )
    oidc_leeway_seconds: int = setting(30, "How far an issuer's clock may differ, in seconds.", whole_number(0, 300))
    sign_in_failures: int = setting(
        30, "Failed sign-ins of an address in a minute, per process, after which it has to wait; 0 counts none.",
        whole_number(0),
    )  # fmt: skip
    rate_limit: int = setting(
        50_000, "Cost of operations that a principal may ask for in a second, per process; 0 for any.", whole_number(0)
    )
    rate_burst: int = setting(2_000_000, "Cost that a principal who has rested may ask for at once.", whole_number(1))
    allowed_origins: tuple[str, ...] = setting(
        (), "Web sites whose pages may send requests: https://crm.example.com,https://…; none by default.", origins
    )
    hsts_seconds: int = setting(
        0, "How long browsers are to use HTTPS only (Strict-Transport-Security); 0 does not say it.", whole_number(0)
    )
    trusted_proxies: str = setting(
        "", "Addresses of proxies whose X-Forwarded-For is believed: 10.0.0.0/8,::1; empty believes none."
    )
    hierarchy: str = setting(
        "off",
        "Whose records people also see: off, manager: of those who report to them, or position: of those below.",
        one_of(HIERARCHIES),
    )
    hierarchy_depth: int = setting(3, "How many levels down the hierarchy that reaches.", whole_number(1, 100))
    recycle_days: int = setting(
        30, "Days that deleted records stay in the recycle bin; 0 keeps them until they are purged.", whole_number(0)
    )
    audit_days: int = setting(
        0, "Days that changes and audit entries are kept; 0 keeps them for ever.", whole_number(0)
    )
    idempotency_hours: int = setting(24, "Hours that the answer to an Idempotency-Key is kept.", whole_number(1))
    sync_days: int = setting(
        90,
        "Days that what became of a batch of offline work is kept, to be answered again; 0: for ever. That a batch was"
        " carried out is never forgotten.",
        whole_number(0),
    )
    files: str = setting(
        "", "Folder for uploaded files and rejects files of imports; empty: crmgraph-files, beside an SQLite file."
    )
    storage: str = setting(
        "",
        "Where contents of files lie: file:///folder or s3://bucket/prefix; empty: beside an SQLite file, else in a"
        " folder of CRMGRAPH_FILES.",
        storage_url,
    )
    storage_options: tuple[tuple[str, str], ...] = setting(
        (),
        "For S3: endpoint=https://…,region=…,access_key_id=…,secret_access_key=…; what is not said is taken from the"
        " environment's AWS_ variables.",
        storage_options, secret=True,
    )  # fmt: skip
    max_file_bytes: int = setting(104_857_600, "Largest file of a record, in bytes.", whole_number(1))
    allowed_files: tuple[str, ...] = setting(
        (), "Endings of names of files that are taken; empty: all but CRMGRAPH_BLOCKED_FILES.", endings
    )
    upload_hours: int = setting(
        24, "Hours that an uploaded content stays that no record has, and that an upload's id may be used.",
        whole_number(1),
    )  # fmt: skip
    max_pending_uploads: int = setting(
        200, "Most uploads of a user that wait to be used; 0 takes none.", whole_number(0)
    )
    file_link_seconds: int = setting(
        300, "How long a link to a file is good that needs no token.", whole_number(1, 86_400)
    )
    import_jobs: int = setting(
        1, "Imports in the background that a process runs at once, each in a process of its own; 0 runs none.",
        whole_number(0),
    )  # fmt: skip
    import_file_days: int = setting(
        30, "Days that an import's rejects file stays when it has ended; 0 keeps it for ever.", whole_number(0)
    )
    page_size: int = setting(50, "Records on a page when a query does not say.", whole_number(1))
    max_page_size: int = setting(500, "Most records on a page that a query may ask for.", whole_number(1))
    exports: int = setting(
        4, "Exports over HTTP that run at once; each has a database connection of its own.", whole_number(1)
    )
    max_writes: int = setting(20_000, "Most records that one mutation operation may write.", whole_number(1))
    max_body_bytes: int = setting(10_485_760, "Largest request body, in bytes.", whole_number(1))
    max_upload_bytes: int = setting(
        104_857_600, "Largest multipart request, in bytes: all of its files together.", whole_number(1)
    )
    duplicates: str = setting(
        "warn", "What is done with duplicates by rules that do not say it themselves: refuse, warn or allow.",
        one_of(DUPLICATES),
    )  # fmt: skip
    series_days: int = setting(
        365, "Days ahead for which occurrences of series are made; housekeeping carries them on.", whole_number(1, 3660)
    )
    blocked_files: tuple[str, ...] = setting(BLOCKED, "Endings of names of files that are not taken.", endings)
    max_batch: int = setting(
        1, "Most operations in one request, sent as an array; 1 refuses arrays.", whole_number(1, 1000)
    )
    compress_bytes: int = setting(
        1024,
        "Least size of an answer, in bytes, that is compressed for who takes it; 0 compresses none.",
        whole_number(0),
    )
    documents: str = setting(
        "any", "Which documents are answered: any, or trusted: only those loaded by `crmgraph documents load`.",
        one_of(DOCUMENTS),
    )  # fmt: skip
    record_operations: bool = setting(
        True, "Record which operations clients send, without values, so that changes of the metadata can be previewed.",
        switch,
    )  # fmt: skip
    max_recorded_operations: int = setting(
        5_000, "Most operations that are recorded; of the client with the most, those used longest ago go first.",
        whole_number(1),
    )  # fmt: skip
    max_document_characters: int = setting(262_144, "Longest document, in characters.", whole_number(1))
    max_tokens: int = setting(15_000, "Most tokens of a document: names, numbers, texts, signs.", whole_number(1))
    max_depth: int = setting(40, "Deepest selection of a document, in fields, fragments spread.", whole_number(1))
    max_fields: int = setting(
        10_000,
        "Most fields of an operation, fragments spread and each type of a polymorphic selection counted.",
        whole_number(1),
    )
    max_aliases: int = setting(1_000, "Most aliases of an operation, fragments spread.", whole_number(0))
    max_directives: int = setting(1_000, "Most directives of an operation, fragments spread.", whole_number(0))
    max_root_fields: int = setting(200, "Most root fields of an operation.", whole_number(1))
    max_input_depth: int = setting(200, "Deepest nesting of an argument or a variable.", whole_number(1, 200))
    max_list_length: int = setting(20_000, "Longest list or object in a variable.", whole_number(1))
    max_path_length: int = setting(6, "Most steps of a path between two records.", whole_number(1, 8))
    max_rows: int = setting(300_000, "Most records that an answer may come to hold.", whole_number(1))
    max_cost: int = setting(500_000, "Highest cost of an operation, reckoned before it is executed.", whole_number(1))
    statement_timeout_ms: int = setting(
        30_000, "How long one statement may run, in milliseconds; 0 for any time.", whole_number(0)
    )
    pool_wait_ms: int = setting(
        10_000, "How long a request waits for a free connection, in milliseconds; 0 for any time.", whole_number(0)
    )
    request_timeout_ms: int = setting(
        300_000, "How long a request may take in all, exports aside, in milliseconds; 0 for any time.", whole_number(0)
    )
    allow_explain: bool = setting(False, "Answer plan, SQL and time to those who ask by extensions.explain.", switch)
    console: bool = setting(True, "Serve GraphiQL to browsers at the endpoint.", switch)
    shutdown_seconds: int = setting(10, "How long running requests may take to finish on shutdown.", whole_number(0))
    log_level: str = setting("info", "Least level to log: " + ", ".join(LOG_LEVELS) + ".", one_of(LOG_LEVELS))
    log_format: str = setting("json", "How log lines look: json, or text for people.", one_of(LOG_FORMATS))
    slow_operation_ms: int = setting(
        1000, "Operations that take so many milliseconds are logged as warnings; 0 warns of none.", whole_number(0)
    )
    metrics: str = setting(
        "token", "Who may read /metrics: off, token: who sends CRMGRAPH_METRICS_TOKEN, or open: anybody.",
        one_of(METRICS),
    )  # fmt: skip
    metrics_token: str = setting("", "Bearer token for /metrics; without one nobody gets past `token`.", secret=True)
    traces: str = setting(
        "off", "Send traces: off, or otlp, to where the OTEL_… variables say (install crmgraph[telemetry]).",
        one_of(TRACES),
    )  # fmt: skip

    def __post_init__(self) -> None:
        if self.page_size > self.max_page_size:
            raise SettingsError(
                f"{PREFIX}PAGE_SIZE ({self.page_size}) is greater than {PREFIX}MAX_PAGE_SIZE ({self.max_page_size})"
            )
        if self.anonymous_user and self.host not in LOOPBACK:
            raise SettingsError(f"{PREFIX}ANONYMOUS_USER is for development: {PREFIX}HOST must be 127.0.0.1 with it")
        if self.oidc_issuer and not self.oidc_audience:
            raise SettingsError(f"{PREFIX}OIDC_ISSUER needs {PREFIX}OIDC_AUDIENCE: tokens for others are refused")

    @property
    def files_folder(self) -> str:
        """The folder of `files`, absolute."""
        parts = urlsplit(self.database_url)
        beside = Path(parts.path.removeprefix("/")).parent if parts.scheme == "sqlite" else Path()
        return str(Path(self.files or beside / "crmgraph-files").absolute())

    @property
    def storage_place(self) -> str:
        """The URL of the storage of files, where it is not set beside the database."""
        return self.storage or storage_beside(self.database_url, Path(self.files) if self.files else None)

    @property
    def shown_database_url(self) -> str:
        """The database's address without its password, for people to see."""
        parts = urlsplit(self.database_url)
        if parts.password is None:
            return self.database_url
        user = parts.netloc.rpartition("@")[0].partition(":")[0]
        return urlunsplit(parts._replace(netloc=f"{user}:***@{parts.netloc.rpartition('@')[2]}"))


def text_of_default(value: Any) -> str:
    """A default as somebody would write it in the environment."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


SETTINGS: tuple[Setting, ...] = tuple(
    Setting(f.name, text_of_default(f.default), f.metadata["help"], f.metadata["parse"]) for f in fields(Settings)
)


def settings_from_environment(environment: Mapping[str, str] = os.environ, **given: Any) -> Settings:
    """The settings of an environment; values given by name (not None) win. All faults are reported at once."""
    values = {name: value for name, value in given.items() if value is not None}
    faults = []
    for each in SETTINGS:
        text = environment.get(each.variable)
        if text is None or each.name in values:
            continue
        try:
            values[each.name] = each.parse(text.strip())
        except ValueError as error:
            faults.append(f"{each.variable} must be {error}")
    if faults:
        raise SettingsError("\n".join(faults))
    return Settings(**values)


def unknown_variables(environment: Mapping[str, str] = os.environ) -> list[str]:
    """One line for each `CRMGRAPH_…` variable that no setting reads, with the likely one meant."""
    known = [each.variable for each in SETTINGS]
    lines = []
    for variable in sorted(v for v in environment if v.startswith(PREFIX) and v not in known):
        close = did_you_mean(variable, known)
        lines.append(f"{variable} is not a setting" + (f"; did you mean {close[0]}?" if close else ""))
    return lines


def settings_help() -> str:
    """The settings as `--help` prints them."""
    width = max(len(each.variable) for each in SETTINGS)
    return "\n".join(
        f"  {each.variable:<{width}}  {each.help}" + (f" [{each.default}]" if each.default else "") for each in SETTINGS
    )


def settings_markdown() -> str:
    """The settings as a Markdown table, for the documentation."""
    rows = [f"| `{each.variable}` | {f'`{each.default}`' if each.default else ''} | {each.help} |" for each in SETTINGS]
    return "\n".join(["| Variable | Default | What it does |", "|---|---|---|", *rows]) + "\n"
