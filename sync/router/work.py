"""The pieces that all parts of a router share: an item of work, reading leaves, copying in batches.

An *item* is one revision of one document on its way through the steps. Here nothing is decided and nothing
remembered; it must not know rules nor the router's file.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.errors import PreconditionFailed
from sync.peer import ChangesRequest, Doc, Seq, WriteResult
from sync.router.rules import Audience, Decision, Outcome, RouterDatabases, RouterPeer
from sync.router.values import Key, Mark, Waiting, revision_key

log = logging.getLogger("sync.router")

Wrote = Callable[[str, Any, Sequence[WriteResult]], None]      # a database's name, its peer, what that answered
GONE = frozenset({"not_found", "missing", "deleted"})


@dataclass(slots=True)
class Item:
    """`decision` is None until the document is judged; `error` is the first failure in this pass, `preset`
    that a former pass or a person has accepted it already."""

    source: str
    doc: Doc
    revisions: dict[str, Any] | None = None
    subject: str = ""
    decision: Decision | None = None
    reason: str = ""
    preset: bool = False
    error: str = ""
    copy_error: str = ""
    outage: bool = False
    audience: Audience = field(default_factory=dict)
    chunks: list[str] = field(default_factory=list)
    waited: Waiting | None = None
    line: tuple[str, ...] = ()      # who gets it although it is held
    row_n: int | None = None        # which row of its subject did not hear it
    grown: tuple[Audience | None, Audience] | None = None       # the row before and after it, as the rules said in this step
    _key: Key | None = None         # of `doc`, which stays the one that it is

    @property
    def key(self) -> Key:
        if self._key is None:
            self._key = revision_key(str(self.doc["_id"]), str(self.doc.get("_rev")))
        return self._key

    @property
    def accepted(self) -> bool:
        return self.decision == "accept" and not self.error

    @property
    def kept(self) -> bool:
        """Held, and shown to some all the same."""
        return self.decision == "hold" and bool(self.line) and not self.error

    @property
    def outcome(self) -> Outcome:
        if self.error:
            return Outcome(self.source, self.doc, "hold", self.error)
        return Outcome(self.source, self.doc, self.decision or "hold", self.reason)

    def stored(self) -> Doc:
        """The document as `bulk_docs(new_edits=False)` takes it."""
        return self.doc if self.revisions is None else {**self.doc, "_revisions": self.revisions}


@dataclass(frozen=True, slots=True)
class Page:
    """Leaves of one page of a feed: (id, rev) pairs, the checkpoint after it, and the number of rows."""

    leaves: tuple[tuple[str, str], ...]
    mark: Mark
    rows: int
    restarted: bool = False


def position(peer: Any) -> tuple[str, str, Seq]:
    """(replica, epoch, newest seq) of a database. Asked of every one that has news, so a replica of ours answers with one
    statement instead of the six that tell how large it is as well."""
    if hasattr(peer, "update_seq"):
        return peer.replica_id, peer.epoch, peer.update_seq()
    info = peer.info()
    return info.peer_id, info.epoch, info.update_seq


def read_page(peer: RouterPeer, source: str, mark: Mark | None, limit: int) -> Page:
    """The next page of the feed after `mark`; from zero when `mark` speaks of another replica or epoch."""
    peer_id, epoch, newest = position(peer)
    same = mark is not None and (mark.peer_id, mark.epoch) == (peer_id, epoch)
    if mark is not None and same and mark.seq == newest:
        return Page((), mark, 0)
    since: Seq = mark.seq if mark is not None and same else 0
    restarted, own = mark is not None and not same, getattr(peer, "leaves_after", None)
    if own is not None:         # a replica of ours
        found, upto = own(since, limit)
        pairs = tuple((id, rev) for id, revs in found if not id.startswith("_design/") for rev in revs)
        return Page(pairs, Mark(source, peer_id, epoch, upto), len(found), restarted)
    feed = peer.changes(ChangesRequest(since=since, limit=limit, style="all_docs"))
    try:
        rows = list(feed)
    finally:
        feed.close()
    leaves = tuple((row.id, rev) for row in rows if not row.id.startswith("_design/") for rev in row.revs)
    return Page(leaves, Mark(source, peer_id, epoch, feed.last_seq), len(rows), restarted)


def fetch(peer: RouterPeer, source: str, leaves: Sequence[tuple[str, str]]) -> list[Item]:
    """The documents of these leaves. One that cannot be read becomes an item with an error, never silence;
    one that was purged meanwhile is left out."""
    if not leaves:
        return []
    # A first generation has no history to tell.
    revs, wanted = any(not rev.startswith("1-") for _, rev in leaves), [{"id": id, "rev": rev} for id, rev in leaves]
    stored = None if revs else getattr(peer, "bulk_get_stored", None)       # a replica of ours
    items = []
    for result in stored(wanted) if stored is not None else peer.bulk_get(wanted, revs=revs):
        for found in result.docs:
            items.append(Item(source, *_apart(found)))
        for failure in result.errors:
            if failure.get("error") not in GONE:
                stub = {"_id": result.id, "_rev": failure.get("rev")}
                items.append(Item(source, stub, error=f"cannot be read: {failure.get('reason')}"))
    return items


def _apart(found: Doc) -> tuple[Doc, dict[str, Any] | None]:
    """The document, and its history where it has one to tell."""
    if "_revisions" not in found:
        return found, None
    doc = dict(found)
    history = doc.pop("_revisions")
    return doc, None if history.get("start") == 1 else history


def again(databases: RouterDatabases, waiting: Waiting) -> Item:
    """A waiting document as an item, read again from its source (which tells its history too)."""
    leaf = (waiting.doc["_id"], waiting.doc.get("_rev") or "")
    item = Item(waiting.source, waiting.doc)
    if databases.exists(waiting.source):
        with databases.lease(waiting.source) as peer:
            item = next((found for found in fetch(peer, waiting.source, [leaf]) if not found.error), item)
    item.waited, item.preset = waiting, waiting.state in ("released", "copy")
    item.reason = waiting.reason if waiting.state == "released" else ""
    return item


def lease_or_create(databases: RouterDatabases, name: str) -> Any:
    """A lease of `name`, made if it is not there: copies are never lost for want of a database."""
    if not databases.exists(name):
        try:
            databases.create(name)
        except PreconditionFailed:      # somebody else has just made it
            log.debug("database %s appeared by itself", name)
    return databases.lease(name)


def copy(databases: RouterDatabases, target: str, docs: Sequence[Doc],
         wrote: Wrote | None = None) -> dict[tuple[str, str], str]:
    """Store these revisions in `target` as they are. Returns {(id, rev): reason} of those that it refused. `wrote(target, peer,
    answer)` hears what the database said."""
    with lease_or_create(databases, target) as peer:
        results = peer.bulk_docs(list(docs), new_edits=False)
        if wrote is not None:
            wrote(target, peer, results)
    failed = {result.id: f"{result.error}: {result.reason}" for result in results if not result.ok}
    return {(doc["_id"], doc["_rev"]): failed[doc["_id"]] for doc in docs if doc["_id"] in failed} if failed else {}


def attempt(items: Iterable[Item], act: Callable[[Item], None], what: str) -> None:
    """Do `act` for each item; an exception of a rule is that item's error and nobody else's."""
    for item in items:
        try:
            act(item)
        except Exception as error:
            # A rule met a document it was not made for: the document waits, then goes to a person; the rest
            # goes on.
            log.warning("%s of %s failed: %r", what, item.doc.get("_id"), error)
            item.error = f"{what} failed: {type(error).__name__}: {error}"


Counts = Mapping[str, int]
