"""Release from quarantine by two people: one asks and says why, another who has read the record confirms.

What was asked lies beside the record in the quarantine (`asked:<digest>`), so it survives a restart; the release names both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from county_hub.county import refused
from county_hub.county.officers import Officers
from county_hub.hub.hub import Hub
from county_hub.hub.ingress import QUARANTINE
from county_hub.hub.problems import HubProblem, UsageProblem
from shared.ledger.days import local_time
from shared.ledger.texts import t

ASKED = "asked:"
RELEASE, REFUSAL = "release:", "refusal:"      # as the router keeps them
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
        """The first person. Raises `HubProblem`, also when another one was first: what he said stays."""
        self._officers.person(staff)
        if not reason:
            raise UsageProblem(t("console.quarantine.release_empty"))
        self._still_there(name, RELEASE)
        first = self.asked(name)
        if first is not None and first.by != staff:
            name_of = self._officers.staff_name(first.by)
            raise HubProblem(t("console.quarantine.asked_meanwhile", name=name_of, reason=first.reason))
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
        self._still_there(name, RELEASE)
        self._officers.release(name, staff=staff, reason=f"{reason or first.reason}（{first.by}: {first.reason}）")

    def refuse(self, name: str, *, staff: str, reason: str) -> None:
        """One person refuses a held record. Raises `HubProblem`."""
        self._still_there(name, RELEASE, REFUSAL)
        self._officers.refuse(name, staff=staff, reason=reason)

    def _still_there(self, name: str, *words: str) -> None:
        """Raises `HubProblem` that names who has decided meanwhile."""
        with self._hub.databases.lease(QUARANTINE) as replica:
            digests = [name.partition(":")[2]] if name.startswith("quarantine:") else [
                doc["_id"].partition(":")[2] for doc in refused.of_document(replica, name)]
            rows = replica.all_docs(keys=[word + digest for word in words for digest in digests], include_docs=True)
        for doc in (row.doc for row in rows if row.doc is not None):
            word = "released" if doc["_id"].startswith(RELEASE) else "refused"
            at = local_time(int(doc.get(f"{word}_at") or 0))
            who = self._officers.staff_name(str(doc.get("by", "")).partition(":")[0])
            raise HubProblem(t(f"console.quarantine.{word}_meanwhile", name=who, at=at))
