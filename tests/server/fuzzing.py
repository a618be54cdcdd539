"""Random requests for a live server: valid and wild documents, wrong variables, headers, bodies and addresses."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

from graphql import GraphQLObjectType, GraphQLSchema
from oddities import DOCUMENTS, POOLS, TEXTS
from wild import Wild

from crmgraph.metadata.registry import Registry

Header = tuple[str, str]
KEPT = frozenset({"User", "Role", "RoleAssignment", "RolePrivilege", "BusinessUnit", "Team", "TeamMembership"})
"""Of these no ids are learned: a caller who has taken away the rights of all would find nothing any more."""
DEEP = json.loads("[" * 60 + "]" * 60)
VALUES: tuple[Any, ...] = (*DOCUMENTS, *(v for pool in POOLS.values() for v in pool), *TEXTS, DEEP, [{}] * 5, 10**400)
SNIPPETS = (
    "{", "}", "(", ")", "[", "]", '"', '"""', "$", "$v0", "@", "@skip(if: 1)", "@include(if: $x)", "...", "...F", "#",
    "\x00", "\ud800", "\ufeff", "null", "true", "-", "1e999", "0x1", "&", "|", "!", ":", "=", "__typename", "__schema",
    "__type(name: 1)", "query", "mutation", "subscription { x }", "fragment F on F { ...F }", "on",
    " @locale(locale: 1)", "{ a " * 80, "a: id " * 40, "é", "🙂", "\\u{110000}", "input: {}", "id", "@defer", ",",
    "type Query { a: Int }",
)  # fmt: skip
ASKED = (
    "{ __schema { types { name fields(includeDeprecated: true) { name args { name type { name } } } } } }",
    "{ __schema { directives { name args { name defaultValue } } queryType { name } } }",
    '{ __type(name: "Account") { name kind fields { name type { kind ofType { name } } } interfaces { name } } }',
    "{ me { id displayName } __typename }",
    "query A { me { id } } query B { __typename }",
    "subscription { accounts { totalCount } }",
    "{ metadata { revision } }",
)
AUTHORIZATIONS = (
    "Bearer", "Bearer ", "bearer  ", "Bearer wrong", "Basic YTpi", "Bearer a.b.c", "Bearer crmg_", "Negotiate",
    "Bearer crmg_" + "A" * 64, "Bearer " + "x" * 5000, "Bearer é", "Bearer\tx", "Bearer a b",
    "Bearer eyJhbGciOiJub25lIn0.e30.",
)  # fmt: skip
TYPES = (
    "text/plain", "application/json; charset=utf-16", "application/json; charset=", "application/graphql", "", ";", "é",
    "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=", "application/json,x",
)  # fmt: skip
ACCEPTS = (
    "*/*", "text/html", "text/csv", "text/csv; header=labels; values=labels; safe=true", "text/csv; header=maybe",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd.apache.parquet",
    "application/jsonl", "application/x-ndjson", "application/graphql-response+json", "application/xml", ";q=1", "q",
    "text/csv; q=x, application/json;q=0.1", "application/json; q=0", "text/csv; columns=view", ",,,", "é", "*" * 3000,
)  # fmt: skip
OTHERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Accept-Language", ("de", "pl;q=x", "*", "xx-YY, de;q=0.5", "é", ",", "en" * 500)),
    ("Accept-Encoding", ("gzip", "zstd, gzip", "identity;q=0", "*;q=0", "br;q=x", "é", "gzip;q=2")),
    ("Content-Encoding", ("gzip", "zstd", "deflate", "br", "gzip, gzip", "é", "identity")),
    ("Idempotency-Key", ("k1", "k2", "", '"', "x" * 2000, "é", "a\tb")),
    ("X-Request-Id", ("x" * 500, "", "é", "{}", "a b")),
    ("traceparent", ("00-" + "0" * 32 + "-" + "0" * 16 + "-00", "x", "é", "00-" + "f" * 32 + "-" + "f" * 16 + "-ff")),
    ("If-None-Match", ("*", 'W/"x"', "é", '"', ",")),
    ("Origin", ("null", "https://crm.example", "https://evil.example", "é", "")),
    ("Access-Control-Request-Method", ("POST", "é")),
    ("GraphQL-Client-Name", ("x" * 3000, "é", "\ttab")),
    ("X-Forwarded-For", ("1.2.3.4", "é", "x" * 500)),
    ("Host", ("", "é", "evil.example:99999", "a b")),
    ("Content-Length", ("5", "99999999999", "-1", "x")),
    ("Transfer-Encoding", ("chunked", "gzip, chunked", "x")),
    ("Expect", ("100-continue", "x")),
    ("Range", ("bytes=0-1", "x")),
    ("Upgrade", ("websocket", "h2c")),
)
PATHS = (
    "/", "/healthz", "/readyz", "/metrics", "/nothing", "/graphql/", "//graphql", "/graphql/../graphql", "/%00", "/%ff",
    "/imports/x/rejects.csv", "/imports/%ff/rejects.csv", "/imports/00000000-0000-7000-8000-000000000001/rejects.csv",
    "/imports/%2e%2e%2f%2e%2e/rejects.csv", "/console/graphiql.js", "/console/%2e%2e%2fapp.py", "/console/", "*",
    "/imports/%00/rejects.csv", "/console/%00", "/" + "x" * 9000,
)  # fmt: skip
MAPS: tuple[Any, ...] = (
    {}, [], 1, {"0": []}, {"0": "variables.file"}, {"1": ["variables.file"]}, {"0": ["variables.nothing.x"]},
    {"0": ["variables.file", "variables.file"]}, {"0": ["query"]}, {"0": [""]}, {"0": [1]},
    {"0": ["0.variables.file"]},
)  # fmt: skip
WHOLE = (
    b"", b"null", b"1", b'"x"', b"[]", b"{}", b"[[]]", b"[1]", b"\xff", b"\xef\xbb\xbf{}", b"{" * 5000, b"[" * 9999,
    b'{"query": NaN}', b'{"query": "{ me { id } }", "query": 1}', b"9" * 5000, b" " * 70_000,
)  # fmt: skip
FRAMES: tuple[Any, ...] = (
    {}, [], None, 1, "x", {"type": 1}, {"type": "subscribe"}, {"type": "subscribe", "id": "0", "payload": 1},
    {"type": "complete", "id": "0"}, {"type": "complete"}, {"type": "pong", "payload": []}, {"type": "connection_init"},
    {"type": "next", "id": "0", "payload": {}}, {"type": "ping", "payload": {"a": [1]}}, {"type": "connection_ack"},
)  # fmt: skip
METHODS = ("HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "PROPFIND", "X")


class Anything(Wild):
    """Operations of all root fields, customizing and imports included."""

    def operation(self, kind: str, root: GraphQLObjectType | None, fields: int) -> tuple[str, dict[str, Any]]:
        assert root
        self.begin()
        names = sorted(root.fields)
        ordinary = kind == "mutation" and self.chance(0.6)
        chosen = [self.random.choice(self.some(names) if ordinary else names) for _ in range(fields)]
        return self.document(kind, " ".join(self.field(root, n, root.fields[n], 4) for n in chosen))

    def learn(self, answer: Any) -> None:
        super().learn(answer)
        for name in KEPT:
            self.ids.pop(name, None)


@dataclass(frozen=True)
class Sent:
    """A request as it goes over the wire; `cut`: the client hangs up instead of sending all that it announced."""

    method: str
    target: str
    headers: Sequence[Header]
    body: bytes = b""
    cut: bool = False

    def wire(self) -> bytes:
        head = "".join(f"{name}: {value}\r\n" for name, value in self.headers)
        return f"{self.method} {self.target} HTTP/1.1\r\n{head}\r\n".encode("utf-8", "surrogatepass") + self.body


@dataclass
class Fuzzer:
    """Draws requests. `tokens`: of the people as whom it asks."""

    random: Random
    schema: GraphQLSchema
    registry: Registry
    tokens: Sequence[str]
    wild: Anything = field(init=False)

    def __post_init__(self) -> None:
        self.wild = Anything(self.random, self.schema, self.registry)

    def chance(self, likely: float) -> bool:
        return self.random.random() < likely

    def request(self) -> Sent:
        """Most requests are wrong in one respect, or in none but what they ask."""
        kinds: dict[Callable[[], Sent], int] = {
            self.posted: 55, self.got: 8, self.form: 6, self.broken_body: 8, self.headed: 15, self.elsewhere: 8,
        }  # fmt: skip
        (draw,) = self.random.choices(list(kinds), list(kinds.values()))
        return draw()

    # --- what is asked ---------------------------------------------------------------------------------------------

    def parameters(self) -> dict[str, Any]:
        """What a request's JSON says."""
        document, variables = self.operation()
        given: dict[str, Any] = {"query": document, "variables": variables}
        if variables and self.chance(0.4):
            self.spoil(given)
        if self.chance(0.05):
            given["operationName"] = self.random.choice(("Wild", "A", "", "é", 1, None, [], "x" * 500))
        if self.chance(0.04):
            hash = self.random.choice(("0" * 64, "x", "", None, 1, [], {}))
            given["extensions"] = self.random.choice(
                ({"persistedQuery": {"version": 1, "sha256Hash": hash}}, {"persistedQuery": hash}, hash)
            )
        if self.chance(0.03):
            given["documentId"] = self.random.choice(("x", "sha256:" + "0" * 64, 1, None, "", "é" * 500))
        if self.chance(0.02):
            del given["query"]
        if self.chance(0.02):
            given[self.random.choice(("query", "variables", "extensions", "unknown"))] = self.random.choice(VALUES)
        return given

    def operation(self) -> tuple[str, dict[str, Any]]:
        roll = self.random.random()
        if roll < 0.04:
            return self.random.choice(ASKED), {}
        document, variables = self.wild.mutation() if roll < 0.5 else self.wild.query()
        if self.chance(0.2):
            document = self.mutilated(document)
        return document, variables

    def mutilated(self, text: str) -> str:
        """The same document with a few wounds."""
        for _ in range(self.random.choice((1, 1, 1, 2, 5))):
            begin = self.random.randint(0, len(text))
            end = min(len(text), begin + self.random.choice((0, 0, 1, 3, 20)))
            middle = self.random.choice(("", text[begin:end] * 2, self.random.choice(SNIPPETS)))
            text = text[:begin] + middle + text[end:]
        return text

    def spoil(self, given: dict[str, Any]) -> None:
        """Put something else somewhere into the variables."""
        place: Any = given
        key: Any = "variables"
        while (inner := place[key]) and isinstance(inner, dict | list) and self.chance(0.9):
            place, key = inner, self.random.choice(list(inner) if isinstance(inner, dict) else range(len(inner)))
        place[key] = self.random.choice(VALUES)

    # --- how it is sent --------------------------------------------------------------------------------------------

    def authorization(self) -> Header:
        if self.chance(0.06):
            return "Authorization", self.random.choice(AUTHORIZATIONS)
        first, *rest = self.tokens  # who may most finds most
        return "Authorization", f"Bearer {first if self.chance(0.5) else self.random.choice(rest)}"

    def headers(self, type: str = "application/json", *more: Header) -> list[Header]:
        plain = [("Host", "crm.test"), ("Connection", "close"), self.authorization(), ("Accept", "application/json")]
        return [*plain, *([("Content-Type", type)] if type else []), *more]

    def post(self, body: bytes, headers: list[Header] | None = None, cut: bool = False) -> Sent:
        found = headers if headers is not None else self.headers()
        return Sent("POST", "/graphql", [*found, ("Content-Length", str(len(body) + 50 * cut))], body, cut)

    def posted(self) -> Sent:
        if self.chance(0.04):
            return self.post(as_json([self.parameters() for _ in range(self.random.randint(0, 4))]))
        return self.post(as_json(self.parameters()))

    def got(self) -> Sent:
        given = {k: v if isinstance(v, str) else json.dumps(v) for k, v in self.parameters().items()}
        query = urlencode(given, errors="surrogatepass")
        if self.chance(0.2):
            begin = self.random.randint(0, len(query))
            query = (
                query[:begin] + self.random.choice(("%", "%zz", "&", "&&=", "%ff", "%00", ";", "")) + query[begin + 1 :]
            )
        headers = self.headers("", ("Accept", self.random.choice(ACCEPTS))) if self.chance(0.3) else self.headers("")
        return Sent("GET", f"/graphql?{query}", headers)

    def form(self) -> Sent:
        """An upload, often one with faults."""
        document = (
            'mutation ($file: Upload!) { startImport(input: {file: $file, recordType: "account"}) { import { id } } }'
        )
        if self.chance(0.3):
            document, _ = self.operation()
        operations: Any = {"query": document, "variables": {"file": None}}
        places: Any = {"0": ["variables.file"]}
        if self.chance(0.4):
            places = self.random.choice(MAPS)
        if self.chance(0.1):
            operations = self.random.choice(VALUES)
        name = self.random.choice(
            ("a.csv", "a.xlsx", "a.exe", "", "é.csv", "../../a.csv", "x" * 3000, "a\x00.csv", '"')
        )
        content = self.random.choice(
            (b"name\nA\nB\n", b"", b"\xff\xfe", b"PK\x03\x04x", b"\0" * 100, b'"name\n', b"x" * 70_000)
        )
        parts = [
            part('name="operations"', as_json(operations)),
            part('name="map"', as_json(places)),
            part(f'name="0"; filename="{name}"\r\nContent-Type: text/csv', content),
        ]
        if self.chance(0.15):
            parts.pop(self.random.randrange(3))
        if self.chance(0.1):
            self.random.shuffle(parts)
        body = b"".join(parts) + b"--x--\r\n"
        if self.chance(0.15):
            body = self.damaged(body)
        more = [("GraphQL-Require-Preflight", "1")] if self.chance(0.9) else []
        return self.post(body, self.headers("multipart/form-data; boundary=x", *more))

    def broken_body(self) -> Sent:
        body = as_json(self.parameters())
        match self.random.randrange(6):
            case 0:
                return self.post(body, cut=True)
            case 1:
                return self.post(gzip.compress(body, 1), self.headers("application/json", ("Content-Encoding", "gzip")))
            case 2:
                packed = self.damaged(gzip.compress(body, 1))
                coding = self.random.choice(("gzip", "zstd", "gzip, gzip", "deflate"))
                return self.post(packed, self.headers("application/json", ("Content-Encoding", coding)))
            case 3:
                return self.post(
                    gzip.compress(b" " * 5_000_000, 1), self.headers("application/json", ("Content-Encoding", "gzip"))
                )
            case 4:
                return self.post(self.random.choice(WHOLE))
            case _:
                return self.post(self.damaged(body))

    def damaged(self, body: bytes) -> bytes:
        begin = self.random.randint(0, len(body))
        middle = self.random.choice(
            (b"", b"\xff", b"\x00", b'"', b"\\", b"{", b"]", b"\\ud800", b"\xed\xa0\x80", b"--x")
        )
        return body[:begin] + middle + body[begin + self.random.choice((0, 1, 10)) :]

    def headed(self) -> Sent:
        """Headers that are wrong, unusual or there twice."""
        headers = self.headers(self.random.choice(TYPES) if self.chance(0.2) else "application/json")
        if self.chance(0.4):
            headers[3] = "Accept", self.random.choice(ACCEPTS)
        if self.chance(0.15):
            headers[2] = "Authorization", self.random.choice(AUTHORIZATIONS)
        if self.chance(0.05):
            del headers[2]
        for _ in range(self.random.choice((0, 1, 1, 2, 4))):
            name, values = self.random.choice(OTHERS)
            headers.append((name, self.random.choice(values)))
        if self.chance(0.1):
            headers += [("X-Many", "y")] * 200
        if self.chance(0.1):
            headers.append(self.random.choice(headers))
        return self.post(
            as_json(self.parameters()),
            headers,
            cut=any(n in ("Content-Length", "Transfer-Encoding") for n, _ in headers),
        )

    def elsewhere(self) -> Sent:
        """Other paths and methods."""
        target = self.random.choice(PATHS) if self.chance(0.6) else "/graphql"
        if self.chance(0.1):
            target += "?" + quote_from_bytes(self.random.randbytes(20))
        method = self.random.choice(METHODS) if self.chance(0.5) else self.random.choice(("GET", "POST"))
        headers = self.headers("", ("Accept", self.random.choice(ACCEPTS)))
        body = as_json(self.parameters()) if self.chance(0.3) else b""
        return Sent(method, target, [*headers, *([("Content-Length", str(len(body)))] if body else [])], body)

    # --- WebSockets ------------------------------------------------------------------------------------------------

    def frames(self) -> list[str | bytes]:
        """What a client says on one socket: mostly that it is there, then what it asks, now and then nonsense."""
        said: list[Any] = [{"type": "connection_init", "payload": {"authorization": self.authorization()[1]}}]
        if self.chance(0.2):
            said[0] = self.random.choice(
                (
                    {"type": "connection_init", "payload": self.random.choice(VALUES)},
                    {"type": "connection_init"},
                    *FRAMES,
                )
            )
        for number in range(self.random.randint(1, 4)):
            id = str(number) if self.chance(0.9) else self.random.choice(VALUES)
            said.append({"id": id, "type": "subscribe", "payload": self.parameters()})
            if self.chance(0.2):
                said.append(self.random.choice(FRAMES))
        found: list[str | bytes] = [json.dumps(each) for each in said]
        if self.chance(0.2):
            found.insert(
                self.random.randrange(len(found) + 1), self.random.choice((b"\xff", "", "{", "\x00", "x" * 70_000))
            )
        return found


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def part(disposition: str, content: bytes) -> bytes:
    return f"--x\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode() + content + b"\r\n"
