"""Loads the DEMO years: the plan of `demo_*` written as real signed events, routed and projected like everybody's.

Every office of the plan gets one DEMO device for the year (slot 9yy, key derived from the hub's secrets) and two DEMO persons;
each batch (office, quarter) is one transaction, and a batch that is there is not written again, so the command may be
interrupted at any point and run again. When a year is complete its devices are retired and its persons end their service. The
device clocks tell the invented days; nothing of this touches the chain of the hub's own device.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from county_hub.demo import disputes as demo_disputes
from county_hub.demo import petitions as demo_petitions
from county_hub.demo.disputes import staff_id
from county_hub.demo.stories import PRESENT, QUOTAS, Matter, Part, Quotas, Step, Teller, ms_of, renamed, steps_of, until
from county_hub.hub.hub import Hub, router_of
from county_hub.hub.problems import HubProblem, UsageProblem
from shared.disputes.kinds import registry as bodies
from shared.ledger.authoring import Act, Author, DeviceIdentity
from shared.ledger.days import later, local_date
from shared.ledger.entry import whole
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.envelope import subject_range
from shared.ledger.formats.founding import subject_id
from shared.ledger.formats.keys import ED25519, DeviceKey
from shared.ledger.published.directory_heads import Directory, change
from shared.ledger.published.lineage import FOUNDED
from shared.ledger.texts import t

SEED = "shuoshi-demo-1"
SETTING = "demo"
VILLAGES_OF_A_TOWNSHIP = 2      # enough for three levels, few enough for a quick start
ROLES = ("mediator", "handler", "window_clerk", "legal_aid_officer")
Progress = Callable[[str, int, int], None]      # stage (write | route | project), done, total


@dataclass(frozen=True, slots=True)
class Loaded:
    """`written` events now, of `events` in the plan. Zero written: the year was there."""

    year: int
    events: int
    written: int
    disputes: int
    mediated: int
    petitions: int
    legal_aid: int


def years_of(text: str) -> list[int]:
    """"2018,2019" -> [2018, 2019]. Raises `UsageProblem`."""
    found = []
    for part in text.split(","):
        if whole(part.strip()) not in QUOTAS:
            raise UsageProblem(t("figures.demo.bad_year", value=part.strip(), known="、".join(map(str, QUOTAS))))
        found.append(int(part))
    return sorted(set(found))


def load_years(hub: Hub, years: Sequence[int], progress: Progress = lambda stage, done, total: None,
               quotas: Mapping[int, Quotas] = QUOTAS) -> list[Loaded]:
    """Load every year that is not complete. Raises `HubProblem` when another run is under way."""
    with _only_one(hub):
        plans = {year: plan(hub, year, quotas[year]) for year in years}
        todo = [year for year in years if year not in loaded_years(hub.directory.latest())]
        total = sum(steps_of(plans[year]) for year in todo)
        written, done = dict.fromkeys(years, 0), 0
        for year in todo:
            _enrol(hub, year, plans[year])
            for n, fresh in _write(hub, year, plans[year]):
                done += n
                written[year] += n if fresh else 0
                progress("write", done, total)
        if todo:
            _route(hub, total, progress)
            for year in todo:
                _finish(hub, year, plans[year])
        hub.projector.catch_up(progress=lambda rows: progress("project", min(rows, total), total))
    return [_summary(year, plans[year], written[year], quotas[year]) for year in years]


def load_this_year(hub: Hub, progress: Progress = lambda stage, done, total: None) -> list[Loaded]:
    """The year that is under way, up to yesterday; as it stood when it was loaded first."""
    year = int(local_date(hub.clock())[:4])
    return load_years(hub, [year], progress, {year: PRESENT}) if year not in loaded_years(hub.directory.latest()) else []


def loaded_years(directory: Directory) -> list[int]:
    setting = directory.setting(SETTING) or {}
    return [int(year) for year in setting.get("years", ())]


def plan(hub: Hub, year: int, quotas: Quotas) -> list[Matter]:
    """All matters of a year; the same for the same county."""
    organisation = hub.directory.organisation()
    townships = [o.id for o in sorted(organisation.offices.values(), key=lambda o: o.id) if o.level == "township"]
    villages = [v for township in townships for v in organisation.children(township)[:VILLAGES_OF_A_TOWNSHIP]]
    teller = Teller(year, SEED, hub.county, townships, villages)
    told = [*demo_disputes.disputes(teller, quotas), *demo_petitions.petitions(teller, quotas),
            *demo_petitions.legal_aid(teller, quotas)]
    return _founded(year, until(told, dt.date.fromisoformat(later(local_date(hub.clock()), -1))))


def _founded(year: int, matters: Sequence[Matter]) -> list[Matter]:
    """The matters under the ids that their first events will prove: the plan knows number and minute of every event."""
    made: dict[str, str] = {}
    written = dict[str, int]()
    for office, parts in _batches(matters):
        device = device_of(office, year)
        for ms, matter, number, step in _acts(parts):
            written[device] = written.get(device, 0) + 1
            if number == 0 and step is matter.parts[0].steps[0]:
                made[matter.subject] = subject_id(matter.aggregate, device, written[device], ms)
    return [renamed(matter, made) for matter in matters]


def _summary(year: int, matters: Sequence[Matter], written: int, quotas: Quotas) -> Loaded:
    kinds = [matter.aggregate for matter in matters]
    return Loaded(year, steps_of(matters), written, kinds.count("case"), min(quotas.mediated, kinds.count("case")),
                  kinds.count("petition"), min(quotas.legal_aid, kinds.count("legal_aid")))


# --- devices and persons ------------------------------------------------------------------------------------------


def slot_of(year: int) -> int:
    """Real slots count up from 001; the DEMO of 2019 is 919."""
    return 900 + year % 100


def device_of(office: str, year: int) -> str:
    return f"{office}-{slot_of(year):03d}"


def key_of(hub: Hub, device: str) -> DeviceKey:
    """Derived, so that an interrupted run goes on with the same key; nobody without the hub's secrets can make it."""
    pepper = bytes.fromhex(hub.secrets["pepper"])
    return DeviceKey.generate(lambda n: hmac.new(pepper, f"demo:{device}".encode(), hashlib.sha256).digest()[:n])


def _offices(matters: Sequence[Matter]) -> list[str]:
    return sorted({part.office for matter in matters for part in matter.parts})


def _enrol(hub: Hub, year: int, matters: Sequence[Matter]) -> None:
    """Persons, devices and the DEMO banner in one new version of the directory."""
    offices = _offices(matters)

    def changes(latest: Directory) -> Iterator[Doc]:
        yield change("setting", SETTING, {"on": True, "years": loaded_years(latest), "loading": year})
        for office in offices:
            for which in (0, 1):
                yield change("staff", staff_id(office, which), {
                    "name": f"演示人员{'甲乙'[which]}", "office": office, "roles": list(ROLES), "active": True,
                    "from": f"{year}-01-01", "to": None,
                })
            device = device_of(office, year)
            if latest.device(device) is None:
                yield change("device", device, {
                    "office": office, "slot": slot_of(year), "public_key": key_of(hub, device).public, "alg": ED25519,
                    "status": "active",
                    "final_seq": None, "role": "demo", "enrolled_at": hub.clock(),
                })

    # The slot is not reserved in the registry: it counts up from the highest, and no office ever enrols 900 devices.
    hub.directory.revise(changes)


def _finish(hub: Hub, year: int, matters: Sequence[Matter]) -> None:
    """The year is complete: its devices are retired at their last number, its persons leave."""
    last = {device_of(office, year): _end(hub, office, device_of(office, year)) for office in _offices(matters)}

    def changes(latest: Directory) -> Iterator[Doc]:
        years = sorted({*loaded_years(latest), year})
        yield change("setting", SETTING, {"on": True, "years": years})
        for device, (seq, hash) in last.items():
            known = latest.device(device)
            if known is not None:
                yield change("device", device, {**known.raw, "status": "retired", "final_seq": seq, "final_hash": hash})
        for office in _offices(matters):
            for which in (0, 1):
                person = latest.staff(staff_id(office, which))
                if person is not None:
                    yield change("staff", person.id, {**person.raw, "active": False, "to": f"{year}-12-31"})

    hub.directory.revise(changes)


def _end(hub: Hub, office: str, device: str) -> tuple[int, str | None]:
    """Number and hash of the device's last event."""
    with hub.databases.lease(f"office-{office}") as replica:
        chain = replica.get_local(_chain_name(device))
    return (int(chain["seq"]), chain["head"]) if chain else (0, None)


# --- writing ------------------------------------------------------------------------------------------------------


def _write(hub: Hub, year: int, matters: Sequence[Matter]) -> Iterator[tuple[int, bool]]:
    """(events, written now) of each batch."""
    for office, parts in _batches(matters):
        yield _Batch(hub, year, office).write(parts)


def _batches(matters: Sequence[Matter]) -> Iterator[tuple[str, list[tuple[Matter, int]]]]:
    """Parts by (office, quarter). Villages first: a township goes on from what the village wrote."""
    ranked: dict[tuple[int, str, int], list[tuple[Matter, int]]] = {}
    for matter in matters:
        quarter = (matter.began.month - 1) // 3
        for number, part in enumerate(matter.parts):
            ranked.setdefault((FOUNDED.rank_of(part.office), part.office, quarter), []).append((matter, number))
    for (_, office, _), parts in sorted(ranked.items(), key=lambda entry: entry[0]):
        yield office, parts


def _acts(parts: Sequence[tuple[Matter, int]]) -> Iterator[tuple[int, Matter, int, Step]]:
    """(time in ms, matter, number of its part, step) in the order of writing: on the act's own day, some minute of the working
    hours."""
    acts = sorted(
        ((step.day, order, place, matter, number, step)
         for order, (matter, number) in enumerate(parts) for place, step in enumerate(matter.parts[number].steps)),
        key=lambda entry: entry[:3],
    )
    for minute, (day, _, _, matter, number, step) in enumerate(acts):
        yield ms_of(day) + minute % 480 * 60_000, matter, number, step


@dataclass(slots=True)
class _Held:
    """A store whose transaction is already open, with a chain of its own for the DEMO device (`Author` asks for `chain`)."""

    tx: Any
    chain: str

    @contextlib.contextmanager
    def transaction(self) -> Iterator[_Held]:
        yield self

    def get_local(self, name: str) -> Doc | None:
        return self.tx.get_local(self.chain)  # type: ignore[no-any-return]

    def put_local(self, name: str, doc: Mapping[str, Any]) -> str:
        return self.tx.put_local(self.chain, doc)  # type: ignore[no-any-return]

    def put_rev(self, doc: Doc) -> object:
        return self.tx.put_rev(doc)

    def all_docs(self, **asked: Any) -> Sequence[Any]:
        # A fresh chain only: whether the store holds events of this device, which it cannot without its chain.
        return ()


def _chain_name(device: str) -> str:
    return f"demo-chain-{device}"


class _Batch:
    """All parts of one office that began in one quarter, in the order of their days, in one transaction."""

    def __init__(self, hub: Hub, year: int, office: str) -> None:
        self._hub, self._office, self._device = hub, office, device_of(office, year)
        self._now = 0
        self._events: dict[tuple[str, str], str] = {}       # (subject, label) -> event id
        self._heads: dict[str, str] = {}

    def write(self, parts: Sequence[tuple[Matter, int]]) -> tuple[int, bool]:
        count = sum(len(matter.parts[number].steps) for matter, number in parts)
        for matter, number in parts:
            if number:
                self._take_over(matter, matter.parts[number - 1])
        with self._hub.databases.lease(f"office-{self._office}") as replica, replica.transaction() as tx:
            if _has(tx, parts[0][0], self._device):
                return count, False
            author = self._author(_Held(tx, _chain_name(self._device)))
            for self._now, matter, _, step in _acts(parts):
                self._one(author, matter, step)
        return count, True

    def _author(self, store: _Held) -> Author:
        identity = DeviceIdentity(self._device, int(self._device[-3:]), self._office, key_of(self._hub, self._device))
        cited = self._hub.directory.cited()     # one transaction, one directory: asking anew for each event took an eighth of it
        return Author(store, device=identity, clock=lambda: self._now, directory=lambda: cited, offset_ms=lambda: 0)

    def _one(self, author: Author, matter: Matter, step: Step) -> None:
        head = self._heads.get(matter.subject)
        fields = self._resolved(matter.subject, step.body)
        body = bodies.build(step.kind, {**fields, "number": "DEMO"} if step.number else fields)
        event = author.write(Act(
            step.kind, matter.subject if head else None, body, actor=staff_id(self._office, step.actor), role=step.role,
            legal_date=step.day.isoformat(), after=(head,) if head else None, number=step.number,
        ))
        assert event.subject == matter.subject, "the plan foretells the ids"
        self._heads[matter.subject] = event.id
        if step.label:
            self._events[matter.subject, step.label] = event.id

    def _resolved(self, subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: self._events[subject, value[1:]] if isinstance(value, str) and value.startswith("@") else value
            for key, value in body.items()
        }

    def _take_over(self, matter: Matter, before: Part) -> None:
        """Where the office below ended: its last event, and those that have a label."""
        first, last = subject_range(matter.aggregate, matter.subject)
        with self._hub.databases.lease(f"office-{before.office}") as replica:
            docs = [row.doc for row in replica.all_docs(startkey=first, endkey=last, include_docs=True) if row.doc is not None]
        cited = {id for doc in docs for id in doc["after"]}
        labels = {step.kind: step.label for step in before.steps if step.label}
        for doc in docs:
            if doc["kind"] in labels:
                self._events[matter.subject, labels[doc["kind"]]] = doc["_id"]
        self._heads[matter.subject] = next(doc["_id"] for doc in docs if doc["_id"] not in cited)


def _has(tx: Any, matter: Matter, device: str) -> bool:
    first, last = subject_range(matter.aggregate, matter.subject)
    rows = tx.all_docs(startkey=first, endkey=last, include_docs=True)
    return any(row.doc is not None and row.doc.get("device") == device for row in rows)


# --- routing ------------------------------------------------------------------------------------------------------


def _route(hub: Hub, total: int, progress: Progress) -> None:
    """Through the same router as everybody's events; `serve` may be doing the same at this moment."""
    done = 0
    with contextlib.closing(router_of(hub)) as router:
        for name in router.sources():
            while rows := router.step(name):
                done += rows
                progress("route", min(done, total), total)
        router.run_pending()
    progress("route", total, total)


@contextlib.contextmanager
def _only_one(hub: Hub) -> Iterator[None]:
    with (hub.home.root / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise HubProblem(t("figures.demo.already")) from None
        yield


__all__ = ["Loaded", "Progress", "device_of", "load_years", "loaded_years", "plan", "years_of"]
