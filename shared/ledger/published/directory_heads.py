"""The signed heads of the directory (for ever) and their fold into versions.

    directory:<epoch>:<version>  {kind, epoch, version, prev, issued_at, changes, alg, sig} and, signed by the recovery key too,
                                 recovery: {alg, sig}
    prev = sha256 hex of the previous head's canonical document without _id and _rev (signature included), null for the first

Which heads are believed stands in `head_chain`. Heads come in any order; what lies beyond a gap waits, what does not verify is
left out and named in `problems`, so one bad document never hides the good ones.

A hub restored from backup goes on in a new epoch: version n+1, `prev` the head it was restored at, signed by the recovery key
too. The epoch whose first head was issued last is the newest. Heads of the old epoch beyond that point stay readable: authors may
have cited them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shared.ledger.errors import Refused, StaleHead
from shared.ledger.formats import canonical
from shared.ledger.formats.citation import Cited
from shared.ledger.formats.documents import (
    Doc,
    check_generation_one,
    fields_exactly,
    integer,
    sign_document,
    text,
)
from shared.ledger.formats.ids import is_name
from shared.ledger.formats.keys import ALG, DeviceKey, check_public_key, is_known
from shared.ledger.published.directory import EMPTY, OPS, Device, Directory, Office, Staff
from shared.ledger.published.head_chain import Fork, Link, Place, believe, head_hash, recovery_signature
from shared.ledger.published.leaves import LeafStore, leaves_between
from shared.ledger.published.lineage import LEVELS

_FIELDS = frozenset({"kind", "epoch", "version", "prev", "issued_at", "changes", "alg", "sig"})
_MAX_VERSION = 99_999_999
_SNAPSHOT_EVERY = 32   # versions between kept folds: a lookup folds at most so many heads, each a copy of one small dict



def head_id(epoch: str, version: int) -> str:
    return f"directory:{epoch}:{version:08d}"


def change(op: str, key: str, value: Mapping[str, Any] | None) -> Doc:
    """One entry of `changes`. Raises `Refused` for an op this version does not write."""
    if op not in OPS:
        raise Refused("op", op, f"choose one of {', '.join(OPS)}")
    return {"op": op, "key": key, "value": dict(value) if value is not None else None}


def build_head(
    prev: Directory | None, changes: Iterable[Mapping[str, Any]], *, key: DeviceKey, epoch: str, issued_at: int,
    recovery: DeviceKey | None = None,
) -> Doc:
    """The signed head after `prev` (None or version 0: the first). `epoch` may be a new one after a restore; `recovery` signs
    it too."""
    version = prev.version + 1 if prev is not None else 1
    doc = canonical.normalised({
        "_id": head_id(epoch, version), "kind": "directory", "epoch": epoch, "version": version,
        "prev": prev.hash if prev is not None and prev.version else None, "issued_at": issued_at,
        "changes": [change(c["op"], c["key"], c["value"]) for c in changes],
    })
    if recovery is not None:
        doc["recovery"] = recovery_signature(doc, recovery)
    head = sign_document(doc, key)
    check_head(head)
    return head


def check_head(doc: Mapping[str, Any]) -> Place:
    """Shape, id and revision of a head; not its signature. Returns (epoch, version). Raises `Refused`."""
    fields_exactly(doc, _FIELDS | ({"recovery"} if "recovery" in doc else set()), "a directory head")
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
    said = doc.get("recovery")
    if said is not None and not (isinstance(said, dict) and set(said) == {"alg", "sig"} and all(map(_is_text, said.values()))):
        raise Refused("recovery", said, "give alg and sig of the recovery key")
    check_generation_one(doc)
    return epoch, version


def heads_in(store: LeafStore) -> list[Doc]:
    """Every head that a database holds; of two at one place both."""
    return leaves_between(store, "directory:", "directory:\uffff")


class DirectoryHistory:
    """All versions this reader can verify. A frozen value: load again when heads arrive (milliseconds)."""

    def __init__(self, chain: Iterable[Link], problems: tuple[str, ...], forks: tuple[Fork, ...] = ()) -> None:
        self._heads = {link.place: link for link in chain}
        self.problems = problems
        self.forks = forks
        self._made: dict[Place, Directory] = {}
        self._line: dict[Place, int] | None = None
        self._latest = _newest(self._heads)

    @staticmethod
    def load(
        docs: Iterable[Mapping[str, Any]], trusted_key: str, *, seen: Place | None = None, held: str | None = None,
        recovery: str | None = None,
    ) -> DirectoryHistory:
        """Verify head documents (others are passed over) from the first one on; of one place all that are held.

        `seen` is the newest (epoch, version) this reader remembers: raises `StaleHead` if what verifies ends before it, so
        an old copy of the directory cannot bring back a revoked key; `held` is that head's hash, which decides a fork;
        `recovery` is the recovery key that the reader was given beside `trusted_key`. Never raises for a bad document.
        """
        problems: list[str] = []
        offered: list[Doc] = []
        for doc in docs:
            if str(doc.get("_id", "")).startswith("directory:"):
                try:
                    check_head(doc)
                    offered.append(dict(doc))
                except Refused as refusal:
                    problems.append(f"{doc.get('_id')}: {refusal}")
        found = believe(offered, trusted_key, held, recovery)
        history = DirectoryHistory(found.links, (*problems, *found.problems), tuple(found.forks))
        if seen is not None and seen[1] > 0 and history._ends_before(seen):
            raise StaleHead(history.newest, seen)
        return history

    @property
    def newest_hash(self) -> str | None:
        """What a reader remembers beside `newest`, to know which of two heads it held first."""
        return self._heads[self._latest].hash if self._latest is not None else None

    @property
    def newest(self) -> Place | None:
        """(epoch, version) of the newest verified head; what a reader remembers and an author cites."""
        return self._latest

    @property
    def latest(self) -> Directory:
        """The newest directory; version 0 and empty if there is none."""
        return self._fold(self._latest) if self._latest is not None else EMPTY

    def versions(self) -> list[Directory]:
        """Every verified version, also those that a restored hub lost."""
        return [self._fold(place) for place in self._heads]

    def at(self, epoch: str, version: int) -> Directory | None:
        """The directory at exactly this head, or None."""
        return self._fold((epoch, version)) if (epoch, version) in self._heads else None

    def judging(self, epoch: str, version: int, hash: str) -> Directory | None:
        """The rules to judge an act by: the cited version; for heads that a restored hub lost, the newest directory; None if the
        version may still come, or is another head here than the one that was cited."""
        found = self._heads.get((epoch, version))
        if found is not None:
            return self._fold((epoch, version)) if found.hash == hash else None
        if self._latest is None or epoch == self._latest[0]:
            return None
        superseded = any(place[0] == epoch for place in self._heads)
        return self.latest if superseded else None

    def rank(self, cited: Cited) -> tuple[int, int, str] | None:
        """Where a cited head stands in the order of heads: newer ones compare higher; None: it is not here. What the lost
        part of an epoch published is newer than the head that the hub was restored at, older than whatever came after."""
        found = self._heads.get(cited[:2])
        if found is None or found.hash != cited[2]:
            return None
        if self._line is None:
            self._line = self._main_line()
        beyond, at = 0, found
        while at.place not in self._line:
            beyond += 1
            if at.before is None:
                return -1, beyond, at.place[0]
            at = self._heads[at.before]
        return self._line[at.place], beyond, found.place[0] if beyond else ""

    def aside(self) -> list[Doc]:
        """Verified heads that do not lead to the newest: what a restored hub lost of an epoch, in order of version."""
        if self._line is None:
            self._line = self._main_line()
        return [doc for doc in self.heads() if (doc["epoch"], doc["version"]) not in (self._line or {})]

    def lost_devices(self) -> dict[str, Device]:
        """Devices that such heads name and the newest directory does not."""
        found = {device.id: device for doc in self.aside() for device in self._fold((doc["epoch"], doc["version"])).devices()}
        return {id: device for id, device in found.items() if self.latest.device(id) is None}

    def _main_line(self) -> dict[Place, int]:
        """Every head that leads to the newest, with its number from the first."""
        found: list[Place] = []
        at = self._latest
        while at is not None:
            found.append(at)
            at = self._heads[at].before
        return {place: number for number, place in enumerate(reversed(found))}

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
        kept = self._made.get(place)
        if kept is not None:        # mostly: a judge asks for the newest several times a record
            return kept
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


def _newest(heads: Mapping[Place, Link]) -> Place | None:
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
    if value is not None and entry["op"] in ("hub", "device", "recovery"):
        _check_key(f"{entry['op']} {entry['key']}", value)
    if value is not None and entry["op"] == "device" and type(value.get("slot", 0)) is not int:
        raise Refused(f"device {entry['key']}.slot", value.get("slot"), "give a whole number")


def _check_key(name: str, value: Mapping[str, Any]) -> None:
    """Every key says its algorithm; one of an algorithm that this version does not know is kept and verifies nothing here."""
    alg = value.get("alg")
    if not isinstance(alg, str) or ALG.fullmatch(alg) is None:
        raise Refused(f"{name}.alg", alg, "name the key's algorithm as signature/hash/format")
    if is_known(alg):
        check_public_key(f"{name}.public_key", value.get("public_key"), alg)
    elif not _is_text(value.get("public_key")):
        raise Refused(f"{name}.public_key", value.get("public_key"), "give a text")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


__all__ = [
    "EMPTY",
    "LEVELS",
    "OPS",
    "Device",
    "Directory",
    "DirectoryHistory",
    "Fork",
    "Office",
    "Staff",
    "build_head",
    "change",
    "check_head",
    "head_hash",
    "head_id",
    "heads_in",
]
