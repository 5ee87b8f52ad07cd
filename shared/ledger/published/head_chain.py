"""Which heads of the directory are believed: signatures, the recovery key, one key for life, and what becomes of a fork.

    trusted    a chain from a first head, one of whose heads is signed by the key this reader was given at enrolment, and one of
               whose heads names the recovery key that it was given there (if any was)
    recovery   a head that changes the hub's key, opens an epoch or changes the recovery key is signed by the recovery key too.
               That key stands in the first head; a county founded without one has no such protection
    devices    a device has one key and one office for life, and a key is of one device
    fork       two successors of one head in one epoch: somebody else writes with the hub's key, or the hub was copied. Kept is
               the one that a recovery-signed head follows, else the one this reader held first, else neither

Pure: documents in, links and faults out. What a version means is not known here (`directory`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from shared.ledger.errors import Refused
from shared.ledger.formats import canonical
from shared.ledger.formats.documents import Doc, check_signature, content
from shared.ledger.formats.keys import DeviceKey, require_signature

Place = tuple[str, int]   # (epoch, version)
FORMAT = "recovery/1"
_NOT_COVERED = frozenset({"_id", "_rev", "_revisions", "alg", "sig", "recovery"})


@dataclass(frozen=True, slots=True)
class Link:
    """One believed head: the head before it, its hash, the key that signed it, and whether the recovery key did too."""

    place: Place
    before: Place | None
    hash: str
    signer: str
    recovered: bool
    doc: Doc


@dataclass(frozen=True, slots=True)
class Fork:
    """Two or more heads that follow one. `kept` is the hash of the one that is believed, "" when none is."""

    place: Place
    hashes: tuple[str, ...]
    kept: str

    def __str__(self) -> str:
        kept = f"{self.kept[:12]} is kept" if self.kept else "none is believed until the recovery key signs a head after one"
        named = ", ".join(hash[:12] for hash in self.hashes)
        return f"directory:{self.place[0]}:{self.place[1]:08d}: {len(self.hashes)} heads follow one ({named}); {kept}"


@dataclass(slots=True)
class Believed:
    links: list[Link] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    forks: list[Fork] = field(default_factory=list)
    why: Mapping[str, Refused] = field(default_factory=dict)       # by hash of a head that does not verify


@dataclass(frozen=True, slots=True)
class _Standing:
    """What is in force after a head: keys of the hub and of recovery, and every key a device ever had."""

    hub: str
    recovery: tuple[str, str] | None = None      # public key, alg
    keys: Mapping[str, str] = field(default_factory=dict)
    offices: Mapping[str, object] = field(default_factory=dict)
    holders: Mapping[str, str] = field(default_factory=dict)
    epochs: frozenset[str] = frozenset()


def head_hash(doc: Mapping[str, object]) -> str:
    return hashlib.sha256(content(doc)).hexdigest()


def recovery_bytes(doc: Mapping[str, object]) -> bytes:
    """What the recovery key signs of a head."""
    return canonical.encode([FORMAT, {name: value for name, value in doc.items() if name not in _NOT_COVERED}])


def recovery_signature(doc: Mapping[str, object], key: DeviceKey) -> Doc:
    """The field `recovery` of a head."""
    return {"alg": key.alg, "sig": key.sign(recovery_bytes(doc))}


def believe(docs: Iterable[Doc], trusted_key: str, held: str | None = None, recovery: str | None = None) -> Believed:
    """`docs`: heads of the right shape, in any order. `held`: hash of the newest head that this reader has believed before;
    `recovery`: the recovery key that it was given, without which whoever stole the hub's key could show it a chain of his own."""
    tree = _Tree({head_hash(doc): doc for doc in docs}, trusted_key)
    made = Believed(problems=tree.problems, why=tree.why)
    roots = [root for root in tree.following.get(None, ()) if root in tree.links]
    trusted = [root for root in roots if any(tree.links[hash].signer == trusted_key for hash in tree.below(root))]
    for root in sorted(set(roots) - set(trusted), key=tree.place):
        made.problems.append(f"{_named(tree.docs[root])}: no head of this chain is signed by the key this reader trusts")
    if recovery is not None:
        known = [root for root in trusted if any(recovery == _recovery_key(tree.docs[hash]) for hash in tree.below(root))]
        for root in sorted(set(trusted) - set(known), key=tree.place):
            made.problems.append(f"{_named(tree.docs[root])}: no head of this chain names the recovery key this reader was given")
        trusted = known
    seen = {hash for root in roots for hash in tree.below(root)} | tree.refused
    made.problems += [f"{_named(doc)}: the head before it is not here" for hash, doc in sorted(tree.docs.items(), key=_by_id)
                      if hash not in seen]
    todo = _kept(trusted, tree, held, made)
    while todo:
        hash = todo.pop()
        made.links.append(tree.links[hash])
        todo += _kept([after for after in tree.following.get(hash, ()) if after in tree.links], tree, held, made)
    return made


def _kept(siblings: list[str], tree: _Tree, held: str | None, made: Believed) -> list[str]:
    """Of the heads that follow one (or are first): one in each epoch; forks are listed."""
    by_epoch: dict[str, list[str]] = {}
    for hash in siblings:
        by_epoch.setdefault(tree.place(hash)[0], []).append(hash)
    kept: list[str] = []
    for epoch, hashes in by_epoch.items():
        if len(hashes) == 1:
            kept += hashes
            continue
        recovered = [hash for hash in hashes if any(tree.links[below].recovered for below in tree.below(hash))]
        first = [hash for hash in hashes if held is not None and held in tree.below(hash)]
        chosen = recovered[0] if len(recovered) == 1 else first[0] if first else ""
        fork = Fork((epoch, tree.place(hashes[0])[1]), tuple(sorted(hashes)), chosen)
        made.forks.append(fork)
        made.problems.append(str(fork))
        kept += [chosen] if chosen else []
    return kept


class _Tree:
    """Every head that verifies, by its hash. `refused` do not; what follows them is passed over."""

    def __init__(self, docs: Mapping[str, Doc], trusted_key: str) -> None:
        self.docs = docs
        self.links: dict[str, Link] = {}
        self.refused: set[str] = set()
        self.problems: list[str] = []
        self.why: dict[str, Refused] = {}
        self.following: dict[str | None, list[str]] = {}
        for hash, doc in sorted(docs.items(), key=_by_id):
            self.following.setdefault(doc["prev"], []).append(hash)
        for root in self.following.get(None, ()):
            self._walk(root, trusted_key)

    def place(self, hash: str) -> Place:
        return self.docs[hash]["epoch"], self.docs[hash]["version"]

    def below(self, hash: str) -> Iterator[str]:
        """This head and every one that follows it."""
        todo = [hash]
        while todo:
            here = todo.pop()
            yield here
            todo += [after for after in self.following.get(here, ()) if after in self.links]

    def _walk(self, root: str, trusted_key: str) -> None:
        # the first head is signed by the key that it names itself
        todo: list[tuple[str, str | None, _Standing]] = [(root, None, _Standing(_hub_key(self.docs[root]) or trusted_key))]
        while todo:
            hash, before, standing = todo.pop()
            doc = self.docs[hash]
            try:
                link, following = _checked(doc, hash, self.place(before) if before else None, standing)
            except Refused as refusal:
                self.problems.append(f"{_named(doc)}: {refusal}")
                self.why[hash] = refusal
                self.refused.update({hash, *self._under(hash)})
                continue
            self.links[hash] = link
            todo += [(after, hash, following) for after in self.following.get(hash, ())
                     if self.docs[after]["version"] == doc["version"] + 1]

    def _under(self, hash: str) -> Iterator[str]:
        todo = list(self.following.get(hash, ()))
        while todo:
            here = todo.pop()
            yield here
            todo += self.following.get(here, ())


def _checked(doc: Doc, hash: str, before: Place | None, standing: _Standing) -> tuple[Link, _Standing]:
    """The head as a link, and what is in force after it. Raises `Refused`."""
    check_signature(doc, standing.hub)
    place = (doc["epoch"], doc["version"])
    after = _in_force_after(doc, before, standing)
    recovered = _recovered(doc, standing)
    if standing.recovery is not None and before is not None and not recovered:
        opens, moved = place[0] != before[0], after.hub != standing.hub or after.recovery != standing.recovery
        if opens or moved:
            what = f"opens the epoch {place[0]}" if opens else "changes the key of the hub or of recovery"
            raise Refused("recovery", None, f"a head that {what} is signed by the recovery key too", code="no_recovery")
    return Link(place, before, hash, standing.hub, recovered, doc), after


def _recovered(doc: Doc, standing: _Standing) -> bool:
    said = doc.get("recovery")
    if said is None:
        return False
    if standing.recovery is None or said["alg"] != standing.recovery[1]:
        raise Refused("recovery", said["alg"], "no such recovery key is in force", code="bad_recovery")
    require_signature(standing.recovery[0], recovery_bytes(doc), said["sig"], said["alg"])
    return True


def _in_force_after(doc: Doc, before: Place | None, standing: _Standing) -> _Standing:
    """Raises `Refused`, code `key_for_life`, `office_for_life`, `key_taken`, `epoch_again` or `no_recovery`."""
    if before is not None and doc["epoch"] != before[0] and doc["epoch"] in standing.epochs:
        raise Refused("epoch", doc["epoch"], "this epoch has ended; a new life of the hub has a new name", code="epoch_again")
    keys, holders, recovery = dict(standing.keys), dict(standing.holders), standing.recovery
    offices = dict(standing.offices)
    for entry in doc["changes"]:
        value = entry["value"]
        if entry["op"] == "device" and value is not None:
            device, key = entry["key"], value["public_key"]
            if keys.setdefault(device, key) != key:
                raise Refused(f"device {device}", key, "a device keeps its key for life; enrol it anew", code="key_for_life")
            if offices.setdefault(device, value.get("office")) != value.get("office"):
                remedy = "a device keeps its office for life; enrol it anew in the other one"
                raise Refused(f"device {device}", value.get("office"), remedy, code="office_for_life")
            if holders.setdefault(key, device) != device:
                raise Refused(f"device {device}", key, f"{holders[key]} has this key; one key is one device", code="key_taken")
        elif entry["op"] == "recovery":
            if before is not None and standing.recovery is None:
                raise Refused("recovery", entry["key"], "the recovery key stands in the first head", code="no_recovery")
            recovery = (value["public_key"], value["alg"]) if value is not None else None
    return replace(standing, hub=_hub_key(doc) or standing.hub, recovery=recovery, keys=keys, holders=holders, offices=offices,
                   epochs=standing.epochs | {doc["epoch"]})


def _hub_key(doc: Doc) -> str:
    """The hub's key as this head gives it, or ""."""
    for entry in reversed(doc["changes"]):
        if entry["op"] == "hub" and entry["value"] is not None:
            return str(entry["value"]["public_key"])
    return ""


def _recovery_key(doc: Doc) -> str:
    """The recovery key as this head gives it, or ""."""
    for entry in reversed(doc["changes"]):
        if entry["op"] == "recovery" and entry["value"] is not None:
            return str(entry["value"]["public_key"])
    return ""


def _named(doc: Doc) -> str:
    return str(doc["_id"])


def _by_id(item: tuple[str, Doc]) -> tuple[str, str]:
    return str(item[1]["_id"]), item[0]
