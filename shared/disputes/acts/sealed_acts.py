"""Writing, opening and passing on sealed records: what a tablet's desk and the county's officers do alike. Pure; whoever calls
stores the documents and signs the events.

    writes_of(kind, body, ...)   -> the acts to sign, in one transaction, and the sealed documents to commit before them
    state_of(ref, doc, ...)      -> can this device and person open it, and if not, why
    read_body, share_body        -> bodies of `case.sealed_read` and `case.sealed_shared`
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.disputes.acts import sealing_rules
from shared.disputes.acts.sealing_rules import Aside, Surroundings
from shared.disputes.case.tracks import SealedRef
from shared.disputes.kinds import registry as bodies
from shared.disputes.records.aggregates import NOT_YET
from shared.ledger.errors import Refused
from shared.ledger.formats import sealing
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.hidden import shown_in
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.formats.sealing import About, Random, Wrapped
from shared.ledger.published.directory_heads import Directory
from shared.ledger.texts import t

READ, SHARED = "case.sealed_read", "case.sealed_shared"
Confirmed = Callable[[Mapping[str, str]], Mapping[str, str]]
"""Of {device: public key} those that a person where the key is wrapped knows (`place.Place.confirmed`)."""
_HERE = frozenset({"open", "role", "no_key"})        # the document is here and tells who has a key
_OPEN_FILES = frozenset({"signature"})      # a signature on the glass tells nothing of what was said


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes: office, role, and the device with its public key, which always gets the key of what it writes."""

    office: str
    role: str
    device: str
    public_key: str


@dataclass(frozen=True, slots=True)
class Write:
    """One act to sign; `doc` is the sealed document it cites, or None for an open one."""

    kind: str
    body: Mapping[str, Any]
    doc: Doc | None = None


@dataclass(frozen=True, slots=True)
class Keys:
    """What a reader has: its device keys (present and earlier ones) and the staff member before it."""

    devices: Mapping[str, DeviceKey]
    staff: str = ""
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SealedState:
    """`status`: open | no_key | absent | role | damaged. `holders`: devices that have a key. `body` only when open."""

    ref: SealedRef
    status: str
    holders: tuple[str, ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)
    data_key: bytes | None = field(default=None, repr=False)


def writes_of(kind: str, body: Mapping[str, Any], subject: str, author: Author, here: Surroundings, directory: Directory,
              random: Random, confirmed: Confirmed, wanted: str = "") -> list[Write]:
    """The act as the rules want it: open, sealed, or open with a sealed record beside it. `wanted`: a class that a person asks
    for. Devices that are not `confirmed` get no key, and the act is written all the same. Raises `Refused`, code
    `not_sealable`, `sealed_files` or `no_audience`."""
    def sealed(kind: str, body: Mapping[str, Any], code: str) -> Write:
        if body.get("files"):
            raise Refused("files", len(body["files"]), "a sealed record takes no files", code="sealed_files")
        audience = sealing_rules.audience(code, author.office, here, directory)
        devices = {**confirmed(audience), author.device: author.public_key}
        doc, outside = sealing.seal_body(body, About(code, kind, subject), devices, random)
        return Write(kind, outside, doc)

    code = wanted or sealing_rules.class_of(kind, body, author.role, here)
    if code:
        if kind not in bodies.SEALABLE or code not in sealing_rules.shipped().classes:
            raise Refused("seal", code, f"of {kind} nothing can be sealed", code="not_sealable")
        return [sealed(kind, body, code)]
    aside = sealing_rules.aside_of(kind, body, here)
    if aside is None:
        return [Write(kind, body)]
    if any(file.get("purpose") not in _OPEN_FILES for file in body.get("files", ())):
        raise Refused("files", len(body["files"]), "a closed session takes no files but signatures", code="sealed_files")
    record = bodies.build(aside.into, _aside_body(aside, body))
    rest = {name: value for name, value in body.items() if name not in aside.fields}
    return [Write(kind, rest), sealed(aside.into, record, aside.sealed_class)]


def _aside_body(aside: Aside, body: Mapping[str, Any]) -> dict[str, Any]:
    if not aside.document:
        return {name: body[name] for name in aside.fields if body.get(name)}
    told = "\n".join(t(f"sealing.{name}", text=body[name]) for name in aside.fields if body.get(name))
    return {"document": aside.document, "text": told}


def refs_of(events: Sequence[Event]) -> list[SealedRef]:
    """The sealed steps of a record; keys that were given later are told by cases alone."""
    return [SealedRef(e.id, str(e.sealed), str(e.body.get("class")), e.kind, e.office, e.actor, e.legal_date)
            for e in events if e.sealed]


def open_events(events: Sequence[Event], subject: str, keys: Keys, find: Callable[[Sequence[SealedRef]], Mapping[str, Any]]
                ) -> dict[str, Mapping[str, Any]]:
    """Bodies of sealed steps of a record that may be read with these keys, by event; `find(refs)` gives the documents here."""
    refs = refs_of(events)
    states = states_of(refs, subject, keys, find(refs).get)
    return {s.ref.event: s.body for s in states if s.status == "open"}


def state_of(ref: SealedRef, doc: Mapping[str, Any] | None, subject: str, keys: Keys) -> SealedState:
    """See `SealedState`. Never raises."""
    if doc is None:
        return SealedState(ref, "absent", _holders(ref.shares, {}))
    try:
        first = sealing.wrapped_in(doc)
        if doc.get("_id") != f"sealed:{ref.sha256}":
            return SealedState(ref, "damaged")
        offers = [first, *(Wrapped(share.eph, dict(share.keys)) for share in ref.shares)]
        holders = _holders(ref.shares, first.keys)
        data_key = sealing.find_key(offers, keys.devices)
        if data_key is None:
            return SealedState(ref, "no_key", holders)
        if not sealing_rules.may_open(ref.sealed_class, ref.actor, keys.staff, keys.roles):
            return SealedState(ref, "role", holders, data_key=data_key)
        body = _opened(ref, doc, subject, data_key)
        bodies.parse(ref.kind, bodies.CURRENT[ref.kind], body, opened=True)
    except (Refused, bodies.InvalidBody, KeyError, TypeError):
        return SealedState(ref, "damaged")
    return SealedState(ref, "open", holders, shown_in(body), data_key)


def _opened(ref: SealedRef, doc: Mapping[str, Any], subject: str, data_key: bytes) -> Mapping[str, Any]:
    """What was sealed together with the founding of its subject is bound to none: there was no id yet."""
    try:
        return sealing.open_body(doc, About(ref.sealed_class, ref.kind, subject), data_key)
    except Refused:
        return sealing.open_body(doc, About(ref.sealed_class, ref.kind, NOT_YET), data_key)


def states_of(refs: Iterable[SealedRef], subject: str, keys: Keys, find: Callable[[str], Mapping[str, Any] | None]
              ) -> list[SealedState]:
    """Of every sealed record; `find(sha256)` gives the document, None when it is not here."""
    return [state_of(ref, find(ref.sha256), subject, keys) for ref in refs]


def seen_by(state: SealedState, staff: str) -> bool:
    """Is it shown to this person in the case: written or opened, on record, by them?"""
    return state.status == "open" and (state.ref.actor == staff or staff in state.ref.readers)


def read_body(states: Sequence[SealedState], staff: str) -> dict[str, Any]:
    """`of` everything that this person may open here and has not opened yet."""
    return {"of": [state.ref.event for state in states if state.status == "open" and not seen_by(state, staff)]}


def lacking(state: SealedState, here: Surroundings, directory: Directory, confirmed: Confirmed) -> dict[str, str]:
    """Confirmed devices of the audience as it is today that could read and have no key: those of a new colleague, a renewed
    one, a new holder."""
    wanted = sealing_rules.audience(state.ref.sealed_class, state.ref.office, here, directory)
    return {device: key for device, key in confirmed(wanted).items() if device not in state.holders and sealing.can_read(key)}


def unconfirmed(states: Sequence[SealedState], here: Surroundings, directory: Directory, confirmed: Confirmed) -> list[str]:
    """Devices of the audience of these records that lack a key, and that nobody here has said to know: they get none until
    somebody does."""
    wanted = {device: key for state in states if state.status in _HERE
              for device, key in sealing_rules.audience(state.ref.sealed_class, state.ref.office, here, directory).items()
              if device not in state.holders and sealing.can_read(key)}
    return sorted(wanted.keys() - confirmed(wanted).keys())


def share_body(states: Sequence[SealedState], here: Surroundings, directory: Directory, random: Random, confirmed: Confirmed
               ) -> dict[str, Any]:
    """The keys for every confirmed device that lacks one, of what this person may open here. No `shares` when there is nothing
    to give."""
    shares = []
    for state in states:
        devices = lacking(state, here, directory, confirmed) if state.status == "open" and state.data_key is not None else {}
        if devices:
            assert state.data_key is not None
            made = sealing.wrap(state.data_key, devices, random)
            keys = [{"device": device, "key": key} for device, key in made.keys.items()]
            shares.append({"of": state.ref.event, "sealed": state.ref.sha256, "eph": made.eph, "keys": keys})
    return {"shares": shares}


def _holders(shares: Sequence[Any], first: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*first, *(device for share in shares for device, _ in share.keys)]))


def why_not(state: SealedState, name: Callable[[str], str]) -> str:
    """One Chinese sentence; `name(device)` gives the words for a device."""
    shown = "、".join(name(device) for device in state.holders[:6])
    return t(f"sealing.status.{state.status}", holders=shown or t("sealing.nobody"))
