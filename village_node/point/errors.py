"""Every error a person at a service point can meet, as one Chinese sentence naming field, value and remedy.

    NodeError                     exit code
    |-- UsageError          2     what was typed or sent in is wrong (malformed JSON, unknown verb, bad field)
    |   `-- InvalidDraft    2     a field of a form is wrong; `fields` names each
    |-- NotEnrolled         1     HOME is not a service point yet
    |-- EnrolFailed         1     the hub did not give an identity; nothing was written
    |-- Refused             1     the rules do not allow this act now (custody, guard, role)
    |-- NotHere             1     no such case, file or person on this device
    |-- HubAbsent           1     no answer from the hub; work is safe here
    |   `-- NotThePublisher 1     an edge of the county answers there, which enrols nobody
    |-- HubSaidNo           1     the hub answered with a refusal (credentials, revoked)
    |-- Locked              1     nobody has opened this HOME since its program started: nothing reads or syncs
    |   `-- WrongSecret     1     PIN, start words or key file do not open it
    |-- StorageTrouble      1     disk full, wrong key, corrupt, newer version
    |-- WorkerBusy          1     another process already synchronises this HOME
    |-- AppBusy             1     another app is open on this HOME
    |-- SavedNotShown       1     the act is done and durable; only showing the result failed
    `-- IdentityFault       1     this HOME is a clone or an old copy: writing would fork the device's chain
Must not know: Kivy, HTTP, argparse. `words_for` is the one place that turns errors of `sync` into these.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from shared.ledger.files.pictures import BadFile
from shared.ledger.os_words import os_reason
from shared.ledger.texts import t
from sync import errors as sync_errors

log = logging.getLogger("village_node.errors")


class NodeError(Exception):
    """`sentence` is shown to the clerk as it is."""

    exit_code = 1

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class UsageError(NodeError):
    exit_code = 2


class InvalidDraft(UsageError):
    """`fields`: path of the field in the body ("parties.0.name") -> sentence."""

    def __init__(self, sentence: str, fields: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.fields = fields or {}


@contextmanager
def drafted() -> Iterator[None]:
    """A file that both programs refuse is told as a fault of the draft."""
    try:
        yield
    except BadFile as wrong:
        raise InvalidDraft(str(wrong)) from wrong


class NotEnrolled(NodeError):
    pass


class EnrolFailed(NodeError):
    pass


class Refused(NodeError):
    pass


class NotHere(NodeError):
    pass


class HubAbsent(NodeError):
    error = "unreachable"           # as `sync.errors.Unreachable`: a round that ends so had no line


class NotThePublisher(HubAbsent):
    pass


class HubSaidNo(NodeError):
    pass


class Locked(NodeError):
    pass


class WrongSecret(Locked):
    pass


class StorageTrouble(NodeError):
    pass


class AppBusy(NodeError):
    pass


class WorkerBusy(NodeError):
    pass


class IdentityFault(NodeError):
    pass


class SavedNotShown(NodeError):
    """Told apart from every other error so that nobody registers the same thing twice."""


@contextmanager
def after_saving(record: str) -> Iterator[None]:
    """Round what follows a committed act: whatever fails in here must not read as if the act had not been done."""
    try:
        yield
    except Exception as error:
        log.exception("%s is saved; what follows failed", record)
        raise SavedNotShown(t("node.error.saved_not_shown", id=record)) from error


_SYNC_WORDS: tuple[tuple[type[Exception], type[NodeError], str], ...] = (
    (sync_errors.DiskFull, StorageTrouble, "disk_full"),
    (sync_errors.WrongKey, StorageTrouble, "wrong_key"),
    (sync_errors.NewerVersion, StorageTrouble, "newer_version"),
    (sync_errors.NotAReplica, StorageTrouble, "not_a_replica"),
    (sync_errors.Corrupt, StorageTrouble, "corrupt"),
    (sync_errors.StorageError, StorageTrouble, "storage"),
    (sync_errors.Unreachable, HubAbsent, "unreachable"),
    (sync_errors.Unauthorized, HubSaidNo, "unauthorized"),
    (sync_errors.Forbidden, HubSaidNo, "forbidden"),
    (sync_errors.BadAnswer, HubSaidNo, "bad_answer"),
    (sync_errors.ServerError, HubAbsent, "hub_trouble"),
    (sync_errors.PeerError, HubSaidNo, "forbidden"),
    (sync_errors.Cancelled, HubAbsent, "cancelled"),
)


def words_for(error: Exception) -> NodeError:
    """The clerk's sentence for an error of `sync` or of the system; a NodeError comes back as it is.
    Anything else is a bug of ours and is raised again."""
    if isinstance(error, NodeError):
        return error
    if isinstance(error, sync_errors.ServerError) and error.status == sync_errors.QuotaExceeded.status:
        return HubAbsent(t("node.error.hub_full"))
    for kind, node_kind, key in _SYNC_WORDS:
        if isinstance(error, kind):
            return node_kind(t(f"node.error.{key}"))
    if isinstance(error, OSError):
        return StorageTrouble(t("node.error.os", reason=os_reason(error)))
    raise error
