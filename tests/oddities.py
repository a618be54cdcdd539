"""Values that are likely to be taken differently by two databases, and some that nothing should take."""

from __future__ import annotations

import base64
from typing import Any

TEXTS = (
    "", " ", "a", "A", "Müller", "MÜLLER", "muller", "mu\u0308ller", "ß", "SS", "Łódź", "ñ", "n\u0303", "İ", "ı", "ﬁ",
    "Σ", "ς", "%", "_", "a_b%c", "\\", "\\%", "100%", 'q"\\', "'", "''; --", "🙂", "👩‍👩‍👧", "🇵🇱", "e\u0301\u0327",
    "\u0301", "日本", "ا", "\u200b", "line\nline", "tab\tx", "\r\n", "\u0000", "\u001f", "\ufeff", "\U0010ffff",
    "\ud800", "  two  ", "{}", "$1", ":x", "?", "null", "x" * 300,
)  # fmt: skip
EMAILS = (
    "a@example.com", "Ü@exämple.com", "A@EXAMPLE.com", "x", "a@b", " a@example.com ", "a@example.com;b@example.com",
)  # fmt: skip
URLS = (
    "https://example.com", "example.com", "javascript:alert(1)", "https://ex ample", "https://exämple.com/ü?x=%20",
)  # fmt: skip
DECIMALS = (
    "0", "-0", "0.0", "-0.00", "1", "1.5", "-1.005", "0.005", "0.015", "2.5", "1e3", "1E-10", "1e-30", "10.10",
    "99999999999.99", "922337203685477.58", "-922337203685477.5808", "9223372036854775807", "9223372036854775808",
    "123456789012345678901234567890", "1e40", "1e400", "NaN", "Infinity", "", "x", " 1", "1_000", "٣", "+1", ".5",
    "5.", "0x10", 1, -3, 0, 1.5, 0.1, 1e22, 2**63, True,
)  # fmt: skip
INTS = (
    0, 1, 2, 3, 5, 12, -1, 60, 2**31 - 1, -(2**31), 2**31, 1.0, 1.5, "1", True, 1e10,
)  # fmt: skip
BIGS = (
    "0", "-1", "5", str(2**53), str(2**53 + 1), str(2**63 - 1), str(-(2**63)), str(2**63), "1.0", "x", 7, 2**53 + 1,
    2**63, 1.0, 1.5,
)  # fmt: skip
DATES = (
    "2026-11-21", "2026-01-01", "2000-01-01", "1999-12-31", "1970-01-01", "1969-12-31", "2024-02-29", "0001-01-01",
    "9999-12-31", "2026-02-29", "0000-01-01", "10000-01-01", "2026-1-1", "20260101", "2026-11-21T00:00:00Z", "",
    "2026-W01-1", 5,
)  # fmt: skip
MOMENTS = (
    "2026-11-21T10:00:00Z", "2026-02-01T12:00:00.5+00:00", "2026-02-01T12:00:00.000001Z", "1970-01-01T00:00:00Z",
    "1969-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-01:00",
    "0001-01-01T00:00:00+01:00", "2026-10-25T02:30:00+02:00", "2026-02-01", "2026-02-01T12:00",
    "2026-02-01T24:00:00Z", "2026-06-30T23:59:60Z", "2026-02-01T12:00:00.1234567Z", "2026-02-01 12:00:00Z", "x",
    "2026-02-01T12:00:00z", "2026-02-01T12:00:00+14:00", "2026-02-01T12:00:00-23:59", "2026-02-01T12:00:00+05:30:15",
)  # fmt: skip
DOCUMENTS = (
    {}, [], 1, 1.0, -0.0, 0.1, 1e22, 1.5e300, 2**53 + 1, 2**63, -(2**63) - 1, 10**30, "", "ü\u0000", "\ud800", True,
    [None, [[]]], {"b": 1, "a": {"ñ": [1, 2.50, "x"]}, "": None}, {"😀": "\\u0000"}, "🙂\\\"/", {"a" * 50: "b" * 100},
    None,
)  # fmt: skip
ZONES = (
    "UTC", "Europe/Warsaw", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Nowhere/Nothing", "", "+02:00",
    "europe/warsaw",
)  # fmt: skip
FILES = (
    "", base64.b64encode(b"A\0\xff").decode(), "!", "QQ", "QQ==\n",
)  # fmt: skip
NUMBERS: dict[str, tuple[Any, ...]] = {
    "first": (0, 1, 2, 3, 5, 10, 10, 20), "last": (0, 1, 2, 3, 5), "offset": (0, 1, 2, 7, 10**6, 2**31 - 1),
    "atMost": (1, 2, 5, 20, 50, 500), "ifVersion": (1, 1, 1, 2, 3), "n": (1, 2, 30, 400, 10**5, 2**31 - 1),
}  # fmt: skip
POOLS: dict[str, tuple[Any, ...]] = {
    "Int": INTS, "BigInt": BIGS, "Decimal": DECIMALS, "Money": DECIMALS, "Date": DATES, "DateTime": MOMENTS,
    "JSON": DOCUMENTS, "Base64": FILES,
}  # fmt: skip
