"""The directory at one version: offices, staff, devices, the hub's key, calendars, tables and settings. A frozen value.

How signed heads become these values is told in `directory`. A head's `changes` are `{"op", "key", "value"}`; the last
value of a key stands, null takes it away. Only an office keeps its earlier values: name, code and parent are dated
attributes, so each `valid_from` is an entry of its own; its level is that of the first one. Nothing secret is ever in here: every
device reads it.

    op        key        value
    office    office id  {name, kind, level: county|township|village, parent, code, valid_from, valid_to, rooms, committee,
                          successor (of a closed one)}
    staff     staff id   {name, office, roles: [...], active, from, to}
    device    device id  {office, slot, public_key, alg, status: active|retired|lost, final_seq, final_hash, role,
                          enrolled_at, users, continues}
    hub       "hub"      {hub_id, public_key, alg, name}
    recovery  "recovery" {public_key, alg}      the offline key, in the first head
    calendar | table | setting    name    {...}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.ledger.formats.documents import Doc
from shared.ledger.published.lineage import Lineage, level_at, lineage_of

OPS = ("office", "staff", "device", "calendar", "table", "hub", "recovery", "setting")
_NO_DATE_YET, _NO_DATE_END = "0000-00-00", "9999-12-31"


@dataclass(frozen=True, slots=True)
class Office:
    """An office as it is called in one period. `raw` is the whole value, for what only some program needs."""

    id: str
    name: str
    kind: str
    level: str
    parent: str | None
    code: str
    valid_from: str | None
    valid_to: str | None
    rooms: Any
    committee: Any
    raw: Mapping[str, Any] = field(repr=False)

    def valid_on(self, date: str) -> bool:
        """`date` as ISO text; `valid_to` is the last day."""
        return (self.valid_from or _NO_DATE_YET) <= date <= (self.valid_to or _NO_DATE_END)


@dataclass(frozen=True, slots=True)
class Staff:
    id: str
    name: str
    office: str
    roles: tuple[str, ...]
    active: bool
    # `active`: not dismissed, and in a directory seen on a day (`dated`) not past the last day
    start: str | None          # `from` and `to` of the value; both days included
    end: str | None
    raw: Mapping[str, Any] = field(repr=False)

    def may_act(self, role: str, date: str | None = None) -> bool:
        """Active, with this role and, if a date is given, within the dates of service."""
        in_time = date is None or (self.start or _NO_DATE_YET) <= date <= (self.end or _NO_DATE_END)
        return self.active and role in self.roles and in_time


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolled device. `final_seq`, `final_hash`: the last event that a retired one declared. `continues`: {device, seq, hash}
    of the chain it took over: after a suspected restore or clone, or in another office."""

    id: str
    office: str
    slot: int
    public_key: str
    alg: str
    status: str
    final_seq: int | None
    role: str
    enrolled_at: int | None
    continues: Mapping[str, Any] | None
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def final_hash(self) -> str | None:
        """The hash of the event with the number `final_seq`; None: unknown."""
        found = self.raw.get("final_hash")
        return found if isinstance(found, str) else None

    @property
    def users(self) -> frozenset[str]:
        """People of other offices who may use it, put there by their own office: {staff: {"by", "on"}} of its value."""
        named = self.raw.get("users")
        return frozenset(named) if isinstance(named, Mapping) else frozenset()


Entries = dict[str, dict[str, Any]]   # op -> key -> value; an office's value is a tuple of dated values


class Directory:
    """One version. Lookups answer None for what it does not know; lists are sorted by id. `today` (see `dated`): the day whose
    office names it answers with; without one the newest, which may begin only next month."""

    __slots__ = ("_children", "_devices", "_entries", "_histories", "_lineages", "_offices", "_staff", "_staff_of", "above",
                 "epoch", "hash", "today", "version")

    def __init__(self, epoch: str, version: int, hash: str, entries: Entries, today: str = "",
                 lineages: dict[str, Lineage] | None = None) -> None:
        self.epoch = epoch
        self.version = version
        self.hash = hash                       # `prev` of the next head
        self.today = today
        self._entries = entries
        self._children: dict[str, list[str]] | None = None
        self._histories: dict[str, tuple[Office, ...]] = {}         # made when asked for: a router asks for each record
        self._offices: dict[str, Office] = {}       # likewise: what is offered at a case asks for each kind and role
        self._lineages = {} if lineages is None else lineages       # day -> as asked; shared by all days of a version
        self._staff_of: dict[str, list[str]] | None = None
        self._devices: dict[str, Device] = {}       # likewise
        self._staff: dict[str, Staff] = {}          # likewise
        self.above: dict[str, frozenset[str]] = {}  # what `audience` has found of an office in this version

    @property
    def place(self) -> tuple[str, int]:
        return self.epoch, self.version

    @property
    def cited(self) -> tuple[str, int, str]:
        """What an event's `directory` field names: epoch, version, hash of the head."""
        return self.epoch, self.version, self.hash

    def dated(self, today: str) -> Directory:
        """The same version as seen on a day (ISO text): offices by the names of that day. What programs show."""
        return self if today == self.today else Directory(
            self.epoch, self.version, self.hash, self._entries, today, self._lineages)

    def office(self, id: str, on: str | None = None) -> Office | None:
        """The office as it is, or as it was on a date (ISO text); None if unknown or not valid then."""
        if on is None:
            made = self._offices.get(id)
            if made is None and (values := self._entries["office"].get(id)):
                made = self._offices[id] = _office(id, _standing(values, self.today), values[0])
            return made
        return next((o for o in reversed(self.office_history(id)) if o.valid_on(on)), None)

    def office_then(self, id: str, on: str) -> Office | None:
        """As `office` on a day, and on a day of no period the nearest one: a closed office keeps its last name, one that began
        later has its first."""
        values = self._entries["office"].get(id)
        return _office(id, _standing(values, on), values[0]) if values else None

    def closed_since(self, id: str) -> str | None:
        """The last day of an office that was closed (no later period follows), or None; of a day to come, too."""
        values = self._entries["office"].get(id)
        last = values[-1].get("valid_to") if values else None
        return str(last) if last else None

    def office_history(self, id: str) -> tuple[Office, ...]:
        """All values the office has had, oldest first."""
        values = self._entries["office"].get(id)
        if values is None:
            return ()
        made = self._histories.get(id)
        if made is None:
            made = self._histories[id] = tuple(_office(id, value, values[0]) for value in values)
        return made

    def offices(self) -> list[Office]:
        return [_office(id, _standing(values, self.today), values[0])
                for id, values in sorted(self._entries["office"].items())]

    @property
    def lineage(self) -> Lineage:
        """Levels and lines of all offices, as seen on `today`."""
        made = self._lineages.get(self.today)
        if made is None:
            offices = self._entries["office"]
            made = lineage_of(offices, {id: _standing(values, self.today) for id, values in offices.items()})
            self._lineages[self.today] = made
        return made

    def ancestors(self, office: str) -> list[str]:
        """Ids above an office, nearest first; ends at an unknown parent or where a mistake made a circle."""
        chain: list[str] = []
        here = self.office(office)
        while here is not None and here.parent and here.parent not in (*chain, office):
            chain.append(here.parent)
            here = self.office(here.parent)
        return chain

    def is_within(self, office: str, above: str) -> bool:
        """True if `office` is `above` or lies below it."""
        return office == above or above in self.ancestors(office)

    def children(self, office: str) -> list[str]:
        """Ids directly below an office."""
        if self._children is None:
            self._children = _grouped((o.parent, o.id) for o in self.offices() if o.parent)
        return list(self._children.get(office, ()))

    def county(self) -> Office | None:
        """The office of the county itself; its organs have the same level, and lie below it."""
        return next((o for o in self.offices() if o.level == "county" and not o.parent), None)

    def may_use(self, device: str, staff: str) -> bool:
        """May this person act on this device: of its office, or named there?"""
        person, known = self.staff(staff), self.device(device)
        return person is not None and known is not None and (person.office == known.office or staff in known.users)

    def staff(self, id: str) -> Staff | None:
        made = self._staff.get(id)
        if made is None and (value := self._entries["staff"].get(id)) is not None:
            made = self._staff[id] = _staff(id, value, self.today)
        return made

    def staff_of(self, office: str) -> list[Staff]:
        if self._staff_of is None:
            self._staff_of = _grouped((v.get("office"), id) for id, v in sorted(self._entries["staff"].items()))
        return [_staff(id, self._entries["staff"][id], self.today) for id in self._staff_of.get(office, ())]

    def all_staff(self) -> list[Staff]:
        return [_staff(id, value, self.today) for id, value in sorted(self._entries["staff"].items())]

    def device(self, id: str) -> Device | None:
        made = self._devices.get(id)
        if made is None and (value := self._entries["device"].get(id)) is not None:
            made = self._devices[id] = _device(id, value)
        return made

    def devices(self) -> list[Device]:
        return [_device(id, value) for id, value in sorted(self._entries["device"].items())]

    def devices_of(self, office: str) -> list[Device]:
        return [_device(id, v) for id, v in sorted(self._entries["device"].items()) if v.get("office") == office]

    def public_key(self, device: str) -> str | None:
        found = self.device(device)
        return found.public_key if found else None

    @property
    def hub(self) -> Mapping[str, Any] | None:
        """{hub_id, public_key, name} or None."""
        return next(iter(self._entries["hub"].values()), None)

    @property
    def hub_key(self) -> str | None:
        return str(self.hub["public_key"]) if self.hub else None

    @property
    def recovery_key(self) -> str | None:
        """The public half of the county's recovery key; None for a county without one."""
        found = next(iter(self._entries["recovery"].values()), None)
        return str(found["public_key"]) if found else None

    def calendar(self, key: str) -> Mapping[str, Any] | None:
        return self._entries["calendar"].get(key)

    def table(self, key: str) -> Mapping[str, Any] | None:
        return self._entries["table"].get(key)

    def setting(self, key: str) -> Mapping[str, Any] | None:
        return self._entries["setting"].get(key)

    def keys(self, op: str) -> list[str]:
        """Keys that have a value under an op of `OPS`."""
        return sorted(self._entries[op])

    def value(self, op: str, key: str) -> Any:
        """The value that stands (of an office: the newest), or None."""
        found = self._entries[op].get(key)
        return found[-1] if op == "office" and found else found

    def with_changes(self, epoch: str, version: int, hash: str, changes: Iterable[Mapping[str, Any]]) -> Directory:
        """The next version. Unknown ops of a newer hub are passed over: their heads still bind the chain."""
        entries = dict(self._entries)
        copied: set[str] = set()
        for entry in changes:
            op = entry["op"]
            if op not in entries:
                continue
            if op not in copied:
                entries[op] = dict(entries[op])
                copied.add(op)
            _apply(entries[op], op, entry["key"], entry["value"])
        return Directory(epoch, version, hash, entries, self.today)


EMPTY = Directory("", 0, "", {op: {} for op in OPS})


def _apply(entries: dict[str, Any], op: str, key: str, value: Doc | None) -> None:
    if value is None:
        entries.pop(key, None)
    elif op == "office":
        kept = [v for v in entries.get(key, ()) if v.get("valid_from") != value.get("valid_from")]
        entries[key] = tuple(sorted([*kept, value], key=lambda v: v.get("valid_from") or _NO_DATE_YET))
    elif op in ("hub", "recovery"):
        entries.clear()
        entries[key] = value
    else:
        entries[key] = value


def _grouped(pairs: Iterable[tuple[Any, str]]) -> dict[str, list[str]]:
    made: dict[str, list[str]] = {}
    for group, id in pairs:
        made.setdefault(str(group), []).append(id)
    return made


def _standing(values: Sequence[Mapping[str, Any]], day: str) -> Mapping[str, Any]:
    """The newest value that has begun by `day` ("": the newest of all); before the first one, the first."""
    begun = [v for v in values if not day or (v.get("valid_from") or _NO_DATE_YET) <= day]
    return begun[-1] if begun else values[0]


def _office(id: str, v: Mapping[str, Any], founded: Mapping[str, Any]) -> Office:
    return Office(
        id, str(v.get("name", id)), str(v.get("kind", "")), level_at(id, founded), v.get("parent"), str(v.get("code", id)),
        v.get("valid_from"), v.get("valid_to"), v.get("rooms"), v.get("committee"), v,
    )


def _staff(id: str, v: Mapping[str, Any], today: str) -> Staff:
    roles, end = tuple(v.get("roles", ())), v.get("to")
    active = v.get("active", True) is True and not (isinstance(end, str) and end < today)
    return Staff(id, str(v.get("name", id)), str(v.get("office", "")), roles, active, v.get("from"), end, v)


def _device(id: str, v: Mapping[str, Any]) -> Device:
    return Device(
        id, str(v.get("office", "")), int(v.get("slot", 0)), str(v.get("public_key", "")), str(v.get("alg", "")),
        str(v.get("status", "active")),
        v.get("final_seq"), str(v.get("role", "")), v.get("enrolled_at"), v.get("continues"), v,
    )
