"""Writes the county's receipts: what became of each event that a device sent, signed by the hub.

    receipt:<device>:<hub>:<n>   in the database of the device's office (shared.ledger.published.receipts); cumulative, so the
                                 newest of this hub and epoch says everything, and is all that this module remembers

Reading the newest receipt, adding to it and writing the next is one transaction on the office's database: an event told
twice, in any order, by several workers, gives the same ranges. Nothing new writes nothing. What is accepted stays so;
a held or refused event may become accepted, a held one refused. Whether an event is accepted is the router's
finding; here nothing is judged. In a new epoch receipts begin anew, with numbers far above the last ones, and the router tells
everything again.
"""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from shared.ledger.errors import Refused
from shared.ledger.formats.checked import once
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.judge import UNJUDGED
from shared.ledger.published.directory_heads import Directory
from shared.ledger.published.edges import believed_keys
from shared.ledger.published.receipts import Ranges, Receipt, build_receipt, check_receipt, parse_receipt, receipt_id
from sync.databases import Databases
from sync.errors import DAMAGED
from sync.router.rules import Outcome

log = logging.getLogger("county_hub.receipts")

# DESIGN 5.1: the hub purges receipts that a newer one has replaced after 90 days; a tablet away for longer reads the newest.
KEEP_MS = 90 * 86_400_000
HIGHEST = 9_999_999_999     # the number of a receipt has ten digits (`shared.ledger.published.receipts.receipt_id`)
UNKNOWN_NUMBERS = 1_000     # receipts of one device that a lost cache may have given and not brought on
PAGE = 20                   # receipts looked at together, once the newest was not of this epoch
MADE = 10_000               # receipts known to be ours without asking their signature: a county's devices, some times over


@dataclass(slots=True)
class News:
    """What a batch says of one device."""

    accepted: list[Event] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    seqs: dict[str, int] = field(default_factory=dict)      # of refused and held events


class ReceiptOffice:
    """Thread-safe. `hub` gives (hub id, epoch), `directory` the newest directory, `clock` milliseconds since 1970 UTC. No receipt
    is given while not `ready`: a restored hub whose epoch no recovery key has signed. `forked(device, numbers)`: which of them
    the device gave to more than one event; `files(device)`: hashes of its files that are complete here; `wrote(n)` hears how many
    were written; `began()`: since when (ms) this hub knows every number that it has given. Receipts are cumulative, so the next
    one tells what was not told. `issuer`: the device id of an edge, "" for the hub itself; `serves(office)`: whose devices are
    told here."""

    def __init__(
        self,
        databases: Databases,
        key: DeviceKey,
        *,
        consolidated: str,
        hub: Callable[[], tuple[str, str]],
        directory: Callable[[], Directory],
        clock: Callable[[], int],
        ready: Callable[[], bool] = lambda: True,
        forked: Callable[[str, Iterable[int]], Iterable[int]] = lambda device, seqs: (),
        files: Callable[[str], Iterable[str]] = lambda device: (),
        wrote: Callable[[int], None] = lambda n: None,
        began: Callable[[], int] = lambda: 0,
        issuer: str = "",
        serves: Callable[[str], bool] = lambda office: True,
    ) -> None:
        self._databases, self._key, self._hub = databases, key, hub
        self._consolidated, self._directory, self._clock, self._ready = consolidated, directory, clock, ready
        self._forked, self._files, self._wrote, self._began = forked, files, wrote, began
        self._issuer, self._serves = issuer, serves
        self._public, self._made = key.public, OrderedDict[tuple[str, str], None]()

    def _by(self) -> str:
        """Who issues what is written here."""
        return self._issuer or self._hub()[0]

    def tell(self, outcomes: Sequence[Outcome]) -> int:
        """Write the receipts of these outcomes; returns how many were written. Raises SyncError when a database fails."""
        if not self._ready():
            return 0
        directory, offices = self._directory(), dict[str, dict[str, News]]()
        accepted = self._consolidated_ids(outcomes)
        for outcome in outcomes:
            # What was accepted was checked a moment ago; what was not may be anything.
            event = once(outcome.doc, "event", Event.trusted) if outcome.decision == "accept" else _event(outcome.doc)
            device = directory.device(event.device) if event is not None else None
            if event is None or device is None or not self._serves(device.office):
                continue                # another edge tells; or nobody to tell: the quarantine keeps the document and its reason
            database = f"office-{device.office}"
            if outcome.decision != "accept" and outcome.source not in (database, "drop"):
                continue                # somebody else's database must not speak ill of this device
            if outcome.decision != "accept" and outcome.id in accepted and not outcome.reason.startswith(f"{UNJUDGED}:"):
                continue
            news = offices.setdefault(database, {}).setdefault(event.device, News())
            _add(news, outcome, event)
        return sum(self._write_or_leave(database, news) for database, news in sorted(offices.items()))

    def tell_files(self, devices: Iterable[str]) -> int:
        """Files of these devices have become complete; returns how many receipts were written."""
        directory = self._directory()
        known = [found for device in devices if (found := directory.device(device)) is not None] if self._ready() else []
        return sum(self._write_or_leave(f"office-{device.office}", {device.id: News()}) for device in known
                   if self._serves(device.office))

    def newest(self, device: str, database: str) -> Receipt | None:
        """The device's newest receipt in the database of its office: of this life of the hub, else of an earlier one; of a device
        that edges answer for, that of the edge which has heard of the most."""
        hub, believed = self._hub(), believed_keys(self._directory(), database.removeprefix("office-"))
        with self._databases.lease(database) as replica:
            mine, latest = self._newest(replica, device)
            rows = replica.all_docs(startkey=f"receipt:{device}:", endkey=f"receipt:{device}:\uffff", include_docs=True) \
                if believed else ()
        others = [receipt for row in rows if row.doc is not None and (receipt := parse_receipt(row.doc)).by in believed
                  and (receipt.hub_id, receipt.epoch) == hub]
        found = [*others, *([mine] if mine is not None else [])]
        return max(found, key=lambda one: (one.accepted.highest, one.received_at, one.n)) if found else latest

    def has_accepted(self, event: Event) -> bool:
        """Does a receipt of this hub or an edge of it, of whatever epoch, say that this number of the device was accepted, and
        given once?"""
        device = self._directory().device(event.device)
        if device is None or not self._databases.exists(f"office-{device.office}"):
            return False
        series = f"receipt:{event.device}:"
        with self._databases.lease(f"office-{device.office}") as replica:
            rows = replica.all_docs(startkey=series, endkey=f"{series}\uffff", include_docs=True)
        who = {self._hub()[0], *believed_keys(self._directory(), device.office)}
        receipts = [found for row in rows if row.doc is not None and (found := parse_receipt(row.doc)).by in who]
        forks = any(event.device_seq in receipt.forks for receipt in receipts)
        return not forks and any(event.device_seq in receipt.accepted for receipt in receipts)

    def purge_old(self, database: str) -> int:
        """Purge receipts that newer ones have replaced and that are older than 90 days; returns how many."""
        if not self._databases.exists(database):
            return 0
        with self._databases.lease(database) as replica:
            rows = replica.all_docs(startkey="receipt:", endkey="receipt:\uffff", include_docs=True)
            old, last = dict[str, list[str]](), dict[tuple[str, str], Doc]()
            for doc in (row.doc for row in rows if row.doc is not None):
                series = doc["device"], doc["issuer"]
                before = last.get(series)
                if before is not None and before["received_at"] < self._clock() - KEEP_MS:
                    old[before["_id"]] = [before["_rev"]]
                last[series] = doc
            if old:
                replica.purge(old)
        return len(old)

    # --- details ---------------------------------------------------------------------------------------------------

    def _write_or_leave(self, database: str, devices: Mapping[str, News]) -> int:
        """A damaged database must not keep the receipts of other offices back: `tell_again` writes its own once it is whole."""
        try:
            return self._write(database, devices)
        except DAMAGED as damage:
            log.warning("no receipts in %s: %s", database, damage)
            return 0

    def _write(self, database: str, devices: Mapping[str, News]) -> int:
        if not self._databases.exists(database):
            return 0
        written = 0
        with self._databases.lease(database) as replica, replica.transaction() as tx:
            for device, news in sorted(devices.items()):
                doc = self._next(tx, device, news)
                if doc is not None:
                    tx.put_rev(doc)
                    written += 1
        self._wrote(written)
        return written

    def _next(self, tx: Any, device: str, news: News) -> Doc | None:
        """The device's next receipt, or None when the newest says all this already."""
        hub_id, epoch = self._hub()
        mine, latest = self._newest(tx, device)
        last = mine or Receipt(hub_id, epoch, device, 0, Ranges(), issuer=self._issuer)
        accepted = last.accepted.merge(Ranges.of(event.device_seq for event in news.accepted))
        ids = {event.id for event in news.accepted}
        refused = {id: why for id, why in {**last.refused, **news.refused}.items() if id not in {*ids, *news.held}}
        held = {id: why for id, why in {**last.held, **news.held}.items() if id not in ids and id not in refused}
        here = accepted.merge(Ranges.of(_seqs(tx, {*refused, *held}, news.seqs)))
        head = _head([last.head, *((event.device_seq, event.h) for event in news.accepted)])
        numbers = {*news.seqs.values(), *(event.device_seq for event in news.accepted)}
        forks = last.forks.merge(Ranges.of(self._forked(device, numbers)))
        made = replace(
            last, accepted=accepted, refused=refused, held=held, missing=here.missing(), head=head, forks=forks,
            files=tuple(sorted(self._files(device)))
        )
        if made == last:
            return None
        unknown = UNKNOWN_NUMBERS if latest is not None and latest.received_at < self._began() else 0
        n = (latest.n if latest is not None else 0) + unknown + (1 if mine is not None else _gap(epoch))
        doc = build_receipt(replace(made, n=n, received_at=self._clock()), self._key)
        self._made[doc["_id"], doc["_rev"]] = None
        while len(self._made) > MADE:
            self._made.popitem(last=False)
        return doc

    def _consolidated_ids(self, outcomes: Sequence[Outcome]) -> set[str]:
        """Those not accepted now that lie in the consolidated database, so somebody accepted them: another worker was
        quicker, or a person released them. (What county devices write is there before it is judged: it proves nothing.)"""
        doubtful = [o.id for o in outcomes if o.decision != "accept" and o.source != self._consolidated]
        if not doubtful or not self._databases.exists(self._consolidated):
            return set()
        with self._databases.lease(self._consolidated) as replica:
            return {row.id for row in replica.all_docs(keys=doubtful) if row.rev is not None}

    def _signed(self, doc: Doc) -> bool:
        """By the key that this hub has now? Receipts of a key that was stolen are given anew."""
        if (doc["_id"], doc["_rev"]) in self._made:
            return True         # the revision is made of the content
        try:
            check_receipt(doc, self._public)
        except Refused:
            return False
        return True

    def _newest(self, store: Any, device: str) -> tuple[Receipt | None, Receipt | None]:
        """(the newest of this hub and epoch, the one with the highest number). A hub put back gets from the devices what an
        earlier life of it had written since: those may stand above its own."""
        life, latest = self._hub(), None
        first, last, limit = receipt_id(device, self._by(), 0), receipt_id(device, self._by(), HIGHEST), 1
        while True:
            rows: Sequence[Any] = store.all_docs(startkey=last, endkey=first, descending=True, limit=limit, include_docs=True)
            for row in rows:
                receipt = parse_receipt(row.doc)
                latest = latest or receipt
                if (receipt.hub_id, receipt.epoch) == life and self._signed(row.doc):
                    return receipt, latest
            if len(rows) < limit:
                return None, latest
            limit, last = PAGE, receipt_id(device, self._by(), receipt.n - 1)


def _gap(epoch: str) -> int:
    """How far the first number of an epoch lies above the highest that is known: devices may hold numbers that a restore has
    taken from the hub, and a number must never be given twice. Two restores of one backup begin at different places."""
    return 1 if epoch.startswith("0001-") else 10_000 + int(hashlib.sha256(epoch.encode()).hexdigest(), 16) % 1_000_000


def _event(doc: Doc) -> Event | None:
    try:
        return Event.from_doc(doc)
    except Refused:
        return None


def _add(news: News, outcome: Outcome, event: Event) -> None:
    if outcome.decision == "accept":
        news.accepted.append(event)
        return
    news.seqs[event.id] = event.device_seq
    if outcome.decision == "refuse":
        news.refused[event.id] = outcome.reason
        news.held.pop(event.id, None)
    else:
        news.held[event.id] = outcome.reason
        news.refused.pop(event.id, None)


def _seqs(tx: Any, ids: Iterable[str], fresh: Mapping[str, int]) -> list[int]:
    """Numbers of refused and held events: they are here, so they are not missing."""
    old = sorted(set(ids) - set(fresh))
    rows: Sequence[Any] = tx.all_docs(keys=old, include_docs=True) if old else ()
    found = [row.doc.get("device_seq") for row in rows if row.doc is not None]
    return [*(fresh[id] for id in ids if id in fresh), *(seq for seq in found if type(seq) is int and seq > 0)]


def _head(heads: Iterable[tuple[int, str] | None]) -> tuple[int, str] | None:
    """The highest accepted event; of a fork at the top always the same one, in whatever order they came."""
    return max((head for head in heads if head is not None), key=lambda head: (head[0], head[1]), default=None)
