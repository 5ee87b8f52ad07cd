"""The signed heads of the directory (for ever) and their fold into versions.

    directory:<epoch>:<version>  {kind, epoch, version, prev, issued_at, changes, alg, sig}
    prev = sha256 hex of the previous head's canonical document without _id and _rev (signature included), null for the first

A head is trusted by the key in force when it was written: the `hub` entry of the version before it. The first one is trusted
by the key pinned at enrolment; or, where the hub's key has changed since, because a later head of the same unbroken hash
chain is signed by the pinned key. Heads come in any order; what lies beyond a gap waits, what does not verify is left out and
named in `problems`, so one bad document never hides the good ones.

A hub restored from backup goes on in a new epoch: version n+1, `prev` the head it was restored at. The epoch whose first head
was issued last is the newest. Heads of the old epoch beyond that point stay readable: authors may have cited them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.ledger.errors import Refused, StaleHead
from shared.ledger.formats import canonical
from shared.ledger.formats.documents import (
    Doc,
    check_generation_one,
    check_signature,
    content,
    fields_exactly,
    integer,
    sign_document,
    text,
)
from shared.ledger.formats.ids import is_name
from shared.ledger.formats.keys import DeviceKey, check_public_key
from shared.ledger.published.directory import EMPTY, LEVELS, OPS, Device, Directory, Office, Staff

_FIELDS = frozenset({"kind", "epoch", "version", "prev", "issued_at", "changes", "alg", "sig"})
_MAX_VERSION = 99_999_999
_SNAPSHOT_EVERY = 32   # versions between kept folds: a lookup folds at most so many heads, each a copy of one small dict

Place = tuple[str, int]   # (epoch, version)


def head_id(epoch: str, version: int) -> str:
    return f"directory:{epoch}:{version:08d}"


def change(op: str, key: str, value: Mapping[str, Any] | None) -> Doc:
    """One entry of `changes`. Raises `Refused` for an op this version does not write."""
    if op not in OPS:
        raise Refused("op", op, f"choose one of {', '.join(OPS)}")
    return {"op": op, "key": key, "value": dict(value) if value is not None else None}


def build_head(
    prev: Directory | None, changes: Iterable[Mapping[str, Any]], *, key: DeviceKey, epoch: str, issued_at: int
) -> Doc:
    """The signed head after `prev` (None or version 0: the first). `epoch` may be a new one after a restore."""
    version = prev.version + 1 if prev is not None else 1
    doc = canonical.normalised({
        "_id": head_id(epoch, version), "kind": "directory", "epoch": epoch, "version": version,
        "prev": prev.hash if prev is not None and prev.version else None, "issued_at": issued_at,
        "changes": [change(c["op"], c["key"], c["value"]) for c in changes],
    })
    head = sign_document(doc, key)
    check_head(head)
    return head


def head_hash(doc: Mapping[str, Any]) -> str:
    return hashlib.sha256(content(doc)).hexdigest()


def check_head(doc: Mapping[str, Any]) -> Place:
    """Shape, id and revision of a head; not its signature. Returns (epoch, version). Raises `Refused`."""
    fields_exactly(doc, _FIELDS, "a directory head")
    version = integer(doc, "version", 1, _MAX_VERSION)
    integer(doc, "issued_at", 0, 2**48 - 1)
    epoch = text(doc, "epoch")
    if not is_name(epoch) or doc.get("_id") != head_id(epoch, version) or doc["kind"] != "directory":
        raise Refused("_id", doc.get("_id"), f"it must be {head_id(epoch, version)}", code="bad_id")
    if (doc["prev"] is None) != (version == 1):
        raise Refused("prev", doc["prev"], "give the hash of the previous head; null for version 1 only")
    if not isinstance(doc["changes"], list):
        raise Refused("changes", doc["changes"], "give a list")
    for entry in doc["changes"]:
        _check_change(entry)
    check_generation_one(doc)
    return epoch, version


class DirectoryHistory:
    """All versions this reader can verify. A frozen value: load again when heads arrive (milliseconds)."""

    def __init__(self, chain: Iterable[_Verified], problems: tuple[str, ...]) -> None:
        self._heads = {link.place: link for link in chain}
        self.problems = problems
        self._made: dict[Place, Directory] = {}
        self._latest = _newest(self._heads)

    @staticmethod
    def load(docs: Iterable[Mapping[str, Any]], trusted_key: str, *, seen: Place | None = None) -> DirectoryHistory:
        """Verify head documents (others are passed over) from the first one on.

        `seen` is the newest (epoch, version) this reader remembers: raises `StaleHead` if what verifies ends before it, so
        an old copy of the directory cannot bring back a revoked key. Never raises for a bad document.
        """
        problems: list[str] = []
        offered: dict[Place, Doc] = {}
        for doc in docs:
            if str(doc.get("_id", "")).startswith("directory:"):
                try:
                    offered[check_head(doc)] = dict(doc)
                except Refused as refusal:
                    problems.append(f"{doc.get('_id')}: {refusal}")
        chain = _verified(offered, trusted_key, problems)
        history = DirectoryHistory(chain, tuple(problems))
        if seen is not None and seen[1] > 0 and history._ends_before(seen):
            raise StaleHead(history.newest, seen)
        return history

    @property
    def newest(self) -> Place | None:
        """(epoch, version) of the newest verified head; what a reader remembers and an author cites."""
        return self._latest

    @property
    def latest(self) -> Directory:
        """The newest directory; version 0 and empty if there is none."""
        return self._fold(self._latest) if self._latest is not None else EMPTY

    def at(self, epoch: str, version: int) -> Directory | None:
        """The directory at exactly this head, or None."""
        return self._fold((epoch, version)) if (epoch, version) in self._heads else None

    def judging(self, epoch: str, version: int) -> Directory | None:
        """The rules to judge an act by: the cited version; for heads that a restored hub lost, the newest directory (nobody
        can bring those back); None if the version may still come."""
        found = self.at(epoch, version)
        if found is not None or self._latest is None or epoch == self._latest[0]:
            return found
        superseded = any(place[0] == epoch for place in self._heads)
        return self.latest if superseded else None

    def may_use(self, device: str, staff: str, since: int) -> bool:
        """Did version `since` or any later one let this person use this device? What was lent for a day stays good for the acts
        of that day, whenever they come."""
        places = sorted((place for place in self._heads if place[1] >= since), key=lambda place: (place[1], place[0]))
        first = self._fold(places[0]).may_use(device, staff) if places else False
        return first or any(
            entry["op"] == "device" and entry["key"] == device and staff in ((entry["value"] or {}).get("users") or ())
            for place in places[1:] for entry in self._heads[place].doc["changes"]
        ) or self.latest.may_use(device, staff)

    @property
    def hub_keys(self) -> frozenset[str]:
        """Every key that was the hub's in this trusted chain: what bears no date (a notice) may be signed by an earlier one."""
        named = (entry["value"] for link in self._heads.values() for entry in link.doc["changes"] if entry["op"] == "hub")
        return frozenset({*(link.signer for link in self._heads.values()), *(str(v["public_key"]) for v in named if v)})

    def heads(self) -> list[Doc]:
        """The verified head documents, in order of version."""
        return [self._heads[place].doc for place in sorted(self._heads, key=lambda p: (p[1], p[0]))]

    def _ends_before(self, seen: Place) -> bool:
        # An epoch that was superseded may have lost its last heads with the old hub; a newer epoch is never older news.
        if self._latest is None or not any(place[0] == seen[0] for place in self._heads):
            return True
        return self._latest[0] == seen[0] and self._latest[1] < seen[1]

    def _fold(self, place: Place) -> Directory:
        steps: list[Place] = []
        at: Place | None = place
        while at is not None and at not in self._made:
            steps.append(at)
            at = self._heads[at].before
        made = self._made[at] if at is not None else EMPTY
        for step in reversed(steps):
            link = self._heads[step]
            made = made.with_changes(*step, link.hash, link.doc["changes"])
            if step == place or step[1] % _SNAPSHOT_EVERY == 0:
                self._made[step] = made
        return made


@dataclass(frozen=True, slots=True)
class _Verified:
    """One head of a chain: the head before it, its hash and the key that signed it."""

    place: Place
    before: Place | None
    hash: str
    signer: str
    doc: Doc


def _verified(offered: dict[Place, Doc], trusted_key: str, problems: list[str]) -> list[_Verified]:
    """Walk each chain from its first head, carrying the key in force along; one of the keys must be the trusted one."""
    by_prev: dict[str | None, list[Place]] = {}
    for place, doc in offered.items():
        by_prev.setdefault(doc["prev"], []).append(place)
    trusted: list[_Verified] = []
    refused: set[Place] = set()
    for first in sorted(by_prev.get(None, ())):
        chain = _walk(first, trusted_key, offered, by_prev, problems, refused)
        if any(link.signer == trusted_key for link in chain):
            trusted += chain
        elif chain:
            problems.append(f"{head_id(*first)}: no head of this chain is signed by the key this reader trusts")
            refused.update(link.place for link in chain)
    known = refused | {link.place for link in trusted}
    problems += [f"{head_id(*place)}: the head before it is not here" for place in sorted(offered) if place not in known]
    return trusted


def _walk(
    first: Place, trusted_key: str, offered: dict[Place, Doc], by_prev: dict[str | None, list[Place]],
    problems: list[str], refused: set[Place],
) -> list[_Verified]:
    """Every head that verifies, from `first` on."""
    chain: list[_Verified] = []
    todo: list[tuple[Place, Place | None, str]] = [(first, None, _hub_key(offered[first], trusted_key))]
    while todo:
        place, before, signer = todo.pop()
        doc = offered[place]
        try:
            check_signature(doc, signer)
        except Refused as refusal:
            problems.append(f"{head_id(*place)}: {refusal}")
            refused.add(place)
            continue
        link = _Verified(place, before, head_hash(doc), signer, doc)
        chain.append(link)
        following = _hub_key(doc, signer)
        todo += [(after, place, following) for after in by_prev.get(link.hash, ()) if after[1] == place[1] + 1]
    return chain


def _hub_key(doc: Doc, otherwise: str) -> str:
    """The hub's key after this head."""
    for entry in reversed(doc["changes"]):
        if entry["op"] == "hub" and entry["value"] is not None:
            return str(entry["value"]["public_key"])
    return otherwise


def _newest(heads: Mapping[Place, _Verified]) -> Place | None:
    """The last version of the epoch whose first head was issued last."""
    starts: list[tuple[int, int, str]] = []
    for (epoch, version), link in heads.items():
        if link.before is None or link.before[0] != epoch:
            starts.append((link.doc["issued_at"], version, epoch))
    if not starts:
        return None
    newest = max(starts)[2]
    return max((place for place in heads if place[0] == newest), key=lambda place: place[1])


def _check_change(entry: Any) -> None:
    if not isinstance(entry, dict) or set(entry) != {"op", "key", "value"}:
        raise Refused("changes", entry, "each change has op, key and value")
    value = entry["value"]
    if not (isinstance(entry["op"], str) and isinstance(entry["key"], str) and entry["key"]):
        raise Refused("changes", entry, "op and key are texts")
    if value is not None and not isinstance(value, dict):
        raise Refused("changes", entry, "value is an object or null")
    if value is not None and entry["op"] in ("hub", "device"):
        check_public_key(f"{entry['op']} {entry['key']}.public_key", value.get("public_key"))
    if value is not None and entry["op"] == "device" and type(value.get("slot", 0)) is not int:
        raise Refused(f"device {entry['key']}.slot", value.get("slot"), "give a whole number")


__all__ = [
    "EMPTY", "LEVELS", "OPS", "Device", "Directory", "DirectoryHistory", "Office", "Staff", "build_head", "change", "check_head",
    "head_hash", "head_id",
]
