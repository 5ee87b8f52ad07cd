"""Records that the router holds: not refused, not let in, because the judge lacks something (a device, a directory version).

They wait in the router's own file and are judged again by themselves; a person must be able to see that they wait.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from county_hub.hub.kept.home import HubHome
from sync.router.store import RouterStore


@dataclass(frozen=True, slots=True)
class HeldRow:
    doc_id: str
    kind: str
    office: str
    device: str
    source: str                 # the database it came from
    reason: str                 # `code: sentence`, as in receipts
    since: float                # seconds since 1970 UTC


def held(home: HubHome) -> list[HeldRow]:
    """What waits now, oldest first; empty when the router has never run."""
    if not home.router.exists():
        return []
    with contextlib.closing(RouterStore(home.router, home.safe.database_key())) as store:
        waiting = [row for row in store.waiting() if row.state == "held"]
    return [
        HeldRow(str(row.doc.get("_id", "")), str(row.doc.get("kind", "")), str(row.doc.get("office", "")),
                str(row.doc.get("device", "")), row.source, row.reason, row.since)
        for row in waiting
    ]
