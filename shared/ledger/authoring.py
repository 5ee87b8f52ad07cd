"""Writing events: chain, hybrid time, causes, number, signature and the event itself, in one transaction of the store.

Two programs of one device (the app and the command line) write to the same replica; whoever holds the transaction reads the
chain head, writes the event and moves the head, so there is one unbroken chain and no number is given twice. What an event
means and who may write it is decided before (`bodies`, `policy`, the desk). Clock, key, directory and store are passed in.

    _local/chain  {device, seq, head: h or null, hlc, counters: {"<slot>:<year>": n, "file:<office>:<year>": n},
                   previous: [[device, seq, h]...], cited: the newest place of the directory that was cited or declared,
                   left: epochs cited before that one, stated: number of the last statement}

An older place than `cited` is never cited again, whatever became of the directory here (docs/decisions/0024).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from shared.ledger.days import moment
from shared.ledger.errors import ChainClosed, Refused
from shared.ledger.formats import founding
from shared.ledger.formats import hlc as clock_rules
from shared.ledger.formats.citation import Cited
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.envelope import MAX_AFTER, Draft, Event, seal, split_event_id, subject_range
from shared.ledger.formats.ids import PlatformNumber
from shared.ledger.formats.keys import DeviceKey
from shared.version import APP

CHAIN = "chain"
_MAX_MS = 2**48 - 1
_PAGE = 500   # documents read at once while looking for a device's own events; bounds memory on a tablet


class Reader(Protocol):
    """What is read of a store or of its transaction; `sync.LocalReplica` has it."""

    def get_local(self, local_id: str) -> Doc | None: ...

    def all_docs(
        self, *, startkey: str | None = None, endkey: str | None = None, include_docs: bool = False, limit: int | None = None
    ) -> Sequence[Any]: ...


class Transaction(Reader, Protocol):
    def put_local(self, local_id: str, doc: Mapping[str, Any]) -> str: ...

    def put_rev(self, doc: Doc) -> object: ...


class Store(Reader, Protocol):
    def transaction(self) -> AbstractContextManager[Any]: ...


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """Who writes. `provisional`: a restore is suspected, numbers carry 临 until the device has a fresh slot."""

    device: str
    slot: int
    office: str
    key: DeviceKey
    provisional: bool = False


class NewSubject:
    """A subject that is not there yet: the first act of a batch that names it founds it, the others go on from there."""


@dataclass(frozen=True, slots=True)
class Act:
    """One event to write. `subject=None` (or a `NewSubject`) founds one: its id is made here, of the event's own number and time
    (`formats.founding`). `after=None` cites the newest events of the subject that the store holds. `number`: give the body a
    platform number. `file_no`: give it the committee's file number, made of (year, counter) by this function."""

    kind: str
    subject: str | NewSubject | None
    body: Mapping[str, Any]
    actor: str
    role: str
    custody_epoch: int = 0
    legal_date: str | None = None
    after: tuple[str, ...] | None = None
    number: bool = False
    file_no: Callable[[int, int], str] | None = None
    schema: int = 1
    file_series: str = ""               # which of the office's registers of file numbers


@dataclass(frozen=True, slots=True)
class Prepared:
    """Acts signed as the next events of the device's chain, and not in the store: `docs` and `events` go by place, `chain` is the
    chain's document after them, with the revision of the one that they continue."""

    acts: tuple[Act, ...]
    docs: tuple[Doc, ...]
    events: tuple[Event, ...]
    chain: Doc


@dataclass(frozen=True, slots=True)
class ChainHead:
    """Where a device's chain ends in a store: what receipts and the anchor file are compared with, and what a fresh device id
    `continues`."""

    device: str
    seq: int
    hash: str | None
    hlc: str | None

    def continues(self) -> Doc:
        return {"device": self.device, "seq": self.seq, "hash": self.hash}


@dataclass(frozen=True, slots=True)
class Declared:
    """What a device says of itself at one moment: the end of its chain, the newest place of the directory that it will cite from
    now on, and which of its statements this is (from 1)."""

    device: str
    seq: int
    hash: str | None
    directory: Cited
    n: int


class Author:
    """Writes the events of one device into one store."""

    def __init__(
        self,
        store: Store,
        *,
        device: DeviceIdentity,
        clock: Callable[[], int],
        directory: Callable[[], Cited],
        offset_ms: Callable[[], int],
        app: str = APP,
        check: Callable[[Event], None] | None = None,
        max_ahead_ms: int = clock_rules.MAX_AHEAD_MS,
    ) -> None:
        """`clock()` is the device's own ms since 1970; `offset_ms()` what must be added to it, as last measured against the hub;
        `directory()` the newest (epoch, version, hash of the head) held. `check(event)` may refuse before anything is written."""
        self._store = store
        self._device = device
        self._clock = clock
        self._directory = directory
        self._offset_ms = offset_ms
        self._app = app
        self._check = check
        self._max_ahead_ms = max_ahead_ms

    def write(self, act: Act) -> Event:
        """One event, durable when this returns. Raises `Refused`, `ChainClosed`, and the store's own errors."""
        return self.write_many([act])[0]

    def write_many(self, acts: Sequence[Act]) -> list[Event]:
        """All events or none, in this order; a later act of the same subject cites the earlier one."""
        with self._store.transaction() as tx:
            return self._put(tx, self._prepared(tx, acts))

    def prepare(self, acts: Sequence[Act]) -> Prepared:
        """The events that `write_many` would write now, to look at what they would do. Nothing is written, no number is given
        away."""
        return self._prepared(self._store, acts)

    def write_prepared(self, prepared: Prepared) -> list[Event]:
        """All events or none. Those that another program of this device overtook are signed anew, behind what it wrote."""
        with self._store.transaction() as tx:
            if (tx.get_local(CHAIN) or {}).get("_rev") != prepared.chain.get("_rev"):
                prepared = self._prepared(tx, prepared.acts)
            return self._put(tx, prepared)

    def _put(self, tx: Transaction, prepared: Prepared) -> list[Event]:
        for doc in prepared.docs:
            tx.put_rev(doc)
        tx.put_local(CHAIN, prepared.chain)
        return list(prepared.events)

    def _prepared(self, store: Reader, acts: Sequence[Act]) -> Prepared:
        chain = self._open_chain(store)
        new: dict[NewSubject, str] = {}
        docs: list[Doc] = []
        events: list[Event] = []
        for act in acts:
            doc, event = self._sealed(store, chain, act, new, docs)
            docs.append(doc)
            events.append(event)
        return Prepared(tuple(acts), tuple(docs), tuple(events), chain)

    def declare(self) -> Declared:
        """For a statement. In one transaction, so that every event with a higher number cites at least the declared place."""
        with self._store.transaction() as tx:
            chain = self._open_chain(tx)
            self._cited(chain)
            chain["stated"] = chain.get("stated", 0) + 1
            tx.put_local(CHAIN, chain)
        epoch, version, hash = chain["cited"]
        return Declared(chain["device"], chain["seq"], chain["head"], (epoch, version, hash), chain["stated"])

    def _open_chain(self, tx: Reader) -> Doc:
        chain = tx.get_local(CHAIN)
        if chain is not None and chain["device"] == self._device.device:
            return {**chain, "counters": dict(chain["counters"])}
        if _has_events_of(tx, self._device.device):
            raise ChainClosed(
                f"the store holds events of device {self._device.device} but not its chain; enrol the device again"
            )
        fresh: Doc = {"device": self._device.device, "seq": 0, "head": None, "hlc": None, "counters": {}, "previous": []}
        if chain is not None:
            # A fresh identity after a suspected restore: time and counters go on, the number series is the new slot's.
            fresh = {
                **fresh, "_rev": chain["_rev"], "hlc": chain["hlc"], "counters": dict(chain["counters"]),
                "previous": [*chain["previous"], [chain["device"], chain["seq"], chain["head"]]],
                **{name: chain[name] for name in ("cited", "left") if name in chain},
            }
        return fresh

    def _sealed(
        self, store: Reader, chain: Doc, act: Act, new: dict[NewSubject, str], earlier: Sequence[Doc]
    ) -> tuple[Doc, Event]:
        """The act as the next event of `chain`, which is moved on. `earlier`: those of the same batch, not stored yet."""
        now, offset = _as_held(self._clock(), self._offset_ms())
        today = corrected_date(now + offset)
        subject, after = self._subject(store, chain, act, new, founding.corrected_ms(now, offset), earlier)
        time = clock_rules.next_hlc(
            chain["hlc"], now + offset, (split_event_id(id)[2] for id in after), max_ahead_ms=self._max_ahead_ms
        )
        draft = Draft(
            kind=act.kind, subject=subject, body=self._numbered(chain, act, today.year), office=self._device.office,
            actor=act.actor, role=act.role, custody_epoch=act.custody_epoch, device=self._device.device,
            device_seq=chain["seq"] + 1, prev=chain["head"], after=tuple(after), directory=self._cited(chain), hlc=time,
            device_time=now, clock_offset_ms=offset, legal_date=act.legal_date or today.isoformat(), app=self._app,
            schema=act.schema,
        )
        doc, event = seal(draft, self._device.key)
        if self._check is not None:
            self._check(event)
        chain.update(seq=event.device_seq, head=event.h, hlc=event.hlc)
        return doc, event

    def _subject(
        self, store: Reader, chain: Doc, act: Act, new: dict[NewSubject, str], ms: int, earlier: Sequence[Doc]
    ) -> tuple[str, tuple[str, ...]]:
        """The act's subject and what it cites there. A new one is made of this event's number and time, and cites nothing."""
        aggregate = act.kind.partition(".")[0]
        known = new.get(act.subject) if isinstance(act.subject, NewSubject) else act.subject
        if known is None:
            if act.after:
                raise Refused("after", act.after[0], "what is founded cites nothing", code="not_founder")
            made = founding.subject_id(aggregate, self._device.device, chain["seq"] + 1, ms)
            if isinstance(act.subject, NewSubject):
                new[act.subject] = made
            return made, ()
        after = act.after if act.after is not None else newest_of(store, aggregate, known, earlier)
        if not after:
            raise Refused("subject", known, "nothing of it is held here, so no step can follow", code="not_founder")
        return known, after

    def _cited(self, chain: Doc) -> Cited:
        """The newest place that this chain may cite, kept in it. Just enrolled, no head pulled yet: version 0 says so, and
        work does not wait for the network."""
        epoch, version, hash = self._directory()
        before, left = chain.get("cited"), list(chain.get("left", ()))
        if before is not None and (
            version == 0 or (version < before[1] if epoch == before[0] else epoch in left)
        ):
            return before[0], before[1], before[2]
        if before is not None and before[1] and before[0] != epoch:
            left.append(before[0])
        place = (epoch or "none", version, hash if version else "")
        chain.update(cited=list(place), left=left)
        return place

    def _numbered(self, chain: Doc, act: Act, year: int) -> Doc:
        body = dict(act.body)
        if act.number:
            counter = _count(chain, f"{self._device.slot:03d}:{year}")
            body["number"] = str(
                PlatformNumber(self._device.office, year, self._device.slot, counter, self._device.provisional)
            )
            if self._device.provisional:
                body["number_provisional"] = True
        if act.file_no is not None:
            body["file_no"] = act.file_no(year, _count(chain, f"file:{self._device.office}:{year}{act.file_series}"))
        return body


def newest_of(store: Reader, aggregate: str, subject: str, more: Sequence[Doc] = ()) -> tuple[str, ...]:
    """Ids of the subject's held events that no other held event cites, sorted. `more`: documents about to be stored."""
    start, end = subject_range(aggregate, subject)
    docs = [row.doc for row in store.all_docs(startkey=start, endkey=end, include_docs=True) if row.doc is not None]
    docs += [doc for doc in more if doc.get(aggregate) == subject]
    cited = {id for doc in docs for id in doc.get("after", ())}
    return tuple(sorted(doc["_id"] for doc in docs if doc["_id"] not in cited))[-MAX_AFTER:]


def chain_head(store: Any) -> ChainHead | None:
    """The head of the chain that this store's device writes; None before its first event. Any store with `get_local`."""
    chain = store.get_local(CHAIN)
    if chain is None or chain["seq"] == 0:
        return None
    return ChainHead(chain["device"], chain["seq"], chain["head"], chain["hlc"])


def corrected_date(ms: int) -> datetime.date:
    """The date in China at a corrected time. Years beyond 9999 (a broken clock) are cut to the last day of 9999."""
    return moment(max(ms, 0)).date()


def _count(chain: Doc, series: str) -> int:
    counters: dict[str, int] = chain["counters"]
    counters[series] = counters.get(series, 0) + 1
    return counters[series]


def _as_held(clock_ms: int, offset_ms: int) -> tuple[int, int]:
    """(device_time, clock_offset_ms) as an event can hold them. A clock before 1970 gives 0, and the correction is then less by
    as much: their sum is the corrected time, whatever the clock shows."""
    corrected = min(max(clock_ms + offset_ms, 0), _MAX_MS)
    held = min(max(clock_ms, 0), _MAX_MS)
    return held, corrected - held


def _has_events_of(tx: Reader, device: str) -> bool:
    """Looks through the whole store; only needed when the chain document is not there or is another device's."""
    start = ""
    while True:
        rows = tx.all_docs(startkey=start, include_docs=True, limit=_PAGE)
        if any(row.doc is not None and row.doc.get("device") == device and "device_seq" in row.doc for row in rows):
            return True
        if len(rows) < _PAGE:
            return False
        start = rows[-1].id + "\x00"
