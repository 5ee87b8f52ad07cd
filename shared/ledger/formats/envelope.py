"""The signed event (for ever): its fields, its id, its revision, and the check at every ingress.

    _id   <aggregate>:<ulid>:<hlc>:<h>    h = base32_hash(canonical document without _id, _rev; signature included)
    _rev  1-<md5 of the canonical document with _id, without _rev>
    sig   over the canonical document without _id, _rev, sig

The id binds the content: two contents under one id cannot exist, and a changed signature is another
event. What a body means is not known here (`bodies`), nor who may write it (`judge`, `policy`). Old
events are read for ever: a field may never be removed, renamed or given another meaning; a new one needs
a new `alg` format number.

`corrected time = device_time + clock_offset_ms`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from shared.ledger.days import is_day
from shared.ledger.errors import NotCanonical, Refused
from shared.ledger.formats import canonical, ids
from shared.ledger.formats.checked import CHECKED, mark_of, once
from shared.ledger.formats.citation import Cited, cited_in
from shared.ledger.formats.documents import (
    MAX_DOCUMENT_BYTES,
    Doc,
    Parts,
    check_chunk,
    check_generation_one,
    content,
    fields_exactly,
    integer,
    is_sealed_body,
    signing_bytes,
    text,
    with_rev,
)
from shared.ledger.formats.hlc import is_hlc
from shared.ledger.formats.keys import ED25519, DeviceKey, from_base64, suite, verify
from shared.ledger.formats.sealing import check_envelope

KIND = re.compile(r"([a-z][a-z0-9_]{0,30})\.([a-z][a-z0-9_]{0,30})", re.ASCII)
_ROLE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
EVENT_ID = re.compile(
    r"([a-z][a-z0-9_]{0,30}):([0-7][0-9A-HJKMNP-TV-Z]{25}):([0-9a-f]{16}):([a-z2-7]{26})", re.ASCII
)
# Fields that are the same in a document, a `Draft` and an `Event`; the others differ in type or name.
_ALIKE = ("kind", "schema", "app", "office", "actor", "role", "custody_epoch", "device", "device_seq", "prev", "hlc",
          "device_time", "clock_offset_ms", "legal_date", "body")
_alike = attrgetter(*_ALIKE)
_FIXED_FIELDS = frozenset({*_ALIKE, "alg", "after", "directory", "sig"})
# Prefixes of what is not an event; no aggregate may ever take one of these names.
PUBLISHED = frozenset({"directory", "receipt", "grant", "withdraw", "refused", "released"})
_OTHER = frozenset({"chunk", "sealed"})
_ELSEWHERE = frozenset({"statement"})     # signed, and in no database of an office
MAX_AFTER = 1000   # heads of one case; writing one event joins them all, so real cases have one or two
_MAX_COUNT = 2**31 - 1
_MAX_MS = 2**48 - 1
_LAST_HLC = "f" * 16

PUBLISHED_ID = {
    "directory": re.compile(r"directory:[A-Za-z0-9][A-Za-z0-9._-]{0,63}:[0-9]{8}", re.ASCII),
    "receipt": re.compile(r"receipt:[A-Za-z0-9][A-Za-z0-9._-]{0,63}:[A-Za-z0-9][A-Za-z0-9._-]{0,63}:[0-9]{10}", re.ASCII),
    "grant": re.compile(r"grant:[0-7][0-9A-HJKMNP-TV-Z]{25}:[0-9]{6}", re.ASCII),
    "withdraw": re.compile(r"withdraw:[0-7][0-9A-HJKMNP-TV-Z]{25}:[0-9]{6}", re.ASCII),
    "refused": re.compile(r"refused:[0-7][0-9A-HJKMNP-TV-Z]{25}:[a-z2-7]{26}", re.ASCII),
    "released": re.compile(r"released:[0-7][0-9A-HJKMNP-TV-Z]{25}:[a-z2-7]{26}", re.ASCII),
}

# What each database of an office takes (DESIGN 4.1). "event" stands for every aggregate.
FAMILIES: dict[str, frozenset[str]] = {
    "office": frozenset({"event", "receipt", "grant", "withdraw", "refused", "released"}),
    "files": frozenset({"chunk"}),
    "closed": frozenset({"sealed"}),
    "directory": frozenset({"directory"}),
    "any": frozenset({"event", *PUBLISHED, *_OTHER}),
}


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before it is signed; field by field what the document will hold."""

    kind: str
    subject: str
    body: Mapping[str, Any]
    office: str
    actor: str
    role: str
    device: str
    device_seq: int
    prev: str | None
    after: tuple[str, ...]
    directory: Cited
    hlc: str
    device_time: int
    clock_offset_ms: int
    legal_date: str
    app: str
    custody_epoch: int = 0
    schema: int = 1


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `check_event` says that shape, id and revision of a document fit; `from_doc` looks at the shape alone; `trusted`
    at nothing, for documents that were checked when they came in; `trial` is not signed at all."""

    id: str
    rev: str
    kind: str
    schema: int
    alg: str
    app: str
    aggregate: str
    subject: str
    office: str
    actor: str
    role: str
    custody_epoch: int
    device: str
    device_seq: int
    prev: str | None
    after: tuple[str, ...]
    directory: Cited
    hlc: str
    device_time: int
    clock_offset_ms: int
    legal_date: str
    body: dict[str, Any]
    sig: str

    @property
    def h(self) -> str:
        """The last part of the id: the hash that `prev` of the next event names."""
        return self.id.rsplit(":", 1)[1]

    @property
    def sealed(self) -> str | None:
        """The hash of the sealed document, or None for an open body."""
        found = self.body.get("sealed")
        return found if isinstance(found, str) else None

    @property
    def corrected_ms(self) -> int:
        return self.device_time + self.clock_offset_ms

    def doc(self) -> Doc:
        """The document as it is stored."""
        return {"_id": self.id, "_rev": self.rev, **_unsigned(self, self.alg, self.aggregate), "sig": self.sig}

    def signed_by(self, public_key: str) -> bool:
        """True if `sig` was made by the holder of this public key (base64)."""
        return verify(public_key, canonical.encode(_unsigned(self, self.alg, self.aggregate)), self.sig, self.alg)

    @staticmethod
    def from_doc(doc: Mapping[str, Any]) -> Event:
        """The event in a document, its shape checked field by field. Raises `Refused`."""
        match = KIND.fullmatch(text(doc, "kind"))
        if match is None:
            raise Refused("kind", doc["kind"], "write it as aggregate.what_happened", code="bad_kind")
        aggregate = _aggregate(match.group(1))
        fields_exactly(doc, _FIXED_FIELDS | {aggregate}, f"an event of {aggregate}")
        _check_names(doc, aggregate)
        _check_numbers(doc)
        _check_causes(doc, aggregate)
        _check_date(text(doc, "legal_date"))
        if not isinstance(doc["body"], dict):
            raise Refused("body", doc["body"], "give an object")
        is_sealed_body(doc["body"])
        if len(from_base64("sig", doc["sig"])) != suite(text(doc, "alg")).signature_size:
            raise Refused("sig", doc["sig"], "give a signature of the length its alg has")
        text(doc, "_id"), text(doc, "_rev")
        return Event.trusted(doc)

    @staticmethod
    def trusted(doc: Mapping[str, Any]) -> Event:
        """The event in a document that was checked when it came in (`ingress_validator`), its parts by their names. Raises
        AttributeError, KeyError, TypeError or ValueError for a document of another shape."""
        kind = doc["kind"]
        aggregate = kind.partition(".")[0]
        epoch, version, hash = doc["directory"]
        return Event(
            doc["_id"], doc["_rev"], kind, doc["schema"], doc["alg"], doc["app"], aggregate, doc[aggregate], doc["office"],
            doc["actor"], doc["role"], doc["custody_epoch"], doc["device"], doc["device_seq"], doc["prev"], tuple(doc["after"]),
            (epoch, version, hash), doc["hlc"], doc["device_time"], doc["clock_offset_ms"], doc["legal_date"], doc["body"],
            doc["sig"],
        )

    @staticmethod
    def trial(
        kind: str, subject: str, body: Mapping[str, Any], *, after: Sequence[str], office: str, actor: str, role: str,
        device: str, directory: Cited, legal_date: str, now: int, custody_epoch: int = 0,
        schema: int = 1,
    ) -> Event:
        """An event as it would be, unsigned and newest of all: folded with the others it tells whether it would have an effect.
        `now` in ms since 1970."""
        aggregate = kind.partition(".")[0]
        return Event(
            f"{aggregate}:{subject}:{_LAST_HLC}:{'a' * 26}", "", kind, schema, "", "", aggregate, subject, office, actor, role,
            custody_epoch, device, 0, None, tuple(after), directory, _LAST_HLC, now, 0, legal_date, dict(body), "",
        )


def _unsigned(fields: Draft | Event, alg: str, aggregate: str) -> Doc:
    """The document of these fields, without what is made of it: id, revision, signature."""
    return {
        **dict(zip(_ALIKE, _alike(fields), strict=True)), "alg": alg, aggregate: fields.subject, "after": list(fields.after),
        "directory": list(fields.directory),
    }


def seal(draft: Draft, key: DeviceKey) -> tuple[Doc, Event]:
    """The signed document of a draft, with `_id` and `_rev`, and the event in it. Texts are normalised to NFC, `after` is sorted.
    Raises `Refused`.
    """
    match = KIND.fullmatch(draft.kind)
    if match is None:
        raise Refused("kind", draft.kind, "write it as aggregate.what_happened", code="bad_kind")
    unsigned = canonical.normalised(_unsigned(draft, key.alg, match.group(1)))
    unsigned["after"].sort()
    signed = {**unsigned, "sig": key.sign(signing_bytes(unsigned))}
    made = content(signed)
    doc = with_rev({"_id": _id_of(signed, made), **signed})
    # Id and revision fit, being made here of these bytes; shape and size may still be what no database takes.
    event = Event.from_doc(doc)
    _require_size(made)
    CHECKED.add(mark_of(doc))
    return doc, event


def event_id(doc: Mapping[str, Any]) -> str:
    """The only id the event in this document can have; `_id` and `_rev` are not looked at. Raises `Refused`."""
    return _id_of(doc, content(doc))


def _id_of(doc: Mapping[str, Any], made: bytes) -> str:
    """`made`: the canonical `content` of the document."""
    aggregate = text(doc, "kind").partition(".")[0]
    return f"{aggregate}:{text(doc, aggregate)}:{text(doc, 'hlc')}:{ids.base32_hash(made)}"


def _require_size(made: bytes) -> None:
    if len(made) > MAX_DOCUMENT_BYTES:
        raise Refused("document", f"{len(made)} bytes", f"keep events below {MAX_DOCUMENT_BYTES} bytes", code="too_large")


def event_rev(doc: Mapping[str, Any]) -> str:
    """The only revision the document can have, `_id` as given."""
    return with_rev(doc)["_rev"]  # type: ignore[no-any-return]


def split_event_id(event: object) -> tuple[str, str, str, str]:
    """(aggregate, subject, hlc, h) of an event id. Raises `Refused`."""
    found = EVENT_ID.fullmatch(event) if isinstance(event, str) else None
    if found is None:
        raise Refused("id", event, "give an event id: aggregate:ulid:hlc:hash", code="bad_event_id")
    return found.group(1), found.group(2), found.group(3), found.group(4)


def subject_range(aggregate: str, subject: str) -> tuple[str, str]:
    """First and last possible id of a subject's events, both included."""
    return f"{aggregate}:{subject}:", f"{aggregate}:{subject}:\uffff"


def check_event(doc: Mapping[str, Any]) -> Event:
    """The event in `doc`, if shape, size, id and revision are right. The signature is the judge's. Raises `Refused`."""
    mark = mark_of(doc)
    return once(doc, "event", Event.trusted) if CHECKED.has(mark) else _checked(doc, mark)


def _checked(doc: Mapping[str, Any], mark: bytes | None) -> Event:
    event, parts = Event.from_doc(doc), Parts(doc)
    _require_size(made := parts.content())
    expected = _id_of(doc, made)
    if event.id != expected:
        raise Refused("_id", event.id, f"it must be {expected}; the content was changed", code="bad_id")
    check_generation_one(doc, parts)
    CHECKED.add(mark)
    return event


def check_document(doc: Mapping[str, Any], family: str = "any") -> None:
    """The validator of every ingress: refuse a document that is not exactly what its id says. Raises `Refused`.

    `family` names what the database takes: `office`, `files`, `closed`, `directory` or `any`. Signatures
    of what the hub publishes are checked by its readers (`receipts`, `directory`), who know the hub's
    key.
    """
    found = doc.get("_id")
    prefix = found.partition(":")[0] if isinstance(found, str) else ""
    shape = prefix if prefix in PUBLISHED | _OTHER else "event"
    if shape not in FAMILIES[family]:
        raise Refused("_id", found, f"a database of {family} takes {', '.join(sorted(FAMILIES[family]))}", code="wrong_place")
    if shape == "event":
        mark = mark_of(doc)
        if not CHECKED.has(mark):
            _checked(doc, mark)
    elif shape == "chunk":
        check_chunk(doc)
    elif shape == "sealed":
        check_envelope(doc)      # nothing takes a sealed body as plain text (docs/decisions/0006)
    else:
        _check_published(doc, prefix)


def ingress_validator(
    raise_as: Callable[[str], Exception], family: str = "any"
) -> Callable[[dict[str, Any]], None]:
    """A validator for a replica that raises what the caller's library expects:
    `ingress_validator(Forbidden, "office")`.
    """
    assert family in FAMILIES, family

    def validate(doc: dict[str, Any]) -> None:
        try:
            check_document(doc, family)
        except Refused as refusal:
            raise raise_as(f"{refusal.code}: {refusal}") from refusal

    return validate


def family_of(database: str) -> str | None:
    """What a database takes by its name; None for one that is not of this product's office databases."""
    if database == "directory":
        return "directory"
    match = re.fullmatch(r"office-[0-9]{12}(-files|-closed)?", database, re.ASCII)
    if match is None:
        return None
    return match.group(1)[1:] if match.group(1) else "office"


def _aggregate(name: str) -> str:
    if name in _FIXED_FIELDS | PUBLISHED | _OTHER | _ELSEWHERE | {"event"}:
        raise Refused("kind", name, "the word is taken; name the aggregate otherwise", code="bad_kind")
    return name


def _check_names(doc: Mapping[str, Any], aggregate: str) -> None:
    if not ids.is_ulid(doc[aggregate]):
        raise Refused(aggregate, doc[aggregate], "give a ULID")
    if not ids.is_office_id(doc["office"]):
        raise Refused("office", doc["office"], "give the 12 digits of the office id")
    for field in ("actor", "device"):
        if not ids.is_name(doc[field]):
            raise Refused(field, doc[field], "give 1 to 64 of letters, digits, '.', '_', '-'")
    if _ROLE.fullmatch(text(doc, "role")) is None:
        raise Refused("role", doc["role"], "give a role id in lower case")
    if not 1 <= len(text(doc, "app")) <= 64:
        raise Refused("app", doc["app"], "give program/version in 1 to 64 characters")
    if doc["prev"] is not None and not ids.is_hash(doc["prev"]):
        raise Refused("prev", doc["prev"], "give the hash of the device's previous event, or null")


def _check_numbers(doc: Mapping[str, Any]) -> None:
    integer(doc, "schema", 1, 9999)
    integer(doc, "custody_epoch", 0, _MAX_COUNT)
    integer(doc, "device_seq", 1, _MAX_COUNT)
    integer(doc, "device_time", 0, _MAX_MS)
    integer(doc, "clock_offset_ms", -_MAX_MS, _MAX_MS)
    if not is_hlc(doc["hlc"]):
        raise Refused("hlc", doc["hlc"], "give 16 lower-case hex characters")
    cited_in(doc["directory"])


def _check_causes(doc: Mapping[str, Any], aggregate: str) -> None:
    after = doc["after"]
    if not isinstance(after, list) or len(after) > MAX_AFTER:
        raise Refused("after", after, f"give a list of at most {MAX_AFTER} event ids")
    for cited in after:
        if split_event_id(cited)[:2] != (aggregate, doc[aggregate]):
            raise Refused("after", cited, f"cite events of the same {aggregate} only", code="bad_after")
    if any(left >= right for left, right in itertools.pairwise(after)):
        raise Refused("after", after, "sort the ids and give each once", code="bad_after")


def _check_date(value: str) -> None:
    if not is_day(value):
        raise Refused("legal_date", value, "give a date as 2026-11-23")


def _check_published(doc: Mapping[str, Any], prefix: str) -> None:
    if PUBLISHED_ID[prefix].fullmatch(text(doc, "_id")) is None or doc.get("kind") != prefix:
        raise Refused("_id", doc.get("_id"), f"it does not have the form of a {prefix}", code="bad_published")
    check_generation_one(doc)
    if len(content(doc)) > MAX_DOCUMENT_BYTES:
        raise NotCanonical("document", doc["_id"], f"keep it below {MAX_DOCUMENT_BYTES} bytes", code="too_large")


__all__ = [
    "ED25519", "FAMILIES", "KIND", "PUBLISHED", "Draft", "Event", "check_document", "check_event", "event_id", "event_rev",
    "family_of", "ingress_validator", "seal", "split_event_id", "subject_range",
]
