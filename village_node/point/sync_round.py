"""One round of synchronisation: what is done with the hub, in which order, and what came of it.

    clock offset -> directory pull -> statement -> events pull -> own chain checked -> events push -> receipt awaited -> files

Records never wait behind files; nothing is written to the hub before the device has checked that it is not
a clone or an old copy of itself (DESIGN.md 5.4). An outcome is a value: a bad line is no exception, for
records are safe here. Must not know: when rounds happen (`sync_worker`), screens.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Iterator
from typing import Any

from shared.json_log import in_session, new_session
from shared.ledger.errors import ChainClosed
from shared.ledger.texts import t
from sync import replicator
from sync.errors import Cancelled, Forbidden, SyncError
from sync.peer import ChangeRow, ChangesFeed, ChangesRequest
from sync.replica import LocalReplica
from village_node.point import chain_check, delivery, housekeeping, limits
from village_node.point.errors import IdentityFault, NodeError, words_for
from village_node.point.hub_client import HubClient
from village_node.point.leaving import hand_over
from village_node.point.node import Node
from village_node.point.safe import lease
from village_node.point.statement import statement_of
from village_node.point.updates.updates import Updates
from village_node.point.upkeep import line as lines
from village_node.point.upkeep import space
from village_node.point.upkeep.wishes import files_may_go
from village_node.point.values import SyncProgress, SyncRound

log = logging.getLogger("village_node.sync")
Tell = Callable[[SyncProgress], None]
# How the newest rounds ended, the last one last: of what the county is told how many were cut.
_ROUNDS_KEPT, _DONE, _CUT = 100, ".", "x"
_MOST_OFFERED = 500       # heads of a lost life that one request brings back; the hub keeps no more


def run_round(node: Node, *, cancel: threading.Event | None = None, progress: Tell | None = None,
              receipt_wait_s: float = limits.RECEIPT_WAIT_S, hub: HubClient | None = None,
              line: Callable[[], lines.Line] = lines.kind) -> SyncRound:
    """One whole round; `line` is asked before photographs go. Raises StorageTrouble only; every other failure is in the
    outcome."""
    client = hub or node.hub()
    client.session = new_session(os.urandom)
    with in_session(client.session):
        return _run(_Round(node, client, cancel or threading.Event(), progress or (lambda _: None), line), receipt_wait_s)


def _run(work: _Round, receipt_wait_s: float) -> SyncRound:
    started = work.node.clock()
    error, sentence = "", ""
    try:
        work.all_stages(receipt_wait_s)
    except Cancelled:
        error, sentence = "cancelled", t("node.error.cancelled")
    except IdentityFault as fault:
        error, sentence = "identity", fault.sentence
    except (SyncError, NodeError, OSError) as failure:
        log.warning("round failed: %s", failure)
        error = getattr(failure, "error", type(failure).__name__)
        sentence = words_for(failure).sentence
    return _finish(work, started, error, sentence)


def _finish(work: _Round, started: int, error: str, sentence: str) -> SyncRound:
    node, finished = work.node, work.node.clock()
    rounds = (str(node.home.state().get("rounds") or "") + (_CUT if error else _DONE))[-_ROUNDS_KEPT:]
    told = {"rounds": rounds, "last_session": work.hub.session}
    if error:
        node.home.update_state(last_error=sentence, last_error_at=finished, last_error_kind=error, **told)
    else:
        node.home.update_state(last_error="", last_error_kind="", last_success=finished, **told)
        lease.renew(node.home, node.now(), lease.days_of(node.directory.setting("sign_in_days")))
    book = delivery.book(node)
    events, files = book.event_summary(), book.file_summary()
    if not error:
        sentence = t("node.sync.done") if events.waiting == 0 else t("node.sync.done_waiting", count=events.waiting)
    work.tell("failed" if error else "done")
    return SyncRound(not error, started, finished, sentence, error, work.figures, events, files, work.hub.session)


class _Round:
    def __init__(self, node: Node, hub: HubClient, cancel: threading.Event, progress: Tell,
                 line: Callable[[], lines.Line]) -> None:
        self.node, self.hub, self.cancel, self._progress, self._line = node, hub, cancel, progress, line
        self.figures: dict[str, Any] = {}

    def all_stages(self, receipt_wait_s: float) -> None:
        self.measure_clock()
        try:
            self.pull_directory()
        except Forbidden:
            hand_over.after_refusal(self.node, self.hub, self.cancel, receipt_wait_s)
            raise
        hand_over.in_service(self.node)
        self.state()
        pushed = self.exchange_events()
        self.exchange_closed()
        if pushed:
            self.await_receipt(receipt_wait_s)
        housekeeping.tidy(self.node)
        Updates(self.node).ask_now_and_then(self.hub)
        self.exchange_files()

    def tell(self, stage: str, done: int = 0, total: int | None = None, *, pace: replicator.Progress | None = None) -> None:
        per_s, left = (pace.docs_per_s, pace.seconds_left) if pace is not None else (0.0, None)
        self._progress(SyncProgress(stage, t(f"node.sync.stage.{stage}"), done, total, per_s, left))

    def measure_clock(self) -> None:
        self.tell("directory")
        told = self.hub.time(self.node.clock)
        # The moment is the floor under a clock that falls back later; the hub's newest word replaces it.
        self.node.home.update_state(clock_offset_ms=told.offset_ms, hub_epoch=told.epoch,
                                    hub_time=self.node.clock() + told.offset_ms)
        self._look()

    def pull_directory(self) -> None:
        with self.hub.peer("directory") as peer:
            run = replicator.Replicator(
                peer, self.node.directory_replica, local="target", cancel=self.cancel, progress=self._hook("directory")
            )
            self.figures["directory"] = {"pull": _figures(self._run(run))}
        self.node.reload_directory()
        self.offer_heads()

    def offer_heads(self) -> None:
        """Heads that a restored hub lost, once for each of its lives: what was written meanwhile cites them."""
        lost, life = self.node.history.aside(), self.node.hub_epoch()
        if lost and self.node.home.state().get("heads_offered") != life and self.hub.offer(lost[-_MOST_OFFERED:]):
            self.node.home.update_state(heads_offered=life)

    def state(self) -> None:
        """Where the own chain ends and which directory is held, before any record: of the newest one, so after its pull. A HOME
        that knows itself to be an old copy says nothing, for it would speak for the other."""
        if chain_check.fault(self.node):
            return
        try:
            statement = statement_of(self.node)
        except ChainClosed as closed:
            log.warning("nothing is stated: %s", closed)
            return
        heard = self.hub.state(statement)
        if heard is not None:
            self.node.home.update_state(contacts={"heard": heard, "at": self.node.clock()})
        self._look()

    def exchange_events(self) -> int:
        """Pull, check the own chain, push. Returns how many documents were pushed."""
        node = self.node
        self.tell("events")
        with self.hub.peer("office") as peer:
            figures = self.figures["office"] = {}
            pull = replicator.Replicator(peer, node.office, local="target", own_filter=node.own_filter(),
                                         batch_size=limits.PULL_ROWS, cancel=self.cancel, progress=self._hook("events"),
                                         first=self._newest(peer))
            figures["pull"] = _figures(self._run(pull, flush=False))
            housekeeping.take_back(node, peer, self.cancel)
            book = delivery.book(node)
            chain_check.before_push(node, book)
            # Both directions share one look at the logs: with nothing new a pair costs two small requests.
            push = replicator.Replicator(_Onward(node.office, book.signed), peer, local="source", cancel=self.cancel,
                                         progress=self._hook("events"), logs=pull.logs, known=pull.known)
            figures["push"] = _figures(self._run(push))
            self._remember_peer("office", peer, result=push.result)
            return int(figures["push"]["docs_written"])

    def _newest(self, peer: Any) -> tuple[str, ...]:
        """On a device that holds nothing yet: what was written last, to be copied first. Cases that somebody works on are among
        it, so people can begin while the rest comes."""
        if self.node.office.update_seq():
            return ()
        feed = peer.changes(ChangesRequest(descending=True, limit=limits.NEWEST_FIRST), cancel=self.cancel)
        try:
            return tuple(row.id for row in feed if not row.deleted)
        finally:
            feed.close()

    def await_receipt(self, wait_s: float) -> None:
        """The router judges within a second or two: look a few times, then leave it to the next round."""
        self.tell("receipt")
        until, pause = time.monotonic() + wait_s, 0.25
        with self.hub.peer("office") as peer:
            while delivery.book(self.node).event_summary().waiting and time.monotonic() < until:
                if self.cancel.wait(pause):
                    raise Cancelled("cancelled while waiting for the receipt")
                pause = min(pause * 1.6, 2.0)
                run = replicator.Replicator(peer, self.node.office, local="target", own_filter=self.node.own_filter(),
                                            cancel=self.cancel)
                _add(self.figures["office"]["pull"], _figures(self._run(run)))

    def exchange_closed(self) -> None:
        """Sealed bodies, only when some event's body is to go or to come: most offices have none, and pay no request for it."""
        node = self.node
        if not self.hub.has("closed") or not (delivery.unsent_bodies(node) or _absent_bodies(node)):
            return
        self.tell("closed")
        with self.hub.peer("closed") as peer:
            result = replicator.sync(node.closed, peer, cancel=self.cancel, progress=self._hook("closed"))
            self.figures["closed"] = {"pull": _figures(result.pull), "push": _figures(result.push)}
            self._remember_peer("closed", peer, result=result.push)

    def exchange_files(self) -> None:
        if not self.hub.has("files"):
            return
        if not files_may_go(self.node.home, self._line):
            return
        self.tell("files")
        with self.hub.peer("files") as peer:
            space.bring_back(self.node, peer, self.cancel)
            result = replicator.sync(self.node.files, peer, ask_first=True, cancel=self.cancel,
                                     progress=self._hook("files"))
            self.figures["files"] = {"pull": _figures(result.pull), "push": _figures(result.push)}
            self._remember_peer("files", peer, result=result.push)

    def _run(self, run: replicator.Replicator, *, flush: bool = True) -> replicator.ReplicationResult:
        result = run.run(flush=flush)
        self._look()
        return result

    def _look(self) -> None:
        if self.cancel.is_set():
            raise Cancelled("cancelled")

    def _remember_peer(self, kind: str, peer: Any, *, result: replicator.ReplicationResult) -> None:
        """Delivery is counted against the hub's replica: asked when something was sent to it, or when another address answers."""
        if result.docs_read or not self.node.is_met(kind, self.hub.url):
            self.node.remember_peer(kind, peer.info(), self.hub.url)

    def _hook(self, stage: str) -> Callable[[replicator.Progress], None]:
        return lambda step: self.tell(stage, step.done, step.total, pace=step)


class _Onward:
    """The office's replica as the source of a push: its feed leaves receipts out. The hub knows its own; a relay's says something
    of the township alone, and would only be refused there (over HTTP nobody writes what is published). Left out, too, is what a
    receipt proves (`accepted`): another edge of the hub is not offered it once more."""

    def __init__(self, replica: LocalReplica, accepted: Collection[str]) -> None:
        self._replica, self._accepted = replica, accepted

    def __getattr__(self, name: str) -> Any:
        return getattr(self._replica, name)

    def changes(self, request: ChangesRequest, **options: Any) -> _Feed:
        return _Feed(self._replica.changes(request, **options), self._accepted)


class _Feed:
    def __init__(self, feed: ChangesFeed, accepted: Collection[str]) -> None:
        self._feed, self._accepted = feed, accepted

    def __getattr__(self, name: str) -> Any:
        return getattr(self._feed, name)

    def __iter__(self) -> Iterator[ChangeRow]:
        return (row for row in self._feed if not row.id.startswith("receipt:") and row.id not in self._accepted)


def _absent_bodies(node: Node) -> bool:
    """Is there a sealed event here whose body is not? (Bodies for others' devices alone never come.)"""
    ids = sorted({f"sealed:{digest}" for _, digest, _ in node.tables.sealed()})
    rows = node.closed.all_docs(keys=ids) if ids else []
    return any(getattr(row, "rev", None) is None for row in rows)


_COUNTED = ("docs_read", "docs_written", "doc_write_failures", "requests", "bytes_sent", "bytes_received", "seconds")


def _figures(result: replicator.ReplicationResult) -> dict[str, Any]:
    made = {name: getattr(result, name) for name in _COUNTED}
    return {**made, "seconds": round(result.seconds, 3), "rejected": dict(result.rejected)}


def _add(total: dict[str, Any], more: dict[str, Any]) -> None:
    for name in _COUNTED:
        total[name] = round(total[name] + more[name], 3)
