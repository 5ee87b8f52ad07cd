"""Documents that were not accepted: quarantine, release, and what waits.

    quarantine:<32 hex>  {"kind": "quarantine", "source", "subject", "doc_id", "doc_rev", "reason", "received_at": ms,
                          "doc": {...}}
    release:<32 hex>     {"kind": "release", "quarantine": id, "by", "released_at": ms}
    refusal:<32 hex>     {"kind": "refusal", "quarantine": id, "by", "refused_at": ms}

All are of the first generation, named by the hash of the document's whole content, and never deleted: the
quarantine is the proof that nothing vanished, the others that a person decided. A released document is
accepted whatever judge and audience say, a held one that a person refused is refused, also after the
router's file was made anew; a release counts more than a refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sync.errors import NotFound, ServerError
from sync.peer import Doc
from sync.router.rules import RouterDatabases, Rules
from sync.router.store import RouterStore
from sync.router.values import Waiting, WaitingState, content_key
from sync.router.work import Item, lease_or_create

QUARANTINE, RELEASE, REFUSAL = "quarantine:", "release:", "refusal:"


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

    def decide(self, items: Sequence[Item]) -> None:
        """Let those of `items`, which are refused or held, go the way that a person has decided."""
        if not items or not self._databases.exists(self._rules.quarantine):
            return
        digests = [(item, content_key(item.doc).hex()) for item in items]      # one document may have come from two sources
        names = {word + digest for word in (RELEASE, REFUSAL) for _, digest in digests}
        with self._databases.lease(self._rules.quarantine) as peer:
            rows = peer.all_docs(keys=sorted(names), include_docs=True)
        said = {row.id: row.doc for row in rows if row.doc is not None}
        for item, digest in digests:
            refusal = said.get(REFUSAL + digest)
            if RELEASE + digest in said:
                item.preset, item.decision, item.reason = True, "accept", f"released; the judge says: {item.reason}"
            elif refusal is not None and item.decision == "hold":
                item.decision = "refuse"
                item.reason = f"refused_by_person: {refusal['by']} refused what was held ({item.reason})"

    def release(self, name: str, by: str) -> None:
        """Accept the document in quarantine under `name`, or the held event with the id `name`. Raises
        NotFound.

        Durable when it returns; the router's next pass does the rest."""
        items = [self._in_quarantine(name)] if name.startswith(QUARANTINE) else self._held(name)
        self._decided(items, RELEASE, "released", by)
        for item in items:
            item.reason = f"released by {by}"
        self._wake(items, "released")

    def refuse(self, doc_id: str, by: str) -> None:
        """Refuse the held event with this id, for good unless somebody releases it. Durable when it returns; the router's next
        pass acts on it and publishes the outcome. Raises NotFound."""
        items = self._held(doc_id)
        self._decided(items, REFUSAL, "refused", by)
        self._wake(items, "held")

    def _decided(self, items: Sequence[Item], word: str, did: str, by: str) -> None:
        now = int(self._clock() * 1000)
        digests = {content_key(item.doc).hex() for item in items}
        self._write([
            {"_id": word + digest, "kind": word[:-1], "quarantine": QUARANTINE + digest, "by": by, f"{did}_at": now}
            for digest in sorted(digests)
        ])

    def _wake(self, items: Sequence[Item], state: WaitingState) -> None:
        now = self._clock()
        self._store.wait([Waiting(i.source, i.subject, i.doc, state, i.reason, 0, "", since=now, due=0.0) for i in items])

    def _in_quarantine(self, name: str) -> Item:
        if not self._databases.exists(self._rules.quarantine):
            raise NotFound(f"nothing is in quarantine, so {name} is not")
        with self._databases.lease(self._rules.quarantine) as peer:
            rows = [row for row in peer.all_docs(keys=[name], include_docs=True) if row.doc is not None]
        if not rows:
            raise NotFound(f"{name} is not in quarantine; the list of quarantine names what is")
        kept = rows[0].doc
        return Item(kept["source"], kept["doc"], subject=kept["subject"])

    def _held(self, doc_id: str) -> list[Item]:
        """The document as it waits, once for each source that brought it; it lies in quarantine from now on."""
        items = [Item(w.source, w.doc, subject=w.subject, reason=w.reason) for w in self._store.waiting(doc_id)]
        if not items:
            raise NotFound(f"{doc_id} is neither held nor the name of a document in quarantine")
        self.put(items)
        return items

    def _write(self, docs: Sequence[Doc]) -> None:
        with lease_or_create(self._databases, self._rules.quarantine) as peer:
            results = peer.bulk_docs(list(docs))
        # conflict = it is there already.
        for result in results:
            if not result.ok and result.error != "conflict":
                raise ServerError(f"quarantine does not take {result.id}: {result.reason}")
