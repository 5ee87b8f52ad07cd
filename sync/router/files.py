"""Chunks of files: copied from the author's files database to those of the audience, whichever comes first.

An accepted document *wants* the chunks that its manifests name. The wish is committed, then looked for
once; what is not there yet is found when the feed of the author's files database shows it. Wish then look,
chunk then feed: write then read on both sides, so no chunk is missed. A chunk that no accepted document of
that author names is never copied, so nobody reads a file by citing its hash, and a chunk that is not what
its id says is not copied at all.
"""

from __future__ import annotations

from collections.abc import Sequence

from sync.errors import SyncError
from sync.router import tuning
from sync.router.rules import RouterDatabases, Rules
from sync.router.store import RouterStore
from sync.router.values import Settlement, Wanted
from sync.router.work import copy, fetch, log, read_page


class Files:
    """See the module."""

    def __init__(self, databases: RouterDatabases, rules: Rules, store: RouterStore, worker: str) -> None:
        self._databases, self._rules, self._store = databases, rules, store
        # A database may hold documents and chunks: its feed is read for either with a checkpoint of its own.
        self._worker = f"files {worker}"

    def step(self, origin: str) -> int:
        """Take the next page of the feed of `origin`; returns its rows."""
        with self._databases.lease(origin) as peer:
            page = read_page(peer, origin, self._store.mark(origin, self._worker), tuning.ROUTER_BATCH)
        if not page.rows:
            return 0
        self._deliver(origin, self._store.wanted(origin, [leaf[0] for leaf in page.leaves]))
        self._store.settle(Settlement([page.mark]), self._worker)
        return page.rows

    def look(self) -> int:
        """Look for chunks that have just been wished for; returns how many copies were made."""
        made, failing = 0, set[str]()       # one database that fails must not keep the files of others back
        while fresh := self._store.fresh_wanted(without=failing):
            for origin in sorted({wish.origin for wish in fresh}):
                made += self._look_in(origin, [wish for wish in fresh if wish.origin == origin], failing)
        return made

    def _look_in(self, origin: str, wishes: Sequence[Wanted], failing: set[str]) -> int:
        made = 0
        for target in sorted({wish.target for wish in wishes} - failing):
            meant = [wish for wish in wishes if wish.target == target]
            try:
                done = self._deliver(origin, meant)
            except Exception as error:
                culprit = target if self._can_be_read(origin) else origin
                log.warning("chunks of %s for %s wait: %s fails: %r", origin, target, culprit, error)
                failing.add(culprit)
                if culprit == origin:
                    break
                continue
            made += len(done)
            self._store.looked([wish for wish in meant if wish not in done])
        return made

    def _can_be_read(self, name: str) -> bool:
        try:
            with self._databases.lease(name) as peer:
                peer.all_docs(limit=1)
        except SyncError:
            return False
        return True

    def _deliver(self, origin: str, wishes: Sequence[Wanted]) -> set[Wanted]:
        """Copy what is there; returns the wishes that came true. Raises SyncError."""
        if not wishes or not self._databases.exists(origin):
            return set()
        done, names = set[Wanted](), sorted({wish.chunk for wish in wishes})
        for start in range(0, len(names), tuning.ROUTER_CHUNK_BATCH):
            part = set(names[start : start + tuning.ROUTER_CHUNK_BATCH])
            done |= self._deliver_part(origin, [wish for wish in wishes if wish.chunk in part])
        return done

    def _deliver_part(self, origin: str, wishes: Sequence[Wanted]) -> set[Wanted]:
        with self._databases.lease(origin) as peer:
            rows = peer.all_docs(keys=sorted({wish.chunk for wish in wishes}))
            leaves = [(row.id, row.rev) for row in rows if row.rev is not None and not row.deleted]
            items = [item for item in fetch(peer, origin, leaves) if not item.error]
        sound = {item.doc["_id"]: item.stored() for item in items if self._rules.judge_chunk(item.doc)}
        if len(sound) < len(items):
            log.warning("%d chunks of %s are not what their ids say", len(items) - len(sound), origin)
        done = set[Wanted]()
        for target in sorted({wish.target for wish in wishes if wish.chunk in sound}):
            meant = [wish for wish in wishes if wish.target == target and wish.chunk in sound]
            failed = {key[0] for key in copy(self._databases, target, [sound[wish.chunk] for wish in meant])}
            came = [wish for wish in meant if wish.chunk not in failed]
            done.update(came)
            self._rules.chunks_came(target, [wish.chunk for wish in came])
        self._store.delivered(sorted(done, key=lambda wish: wish.chunk), {"chunks": len(done)})
        return done
