"""What `sync` and the ledger refuse, in words for the person who can mend it: their own sentences are English, for logs."""

from __future__ import annotations

import logging

from shared.ledger.errors import ChainClosed, DomainError, Refused, StaleHead, shown
from shared.ledger.texts import t
from sync import errors
from sync.errors import SyncError

log = logging.getLogger("county_hub.errors")

# the first that fits
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (errors.DiskFull, "disk_full"), (errors.WrongKey, "wrong_key"), (errors.NewerVersion, "newer"),
    (errors.StorageError, "storage"),
    (errors.Unreachable, "unreachable"), (errors.Unauthorized, "unauthorized"), (errors.Forbidden, "forbidden"),
    (errors.NotFound, "not_found"), (errors.Conflict, "conflict"), (errors.PreconditionFailed, "exists"),
    (errors.TooLarge, "too_large"), (errors.QuotaExceeded, "full"), (errors.ServerError, "server"), (errors.BadAnswer, "answer"),
    (errors.PeerError, "answer"), (errors.Cancelled, "cancelled"), (StaleHead, "stale"), (ChainClosed, "chain"),
)


def reason(error: SyncError | DomainError) -> str:
    """A few words with the remedy; what was said in English goes to the log."""
    log.warning("%s: %s", type(error).__name__, error)
    if isinstance(error, Refused):
        return t("hub.why.refused", field=error.field, value=shown(error.value))
    key = next((key for kind, key in _WORDS if isinstance(error, kind)), "other")
    return t(f"hub.why.{key}", status=getattr(error, "status", ""))
