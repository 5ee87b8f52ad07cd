"""The county's feed as notices: each event that was accepted, by its kind and ids, in the order in which it came.

Places in the feed are of one life of the database. After a restore the feed goes on from its end: what devices offer again
comes as new rows and is told then; ids are of the event, so who was told before knows it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from county_hub.systems.hooks import Hooks, Notice, notice_of
from shared.disputes.records import aggregates
from shared.ledger.formats.hlc import hlc_ms, is_hlc
from sync.peer import ChangeRow, ChangesRequest
from sync.replica import LocalReplica

BATCH = 500
AGGREGATES = frozenset({"case", *aggregates.NAMES})
LISTED = {"case": "cases"}          # where the interface shows them; all others among the records


def follower(replica: LocalReplica, hooks: Hooks) -> Callable[[], int]:
    """A function that makes what is new into notices and says how many events it passed."""

    def follow() -> int:
        if not hooks.all():
            return 0            # nobody is told: the first hook begins where the feed stands when it is added
        known, epoch, passed = hooks.position(), replica.epoch, 0
        if known is None or known[0] != epoch:
            hooks.take((), epoch, replica.update_seq(), begins=known is not None)
            return 0
        place = known[1]
        while True:
            rows = list(replica.changes(ChangesRequest(since=place, limit=BATCH, include_docs=True)))
            if not rows:
                return passed
            place = int(rows[-1].seq)
            hooks.take(_notices(rows), epoch, place)
            passed += len(rows)

    return follow


def begin(replica: LocalReplica, hooks: Hooks) -> int:
    """Where a hook that is added now begins: the end of the feed. The first one sets where the feed is followed from."""
    place = replica.update_seq()
    if not hooks.all():
        hooks.take((), replica.epoch, place)
    return place


def _notices(rows: list[ChangeRow]) -> Iterator[Notice]:
    for row in rows:
        doc = row.doc or {}
        parts = str(doc.get("_id", "")).split(":")
        if len(parts) != 4 or parts[0] not in AGGREGATES or not is_hlc(parts[2]):
            continue
        aggregate, subject, hlc, mark = parts
        data = {"event": str(doc["_id"]), "subject": subject, "aggregate": aggregate,
                "href": f"/api/v1/{LISTED.get(aggregate, 'records')}/{subject}"}
        yield notice_of(f"evt_{mark}", str(doc.get("kind", "")), hlc_ms(hlc), data, int(row.seq))
