"""Every error of `sync`. One place draws the tree; `endpoint` turns it into HTTP, the programs turn it into words.

    SyncError                     status  CouchDB "error"
    |-- PeerError                         the other side answered, and the answer is an error
    |   |-- BadRequest             400    bad_request
    |   |-- Unauthorized           401    unauthorized
    |   |-- Forbidden              403    forbidden          a refusal: a validator or the authoriser said no
    |   |-- NotFound               404    not_found
    |   |-- MethodNotAllowed       405    method_not_allowed
    |   |-- NotAcceptable          406    not_acceptable
    |   |-- Conflict               409    conflict
    |   |-- PreconditionFailed     412    file_exists | missing_stub
    |   |-- TooLarge               413    too_large
    |   |-- UnsupportedMedia       415    bad_content_type
    |   |-- RangeNotSatisfiable    416    requested_range_not_satisfiable
    |   |-- ExpectationFailed      417    expectation_failed
    |   |-- NotImplementedByPeer   501    not_implemented
    |   `-- ServerError            5xx    internal_server_error (also 408, 429: worth another try)
    |       `-- QuotaExceeded      507    insufficient_storage   this one has stored enough here for now
    |-- Unreachable                       no answer: refused, cut, silent; worth another try
    |-- BadAnswer                         the peer's answer breaks the protocol (not JSON, a wrong shape, a contradiction)
    |-- StorageError                      the local file: not a replica, wrong key, newer version, disk full, corrupt
    |   |-- NotAReplica
    |   |-- WrongKey
    |   |-- NewerVersion
    |   |-- DiskFull
    |   `-- Corrupt
    `-- Cancelled                         the caller's cancel flag was set; nothing is wrong
"""

from __future__ import annotations


class SyncError(Exception):
    """Base of all errors raised on purpose by `sync`."""

    status: int = 500
    error: str = "internal_server_error"

    def __init__(self, reason: str, *, error: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        if error is not None:
            self.error = error


class PeerError(SyncError):
    """An error with a CouchDB status: raised by a replica, sent by an endpoint, rebuilt by a remote peer."""


class BadRequest(PeerError):
    status, error = 400, "bad_request"


class Unauthorized(PeerError):
    status, error = 401, "unauthorized"


class Forbidden(PeerError):
    status, error = 403, "forbidden"


class NotFound(PeerError):
    status, error = 404, "not_found"


class MethodNotAllowed(PeerError):
    status, error = 405, "method_not_allowed"


class NotAcceptable(PeerError):
    status, error = 406, "not_acceptable"


class Conflict(PeerError):
    status, error = 409, "conflict"


class PreconditionFailed(PeerError):
    status, error = 412, "file_exists"


class TooLarge(PeerError):
    status, error = 413, "too_large"


class UnsupportedMedia(PeerError):
    status, error = 415, "bad_content_type"


class RangeNotSatisfiable(PeerError):
    status, error = 416, "requested_range_not_satisfiable"


class ExpectationFailed(PeerError):
    status, error = 417, "expectation_failed"


class NotImplementedByPeer(PeerError):
    status, error = 501, "not_implemented"


class ServerError(PeerError):
    """5xx, 408 or 429 from the peer. `retry_after` is in seconds when the peer named it."""

    def __init__(
        self, reason: str, *, status: int = 500, error: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(reason, error=error)
        self.status = status
        self.retry_after = retry_after


class QuotaExceeded(ServerError):
    """What one principal may keep is used up; `retry_after` is in seconds when waiting helps. A peer hears ServerError 507."""

    status, error = 507, "insufficient_storage"

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason, status=507, error="insufficient_storage", retry_after=retry_after)


class Unreachable(SyncError):
    """No answer from the peer (refused, cut, silent for longer than the read timeout)."""

    error = "unreachable"


class BadAnswer(SyncError):
    """The peer answered with something that is not the protocol."""

    error = "bad_answer"


class StorageError(SyncError):
    error = "storage"


class NotAReplica(StorageError):
    error = "not_a_replica"


class WrongKey(StorageError):
    error = "wrong_key"


class NewerVersion(StorageError):
    error = "newer_version"


class DiskFull(StorageError):
    status, error = 507, "disk_full"


class Corrupt(StorageError):
    error = "corrupt"


DAMAGED = (Corrupt, NotAReplica)
"""Nothing of this one file can be relied on; other files are none the worse."""


class Cancelled(SyncError):
    error = "cancelled"


_BY_STATUS: dict[int, type[PeerError]] = {
    cls.status: cls
    for cls in (
        BadRequest, Unauthorized, Forbidden, NotFound, MethodNotAllowed, NotAcceptable, Conflict,
        PreconditionFailed, TooLarge, UnsupportedMedia, RangeNotSatisfiable, ExpectationFailed,
        NotImplementedByPeer,
    )
}


def from_status(status: int, error: str | None, reason: str, retry_after: float | None = None) -> PeerError:
    """Rebuild the error that a peer sent as HTTP `status` with `{"error", "reason"}`."""
    cls = _BY_STATUS.get(status)
    if cls is not None:
        return cls(reason, error=error)
    if status >= 500 or status in (408, 429):
        return ServerError(reason, status=status, error=error, retry_after=retry_after)
    made = BadRequest(reason, error=error)
    made.status = status
    return made
