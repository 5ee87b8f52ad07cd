"""Release from quarantine by two people: one asks and says why, another who has read the record confirms.

What was asked lies beside the record in the quarantine (`asked:<digest>`), so it survives a restart; the release names both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from county_hub.county.officers import Officers
from county_hub.hub.hub import Hub
from county_hub.hub.ingress import QUARANTINE
from county_hub.hub.problems import HubProblem, UsageProblem
from shared.ledger.texts import t

ASKED = "asked:"
MOST = 200      # characters of a reason, as the release keeps them


@dataclass(frozen=True, slots=True)
class Asked:
    by: str
    reason: str
    at: int


class TwoPeople:
    """`name`: as the record lies in quarantine (`quarantine:<digest>`), or the id of a held event."""

    def __init__(self, hub: Hub, officers: Officers) -> None:
        self._hub, self._officers = hub, officers

    def record(self, name: str) -> Mapping[str, Any] | None:
        """The kept document with its reason, or None."""
        with self._hub.databases.lease(QUARANTINE) as replica:
            rows = replica.all_docs(keys=[name], include_docs=True)
        return next((row.doc for row in rows if row.doc is not None), None)

    def asked(self, name: str) -> Asked | None:
        doc = self.record(ASKED + name.partition(":")[2])
        return Asked(str(doc["by"]), str(doc["reason"]), int(doc["asked_at"])) if doc is not None else None

    def ask(self, name: str, *, staff: str, reason: str) -> None:
        """The first person. Raises `HubProblem`."""
        self._officers.person(staff)
        if not reason:
            raise UsageProblem(t("console.quarantine.release_empty"))
        id = ASKED + name.partition(":")[2]
        with self._hub.databases.lease(QUARANTINE) as replica:
            rows = replica.all_docs(keys=[id])
            before = {"_rev": rows[0].rev} if rows and rows[0].rev else {}
            replica.put({"_id": id, **before, "kind": "asked", "by": staff, "reason": reason[:MOST],
                         "asked_at": self._hub.clock()})

    def confirm(self, name: str, *, staff: str, reason: str) -> None:
        """The second person: then it is released. Raises `HubProblem`: nobody asked, or it is the same person."""
        first = self.asked(name)
        if first is None:
            raise UsageProblem(t("console.quarantine.nobody_asked"))
        if first.by == staff:
            raise HubProblem(t("console.quarantine.same_person"))
        self._officers.release(name, staff=staff, reason=f"{reason or first.reason}（{first.by}: {first.reason}）")
