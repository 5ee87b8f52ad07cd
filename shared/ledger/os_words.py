"""Why the system refused, and why a file says nothing that can be used, in the words of whoever reads it: `error.strerror` is
English or whatever the machine is set to, and what parsers say is English."""

from __future__ import annotations

import csv
import errno
import re
import socket
import ssl
from collections.abc import Iterator

from shared.ledger.texts import has, t

REASONS = "os.reason"
DEEPEST = 6         # errors in errors that are looked into: a client of HTTP wraps four times
_PLACE = re.compile(r"line ([0-9]+),? column ([0-9]+)")


def os_reason(error: BaseException | None) -> str:
    """A few words for an OSError, or for what lies behind it where a library has wrapped it; with the number alone where there
    are no words for it."""
    numbers = list[int]()
    for one in _behind(error, DEEPEST):
        if isinstance(one, ssl.SSLError):           # its number is OpenSSL's, not the system's
            return t("os.tls")
        if isinstance(one, socket.gaierror):
            return t("os.no_host")
        if isinstance(one, TimeoutError):
            return t(f"{REASONS}.ETIMEDOUT")
        number = getattr(one, "errno", None)
        if isinstance(number, int):
            name = errno.errorcode.get(number, "")
            if name and has(f"{REASONS}.{name}"):
                return t(f"{REASONS}.{name}")
            numbers.append(number)
    return t("os.other", number=numbers[0]) if numbers else t("os.unknown")


def _behind(error: BaseException | None, depth: int) -> Iterator[BaseException]:
    """The error and what it was raised for."""
    if error is None or not depth:
        return
    yield error
    inside = (getattr(error, "reason", None), *error.args, error.__cause__, error.__context__)
    for one in inside:
        if isinstance(one, BaseException):
            yield from _behind(one, depth - 1)


def read_reason(error: BaseException) -> str:
    """A few words for what reading or parsing a file raised: of the system, of its letters, of its cells, or of its form with the
    place where the parser tells one (JSON, TOML)."""
    if isinstance(error, OSError):
        return os_reason(error)
    if isinstance(error, UnicodeError):
        return t("os.encoding")
    if isinstance(error, csv.Error):
        return t("os.cell", most=csv.field_size_limit())
    found = _PLACE.search(str(error))
    return t("os.place", line=found[1], column=found[2]) if found else t("os.content")
