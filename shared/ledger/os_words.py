"""Why the system refused, and why a file says nothing that can be used, in the words of whoever reads it: `error.strerror` is
English or whatever the machine is set to, and what parsers say is English."""

from __future__ import annotations

import csv
import errno
import re

from shared.ledger.texts import has, t

REASONS = "os.reason"
_PLACE = re.compile(r"line ([0-9]+),? column ([0-9]+)")


def os_reason(error: BaseException | None) -> str:
    """A few words for an OSError; with the number alone where there are none, the kind of error where it has no number."""
    number = getattr(error, "errno", None)
    name = errno.errorcode.get(number, "") if number is not None else ""
    if name and has(f"{REASONS}.{name}"):
        return t(f"{REASONS}.{name}")
    return t("os.other", number=number if number is not None else type(error).__name__)


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
