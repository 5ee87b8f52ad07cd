"""Delivery of each record and file of this device, as far as it is proven (DESIGN.md 5.2). Never more than that.

    saved     committed here
    sent      below the push checkpoint of the hub's replica and not rejected by it
    township  a relay above this office has signed for it
    accepted  the hub has signed for it, in its present epoch, and its receipt speaks of this very chain
    seen      a person of another office wrote an `acknowledged` event that cites it
    refused   the hub has signed a refusal, or its replica rejected the document
The proofs are receipts (signature checked against the directory), push checkpoints and events; a receipt whose head is not
in this device's chain (a clone, an old copy) proves nothing. Files know saved, sent, refused, and complete at the issuer of a
receipt that names them.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from shared.ledger.errors import Refused
from shared.ledger.published import receipts
from shared.ledger.published.edges import ROLE as EDGE
from shared.ledger.published.edges import believed_keys, joined
from shared.ledger.published.leaves import leaves_of
from shared.ledger.published.receipts import ChainVerdict, Receipt
from shared.ledger.texts import t
from shared.ledger.verdict_words import reason_words, remedy_words
from village_node.point.files import chunk_id
from village_node.point.node import Node
from village_node.point.own_events import OwnEvent, evicted_links, written_here
from village_node.point.unsent import Unsent
from village_node.point.values import Delivery, DeliverySummary

FREED = "freed"                # `_local` document of the files that were let go of here because the county has them
LEFT = "leaving"                # `_local` document: ids of what a revoked device left at the hub (`leaving.hand_over`)
_NEWEST_RECEIPTS = 10          # of each issuer; receipts are cumulative, and the newest of this epoch is among these


@dataclass(frozen=True, slots=True)
class DeliveryBook:
    """The proofs at one moment. `hub` and `chains` are per device of this HOME; `sent` and `rejected` hold ids of
    documents; `seen` maps an event id to the time of its acknowledgement."""

    devices: tuple[str, ...]
    hub: Mapping[str, Receipt] = field(default_factory=dict)
    chains: Mapping[str, ChainVerdict] = field(default_factory=dict)
    signed: frozenset[str] = frozenset()      # ids that a hub's receipt speaks for: its head and what the head follows
    relayed: Mapping[str, int] = field(default_factory=dict)  # the same of relays: id -> received_at
    sent: frozenset[str] = frozenset()
    rejected: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[str, int] = field(default_factory=dict)
    own: tuple[OwnEvent, ...] = ()
    chunks_sent: frozenset[str] = frozenset()
    chunks_rejected: frozenset[str] = frozenset()
    files_at: Mapping[str, str] = field(default_factory=dict)     # sha256 -> "accepted" or "township", where it is complete
    files: tuple[tuple[str, tuple[str, ...]], ...] = ()       # own files: (sha256, chunks)
    bodies_here: frozenset[str] = frozenset()                 # own sealed events whose body has not left this device
    sums: Sums | None = field(default=None, compare=False)    # by case, where they are kept up (`Books`)

    # ---- one record

    def signed_for(self, event: OwnEvent) -> bool:
        """The county has signed for this event."""
        return event.id in self.signed

    def of(self, event: OwnEvent) -> Delivery:
        refusal = self._refusal(event)
        if refusal is not None:
            return refusal
        receipt = self.hub.get(event.device)
        if event.id in self.bodies_here:        # what cannot be read elsewhere has not been delivered
            return _delivery("saved", reason=t("sealing.unsent"))
        if event.id in self.seen:
            return _delivery("seen", at=self.seen[event.id])
        if receipt is not None and self.signed_for(event):
            return _delivery("accepted", at=receipt.received_at)
        if event.id in self.relayed:
            return _delivery("township", at=self.relayed[event.id])
        held = receipt is not None and event.id in receipt.held
        return _delivery("sent" if event.id in self.sent else "saved", reason=t("node.delivery.held") if held else "")

    def _refusal(self, event: OwnEvent) -> Delivery | None:
        receipt = self.hub.get(event.device)
        if receipt is not None and event.id in receipt.refused:
            return refused(receipt.refused[event.id], at=receipt.received_at, device=event.device)
        if event.id in self.rejected and event.id not in self.sent:
            return refused(self.rejected[event.id], device=event.device)
        return None

    def refusals(self) -> dict[str, str]:
        """{event id: reason} that the hub has signed: excluded from the fold, shown struck through."""
        return {id: reason for receipt in self.hub.values() for id, reason in receipt.refused.items()}

    def of_id(self, id: str, device: str, seq: int) -> Delivery:
        """Of any event of a case; those of other devices are `received`."""
        return self.of(OwnEvent(id, device, seq)) if device in self.devices else _delivery("received")

    # ---- files

    def of_file(self, chunks: Sequence[str], device: str, sha256: str = "") -> Delivery:
        if device not in self.devices:
            return _delivery("received")
        if sha256 in self.files_at:
            state = self.files_at[sha256]
            return Delivery(state, t(f"node.delivery.file_{state}"))
        ids = {chunk_id(c) for c in chunks}
        if ids & self.chunks_rejected:
            return refused("chunk")
        if ids <= self.chunks_sent:
            return Delivery("sent", t("node.delivery.file_sent"))
        return _delivery("saved")

    # ---- sums

    def event_summary(self, case: str | None = None) -> DeliverySummary:
        if case is None and self.sums is not None:
            return self.sums.total
        return summarise(self.of(e) for e in self.own if case is None or e.case == case)

    def case_summaries(self) -> Mapping[str, DeliverySummary]:
        """By case, of the cases that this HOME has written to."""
        return self.sums.by_case if self.sums is not None else self._summed(self.own)

    def _summed(self, own: Iterable[OwnEvent]) -> dict[str, DeliverySummary]:
        return {case: summarise(map(self.of, events)) for case, events in _of_cases(own).items()}

    def file_summary(self) -> DeliverySummary:
        return summarise(self.of_file(chunks, self.devices[0], sha256) for sha256, chunks in self.files)


def book(node: Node) -> DeliveryBook:
    """Everything that is proven now."""
    return _books(node).read(node)


def unsent_bodies(node: Node) -> frozenset[str]:
    """Own sealed events whose sealed document is here and not proven at the hub."""
    return _books(node).unsent_bodies(node)


def _books(node: Node) -> Books:
    with _OPEN:
        return _BOOKS.setdefault(node, Books())


@dataclass(frozen=True, slots=True)
class Sums:
    """Summaries by case and of all."""

    by_case: dict[str, DeliverySummary]
    total: DeliverySummary


class Books:
    """Reads the proofs of one HOME again and again, each time only what is new: own events grow at their end, a receipt speaks of
    the same events as long as it is the newest, and a case whose proofs have not changed keeps its summary."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._own: list[OwnEvent] = []
        self._spoken: dict[tuple[str, str], tuple[Receipt, frozenset[str]]] = {}       # by device and issuer
        self._unsent: dict[str, Unsent] = {}
        self._last: DeliveryBook | None = None
        self._changed = -1

    def read(self, node: Node) -> DeliveryBook:
        with self._guard:
            return self._read(node)

    def _read(self, node: Node) -> DeliveryBook:
        devices = node.devices
        events, files = node.tables.own(devices)
        grown = self._grow(events)
        hub, chains, signed, relayed = {}, {}, frozenset[str](), dict[str, int]()
        files_at = dict.fromkeys((node.files.get_local(FREED) or {}).get("files", ()), "accepted")
        links = [*evicted_links(node.office), *self._own]
        for device in devices:
            mine = links if len(devices) == 1 else [event for event in links if event.device == device]
            issued, relays = read_receipts(node, device)
            receipt = joined(issued)
            chains[device] = worst_verdict(issued, device, mine, node.chain_seq(device))
            files_at = {sha256: "township" for relay in relays for sha256 in relay.files} | files_at
            if receipt is not None:
                files_at |= dict.fromkeys(receipt.files, "accepted")
                spoken = frozenset[str]()
                for one in issued:
                    said = self._spoken_for(device, one, mine)
                    spoken = said if not spoken else spoken | said
                hub[device] = _without_accepted(receipt, spoken) if len(issued) > 1 else receipt
                signed = spoken if not signed else signed | spoken
            relayed |= {id: relay.received_at for relay in relays for id in spoken_for(relay, mine)}
        # a HOME that never had another identity wrote everything that bears its own
        own = tuple(written_here(node.office, node.config.device, self._own) if node.config.previous else self._own)
        if len(own) < len(self._own):
            grown = None                # some came back from elsewhere: nothing is added to by position
        made = DeliveryBook(devices, hub, chains, signed, relayed, own=own, files=tuple(files),
                            seen=node.tables.seen_by_others(node.config.office), files_at=files_at)
        sent, rejected = self._stored(node, "office", [e.id for e in own if e.id not in signed])
        chunks = [chunk_id(c) for c in dict.fromkeys(c for _, cs in files for c in cs)]
        chunks_sent, chunks_rejected = self._stored(node, "files", chunks)
        made = replace(made, sent=sent, rejected=rejected, chunks_sent=chunks_sent,
                       chunks_rejected=frozenset(chunks_rejected), bodies_here=self._bodies(node))
        self._last = replace(made, sums=self._sum(made, grown))
        return self._last

    def _grow(self, events: Sequence[OwnEvent]) -> int | None:
        """How many events are as they were; None when the tables were made anew."""
        known = len(self._own)
        same = known <= len(events) and (not known or (events[0].id, events[known - 1].id) == (self._own[0].id, self._own[-1].id))
        if not same:
            self._own, self._spoken, known = [], {}, 0
        self._own += events[known:]
        return known if same else None

    def _spoken_for(self, device: str, receipt: Receipt, mine: Sequence[OwnEvent]) -> frozenset[str]:
        known = self._spoken.get((device, receipt.by))
        if known is None or known[0] != receipt or not known[1]:
            known = self._spoken[device, receipt.by] = (receipt, frozenset(spoken_for(receipt, mine)))
        return known[1]

    def _stored(self, node: Node, kind: str, ids: Sequence[str]) -> tuple[frozenset[str], dict[str, str]]:
        replica = {"office": node.office, "files": node.files, "closed": node.closed}[kind]
        return self._unsent.setdefault(kind, Unsent(replica)).stored(node.peer_id(kind), ids)

    def unsent_bodies(self, node: Node) -> frozenset[str]:
        with self._guard:
            return self._bodies(node)

    def _bodies(self, node: Node) -> frozenset[str]:
        rows = [(event, f"sealed:{digest}") for event, digest, device in node.tables.sealed() if device in node.devices]
        if not rows:
            return frozenset()
        here = {row.id for row in node.closed.all_docs(keys=sorted({id for _, id in rows})) if row.rev is not None}
        sent, _ = self._stored(node, "closed", sorted(here))
        sent |= set((node.office.get_local(LEFT) or {}).get("ids", ())) & here
        return frozenset(event for event, id in rows if id in here and id not in sent)

    def _sum(self, made: DeliveryBook, known: int | None) -> Sums:
        """Summaries: all anew when a proof has changed, else of the cases that new events belong to."""
        last, changed = self._last, sum(u.changed for u in self._unsent.values())
        as_before = last is not None and changed == self._changed and all(
            getattr(last, name) == getattr(made, name)
            for name in ("devices", "hub", "signed", "relayed", "seen", "rejected", "bodies_here"))
        self._changed = changed
        if not as_before or last is None or last.sums is None or known is None:
            by_case = made._summed(made.own)
            return Sums(by_case, _added(by_case.values()))
        by_case, total = dict(last.sums.by_case), last.sums.total
        for case, own in _of_cases(made.own, {event.case for event in made.own[known:]}).items():
            before = [by_case[case]] if case in by_case else []
            by_case[case] = summarise(map(made.of, own))
            total = _added([total, by_case[case]], minus=before)
        return Sums(by_case, total)


def _of_cases(own: Iterable[OwnEvent], cases: Collection[str] | None = None) -> dict[str, list[OwnEvent]]:
    """The events by their case; `cases`: of these alone, looked up where they are needed instead of kept: 20,000 lists."""
    found: dict[str, list[OwnEvent]] = {}
    for event in own:
        if cases is None or event.case in cases:
            found.setdefault(event.case, []).append(event)
    return found


_VERDICTS = ("same", "ahead", "behind", "forked")      # the worst last
_STATES = ("refused", "saved", "sent", "township", "accepted", "seen")
_BOOKS: weakref.WeakKeyDictionary[Node, Books] = weakref.WeakKeyDictionary()
_OPEN = threading.Lock()


def _added(sums: Iterable[DeliverySummary], minus: Iterable[DeliverySummary] = ()) -> DeliverySummary:
    counts = dict.fromkeys(_STATES, 0)
    for sign, group in ((1, sums), (-1, minus)):
        for one in group:
            for state in _STATES:
                counts[state] += sign * getattr(one, state)
    return _summary(counts)


def _delivery(state: str, *, reason: str = "", at: int | None = None) -> Delivery:
    return Delivery(state, t(f"node.delivery.{state}"), reason, "", at)


def refused(code: str, *, at: int | None = None, device: str = "…") -> Delivery:
    """A refusal in words: reason and remedy; an unknown reason is shown as the hub gave it."""
    remedy = remedy_words(code, device=device) or t("node.delivery.remedy")
    return Delivery("refused", t("node.delivery.refused"), reason_words(code, device=device), remedy, at)


def summarise(deliveries: Iterable[Delivery]) -> DeliverySummary:
    """Counts of what is ours; `worst` is the least proven, a refusal before all."""
    counts = dict.fromkeys(_STATES, 0)
    for delivery in deliveries:
        if delivery.state in counts:
            counts[delivery.state] += 1
    return _summary(counts)


def _summary(counts: Mapping[str, int]) -> DeliverySummary:
    worst = next((state for state in _STATES if counts[state]), "none")
    return _shared(tuple(counts[state] for state in _STATES), worst, t(f"node.delivery.{worst}"))


@lru_cache(maxsize=1024)
def _shared(counts: tuple[int, ...], worst: str, label: str) -> DeliverySummary:
    """One object for all cases of which the same is to be said: most of 20,000 are."""
    return DeliverySummary(**dict(zip(_STATES, counts, strict=True)), total=sum(counts), worst=worst, label=label)


def spoken_for(receipt: Receipt, own: Sequence[OwnEvent]) -> set[str]:
    """Ids of the events that a receipt proves accepted: its head is here, and the prev chain from the head comes to them. So a
    receipt for a clone's events of the same numbers proves nothing of ours."""
    by_hash = {event.h: event for event in own}
    event = by_hash.get(receipt.head[1]) if receipt.head is not None else None
    if event is None or receipt.head is None or event.seq != receipt.head[0]:
        return set()
    proven: set[str] = set()
    accepted, refused = receipt.accepted, {*receipt.refused, *receipt.held}
    while event is not None:
        if event.seq in accepted and event.id not in refused:
            proven.add(event.id)
        event = by_hash.get(event.prev) if event.prev else None
    return proven


def read_receipts(node: Node, device: str) -> tuple[tuple[Receipt, ...], tuple[Receipt, ...]]:
    """The newest receipts of this device in the hub's present epoch: those of the hub and its edges, and those of relays above
    this office. Unsigned, forged and outdated ones are passed over, and what a lost edge signed. Every leaf is looked at: an edge
    that was begun from nothing may give a number that its lost caches had given, and this device has both."""
    directory = node.directory
    ids = [row.id for row in node.office.all_docs(startkey=f"receipt:{device}:", endkey=f"receipt:{device}:\uffff")]
    newest = [id for few in receipts.newest_ids(ids, _NEWEST_RECEIPTS).values() for id in few]
    above = set(directory.ancestors(node.config.office))
    keys = {**believed_keys(directory, node.config.office), node.config.hub_id: directory.hub_key or node.config.hub_public_key}
    found: list[Receipt] = []
    for doc in leaves_of(node.office, newest):
        signer = str(doc.get("issuer"))
        relay = directory.device(signer)
        if signer in keys:
            found += _checked(doc, keys[signer])
        elif relay is not None and relay.office in above and relay.role != EDGE:
            found += _checked(doc, relay.public_key)
    by_issuer = receipts.standing(found, node.config.hub_id, node.hub_epoch())
    return (tuple(one for by, one in sorted(by_issuer.items()) if by in keys),
            tuple(one for by, one in by_issuer.items() if by not in keys))


def _without_accepted(receipt: Receipt, accepted: frozenset[str]) -> Receipt:
    """What one edge refused or held and another accepted is accepted."""
    return replace(receipt, refused={id: why for id, why in receipt.refused.items() if id not in accepted},
                   held={id: why for id, why in receipt.held.items() if id not in accepted})


def _checked(doc: Any, public_key: str) -> list[Receipt]:
    try:
        return [receipts.check_receipt(doc, public_key)]
    except Refused:
        return []


def worst_verdict(issued: Sequence[Receipt], device: str, own: Sequence[OwnEvent], chain_seq: int | None) -> ChainVerdict:
    """`chain_verdict` by the receipts of all who issue them."""
    found = [chain_verdict(one, device, own, chain_seq) for one in issued or (None,)]
    return max(found, key=_VERDICTS.index)


def chain_verdict(receipt: Receipt | None, device: str, own: Sequence[OwnEvent], chain_seq: int | None) -> ChainVerdict:
    """Is the chain that this database writes (its last number is `chain_seq`; None: no longer written) the only one of the
    device? Asked of the receipt, and of the device's events that came back from elsewhere."""
    hashes: dict[int, str] = {}
    for event in own:
        if hashes.setdefault(event.seq, event.h) != event.h:
            return "forked"
    last = max(hashes, default=0) if chain_seq is None else chain_seq
    if max(hashes, default=0) > last:
        return "behind"
    if receipt is None:
        return "ahead" if last else "same"
    return receipts.compare_chain(receipt, device, last, hashes.get)
