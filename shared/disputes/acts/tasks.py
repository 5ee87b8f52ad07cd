"""What waits for an office: findings to decide, hand-overs and supervisions to answer and to judge, what other levels ask.

Each with who decides and by when (DOMAIN.md 7.4 P5: the lowest office over all concerned, in two working days). Pure questions to
a folded case; which cases to fold is `read_model_queries.task_cases`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.disputes.case.state import CaseState, Finding
from shared.disputes.fold.custody import DISPATCHER
from shared.disputes.rules.authority import CHAIR_DECIDES
from shared.ledger.published.lineage import FOUNDED, Lineage
from shared.ledger.texts import t

CHAIR = "chair"


@dataclass(frozen=True, slots=True)
class Task:
    """`adjudicator` is the office that has to act; `needs` the person there when not everybody may: "" | chair | dispatcher."""

    case: str
    number: str
    code: str                   # finding code, or escalate | assign | supervision_reply | supervision_judge
    text: str
    adjudicator: str
    due: str | None
    verb: str                   # what `Desk.act` and both command lines take
    needs: str = ""


def tasks(case: CaseState, office: str = "", lines: Lineage = FOUNDED) -> tuple[Task, ...]:
    """What waits in this case for `office`, or for anybody (""); `lines`: the directory's."""
    found = [*_findings(case, lines), *_custody(case), *_supervisions(case)]
    return tuple(task for task in found if office in ("", task.adjudicator))


def order(found: list[Task]) -> list[Task]:
    """The earliest due first; what has no day last."""
    return sorted(found, key=lambda task: (task.due is None, task.due or "", task.number, task.code))


def _findings(case: CaseState, lines: Lineage) -> Iterator[Task]:
    for finding in case.findings:
        if finding.resolved:
            continue
        if finding.review:
            needs = CHAIR if finding.code == CHAIR_DECIDES else DISPATCHER if finding.code == "third_assignment" else ""
            verb = "assign" if needs == DISPATCHER else "resolve_review"
            yield _task(case, finding, _adjudicator(case, finding, lines), verb, needs)
        elif finding.code == "recall_requested":
            yield _task(case, finding, lines.at_level(case.holder, "county"), "recall")
        elif finding.code == "type_waits" and case.choice.type_asked is not None:
            yield _task(case, finding, case.choice.type_asked.to, "take_type")
        elif finding.code.startswith("difficulty_waits_"):
            yield _task(case, finding, lines.at_level(case.holder, case.levels.difficulty_waits), "confirm_difficulty")


def _task(case: CaseState, finding: Finding, office: str, verb: str, needs: str = "") -> Task:
    return Task(case.id, case.number, finding.code, finding.text, office, finding.due, verb, needs)


def _adjudicator(case: CaseState, finding: Finding, lines: Lineage) -> str:
    """A dismissed mediator's agreement is its committee's chair's (7.4 #18), a third assignment the dispatcher's (D1)."""
    if finding.code == CHAIR_DECIDES and case.agreement is not None:
        return next((line.office for line in case.timeline if line.event == case.agreement.event), finding.adjudicator)
    return lines.at_level(case.holder, "county") if finding.code == "third_assignment" else finding.adjudicator


def _custody(case: CaseState) -> Iterator[Task]:
    pending = case.custody.pending
    if pending is not None and case.is_open:
        kind = "escalation_ack" if pending.kind == "escalate" else "assignment_ack"
        due = next((c.due_date for c in case.clocks if c.kind == kind and c.event == pending.event), pending.due)
        verb = "accept_escalation" if pending.kind == "escalate" else "acknowledge_assignment"
        yield Task(case.id, case.number, pending.kind, t(f"tasks.{pending.kind}"), pending.to_office, due, verb)


def _supervisions(case: CaseState) -> Iterator[Task]:
    for asked in case.supervisions:
        if asked.replied_on is None:
            due = next((c.due_date for c in case.clocks if c.kind == "supervision_reply" and c.event == asked.event), asked.due)
            yield Task(case.id, case.number, "supervision_reply", t("tasks.supervision_reply", text=asked.text), asked.to, due,
                       "supervise_reply")
        elif not asked.verdict:
            yield Task(case.id, case.number, "supervision_judge", t("tasks.supervision_judge", text=asked.reply), asked.by, None,
                       "judge_supervision")
