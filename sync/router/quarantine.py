"""Documents that were not accepted: quarantine, release, and what waits.

    quarantine:<32 hex>  {"kind": "quarantine", "source", "subject", "doc_id", "doc_rev", "reason", "received_at": ms,
                          "doc": {...}}
    release:<32 hex>     {"kind": "release", "quarantine": id, "by", "released_at": ms}

Both are of the first generation, named by the hash of the refused document's whole content, and never
deleted: the quarantine is the proof that nothing vanished, the release that a person decided. A released
document is accepted whatever the judge says, also after the router's file was made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sync.errors import NotFound, ServerError
from sync.peer import Doc
from sync.router.rules import RouterDatabases, Rules
from sync.router.store import RouterStore, Waiting, content_key
from sync.router.work import Item, lease_or_create

QUARANTINE, RELEASE = "quarantine:", "release:"


def quarantine_id(doc: Doc) -> str:
    """The id under which this document lies in quarantine, if it does."""
    return QUARANTINE + content_key(doc).hex()


class Custody:
    """See the module."""

    def __init__(
        self, databases: RouterDatabases, rules: Rules, store: RouterStore, clock: Callable[[], float]
    ) -> None:
        self._databases, self._rules, self._store, self._clock = databases, rules, store, clock

    def put(self, items: Sequence[Item]) -> None:
        """Keep these with their reasons. Repeating it changes nothing: the first reason and time stay."""
        if not items:
            return
        now = int(self._clock() * 1000)
        self._write([
            {
                "_id": quarantine_id(item.doc), "kind": "quarantine", "source": item.source,
                "subject": item.subject, "doc_id": item.doc["_id"], "doc_rev": item.doc.get("_rev"),
                "reason": item.reason, "received_at": now, "doc": item.doc,
            }
            for item in items
        ])

    def released(self, items: Sequence[Item]) -> list[Item]:
        """Those of `items` that a person has released."""
        if not items or not self._databases.exists(self._rules.quarantine):
            return []
        keys = {RELEASE + content_key(item.doc).hex(): item for item in items}
        with self._databases.lease(self._rules.quarantine) as peer:
            rows = peer.all_docs(keys=list(keys))
        return [keys[row.id] for row in rows if row.rev is not None and row.id in keys]

    def release(self, name: str, by: str) -> None:
        """Accept the document in quarantine under `name`, or the held event with the id `name`. Raises
        NotFound.

        Durable when it returns; the router's next pass does the rest."""
        item = self._in_quarantine(name) if name.startswith(QUARANTINE) else self._held(name)
        digest = content_key(item.doc).hex()
        now = self._clock()
        self._write([{
            "_id": RELEASE + digest, "kind": "release", "quarantine": QUARANTINE + digest, "by": by,
            "released_at": int(now * 1000),
        }])
        reason = f"released by {by}"
        self._store.wait([
            Waiting(item.source, item.subject, item.doc, "released", reason, 0, "", since=now, due=0.0)
        ])

    def _in_quarantine(self, name: str) -> Item:
        if not self._databases.exists(self._rules.quarantine):
            raise NotFound(f"nothing is in quarantine, so {name} is not")
        with self._databases.lease(self._rules.quarantine) as peer:
            rows = [row for row in peer.all_docs(keys=[name], include_docs=True) if row.doc is not None]
        if not rows:
            raise NotFound(f"{name} is not in quarantine; the list of quarantine names what is")
        kept = rows[0].doc
        return Item(kept["source"], kept["doc"], subject=kept["subject"])

    def _held(self, doc_id: str) -> Item:
        waiting = self._store.waiting(doc_id)
        if not waiting:
            raise NotFound(f"{doc_id} is neither held nor the name of a document in quarantine")
        item = Item(waiting[0].source, waiting[0].doc, subject=waiting[0].subject)
        item.reason = waiting[0].reason
        self.put([item])
        return item

    def _write(self, docs: Sequence[Doc]) -> None:
        with lease_or_create(self._databases, self._rules.quarantine) as peer:
            results = peer.bulk_docs(list(docs))
        # conflict = it is there already.
        for result in results:
            if not result.ok and result.error != "conflict":
                raise ServerError(f"quarantine does not take {result.id}: {result.reason}")
