"""The county's upkeep of routing: the sweep, old receipts, and receipts told again.

`sweep` is for a quiet hour: it reads every office's database. Its repairs should be zero; each one is a fault that somebody
should hear of, so they are logged as errors and counted. It must not know threads nor argument parsing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from county_hub.hub.ingress import QUARANTINE
from county_hub.hub.published.receipt_office import ReceiptOffice
from county_hub.hub.routing import Routing
from shared.ledger.formats.envelope import family_of
from sync.databases import Databases
from sync.errors import StorageError
from sync.router import SweepReport
from sync.router.rules import Outcome
from sync.router.values import revision_key

log = logging.getLogger("county_hub.sweep")
PAGE = 500          # documents at a time: bounds memory, and one transaction per office and page


class Sweeps(Protocol):
    """A router, or several as one."""

    def sweep(self) -> SweepReport: ...


@dataclass(frozen=True, slots=True)
class SweepDone:
    """`repaired`: database -> documents that were not where they should have been."""

    subjects: int
    documents: int
    repaired: dict[str, int] = field(default_factory=dict)
    receipts_purged: int = 0

    @property
    def repairs(self) -> int:
        return sum(self.repaired.values())


def sweep(router: Sweeps, receipts: ReceiptOffice, databases: Databases) -> SweepDone:
    """Compare the county's database with every office's, mend, and purge receipts that newer ones have replaced long ago."""
    report = router.sweep()
    for name, count in sorted(report.repaired.items()):
        log.error("the sweep repaired %d documents of %s: look for the cause", count, name)
    purged = sum(_purge(receipts, databases, name) for name in databases.names() if family_of(name) == "office")
    return SweepDone(report.subjects, report.documents, dict(report.repaired), purged)


def _purge(receipts: ReceiptOffice, databases: Databases, name: str) -> int:
    try:
        return receipts.purge_old(name)
    except StorageError as fault:
        log.warning("the old receipts of %s stay: %s", name, fault)
        return 0
    finally:
        databases.put_away(name)


def tell_again(router: Routing, receipts: ReceiptOffice, databases: Databases, consolidated: str) -> int:
    """Write the receipts anew from the databases: what the county holds is accepted, what lies in quarantine unreleased is
    refused, what waits is held. Returns the receipts written (none, if they all said so already)."""
    told = 0
    for page in _accepted(router, databases, consolidated):
        told += receipts.tell(page)
    with databases.lease(QUARANTINE) as replica:
        rows = replica.all_docs(startkey="quarantine:", endkey="quarantine:\uffff", include_docs=True)
        released = {row.id.partition(":")[2] for row in replica.all_docs(startkey="release:", endkey="release:\uffff")}
    kept = [row.doc for row in rows if row.doc is not None and row.id.partition(":")[2] not in released]
    told += receipts.tell([Outcome(doc["source"], doc["doc"], "refuse", doc["reason"]) for doc in kept])
    waiting = [w for w in router.status().waiting if w.state in ("held", "retry")]
    return told + receipts.tell([Outcome(w.source, w.doc, "hold", w.reason) for w in waiting])


def _accepted(router: Routing, databases: Databases, consolidated: str) -> Iterator[list[Outcome]]:
    start = ""
    while True:
        with databases.lease(consolidated) as replica:
            rows = replica.all_docs(startkey=start, include_docs=True, limit=PAGE)
        docs = [row.doc for row in rows if row.doc is not None]
        known = router.store.known([revision_key(doc["_id"], doc["_rev"]) for doc in docs], settled=True)
        yield [
            Outcome(consolidated, doc, "accept") for doc in docs if revision_key(doc["_id"], doc["_rev"]) in known
        ]
        if len(rows) < PAGE:
            return
        start = rows[-1].id + "\x00"
