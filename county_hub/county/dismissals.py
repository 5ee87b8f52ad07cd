"""A dismissed mediator's open cases are told of it (`case.mediator_removed`, DOMAIN.md 7.4 #18).

The directory says who serves until when; a case must know it itself, because what the mediator did before hearing of it stands,
and only the seal of an agreement reached meanwhile waits for a person. One event a case, in one transaction.
"""

from __future__ import annotations

from county_hub.county.acts import CountyActs
from county_hub.hub.problems import HubProblem

KIND, VERB = "case.mediator_removed", "record_removal"
_NAMES = ("case.accepted", "case.session_held", "case.mediator_confirmed")


def record(acts: CountyActs, mediator: str, removed_on: str, *, by: str) -> tuple[int, list[str]]:
    """Write it into each open case that the mediator carries. (How many, one sentence of each case that could not be told.)"""
    marks = ", ".join("?" * len(_NAMES))
    sql = ("SELECT DISTINCT e.case_id FROM events e JOIN cases c USING (case_id) WHERE c.settled = 0 AND e.refused IS NULL"
           f" AND (e.actor = ? OR e.kind IN ({marks}) AND instr(e.json, ?) > 0)"
           " AND NOT EXISTS (SELECT 1 FROM events r WHERE r.case_id = e.case_id AND r.kind = ? AND instr(r.json, ?) > 0)")
    with acts.hub.projector.reader() as db:
        cases = [row[0] for row in db.execute(sql, (mediator, *_NAMES, f'"{mediator}"', KIND, f'"{mediator}"'))]
    body = {"mediator": mediator, "removed_on": removed_on}
    told, left = [], []
    for case in sorted(cases):
        try:
            told.append(acts.prepare(VERB, case, by, body))
        except HubProblem as refused:
            left.append(f"{case}：{refused.sentence}")
    return len(acts.write(told)), left
