"""Why the system refused, in the words of whoever reads it: `error.strerror` is English, or whatever the machine is set to."""

from __future__ import annotations

import errno

from shared.ledger.texts import has, t

REASONS = "os.reason"


def os_reason(error: BaseException | None) -> str:
    """A few words for an OSError; with the number alone where there are none, the kind of error where it has no number."""
    number = getattr(error, "errno", None)
    name = errno.errorcode.get(number, "") if number is not None else ""
    if name and has(f"{REASONS}.{name}"):
        return t(f"{REASONS}.{name}")
    return t("os.other", number=number if number is not None else type(error).__name__)
