"""What a party may see of a case, and nothing else: stage, day, next step, until when, which office; how it was rated.

No name, no telephone number, nothing that the other side said; the office's own number is the county's to publish.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shared.disputes.case.state import ENDED, CaseState
from shared.disputes.rules.states import AGREED
from shared.ledger.days import is_day
from shared.ledger.published.offices import Organisation
from shared.ledger.texts import has, t

# The way a case goes, as a citizen sees it: the step's name and the states in which the case stands at it.
STEPS = (
    ("registered", frozenset({"registered"})),
    ("assigned", frozenset({"triaging", "accepted"})),
    ("mediating", frozenset({"mediating", "suspended"})),
    ("agreed", frozenset({"agreed"})),
    ("performing", frozenset({"effective", "performing"})),
    ("visit", frozenset({"visit_due", "closed", "archived"})),
)


@dataclass(frozen=True, slots=True)
class Step:
    """`state`: done | now | ahead."""

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Side:
    """Who may rate: a party by role and number, never by name. `rated`: its score has been given."""

    party: int
    label: str
    rated: bool


@dataclass(frozen=True, slots=True)
class Progress:
    number: str
    headline: str
    next_step: str
    yours: str
    steps: tuple[Step, ...]
    office: str
    office_phone: str
    may_rate: bool
    sides: tuple[Side, ...]


def progress_of(case: CaseState, organisation: Organisation, number: str, phone: Callable[[str], str]) -> Progress:
    """`number` as it is printed; `phone(office)`: what a citizen may call."""
    holder = case.holder or case.origin
    asked = case.custody.pending.to_office if case.custody.pending else ""
    may_rate = case.state in AGREED or case.state in ENDED
    return Progress(
        number, t(f"portal.stage.{case.state}") if has(f"portal.stage.{case.state}") else t("portal.stage.other"),
        _next(case, organisation.short_name(asked) if asked else ""), t(_yours(case)), _steps(case.state),
        organisation.display_name(holder), phone(holder), may_rate, sides(case),
    )


def _next(case: CaseState, asked: str) -> str:
    if asked:
        return t("portal.next.accepts", office=asked)
    if case.meeting is not None:
        return t("portal.next.meeting", day=day_words(case.meeting.date), time=case.meeting.time)
    duties = [clock for clock in case.clocks if clock.stopped is None and clock.kind != "confirmation" and not clock.outside]
    due = min((clock.due_date for clock in duties), default="")
    word = f"portal.next.{case.state}"
    sentence = t(word) if has(word) else ""
    return sentence + (t("portal.next.until", day=day_words(due)) if due and sentence else "")


def _yours(case: CaseState) -> str:
    if case.meeting is not None:
        return "portal.yours.meet"
    if case.state in ("performing", "effective"):
        return "portal.yours.perform"
    if case.state == "agreed" and case.agreement is not None and not case.agreement.parties_signed_on:
        return "portal.yours.sign"
    return "portal.yours.nothing"


def _steps(state: str) -> tuple[Step, ...]:
    here = next((place for place, (_, states) in enumerate(STEPS) if state in states), None)
    if here is None:            # ended on another way: what was done is in the headline
        return ()
    done = here + (state in ("closed", "archived"))
    return tuple(
        Step(t(f"portal.step.{name}"), "done" if place < done else "now" if place == here else "ahead")
        for place, (name, _) in enumerate(STEPS)
    )


def sides(case: CaseState) -> tuple[Side, ...]:
    """Who may rate and choose."""
    rated, count = {rating.party for rating in case.ratings}, dict[str, int]()
    made = []
    for party in case.parties:
        count[party.role] = count.get(party.role, 0) + 1
        label = t("portal.side.applicant" if party.role == "applicant" else "portal.side.respondent"
                  if party.role == "respondent" else "portal.side.other", n=count[party.role])
        made.append(Side(party.no, label, party.no in rated))
    return tuple(made)


def day_words(day: str) -> str:
    """12月2日, in the reader's language; what is no day is given back."""
    return t("portal.day", month=int(day[5:7]), day=int(day[8:10])) if is_day(day) else day
