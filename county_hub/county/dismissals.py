"""A dismissed mediator's open cases are told of it (`case.mediator_removed`, DOMAIN.md 7.4 #18).

The directory says who serves until when; a case must know it itself, because what the mediator did before hearing of it stands,
and only the seal of an agreement reached meanwhile waits for a person. One event a case, in one transaction.
"""

from __future__ import annotations

from county_hub.hub.hub import Hub
from county_hub.hub.problems import HubProblem, UsageProblem
from shared.disputes.rules import policy
from shared.ledger.authoring import Act
from shared.ledger.texts import t

KIND = "case.mediator_removed"
_NAMES = ("case.accepted", "case.session_held", "case.mediator_confirmed")


def role_of(hub: Hub, staff: str) -> str:
    """The role in which this county officer may write it. Raises HubProblem."""
    person = hub.directory.latest().staff(staff)
    if person is None or person.office != hub.county or not person.active:
        raise UsageProblem(t("hub.case.no_staff", value=staff))
    role = next((role for role in person.roles if policy.allows(KIND, "county", role)), None)
    if role is None:
        raise HubProblem(t("recordcli.no_effect", kind=t("timeline.mediator_removed", mediator=staff),
                           reason=t("effect.role_not_allowed")))
    return role


def record(hub: Hub, mediator: str, removed_on: str, *, by: str, role: str) -> int:
    """Write it into each open case that the mediator carries; returns how many."""
    hub.projector.catch_up()
    marks = ", ".join("?" * len(_NAMES))
    sql = ("SELECT DISTINCT e.case_id FROM events e JOIN cases c USING (case_id) WHERE c.settled = 0 AND e.refused IS NULL"
           f" AND (e.actor = ? OR e.kind IN ({marks}) AND instr(e.json, ?) > 0)"
           " AND NOT EXISTS (SELECT 1 FROM events r WHERE r.case_id = e.case_id AND r.kind = ? AND instr(r.json, ?) > 0)")
    with hub.projector.reader() as db:
        cases = [row[0] for row in db.execute(sql, (mediator, *_NAMES, f'"{mediator}"', KIND, f'"{mediator}"'))]
    body = {"mediator": mediator, "removed_on": removed_on}
    hub.author().write_many([Act(KIND, case, body, by, role) for case in sorted(cases)])
    return len(cases)
