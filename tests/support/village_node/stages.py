"""A village, its township and the county with the same cases, and cases in every state that an act can leave them in.

Each office has its own HOME; `share` carries events between them as the hub would. A stage is a name and the acts that lead
there, each done by the office whose it is, through the real desk.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shared.ledger.published.directory_heads import change
from sync.peer import ChangesRequest, Seq
from tests.support.village_node.node_world import CLERK, COUNTY, DISPATCHER, DRAFT, OFFICER, TOWNSHIP, VILLAGE, World
from village_node.desk.desk import Desk

DAY = "2026-11-23"
SIGNED = [{"signer": "party", "name": "演示甲", "party": 0, "signed_on": DAY},
          {"signer": "party", "name": "演示乙", "party": 1, "signed_on": DAY},
          {"signer": "mediator", "name": "演示员", "signed_on": DAY}]
TOLD = {"rights_told": True, "parties_willing": True}
PAPERS = [f"D{n:02}" for n in range(18)]
LEADER = "leader-1"
PEOPLE = {VILLAGE: (CLERK, "grid-1", LEADER), TOWNSHIP: (OFFICER,), COUNTY: (DISPATCHER,)}


class Offices:
    """Three desks on one world."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self._shared: set[str] = set()
        self._read: dict[str, Seq] = dict.fromkeys((VILLAGE, TOWNSHIP, COUNTY), 0)
        self.world.publish([change("staff", LEADER, {"name": "演示网格长", "office": VILLAGE, "roles": ["village_grid_leader"],
                                                      "active": True, "from": None, "to": None})])
        self.homes = {office: self.world.home(office) for office in (VILLAGE, TOWNSHIP, COUNTY)}
        self.desks = {office: self.world.desk(home) for office, home in self.homes.items()}
        for desk in self.desks.values():
            desk.node.directory_replica.bulk_docs(self.world.heads, new_edits=False)
        for office, desk in self.desks.items():
            for line in desk.devices.waiting():
                desk.devices.confirm(line.id, PEOPLE[office][0])
        self.copies = 0

    def close(self) -> None:
        for desk in self.desks.values():
            desk.close()

    def share(self) -> None:
        """What one desk has and another lacks, as the hub would bring it."""
        for office, source in self.desks.items():
            feed = source.node.office.changes(ChangesRequest(since=self._read[office], include_docs=True))
            docs = [row.doc for row in feed if row.doc is not None and row.id not in self._shared]
            self._read[office] = feed.last_seq
            for target in self.desks.values():
                if target is not source and docs:
                    target.node.office.bulk_docs(docs, new_edits=False)
            self._shared.update(doc["_id"] for doc in docs)

    def do(self, office: str, verb: str, case: str, draft: Mapping[str, Any] | None = None, staff: str = "") -> None:
        self.desks[office].act(verb, staff or PEOPLE[office][0], case, draft or {})
        self.share()

    @contextmanager
    def copy(self, office: str) -> Iterator[Desk]:
        """A desk on a copy of this office's HOME: what is saved there leaves the original as it was."""
        self.copies += 1
        home = self.world.folder / f"copy-{self.copies}"
        shutil.copytree(self.homes[office], home)
        desk = self.world.desk(home)
        try:
            yield desk
        finally:
            desk.close()
            shutil.rmtree(home)


Step = tuple[str, str, dict[str, Any]]
REGISTERED: tuple[Step, ...] = ()
TRIAGED: tuple[Step, ...] = ((VILLAGE, "triage", {}),)
ACCEPTED: tuple[Step, ...] = (*TRIAGED, (VILLAGE, "accept", TOLD))
MEDIATING: tuple[Step, ...] = (*ACCEPTED, (VILLAGE, "hold_session", {"place": "说事室", "rights_told": True}))
ITEM = {"who": 1, "what": "演示：赔一百元", "amount_fen": 10_000, "due_date": "2026-12-01"}
AGREEMENT = {"form": "written", "facts": "演示：水渠", "items": [ITEM], "signatures": SIGNED}
AGREED: tuple[Step, ...] = (*MEDIATING, (VILLAGE, "reach_agreement", AGREEMENT))
SEALED: tuple[Step, ...] = (*AGREED, (VILLAGE, "seal", {}))
PERFORMED: tuple[Step, ...] = (*SEALED, (VILLAGE, "perform_item", {"item": 0, "complete": True, "confirmed_by": [0, 1]}))
SETTLED: tuple[Step, ...] = ((VILLAGE, "settle_on_spot", {"text": "演示", "agreed_by": [0, 1]}),)
CLOSED: tuple[Step, ...] = (*PERFORMED, (TOWNSHIP, "visit", {"method": "phone", "result": "performed", "satisfaction": 5}))
NOTED: tuple[Step, ...] = (*CLOSED, (VILLAGE, "add_record", {"document": "D15", "text": "演示：情况说明"}))
ASKED_UP: tuple[Step, ...] = (*TRIAGED, (VILLAGE, "escalate", {"reason": "演示"}))
TAKEN_UP: tuple[Step, ...] = (*ASKED_UP, (TOWNSHIP, "accept_escalation", {}))
APPLIED: tuple[Step, ...] = (*NOTED, (TOWNSHIP, "archive", {}), (VILLAGE, "apply_subsidy", {}))
CHECKED: tuple[Step, ...] = (*APPLIED, (TOWNSHIP, "check_subsidy", {"passed": True}))
GRADED: tuple[Step, ...] = (*CHECKED, (COUNTY, "grade_subsidy", {}))
PUBLIC: tuple[Step, ...] = (*GRADED, (COUNTY, "publicise_subsidy", {"start": "2026-11-10", "end": "2026-11-20"}))
DECIDED: tuple[Step, ...] = (*PUBLIC, (COUNTY, "decide_subsidy", {"approved": True, "amount_fen": 30_000}))
SUPERVISED: tuple[Step, ...] = (*ACCEPTED, (TOWNSHIP, "supervise", {"level": "warning", "text": "演示"}))
GRID: tuple[Step, ...] = ((VILLAGE, "assign_grid", {"to_role": "grid_member", "text": "演示"}),)
BY_THE_GRID = frozenset({"found by the grid", "the grid passed it up"})      # registered by the grid member

STAGES: dict[str, tuple[Step, ...]] = {
    "registered": REGISTERED, "triaged": TRIAGED, "accepted": ACCEPTED, "mediating": MEDIATING,
    "suspended": (*ACCEPTED, (VILLAGE, "suspend", {"reason": "appraisal"})),
    "a meeting planned": (*ACCEPTED, (VILLAGE, "plan_session", {"date": "2026-12-01", "time": "09:30", "place": "说事室"})),
    "refused": (*TRIAGED, (VILLAGE, "party_refuse", {"party": 1})),
    "not accepted": (*TRIAGED, (VILLAGE, "reject_acceptance", {"reason": "演示", "channel": "to_arbitration"})),
    "withdrawn": (*ACCEPTED, (VILLAGE, "withdraw", {"party": 0})),
    "terminated": (*MEDIATING, (VILLAGE, "terminate", {"reason": "failed", "remedies_told": True, "escalation_checked": True})),
    "transferred": (*TRIAGED, (VILLAGE, "transfer_out", {"to": "to_arbitration", "body": "演示"})),
    "agreed, nobody signed": (*MEDIATING, (VILLAGE, "reach_agreement", {**AGREEMENT, "signatures": []})),
    "agreed, the mediator did not sign": (*MEDIATING, (VILLAGE, "reach_agreement", {**AGREEMENT, "signatures": SIGNED[:2]})),
    "agreed by word": (*MEDIATING, (VILLAGE, "reach_agreement", {"form": "oral", "facts": "演示", "items": [ITEM]})),
    "agreed": AGREED, "sealed": SEALED, "performed": PERFORMED,
    "performance in doubt": (*PERFORMED, (VILLAGE, "dispute_performance", {"item": 0, "party": 0, "text": "演示"})),
    "confirmation applied for": (*SEALED, (VILLAGE, "apply_confirmation", {"court": "演示法院", "parties": [0, 1]})),
    "settled on the spot": SETTLED, "closed": CLOSED, "closed with a note": NOTED,
    "archived": (*NOTED, (TOWNSHIP, "archive", {})), "reopened": (*SETTLED, (VILLAGE, "reopen", {"reason": "relapse"})),
    "objected": (*SETTLED, (VILLAGE, "object", {"party": 1, "text": "演示"})),
    "asked up": ASKED_UP, "taken up": TAKEN_UP,
    "given back": (*ASKED_UP, (TOWNSHIP, "return_escalation", {"reason": "演示：缺照片"})),
    "given down": (*TAKEN_UP, (TOWNSHIP, "assign", {"to": VILLAGE})),
    "taken down": (*TAKEN_UP, (TOWNSHIP, "assign", {"to": VILLAGE}), (VILLAGE, "acknowledge_assignment", {})),
    "recall asked for": (*ACCEPTED, (TOWNSHIP, "request_recall", {"reason": "演示"})),
    "recalled": (*ACCEPTED, (COUNTY, "recall", {"reason": "演示"})),
    "supervised": SUPERVISED, "supervision answered": (*SUPERVISED, (VILLAGE, "supervise_reply", {"text": "演示"})),
    "another kind asked for": (*ACCEPTED, (VILLAGE, "change_type", {
        "to": TOWNSHIP, "mediation_type": "administrative", "reason": "演示",
        "consents": [{"party": n, "signed_on": DAY} for n in (0, 1)]})),
    "yellow": ((VILLAGE, "raise_risk", {"level": 2, "reason": "演示"}),),
    "the grid supervised": (*GRID, (VILLAGE, "supervise_grid", {"level": "reminder", "text": "演示"})),
    "the grid answered": (*GRID, (VILLAGE, "supervise_grid", {"level": "reminder", "text": "演示"}),
                          (VILLAGE, "supervise_reply", {"text": "演示"})),
    "red": (*TRIAGED, (VILLAGE, "raise_risk", {"level": 4, "reason": "演示"})),
    "difficulty waits": ((VILLAGE, "triage", {"difficulty": "major"}),),
    "difficulty waits for the township": ((VILLAGE, "triage", {"difficulty": "difficult"}),),
    "with the grid": GRID, "found by the grid": (),
    "the grid passed it up": ((VILLAGE, "pass_up_grid", {"to_role": "village_grid_leader", "reason": "演示"}),),
    "a mediator to reject": (*ACCEPTED, (VILLAGE, "reject_mediator", {"party": 1, "mediator": CLERK, "reason": "演示"})),
    "a party renamed": (*ACCEPTED, (VILLAGE, "correct_party", {"party": 0, "field": "name", "value": "演示改名"})),
    "erasure asked for": (*CLOSED, (VILLAGE, "request_erasure", {"party": 0})),
    "a date put right": (*CLOSED, (VILLAGE, "correct_date", {"event": "first", "legal_date": "2026-11-22", "reason": "演示"})),
    "a sealed note": (*TRIAGED, (VILLAGE, "add_note", {"text": "演示：报告人", "about": "reporter"})),
    "a sealed note, then taken up": (*TRIAGED, (VILLAGE, "add_note", {"text": "演示：报告人", "about": "reporter"}),
                                     (VILLAGE, "escalate", {"reason": "演示"}), (TOWNSHIP, "accept_escalation", {})),
    "subsidy applied for": APPLIED, "subsidy checked": CHECKED, "subsidy graded": GRADED, "subsidy published": PUBLIC,
    "subsidy decided": DECIDED, "subsidy paid": (*DECIDED, (COUNTY, "pay_subsidy", {"amount_fen": 30_000, "paid_on": DAY})),
}


def build(offices: Offices, stage: str, summary: str = "") -> str:
    """A new case at this stage, known to all three offices; `summary`: what it is about."""
    first = "grid-1" if stage in BY_THE_GRID else CLERK
    case = offices.desks[VILLAGE].register(first, {**DRAFT, **({"summary": summary} if summary else {})}).id
    offices.share()
    for office, verb, draft in STAGES[stage]:
        if draft.get("event") == "first":
            draft = {**draft, "event": offices.desks[office].case(case).timeline[0].id}
        offices.do(office, verb, case, draft, first if office == VILLAGE and stage in BY_THE_GRID else "")
    return case


def every_person() -> list[tuple[str, str]]:
    return [(office, person) for office, people in PEOPLE.items() for person in people]
