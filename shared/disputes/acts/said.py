"""What an act must say, who in person, and what an office that was closed may not begin: asked of every act before it is
sealed or signed (`counter`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.disputes.acts import mediating
from shared.disputes.acts.guardians import unguarded
from shared.disputes.acts.refusal import Refusal, closed, words
from shared.disputes.case.guards import copies_for
from shared.disputes.case.state import CaseState
from shared.disputes.kinds import policy
from shared.disputes.records import closed_offices
from shared.disputes.rules import authority
from shared.ledger.published.directory_heads import Directory
from shared.ledger.published.lineage import Lineage
from shared.ledger.texts import t


@dataclass(frozen=True, slots=True)
class By:
    """Who acts where: staff id, office, the directory there; `date` is the act's day, `today` the day on which it is written."""

    staff: str
    office: str
    directory: Directory
    date: str
    today: str


def require(kind: str, body: Mapping[str, Any], by: By, state: CaseState | None) -> None:
    """Raises `Refusal` with the first that forbids it."""
    against = authority.refusal(kind, body, level=policy.level_in(by.office, by.directory), office=by.office, actor=by.staff,
                                directory=by.directory)
    against = against or _aimed(kind, body, by.office, by.directory.lineage)
    if against:
        raise closed(kind, against, words(against, kind, by.directory, by.office, state, date=by.date))
    if state is not None and (no := mediating.refusal(kind, body, state, by.office, by.directory, by.date)):
        raise closed(kind, "not_competent", no)
    alone = unguarded(kind, body, state)
    if alone:
        raise closed(kind, "guardian_needed", t("counter.fact.guardian_needed", name=alone))
    gone = closed_offices.refusal(kind, body, by.office, by.date, by.directory)
    if gone:
        raise Refusal("closed", "office_closed", gone)
    if kind == "case.agreement_reached" and state is not None and body.get("form") == "written":
        least = copies_for(state)
        if body.get("copies", 3) < least:
            raise _field("copies", t("counter.copies", value=body.get("copies", 3), least=least))
    due = body.get("due") if kind == "case.supervision_issued" else None
    if isinstance(due, str) and due < by.today:
        raise _field("past_due", t("counter.past_due", value=due), "due")


def _aimed(kind: str, body: Mapping[str, Any], office: str, lines: Lineage) -> str:
    """May it be handed to the office that it names: up to one above today, down to one below? A reason code, "" when it may."""
    to = body.get("to")
    if not isinstance(to, str):
        return ""
    if kind == "case.escalate_requested":
        return "" if lines.is_over(to, office) and to != office else "not_above"
    return "may_not_assign" if kind in ("case.assigned", "case.recalled") and not lines.is_over(office, to) else ""


def _field(reason: str, sentence: str, name: str = "") -> Refusal:
    return Refusal("draft", reason, sentence, {name or reason: sentence})
