"""What the hub answers: receipts of a device's events, grants and withdrawals of a case. Generation-1 signed documents.

    receipt:<device>:<issuer>:<n, 10 digits>   {kind, hub: {id, epoch}, issuer, device, n, accepted, refused, held, missing,
                                                forks, head, files, received_at, alg, sig}
    grant:<case>:<n, 6 digits>       {kind, case, n, count, hash, office, issued_at, alg, sig}
    withdraw:<case>:<n, 6 digits>    {kind, case, n, office, reason, issued_at, alg, sig}

`accepted`, `missing` and `forks` (numbers that were given to more than one event) are ranges of device_seq, `refused` and `held`
are {event id: reason}, `files` the SHA-256 of files that are complete at the issuer; a receipt is cumulative, so the newest of
one issuer of this hub and epoch says all that this issuer knows, and a reader joins those of all issuers. Hub, relays and edges
number their receipts by themselves and share no name.
`head` is {seq, hash} of the highest accepted event: the prev chain makes it speak for every event before it, so a device restored
from backup, or its clone, cannot take another's receipt for its own. A relay's receipt has the relay's device id as `issuer`,
means "at the township" only, and stays there. No network, no database here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from shared.ledger.errors import Refused
from shared.ledger.formats.documents import (
    Doc,
    check_generation_one,
    check_signature,
    fields_exactly,
    integer,
    sign_document,
    text,
)
from shared.ledger.formats.envelope import Event, split_event_id
from shared.ledger.formats.ids import is_hash, is_name, is_office_id, is_ulid
from shared.ledger.formats.keys import DeviceKey

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MAX_SEQ = 2**31 - 1
_MAX_MS = 2**48 - 1
_RECEIPT = frozenset({
    "kind", "hub", "issuer", "device", "n", "accepted", "refused", "held", "missing", "forks", "head", "files",
    "received_at", "alg", "sig",
})
_GRANT = frozenset({"kind", "case", "n", "count", "hash", "office", "issued_at", "alg", "sig"})
_WITHDRAW = frozenset({"kind", "case", "n", "office", "reason", "issued_at", "alg", "sig"})


@dataclass(frozen=True, slots=True)
class Ranges:
    """A set of whole numbers from 1 as sorted, disjoint, non-touching ranges, both ends included."""

    spans: tuple[tuple[int, int], ...] = ()

    @staticmethod
    def of(numbers: Iterable[int]) -> Ranges:
        return Ranges(_merged((n, n) for n in numbers))

    @staticmethod
    def parse(value: object, field: str = "ranges") -> Ranges:
        """From JSON `[[lo, hi], ...]`. Raises `Refused` unless sorted, disjoint and from 1."""
        if not isinstance(value, list):
            raise Refused(field, value, "give a list of [low, high]")
        last = 0
        for span in value:
            fits = isinstance(span, list | tuple) and len(span) == 2 and all(type(n) is int for n in span)
            if not fits or not last < span[0] <= span[1] <= _MAX_SEQ:
                raise Refused(field, span, "give sorted, disjoint [low, high] from 1 upwards")
            last = span[1] + 1   # touching ranges have a shorter spelling: one set, one text
        return Ranges(tuple((span[0], span[1]) for span in value))

    def add(self, number: int) -> Ranges:
        return Ranges(_merged([*self.spans, (number, number)]))

    def merge(self, other: Ranges) -> Ranges:
        """Union."""
        return Ranges(_merged([*self.spans, *other.spans]))

    def missing(self, up_to: int | None = None) -> Ranges:
        """The numbers from 1 to `up_to` (default: the highest here) that are not in the set."""
        end = self.highest if up_to is None else up_to
        gaps: list[tuple[int, int]] = []
        expected = 1
        for low, high in self.spans:
            if expected < low and expected <= end:
                gaps.append((expected, min(low - 1, end)))
            expected = high + 1
        if expected <= end:
            gaps.append((expected, end))
        return Ranges(tuple(gaps))

    def without(self, other: Ranges) -> Ranges:
        """Difference."""
        high = max(self.highest, other.highest)
        return Ranges(_merged(_overlaps(self.spans, other.missing(high).spans)))

    @property
    def highest(self) -> int:
        return self.spans[-1][1] if self.spans else 0

    @property
    def count(self) -> int:
        return sum(high - low + 1 for low, high in self.spans)

    def json(self) -> list[list[int]]:
        return [[low, high] for low, high in self.spans]

    def __contains__(self, number: object) -> bool:
        return any(low <= number <= high for low, high in self.spans) if type(number) is int else False

    def __bool__(self) -> bool:
        return bool(self.spans)


@dataclass(frozen=True, slots=True)
class Receipt:
    """One checked receipt. `head` is None while nothing is accepted. `issuer` "" stands for the hub itself."""

    hub_id: str
    epoch: str
    device: str
    n: int
    accepted: Ranges
    refused: Mapping[str, str] = field(default_factory=dict)
    held: Mapping[str, str] = field(default_factory=dict)
    missing: Ranges = Ranges()
    head: tuple[int, str] | None = None
    received_at: int = 0
    issuer: str = ""
    files: tuple[str, ...] = ()
    forks: Ranges = Ranges()

    @property
    def by(self) -> str:
        """Who issued it: the hub's id, or the device id of a relay or edge."""
        return self.issuer or self.hub_id

    @property
    def order(self) -> tuple[int, int]:
        """Newer receipts of one hub and epoch compare higher."""
        return self.n, self.received_at


Delivery = Literal["accepted", "refused", "held", "unknown"]
ChainVerdict = Literal["same", "ahead", "behind", "forked"]


def receipt_id(device: str, issuer: str, n: int) -> str:
    return f"receipt:{device}:{issuer}:{n:010d}"


def newest_ids(ids: Iterable[str], most: int) -> dict[str, list[str]]:
    """Of receipts of one device, by issuer: the `most` newest ids, newest first."""
    found: dict[str, list[str]] = {}
    for id in sorted(ids, reverse=True):
        found.setdefault(id.split(":")[2], []).append(id)
    return {issuer: newest[:most] for issuer, newest in found.items()}


def build_receipt(receipt: Receipt, key: DeviceKey) -> Doc:
    """The signed document. `key`: the hub's, or the relay's own."""
    doc = sign_document({
        "_id": receipt_id(receipt.device, receipt.by, receipt.n), "kind": "receipt",
        "hub": {"id": receipt.hub_id, "epoch": receipt.epoch}, "issuer": receipt.by, "device": receipt.device, "n": receipt.n,
        "accepted": receipt.accepted.json(), "refused": dict(receipt.refused), "held": dict(receipt.held),
        "files": sorted(receipt.files),
        "missing": receipt.missing.json(), "forks": receipt.forks.json(),
        "head": {"seq": receipt.head[0], "hash": receipt.head[1]} if receipt.head else None,
        "received_at": receipt.received_at,
    }, key)
    parse_receipt(doc)
    return doc


def parse_receipt(doc: Mapping[str, Any]) -> Receipt:
    """Shape, id and revision of a receipt; not its signature. Raises `Refused`."""
    fields_exactly(doc, _RECEIPT, "a receipt")
    device, issuer, n = text(doc, "device"), text(doc, "issuer"), integer(doc, "n", 1, 9_999_999_999)
    _check_id(doc, "receipt", receipt_id(device, issuer, n))
    if not is_name(issuer):
        raise Refused("issuer", issuer, "give the id of the hub or of the relay that issued it")
    hub = doc["hub"]
    if not (isinstance(hub, dict) and set(hub) == {"id", "epoch"} and is_name(hub["id"]) and is_name(hub["epoch"])):
        raise Refused("hub", hub, "give {id, epoch}")
    refused, held = doc["refused"], doc["held"]
    for name, told in (("refused", refused), ("held", held)):
        if not (isinstance(told, dict) and all(isinstance(reason, str) for reason in told.values())):
            raise Refused(name, told, "give {event id: reason}")
    for event in (*refused, *held):
        split_event_id(event)
    return Receipt(
        hub["id"], hub["epoch"], device, n, Ranges.parse(doc["accepted"], "accepted"), dict(refused), dict(held),
        Ranges.parse(doc["missing"], "missing"), _head(doc["head"]), integer(doc, "received_at", 0, _MAX_MS),
        issuer if issuer != hub["id"] else "", _files(doc["files"]), Ranges.parse(doc["forks"], "forks"),
    )


def check_receipt(doc: Mapping[str, Any], public_key: str) -> Receipt:
    """As `parse_receipt`, and the signature by the hub's (or relay's) public key. Raises `Refused`."""
    receipt = parse_receipt(doc)
    check_signature(doc, public_key)
    return receipt


def standing(receipts: Iterable[Receipt], hub_id: str, epoch: str) -> dict[str, Receipt]:
    """By issuer the newest receipt of this hub and epoch: together they say all that is known of a device. What older epochs said
    falls back to "sent" (DESIGN 5.3)."""
    found: dict[str, Receipt] = {}
    for one in receipts:
        if (one.hub_id, one.epoch) == (hub_id, epoch):
            found[one.by] = max(one, found.get(one.by, one), key=lambda r: r.order)
    return found


def newest(receipts: Iterable[Receipt], hub_id: str, epoch: str) -> Receipt | None:
    """The hub's own receipt that counts: it alone says what is accepted."""
    return standing(receipts, hub_id, epoch).get(hub_id)


def state_of(receipt: Receipt | None, event: Event) -> Delivery:
    """What the receipt says of an event of its device. The caller has made sure with `compare_chain` that the chain here is the
    one the hub knows; an event beyond the receipt's head, or contradicting it, is `unknown`."""
    if receipt is None or event.device != receipt.device:
        return "unknown"
    if event.id in receipt.refused:
        return "refused"
    if event.id in receipt.held:
        return "held"
    if event.device_seq not in receipt.accepted or receipt.head is None:
        return "unknown"
    at_head = event.device_seq == receipt.head[0]
    return "accepted" if not at_head or event.h == receipt.head[1] else "unknown"


def covers(receipt: Receipt | None, event: Event) -> bool:
    """True if the receipt proves that the event was accepted."""
    return state_of(receipt, event) == "accepted"


def compare_chain(
    receipt: Receipt, device: str, local_seq: int, local_hash_at: Callable[[int], str | None]
) -> ChainVerdict:
    """How this device's chain relates to what the hub has seen of it; asked before the first write of every contact.

    `local_hash_at(seq)` is the `h` of the device's own event, None if it is not here. `behind` (the hub knows a higher number)
    and `forked` (the same number, another hash; or a number that was given twice, whichever of the two this is) mean a restore or
    a clone: close the chain, take a fresh identity.
    """
    if receipt.device != device:
        return "same" if local_seq == 0 else "ahead"
    if any(low <= local_seq for low, _ in receipt.forks.spans):
        return "forked"
    if receipt.head is None:
        return "same" if local_seq == 0 else "ahead"
    seq, digest = receipt.head
    if seq > local_seq:
        return "behind"
    if local_hash_at(seq) != digest:
        return "forked"
    return "same" if seq == local_seq else "ahead"


def set_hash(ids: Iterable[str]) -> str:
    """Hash of a set of document ids: SHA-256 hex over the sorted ids, one a line."""
    return hashlib.sha256("".join(f"{id}\n" for id in sorted(set(ids))).encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class Grant:
    """A case's documents have all been copied into `office`'s database: so many, with this hash of their ids."""

    case: str
    n: int
    count: int
    hash: str
    office: str
    issued_at: int

    def complete(self, ids: Iterable[str]) -> bool:
        """True if exactly these ids are the set that was granted."""
        held = set(ids)
        return len(held) == self.count and set_hash(held) == self.hash


@dataclass(frozen=True, slots=True)
class Withdraw:
    """`office` is no longer concerned with the case; the node evicts it once its own events of the case are receipted."""

    case: str
    n: int
    office: str
    reason: str
    issued_at: int


def build_grant(case: str, n: int, office: str, ids: Iterable[str], issued_at: int, key: DeviceKey) -> Doc:
    held = set(ids)
    doc = sign_document({
        "_id": f"grant:{case}:{n:06d}", "kind": "grant", "case": case, "n": n, "count": len(held), "hash": set_hash(held),
        "office": office, "issued_at": issued_at,
    }, key)
    parse_grant(doc)
    return doc


def parse_grant(doc: Mapping[str, Any]) -> Grant:
    """Shape, id and revision; not the signature (`documents.check_signature`). Raises `Refused`."""
    fields_exactly(doc, _GRANT, "a grant")
    case, n, office, issued = _case_fields(doc, "grant")
    return Grant(case, n, integer(doc, "count", 0, _MAX_SEQ), text(doc, "hash"), office, issued)


def build_withdraw(case: str, n: int, office: str, reason: str, issued_at: int, key: DeviceKey) -> Doc:
    doc = sign_document({
        "_id": f"withdraw:{case}:{n:06d}", "kind": "withdraw", "case": case, "n": n, "office": office, "reason": reason,
        "issued_at": issued_at,
    }, key)
    parse_withdraw(doc)
    return doc


def parse_withdraw(doc: Mapping[str, Any]) -> Withdraw:
    """Shape, id and revision; not the signature. Raises `Refused`."""
    fields_exactly(doc, _WITHDRAW, "a withdrawal")
    case, n, office, issued = _case_fields(doc, "withdraw")
    return Withdraw(case, n, office, text(doc, "reason"), issued)


def _case_fields(doc: Mapping[str, Any], kind: str) -> tuple[str, int, str, int]:
    case, n, office = text(doc, "case"), integer(doc, "n", 1, 999_999), text(doc, "office")
    _check_id(doc, kind, f"{kind}:{case}:{n:06d}")
    if not is_ulid(case) or not is_office_id(office):
        raise Refused("case", case, "give the ULID of the case and 12 digits as office")
    return case, n, office, integer(doc, "issued_at", 0, _MAX_MS)


def _check_id(doc: Mapping[str, Any], kind: str, expected: str) -> None:
    if doc["kind"] != kind or doc.get("_id") != expected:
        raise Refused("_id", doc.get("_id"), f"it must be {expected}", code="bad_id")
    check_generation_one(doc)


def _files(value: object) -> tuple[str, ...]:
    fits = isinstance(value, list) and all(isinstance(hash, str) and _SHA256.fullmatch(hash) for hash in value)
    if not isinstance(value, list) or not fits or value != sorted(set(value)):
        raise Refused("files", value, "give SHA-256 hashes, sorted and each once")
    return tuple(value)


def _head(value: object) -> tuple[int, str] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) != {"seq", "hash"} or not is_hash(value["hash"]):
        raise Refused("head", value, "give {seq, hash} or null")
    return integer(value, "seq", 1, _MAX_SEQ), value["hash"]


def _merged(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    made: list[tuple[int, int]] = []
    for low, high in sorted(spans):
        if made and low <= made[-1][1] + 1:
            made[-1] = (made[-1][0], max(made[-1][1], high))
        else:
            made.append((low, high))
    return tuple(made)


def _overlaps(left: tuple[tuple[int, int], ...], right: tuple[tuple[int, int], ...]) -> Iterator[tuple[int, int]]:
    """Intersection of two sorted lists of ranges."""
    i = j = 0
    while i < len(left) and j < len(right):
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low <= high:
            yield low, high
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
