"""Writing to the target: bodies in batches that suit the line, and what to do with those it refuses.

What lives here: halving, setting a poison document aside, the list of rejections per peer, the size of the next batch.
It reads no feed and knows no checkpoints.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from sync import errors
from sync.peer import Doc, Peer, Seq, WriteResult
from sync.replicator import tuning
from sync.replicator.log import peer_key
from sync.replicator.results import ReplicationResult

Side = Literal["push", "pull"]


class Rejections:
    """{id: {"rev", "error", "reason"}} that one peer refused (push), or that we refused from it (pull): one `_local` document
    of the local replica, so that a checkpoint may move past them without their being forgotten."""

    def __init__(self, local: Peer, peer_id: str, side: Side = "push") -> None:
        self._local = local
        self._id = f"{side}-rejected-{peer_key(peer_id)}"
        stored = local.get_local(self._id) or {}
        held = stored.get("rejected")
        self.by_id: dict[str, dict[str, Any]] = dict(held) if isinstance(held, dict) else {}
        self._rev: str | None = stored.get("_rev")
        self._dirty = False

    def add(self, result: WriteResult) -> None:
        entry = {"rev": result.rev, "error": result.error, "reason": result.reason}
        if self.by_id.get(result.id) != entry:
            self.by_id[result.id] = entry
            self._dirty = True
        if len(self.by_id) > tuning.MAX_REJECTED:
            raise errors.Forbidden(
                f"more than {tuning.MAX_REJECTED} documents were refused, the last because: {result.error}: {result.reason}"
            )

    def accepted(self, ids: Sequence[str]) -> None:
        for id in ids if self.by_id else ():
            self._dirty |= self.by_id.pop(id, None) is not None

    def to_retry(self, everything: bool) -> list[str]:
        """Ids to offer again: with `everything` all of them, else those at which the server broke down instead of refusing."""
        return [id for id, entry in self.by_id.items() if everything or entry.get("error") == errors.ServerError.error]

    def save(self) -> None:
        """Before the checkpoint moves."""
        if self._dirty:
            doc: dict[str, Any] = {"rejected": self.by_id}
            if self._rev is not None:
                doc["_rev"] = self._rev
            self._rev = self._local.put_local(self._id, doc)
            self._dirty = False


class Writer:
    """Stores documents at the target with `new_edits=false`. `budget` is the size of the next body in bytes, 0 for a target
    without a line."""

    def __init__(
        self,
        target: Peer,
        *,
        rejections: Rejections,
        result: ReplicationResult,
    ) -> None:
        self.rejections = rejections
        self._target = target
        self._result = result
        self._has_line = hasattr(target, "traffic")
        self.budget = tuning.PUSH_BYTES_START if self._has_line else 0
        self._suspects: list[tuple[Doc, errors.PeerError]] = []
        self._accepted_any = False
        self.own_seqs: list[tuple[Seq, Seq]] = []   # parts of the target's feed that are ours (`peer.WriteResults.seqs`)
        self.untold = 0                             # documents stored of which the target did not say where they stand

    def take_own_seqs(self) -> tuple[list[tuple[Seq, Seq]], int]:
        told = self.own_seqs, self.untold
        self.own_seqs, self.untold = [], 0
        return told

    # --- Upload Batch of Changed Documents ------------------------------------------------------------------------

    def write(self, docs: Sequence[Doc]) -> None:
        """Raises what concerns the whole target (Unreachable, Unauthorized, NotFound, ServerError ...), never one document."""
        for part in self._parts(docs):
            started = time.monotonic()
            self._send(part)
            self._adapt(time.monotonic() - started)
        if self._accepted_any:
            self._refuse_suspects()

    @property
    def undecided(self) -> bool:
        """Documents stand aside of which nobody knows yet whether they or the server are at fault: what follows will tell. The
        checkpoint must not pass them."""
        return bool(self._suspects)

    def settle(self) -> None:
        """At the end of a pass: what becomes of documents that were refused one by one. A server that answered 400 has read them,
        and its refusal is believed even if it accepted nothing else; one that broke down is believed only if it accepted others,
        else its answer is raised."""
        if self._suspects and not self._accepted_any and not isinstance(self._suspects[0][1], errors.BadRequest):
            raise self._suspects[0][1]
        self._refuse_suspects()

    def _send(self, docs: Sequence[Doc]) -> None:
        try:
            refused = self._target.bulk_docs(docs, new_edits=False)
        except (errors.Unauthorized, errors.Forbidden, errors.NotFound):
            raise               # the database itself is closed to us
        except errors.ServerError as error:
            if error.status != 500:
                raise           # 502, 503, 429, 408: not the documents' fault
            self._isolate(docs, error)
        except errors.PeerError as error:
            if isinstance(error, errors.TooLarge):
                self.budget = max(self.budget // 2, 1)
            self._isolate(docs, error)
        else:
            self._took(docs, refused)

    def _isolate(self, docs: Sequence[Doc], error: errors.PeerError) -> None:
        """The batch failed as a whole: halve it until the document that spoils it stands alone."""
        if len(docs) > 1:
            middle = len(docs) // 2
            self._send(docs[:middle])
            self._send(docs[middle:])
        elif isinstance(error, errors.TooLarge | errors.PreconditionFailed):
            self._refuse(docs[0], error)
        else:       # this document, or everything? What the next ones meet will tell
            self._suspects.append((docs[0], error))
            if len(self._suspects) >= tuning.MAX_SUSPECTS:
                raise error

    def _took(self, docs: Sequence[Doc], refused: Sequence[WriteResult]) -> None:
        self._accepted_any |= len(refused) < len(docs)
        seqs = getattr(refused, "seqs", None)
        if seqs is not None:
            self.own_seqs.append(seqs)
        else:
            self.untold += len(docs) - len(refused)
        refused_ids = {result.id for result in refused}
        self.rejections.accepted([doc["_id"] for doc in docs if doc["_id"] not in refused_ids])
        self._result.docs_written += len(docs) - len(refused)
        for result in refused:
            self._record(result)
        self._refuse_suspects()     # others pass

    def _refuse_suspects(self) -> None:
        """It is the document itself, or the one request was spoiled on its way: which, a second one tells."""
        suspects, self._suspects = self._suspects, []
        for suspect, _ in suspects:
            try:
                refused = self._target.bulk_docs([suspect], new_edits=False)
            except (errors.Unauthorized, errors.Forbidden, errors.NotFound):
                raise
            except errors.PeerError as error:
                if isinstance(error, errors.ServerError) and error.status != 500:
                    raise
                self._refuse(suspect, error)
            else:
                self._took([suspect], refused)

    def _refuse(self, doc: Doc, error: errors.PeerError) -> None:
        self._record(WriteResult(doc["_id"], doc.get("_rev"), error.error, error.reason))

    def _record(self, result: WriteResult) -> None:
        self._result.doc_write_failures += 1
        self._result.rejected[result.id] = f"{result.error}: {result.reason}"
        self.rejections.add(result)

    # --- sizes ----------------------------------------------------------------------------------------------------

    def _parts(self, docs: Sequence[Doc]) -> Iterator[Sequence[Doc]]:
        if not self.budget:
            if docs:
                yield docs
            return
        part: list[Doc] = []
        held = 0
        for doc in docs:
            size = len(msgspec.json.encode(doc))
            if part and held + size > 2 * self.budget:
                yield part
                part, held = [], 0
            part.append(doc)
            held += size
        if part:
            yield part

    def _adapt(self, seconds: float) -> None:
        """A batch should take about PUSH_SECONDS: the measured time decides, at most twice or half at a time."""
        if self.budget and seconds < tuning.PUSH_SECONDS / 2:
            self.budget = min(self.budget * 2, tuning.PUSH_BYTES_MAX)
        elif self.budget and seconds > tuning.PUSH_SECONDS * 2:
            self.budget = max(self.budget // 2, tuning.PUSH_BYTES_CUTS)

    def line_was_cut(self) -> None:
        if self._has_line:
            self.budget = tuning.PUSH_BYTES_CUTS
        self._suspects.clear()
