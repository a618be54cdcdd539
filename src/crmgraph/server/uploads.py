"""GraphQL multipart requests: files beside an operation, streamed to a temporary folder, put in for its variables."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from hashlib import file_digest
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from crmgraph.actions.uploads import UploadedFile
from crmgraph.server.parameters import parameters_from_body
from crmgraph.server.refusals import Refusal
from crmgraph.settings import Settings

MULTIPART = b"multipart/form-data"
# headers that no form of another site can send: whoever sends one was let in by that site's own rules or by CORS
PREFLIGHTED = (b"graphql-require-preflight", b"apollo-require-preflight", b"x-requested-with")
MOST_FILES = 100

Given = dict[str, Any] | list[dict[str, Any]]


class FolderParser(MultiPartParser):
    """Starlette's parser with its files in a folder, where others can open them by their paths."""

    def __init__(self, folder: Path, headers: Headers, stream: Any, most: int) -> None:
        super().__init__(headers, stream, max_files=MOST_FILES, max_fields=2, max_part_size=most)
        self.folder = folder

    def on_headers_finished(self) -> None:
        """Give a file a name of ours; the client's own is only told."""
        super().on_headers_finished()
        part = self._current_part
        if part.file is not None:
            part.file.file.close()
            part.file.file = cast(BinaryIO, (self.folder / str(self._current_files)).open("w+b"))
            self._files_to_close_on_error.append(cast(Any, part.file.file))


def is_multipart(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a request's body is a form; refused if another site could have sent it."""
    if not headers.get(b"content-type", b"").lower().startswith(MULTIPART):
        return False
    if not any(headers.get(name) for name in PREFLIGHTED):
        raise Refusal(403, "http_preflight", code="FORBIDDEN")
    return True


@asynccontextmanager
async def parameters_from_form(
    headers: Mapping[bytes, bytes], stream: AsyncIterator[bytes], settings: Settings
) -> AsyncIterator[Given]:
    """The parameters in a multipart body, its files in their places; these are gone at the end."""
    with tempfile.TemporaryDirectory(prefix="crmgraph-upload-") as name:
        named = Headers({"content-type": headers[b"content-type"].decode("latin-1")})
        try:
            form = await FolderParser(Path(name), named, stream, settings.max_body_bytes).parse()
        except MultiPartException:
            raise Refusal(400, "http_multipart") from None
        fields = {key: value for key, value in form.multi_items() if isinstance(value, str)}
        files = {key: uploaded(value, settings) for key, value in form.multi_items() if isinstance(value, UploadFile)}
        given = parameters_from_body(fields.get("operations", "").encode(), settings.max_batch)
        yield put_in(given, places_from_map(fields.get("map", "")), files)


def uploaded(upload: UploadFile, settings: Settings) -> UploadedFile:
    """A file that has come whole."""
    upload.file.seek(0)
    digest = file_digest(cast(Any, upload.file), "sha256").hexdigest()
    upload.file.close()
    name, size = upload.filename or "", upload.size or 0
    if name.rpartition(".")[2].strip().lower() in settings.blocked_files:
        raise Refusal(400, "http_file_type", file=name)
    return UploadedFile(name, upload.content_type, size, digest, upload.file.name, settings.files_folder)


def places_from_map(text: str) -> dict[str, list[str]]:
    """Each file's places, like `variables.input.file`."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Refusal(400, "http_multipart") from None
    well_formed = isinstance(found, dict) and all(
        isinstance(places, list) and all(isinstance(place, str) for place in places) for places in found.values()
    )
    if not well_formed:
        raise Refusal(400, "http_multipart")
    return cast("dict[str, list[str]]", found)


def put_in(given: Given, places: Mapping[str, list[str]], files: Mapping[str, UploadedFile]) -> Given:
    """The parameters with each file where the map wants it."""
    for key, wanted in places.items():
        if key not in files:
            raise Refusal(400, "http_multipart_file", file=key)
        for place in wanted:
            put_at(given, place, files[key])
    return given


def put_at(given: Given, place: str, file: UploadedFile) -> None:
    """Put a file in the place of a null in the variables; in a batch the first step is the operation's number."""
    steps = place.split(".")
    if steps[1 if isinstance(given, list) else 0 :][:1] != ["variables"] or steps[-1] == "variables":
        raise Refusal(400, "http_multipart_place", place=place)
    at: Any = given
    for step in steps[:-1]:
        at = step_into(at, step, place)
    if step_into(at, steps[-1], place) is not None:
        raise Refusal(400, "http_multipart_place", place=place)
    at[int(steps[-1]) if isinstance(at, list) else steps[-1]] = file


def step_into(value: Any, step: str, place: str) -> Any:
    """The member of an object or a list; refused if there is none."""
    if isinstance(value, dict) and step in value:
        return value[step]
    if isinstance(value, list) and step.isascii() and step.isdigit() and int(step) < len(value):
        return value[int(step)]
    raise Refusal(400, "http_multipart_place", place=place)
