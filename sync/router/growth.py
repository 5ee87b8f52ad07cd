"""Changes of an audience: who joins gets everything, ending with a grant; who leaves gets a withdrawal, then loses the documents.

    growth   (a) the row and the change are committed (`RouterStore.admit`)
             (b) then the consolidated database is scanned for the subject
             (c) its accepted documents are copied, the grant last; then the change is over
    shrink   the same with a withdrawal document first, and a purge of the accepted documents then

A scan takes only what the ledger calls accepted: in the consolidated database there may be documents that
somebody wrote there directly and nobody has judged yet; they will read the grown row themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sync.errors import ServerError
from sync.peer import Doc
from sync.router import tuning
from sync.router.rules import RouterDatabases, Rules
from sync.router.store import RouterStore
from sync.router.values import Change, Wanted, revision_key
from sync.router.work import Item, copy, fetch, lease_or_create, log


def accepted_items(
    databases: RouterDatabases, rules: Rules, store: RouterStore, subject: str, *, settled: bool = False
) -> list[Item]:
    """The subject's documents in the consolidated database that are accepted (or settled), in order of id."""
    start, end = rules.subject_range(subject)
    with databases.lease(rules.consolidated) as peer:
        rows = peer.all_docs(startkey=start, endkey=end)
        leaves = [(row.id, row.rev) for row in rows if row.rev is not None]
        known = store.known([revision_key(*leaf) for leaf in leaves], settled=settled)
        chosen = [leaf for leaf in leaves if revision_key(*leaf) in known]
        if len(chosen) < len(leaves):
            # A leaf that nobody accepted may have won over one that somebody did: look at all of them.
            doubtful = sorted({leaf[0] for leaf in leaves} - {leaf[0] for leaf in chosen})
            found = [doc for result in peer.bulk_get([{"id": i} for i in doubtful], revs=False) for doc in result.docs]
            others = {(doc["_id"], doc["_rev"]) for doc in found} - set(leaves)
            known = store.known([revision_key(*leaf) for leaf in others], settled=settled)
            chosen = sorted({*chosen, *(leaf for leaf in others if revision_key(*leaf) in known)})
        items = fetch(peer, rules.consolidated, chosen)
    for item in items:
        item.subject = subject
    return items


class Growth:
    """See the module."""

    def __init__(
        self,
        databases: RouterDatabases,
        rules: Rules,
        store: RouterStore,
        clock: Callable[[], float],
        on_step: Callable[[str], None],
        mine: Callable[[str], bool] = lambda subject: True,
    ) -> None:
        self._databases, self._rules, self._store, self._clock = databases, rules, store, clock
        self._on_step, self._mine = on_step, mine

    def run(self) -> int:
        """Make every change that is due; returns how many were made. A change that fails is put off."""
        made = 0
        for change in self._store.changes(self._clock(), self._mine):
            try:
                if change.gained:
                    self._grow(change)
                else:
                    self._shrink(change)
                made += 1
            except Exception as error:
                # A broken database or a rule's mistake delays this change, and no other work.
                log.warning("%s of %s waits: %r", change.database, change.subject, error)
                self._store.postpone(change, self._clock() + tuning.ROUTER_RETRY_S)
        return made

    def _grow(self, change: Change) -> None:
        items = accepted_items(self._databases, self._rules, self._store, change.subject)
        self._on_step("scanned")
        if change.database != self._rules.consolidated:
            failed = copy(self._databases, change.database, [item.stored() for item in items])
            if failed:
                raise ServerError(f"{len(failed)} documents are not taken: {next(iter(failed.values()))}")
            self._on_step("grown")
            docs = [item.doc for item in items]
            self._publish(change, self._rules.granted(change.subject, change.n, change.database, docs))
            self._on_step("granted")
        self._store.finish(change, self._wanted(change, items), {"grants": 1, "copied": len(items)})

    def _shrink(self, change: Change) -> None:
        items = accepted_items(self._databases, self._rules, self._store, change.subject)
        ids = [item.doc["_id"] for item in items]
        if self._databases.exists(change.database) and change.database != self._rules.consolidated:
            self._publish(change, self._rules.withdrawn(change.subject, change.n, change.database, ids))
            self._on_step("withdrawn")
            with self._databases.lease(change.database) as peer:
                peer.purge({item.doc["_id"]: [item.doc["_rev"]] for item in items})
            self._on_step("purged")
        self._store.finish(change, [], {"withdrawals": 1})

    def _publish(self, change: Change, doc: Doc | None) -> None:
        """Write the rules' document as it is, unless a former try (before a crash) has written it already."""
        if doc is None:
            return
        with lease_or_create(self._databases, change.database) as peer:
            if any(row.rev is not None for row in peer.all_docs(keys=[doc["_id"]])):
                return
            for result in peer.bulk_docs([doc], new_edits="_rev" not in doc):
                if not result.ok:
                    raise ServerError(f"{doc['_id']} is not taken: {result.error}: {result.reason}")

    def _wanted(self, change: Change, items: Sequence[Item]) -> list[Wanted]:
        target = self._rules.files_database(change.database)
        if target is None:
            return []
        origins = [(self._rules.files_database(self._rules.home(item.doc, item.source)), item) for item in items]
        return [
            Wanted(origin, chunk, target)
            for origin, item in origins
            if origin is not None and origin != target
            for chunk in self._rules.files(item.doc)
        ]
