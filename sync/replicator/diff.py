"""Calculate Revision Difference: what of a batch the target lacks, and whether asking it pays.

What lives here: the decision between a question (`_revs_diff`: a round trip and the ids' bytes) and sending bodies unasked, and
what the answers teach for the next batch. It reads no feed and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from sync import tuning as common_tuning
from sync.peer import ChangeRow, Peer
from sync.replicator import tuning


class RevisionDifference:
    """`ask` always asks the target; else it asks when that is cheaper than what the target would get for nothing.

    `known` are (id, rev) pairs that the target is known to hold: they are no question. `blank`: the target is empty, all of it
    is missing.
    """

    def __init__(self, target: Peer, *, ask: bool, sure: bool, known: set[tuple[str, str]], blank: bool) -> None:
        self.known = known
        self._target = target
        self._has_line = hasattr(target, "traffic")
        self._ask = ask or not self._has_line       # without a line asking is free
        self._blank = blank
        self._held = self._new = 0
        self.sure(sure)

    def sure(self, sure: bool) -> None:
        """Whether the logs tell that the target holds next to nothing of what comes."""
        self._held_share = tuning.HELD_SHARE_SURE if sure else tuning.HELD_SHARE_UNSURE

    def of(self, rows: Sequence[ChangeRow]) -> Mapping[str, Sequence[str]]:
        """{id: the leaves to copy}. CouchDB Replication Protocol, "Calculate Revision Difference"."""
        leaves: dict[str, Sequence[str]] = {row.id: row.revs for row in rows}
        if self.known:
            leaves = {id: [rev for rev in revs if (id, rev) not in self.known] for id, revs in leaves.items()}
            leaves = {id: revs for id, revs in leaves.items() if revs}
        if not leaves or self._blank or not self._pays(leaves, rows):
            return leaves
        missing = {id: diff.missing for id, diff in self._target.revs_diff(leaves).items()}
        self._learn(sum(map(len, leaves.values())), sum(map(len, missing.values())))
        return missing

    def mostly_held(self) -> bool:
        """After a bundle, a relay or a restore most bodies of the feed are here already: ask for revisions only."""
        return self._held >= tuning.HELD_ROWS_BEFORE_LOOKING and self._held > 4 * self._new

    def _pays(self, revs: Mapping[str, Sequence[str]], rows: Sequence[ChangeRow]) -> bool:
        """The bytes it would save against a round trip and the ids' own bytes."""
        if self._ask:
            return True
        body_bytes = sum(len(msgspec.json.encode(row.doc)) for row in rows if row.doc is not None and row.id in revs)
        goodput = getattr(self._target, "goodput", common_tuning.GOODPUT_BYTES_PER_S)
        round_trip = getattr(self._target, "round_trip_s", common_tuning.ROUND_TRIP_S)
        ids = sum(len(id) + 40 * len(of_id) for id, of_id in revs.items())
        saved = self._held_share * body_bytes * tuning.GZIP_SHARE
        return bool(saved / goodput > round_trip + ids / goodput)

    def _learn(self, asked: int, missing: int) -> None:
        if not asked:
            return      # rows that name no revision
        self._held_share = 0.5 * self._held_share + 0.5 * (1 - missing / asked)
        self._held += asked - missing
        self._new += missing
