"""As much of S3 as a storage needs, in memory: objects with ranges, copies, multipart uploads, lists. Signed or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


@dataclass
class Bucket:
    """Objects by key, uploads that go on, and what was asked: method and what kind."""

    objects: dict[str, tuple[bytes, datetime]] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    authorized: list[str] = field(default_factory=list)
    largest: int = 0  # body


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket: Bucket

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is said."""

    def place(self) -> tuple[str, dict[str, list[str]]]:
        parts = urlsplit(self.path)
        return unquote(parts.path).split("/", 2)[-1], parse_qs(parts.query, keep_blank_values=True)

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            pieces = []
            while size := int(self.rfile.readline(), 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            found = b"".join(pieces)
        else:
            found = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.bucket.largest = max(self.bucket.largest, len(found))
        return found

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def noted(self, what: str) -> None:
        self.bucket.asked.append(f"{self.command} {what}")
        self.bucket.authorized.append(self.headers.get("Authorization", ""))

    def keep(self, key: str, content: bytes) -> str:
        self.bucket.objects[key] = content, datetime.now(UTC)
        return f'"{md5(content).hexdigest()}"'

    def do_PUT(self) -> None:
        key, query = self.place()
        content = self.body()
        if "partNumber" in query:
            self.noted("part")
            self.bucket.uploads[query["uploadId"][0]][int(query["partNumber"][0])] = content
            return self.answer(200, ETag=f'"{md5(content).hexdigest()}"')
        if source := self.headers.get("x-amz-copy-source"):
            self.noted("copy")
            content = self.bucket.objects[unquote(source).strip("/").split("/", 1)[1]][0]
            tag = self.keep(key, content)
            return self.answer(200, f"<CopyObjectResult><ETag>{tag}</ETag></CopyObjectResult>".encode())
        self.noted("object")
        return self.answer(200, ETag=self.keep(key, content))

    def do_POST(self) -> None:
        key, query = self.place()
        body = self.body()
        if "uploads" in query:
            self.noted("begin")
            id = f"upload{len(self.bucket.uploads)}"
            self.bucket.uploads[id] = {}
            text = f"<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
            return self.answer(200, text.encode())
        if "delete" in query:
            self.noted("delete")
            keys = [found.decode() for found in re.findall(rb"<Key>(.*?)</Key>", body)]
            for found in keys:
                self.bucket.objects.pop(found, None)
            gone = "".join(f"<Deleted><Key>{escape(found)}</Key></Deleted>" for found in keys)
            return self.answer(200, f"<DeleteResult>{gone}</DeleteResult>".encode())
        self.noted("complete")
        parts = self.bucket.uploads.pop(query["uploadId"][0])
        tag = self.keep(key, b"".join(parts[i] for i in sorted(parts)))
        text = f"<CompleteMultipartUploadResult><ETag>{tag}</ETag></CompleteMultipartUploadResult>"
        return self.answer(200, text.encode())

    def do_DELETE(self) -> None:
        key, query = self.place()
        if "uploadId" in query:
            self.noted("abort")
            self.bucket.uploads.pop(query["uploadId"][0], None)
        else:
            self.noted("object")
            self.bucket.objects.pop(key, None)
        return self.answer(204)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        key, query = self.place()
        if "list-type" in query:
            return self.list(query)
        self.noted("object")
        if key not in self.bucket.objects:
            return self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        content, when = self.bucket.objects[key]
        headers = {"ETag": f'"{md5(content).hexdigest()}"', "Last_Modified": format_datetime(when, usegmt=True)}
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if wanted is None:
            return self.answer(200, content, Content_Length=str(len(content)), **headers)
        start, end = int(wanted[1]), int(wanted[2]) + 1 if wanted[2] else len(content)
        part = content[start:end]
        shown = f"bytes {start}-{start + len(part) - 1}/{len(content)}"
        return self.answer(206, part, Content_Range=shown, Content_Length=str(len(part)), **headers)

    def list(self, query: dict[str, list[str]]) -> None:
        self.noted("list")
        prefix = query.get("prefix", [""])[0]
        found = sorted((k, v) for k, v in self.bucket.objects.items() if k.startswith(prefix))
        shown = "".join(
            f"<Contents><Key>{escape(k)}</Key><LastModified>{when:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
            f"<Size>{len(content)}</Size></Contents>"
            for k, (content, when) in found
        )
        text = f"<ListBucketResult><IsTruncated>false</IsTruncated>{shown}</ListBucketResult>"
        self.answer(200, text.encode(), Content_Type="application/xml")


@contextmanager
def fake_s3() -> Iterator[tuple[str, Bucket]]:
    """A server with one bucket, `crm`: its address and what it holds."""
    bucket = Bucket()
    handler = type("Bound", (Handler,), {"bucket": bucket})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", bucket
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
