"""What must hold in the simulation: a ledger of all that was acknowledged, and the comparisons of replicas with it.

*Acknowledged* is every revision whose write returned. **Nothing acknowledged is lost** means: after healing every replica
knows it, or a descendant of it, with the content it was written with. What may take it away are acts of people, never a fault:

    restore    an old copy of a file is put back: what stood in that file alone is gone. What anybody else holds must come
               back to it ("offered again"), also what it had itself sent away before.
    purge      a leaf is removed without a trace, and ancestors that led to it alone. As in CouchDB a purge concerns one
               replica: the others keep theirs, checkpoints have passed it, so it may stay away or come back (with a
               descendant, after a restore, from somebody who had not sent it yet). So it may be absent where it was purged,
               and at an office when the hub purged it, since the hub is its way to the others; nowhere else.
    evict      the same for one device, remembered until the id is readmitted or written anew.
    clone      takes nothing away. Both files go on under one replica id: what each writes must reach all others.

With each of those acts the ledger is cut to what is still held anywhere (`survivors`); between them nothing may become less.
Two replicas in step have equal leaves, winners, deletion flags, bodies and attachments, but for ids with an absence explained
as above. With a small revs_limit (stemming) leaves of documents deeper than it are not compared: there CouchDB itself depends on
the order (STYLE of the revision tree: an old revision whose descendant forgot it is a branch of its own).
"""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sync import revisions
from sync.blobs import Manifest, chunk_id, read
from sync.peer import ChangesRequest, Doc, Peer
from sync.replica import LocalReplica

HUB = "hub"
Revs = dict[str, set[str]]


class Ledger:
    def __init__(self) -> None:
        self.parents: dict[str, dict[str, str | None]] = defaultdict(dict)      # id -> acknowledged revision -> parent
        self.content: dict[tuple[str, str], Content] = {}
        self.expected: Revs = defaultdict(set)                                  # what is still held anywhere
        self.files: list[Manifest] = []
        self.purged: dict[str, Revs] = defaultdict(lambda: defaultdict(set))    # replica -> id -> revisions removed there
        self.evicted: dict[str, set[str]] = defaultdict(set)                    # replica -> ids ever evicted there

    def acknowledge(self, doc: Doc, rev: str, parent: str | None) -> None:
        self.parents[doc["_id"]][rev] = parent
        self.content[doc["_id"], rev] = content_of(doc)
        self.expected[doc["_id"]].add(rev)

    def revisions(self) -> dict[str, list[str]]:
        return {id: sorted(revs) for id, revs in self.parents.items()}

    def known(self, replica: Peer) -> Revs:
        """Of all revisions ever acknowledged, those that the replica knows. Of an evicted document it says nothing: none."""
        every = self.revisions()
        lacking = replica.revs_diff(every)
        held = {row.id for row in replica.changes(ChangesRequest())}
        return {id: set(revs) - set(lacking[id].missing if id in lacking else ()) for id, revs in every.items() if id in held}

    def covered(self, replica: Peer) -> Revs:
        """`known`, and the ancestors of those: superseded revisions may be forgotten (stemming)."""
        return {id: self._with_ancestors(id, revs) for id, revs in self.known(replica).items()}

    def _with_ancestors(self, id: str, revs: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for rev in revs:
            at: str | None = rev
            while at is not None and at not in found:
                found.add(at)
                at = self.parents[id].get(at)
        return found

    def survivors(self, replicas: Iterable[Peer]) -> None:
        """After a restore, a purge or an eviction: what nobody holds any more went with it."""
        held: Revs = defaultdict(set)
        for replica in replicas:
            for id, revs in self.covered(replica).items():
                held[id] |= revs
        self.expected = defaultdict(set, {id: revs & held[id] for id, revs in self.expected.items() if revs & held[id]})

    def cloned(self, name: str, clone: str) -> None:
        self.evicted[clone] |= self.evicted[name]
        for id, revs in self.purged[name].items():
            self.purged[clone][id] |= revs

    # --- absences that are explained -----------------------------------------------------------------------------------

    def unexplained(self, name: str, missing: Mapping[str, Iterable[str]], *, by_hub: bool) -> Revs:
        """Of what `name` lacks, that for which no act of a person is the reason."""
        left: Revs = {}
        for id, revs in missing.items():
            rest = set(revs) - self.purged[name][id] - (self.purged[HUB][id] if by_hub else set())
            if rest and id not in self.evicted[name]:
                left[id] = rest
        return left

    def touched(self, name: str, id: str) -> bool:
        """Was anything of `id` ever removed at `name` or at the hub?"""
        return id in self.evicted[name] or bool(self.purged[name][id]) or bool(self.purged[HUB][id])

    # --- the proofs -------------------------------------------------------------------------------------------------

    def check_nothing_lost(self, name: str, replica: LocalReplica) -> None:
        covered = self.covered(replica)
        missing = {id: revs - covered.get(id, set()) for id, revs in self.expected.items()}
        lost = self.unexplained(name, missing, by_hub=True)
        assert not lost, f"{name} lost {lost}"
        problems = replica.verify()
        assert problems == [], f"{name} is damaged: {problems}"

    def check_contents(self, name: str, replica: LocalReplica) -> None:
        """Every leaf holds what was written, attachments to the byte; whole files can be read."""
        held = {row.id: row.revs for row in replica.changes(ChangesRequest(style="all_docs"))}
        winners = {row.id: (row.revs[0], row.deleted) for row in replica.changes(ChangesRequest())}
        for id, revs in held.items():
            best = max(revs, key=lambda rev: (not self.content[id, rev].deleted, revisions.generation(rev), rev))
            assert winners[id] == (best, self.content[id, best].deleted), f"{name} lets {winners[id]} of {id} win over {best}"
            for doc in replica.open_revs(id, revs, attachments=True):
                assert isinstance(doc, dict), f"{name} lists {id} {doc} and has no body of it"
                assert self.content[id, doc["_rev"]] == content_of(doc), f"{name} holds something else as {id} {doc['_rev']}"
        for manifest in self.files:
            ids = [chunk_id(digest) for digest in manifest.chunks]
            if all(id in self.expected and not self.touched(name, id) for id in ids):
                assert hashlib.sha256(b"".join(read(replica, manifest))).hexdigest() == manifest.sha256

    def check_equal(self, name: str, replica: LocalReplica, hub: LocalReplica, *, deepest: int) -> None:
        here, there = state(replica), state(hub)
        for id in here.keys() | there.keys():
            if self.touched(name, id) or max(map(revisions.generation, self.parents[id])) > deepest:
                continue
            assert here.get(id) == there.get(id), f"{name} and the hub differ in {id}: {here.get(id)} {there.get(id)}"


def state(replica: LocalReplica) -> dict[str, object]:
    """{id: (leaves, winner, is it deleted)}."""
    leaves = {row.id: frozenset(row.revs) for row in replica.changes(ChangesRequest(style="all_docs"))}
    return {row.id: (leaves[row.id], row.revs[0], row.deleted) for row in replica.changes(ChangesRequest())}


@dataclass(frozen=True)
class Content:
    fields: Doc
    deleted: bool
    attachments: dict[str, str]     # digests


def content_of(doc: Doc) -> Content:
    """What a document says, its attachments by their digest, without what a reader adds."""
    fields = {name: value for name, value in doc.items() if name[:1] != "_"}
    attachments = {name: _digest(entry) for name, entry in doc.get("_attachments", {}).items()}
    return Content(fields, bool(doc.get("_deleted")), attachments)


def _digest(entry: Mapping[str, Any]) -> str:
    if "data" not in entry:
        return str(entry["digest"])
    return "md5-" + base64.b64encode(hashlib.md5(base64.b64decode(entry["data"]), usedforsecurity=False).digest()).decode()
