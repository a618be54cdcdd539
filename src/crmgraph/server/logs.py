"""Log lines: JSON for machines or text for people, each with the id of the request that it belongs to."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from time import time
from typing import Any, TextIO

import orjson

from crmgraph.settings import Settings
from crmgraph.sql.usage import USAGE

OPERATIONS = logging.getLogger("crmgraph.operations")  # one line for each operation
GATHERED_SECONDS = 0.05
LEVELS = {logging.INFO: "info", logging.WARNING: "warning", logging.ERROR: "error"}

Fields = dict[str, Any]
Make = Callable[..., Fields]


class Lines:
    """Operations' lines, written together after a moment: a system call for each would cost more than a small answer.

    They stand before whatever else is logged after them, as that is written at once, and they with it.
    """

    def __init__(self) -> None:
        self.write: Callable[[str], object] | None = None  # None: they go the standard library's way
        self.formatter: logging.Formatter = logging.Formatter()
        self._waiting: list[tuple[float, int, Make, tuple[Any, ...]]] = []

    def add(self, level: int, make: Make, given: tuple[Any, ...]) -> None:
        """A line whose members are made when it is written."""
        self._waiting.append((time(), level, make, given))
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_later(GATHERED_SECONDS, self.flush)

    def flush(self) -> None:
        """Write what is waiting."""
        waiting, self._waiting = self._waiting, []
        if self.write is None:
            for line in waiting:
                OPERATIONS.handle(record_of(*line))
        elif waiting:
            shown = self.formatter.line if isinstance(self.formatter, JsonFormatter) else self.text
            self.write("".join([shown(*line) + "\n" for line in waiting]))

    def text(self, *line: Any) -> str:
        return self.formatter.format(record_of(*line))


LINES = Lines()


def record_of(created: float, level: int, make: Make, given: tuple[Any, ...]) -> logging.LogRecord:
    """A line as the standard library has it."""
    record = logging.LogRecord(OPERATIONS.name, level, "", 0, make(*given), None, None)
    record.created = created
    return record


class Handler(logging.StreamHandler[TextIO]):
    """Writes the operations' lines that came before a record, then the record."""

    def emit(self, record: logging.LogRecord) -> None:
        LINES.flush()
        super().emit(record)

    def write(self, text: str) -> None:
        """Write whole lines."""
        with suppress(OSError, ValueError):  # nobody reads any more: no reason to stop answering
            self.stream.write(text)
            self.stream.flush()


def start_logging(settings: Settings, stream: TextIO | None = None) -> None:
    """All log lines of this process go to the stream (standard error) in the settings' form."""
    handler = Handler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else TextFormatter())
    LINES.write, LINES.formatter = handler.write, handler.formatter or LINES.formatter
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # no line shows them


class JsonFormatter(logging.Formatter):
    """A line is a JSON object: `time` (UTC), `level`, then an operation's figures or `logger` and `message`."""

    def line(self, created: float, level: int, make: Make, given: tuple[Any, ...]) -> str:
        """An operation's line without a record, which would cost more than all the rest of it."""
        line = beginning(created, level)
        line.update(make(*given))
        return orjson.dumps(line, default=str).decode()

    def format(self, record: logging.LogRecord) -> str:
        line = beginning(record.created, record.levelno)
        if isinstance(record.msg, dict):
            line.update(record.msg)
        else:
            line |= {"logger": record.name, "message": record.getMessage()}
            if request_id := getattr(USAGE.get(), "request_id", None):
                line["requestId"] = request_id
            if record.exc_info:
                line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def beginning(created: float, level: int) -> Fields:
    second = int(created)
    moment = f"{second_text(second)}.{int((created - second) * 1000):03d}+00:00"
    return {"time": moment, "level": LEVELS.get(level) or logging.getLevelName(level).lower()}


@lru_cache(4)
def second_text(second: int) -> str:
    """Most lines are of the second of the one before."""
    return datetime.fromtimestamp(second, UTC).isoformat()[:19]


class TextFormatter(logging.Formatter):
    """The same for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """An operation in a phrase."""
        if isinstance(record.msg, dict):
            record.message = operation_text(record.msg)
        return super().formatMessage(record)


def operation_text(fields: Fields) -> str:
    """`AccountPage query: 200, 12.3 ms, statements 1, rows 34, bytes 1200`."""
    named = " ".join(filter(None, (fields.get("operationName"), fields.get("operationType")))) or "request"
    outcome = [str(fields[key]) for key in ("status", "code") if fields.get(key) is not None]
    figures = [f"{key} {fields[key]}" for key in ("statements", "rows", "bytes") if key in fields]
    return f"{named}: " + ", ".join([" ".join(outcome), f"{fields.get('durationMs', 0)} ms", *figures])
