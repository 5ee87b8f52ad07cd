"""What waits for this officer, the urgent first, each with the page that does it.

From the tables: hand-overs and supervisions to answer, findings to decide, what is overdue elsewhere and must be urged, records
that wait for the county, the quarantine. What none of the officer's roles may do is not shown to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from county_hub.county.acts import CountyActs
from county_hub.county.book import boards
from shared.disputes.acts import tasks
from shared.disputes.acts.verbs import VERBS
from shared.disputes.kinds import policy
from shared.disputes.records import aggregates
from shared.disputes.tables import cases as case_list
from shared.disputes.tables import due
from shared.ledger import codes
from shared.ledger.days import between, local_date, said_day
from shared.ledger.published.directory_heads import Staff
from shared.ledger.texts import t

MOST_CASES = 40         # looked into; more are in the list of cases
MOST_URGED, MOST_TRIAGE = 8, 5      # one by one; a line says how many more there are
# records of these states wait for the county: (aggregate, state) -> the step that is taken next
WAITING = {
    ("appointment", "requested"): "appointment.confirmed", ("appointment", "waitlisted"): "appointment.confirmed",
    ("consultation", "requested"): "consultation.approved", ("consultation", "approved"): "consultation.panel_formed",
    ("online_consultation", "submitted"): "online_consultation.verified", ("referral", "made"): "referral.received",
    ("assessment", "contested"): "assessment.confirmed", ("public_qa", "registered"): "public_qa.risk_assessed",
}
ICON = {"appointment": "calendar", "consultation": "people", "online_consultation": "phone", "referral": "psych",
        "assessment": "check", "public_qa": "horn", "petition": "paper", "legal_aid": "paper"}


@dataclass(frozen=True, slots=True)
class Item:
    """`due`: the day, "" none; `tone`: bad | warn | plain."""

    icon: str
    tone: str
    title: str
    detail: str
    due: str
    button: str
    href: str
    first: bool = False         # before everything else: red risk


def waiting(acts: CountyActs, person: Staff, totals: case_list.Totals) -> list[Item]:
    """Overdue first, then by day; what has none last. `totals` are those that the same page shows: nothing is counted twice."""
    allowed = _allowed(acts, person)
    found = [*_tasks(acts, allowed, totals.review), *_urge(acts, allowed, totals.overdue), *_triage(acts, allowed),
             *_records(acts, allowed), *_matters(acts, allowed), *_quarantine(acts, person)]
    order = {"bad": 0, "warn": 1, "plain": 2}
    return sorted(found, key=lambda item: (not item.first, order[item.tone], item.due or "9999", item.title))


def _allowed(acts: CountyActs, person: Staff) -> Callable[[str], bool]:
    level = policy.level_in(acts.place.device.office, acts.place.directory)
    return lambda kind: any(policy.allows(kind, level, role) for role in person.roles)


def _tasks(acts: CountyActs, allowed: Callable[[str], bool], review: int) -> Iterator[Item]:
    here, officers = acts.place.device.office, acts.officers
    with officers.read() as db:
        ids = boards.asking(db, here, MOST_CASES + 1)
        asked = boards.asked(db, here) if len(ids) > MOST_CASES else 0
    if len(ids) > MOST_CASES:
        for icon, words, n, href in (("swap", "more_tasks", asked, f"asks={here}"), ("alert", "more_review", review, "review=1")):
            if n:
                yield _rest(icon, t(f"waiting.{words}", n=n), f"/console/cases?{href}")
    for id in ids[:MOST_CASES]:
        state = officers.case(id)
        for task in tasks.tasks(state, here) if state is not None else ():
            if state is not None and allowed(VERBS[task.verb]):
                icon = _TASK_ICON.get(task.code, "alert")
                yield Item(icon, _tone(acts, task.due), officers.named(task.text)[:60], _who(acts, state.parties, state.summary),
                           task.due or "", t(f"waiting.button.{task.verb}") if task.verb in _NAMED else t("waiting.look"),
                           f"/console/cases/{id}/do/{task.verb}")


_TASK_ICON = {"escalate": "swap", "assign": "swap", "supervision_reply": "horn", "supervision_judge": "horn"}
_NAMED = frozenset({"accept_escalation", "acknowledge_assignment", "supervise_reply", "judge_supervision", "resolve_review",
                    "assign", "recall", "take_type", "confirm_difficulty"})


def _who(acts: CountyActs, parties: object, summary: str) -> str:
    names = "、".join(party.name for party in parties) if isinstance(parties, tuple) else ""
    return f"{names}　{summary[:30]}"


def _urge(acts: CountyActs, allowed: Callable[[str], bool], late: int) -> Iterator[Item]:
    if not allowed("case.supervision_issued"):
        return
    officers, here = acts.officers, acts.place.device.office
    with officers.read() as db:
        rows = [row for row in case_list.urgent(db, officers.moment(), MOST_URGED + MOST_CASES) if row.holder != here]
    if len(rows) > MOST_URGED:
        yield _rest("alert", t("waiting.more_urged", n=MOST_URGED, total=late), "/console/cases?overdue=1")
    for row in rows[:MOST_URGED]:
        red = row.risk >= 4
        words = t("waiting.red" if red else "waiting.overdue", summary=row.summary[:30])
        yield Item("shield" if red else "alert", "bad", words, f"{officers.office_name(row.holder)}　{row.party_names}",
                   row.due_date or "", t("waiting.button.supervise"), f"/console/cases/{row.case_id}/do/supervise", first=red)


def _triage(acts: CountyActs, allowed: Callable[[str], bool]) -> Iterator[Item]:
    if not allowed("case.triaged"):
        return
    with acts.officers.read() as db:
        mine = case_list.Filter(holders=[acts.place.device.office], states=("registered",), taking=False, open_only=True)
        rows = case_list.find(db, mine, acts.officers.moment(), limit=MOST_TRIAGE)
        total = case_list.total(db, mine, acts.officers.moment())
    if total > len(rows):
        yield _rest("intake", t("waiting.more_triage", n=total - len(rows)), "/console/intake")
    for row in rows:
        yield Item("intake", _tone(acts, row.due_date), t("waiting.triage", summary=row.summary[:30]), row.party_names,
                   row.due_date or "", t("waiting.button.triage"), f"/console/cases/{row.case_id}/do/triage")


def _records(acts: CountyActs, allowed: Callable[[str], bool]) -> Iterator[Item]:
    with acts.officers.read() as db:
        counts = boards.records_waiting(db)
    for (aggregate, state), kind in WAITING.items():
        n, oldest = counts.get((aggregate, state), (0, ""))
        if n and allowed(kind):
            yield Item(ICON[aggregate], "plain", t("waiting.records", what=t(f"acting.records.{aggregate}"), n=n),
                       t("waiting.oldest", date=said_day(oldest, acts.officers.today())), "", t("waiting.look"),
                       f"/console/records?kind={aggregate}")


def _matters(acts: CountyActs, allowed: Callable[[str], bool]) -> Iterator[Item]:
    """Statutory clocks of petitions and legal aid that the county owns."""
    here = acts.place.device.office
    with acts.officers.read() as db:
        rows = [row for row in due.alarms(db, acts.today()) if row["owner"] == here]
    if len(rows) > MOST_URGED:
        yield _rest("paper", t("waiting.more_clocks", n=len(rows) - MOST_URGED), "/console/monitor")
    for row in rows[:MOST_URGED]:
        if any(allowed(kind) for kind in aggregates.steps_of(str(row["aggregate"]))):
            yield Item("paper", "bad" if row["overdue"] else "warn", str(row["title"])[:40], codes.name("clock", row["kind"]),
                       str(row["due_date"]), t("waiting.look"), f"/console/records/{row['record_id']}")


def _rest(icon: str, words: str, href: str) -> Item:
    """What is left of a list of which the first stand here one by one."""
    return Item(icon, "plain", words, "", "", t("waiting.look"), href)


def _quarantine(acts: CountyActs, person: Staff) -> Iterator[Item]:
    n = acts.officers.quarantine_waiting()
    if n:
        yield Item("lock", "warn", t("waiting.quarantine", n=n), t("waiting.two_people"), "", t("waiting.look"),
                   "/console/quarantine")


def _tone(acts: CountyActs, day: str | None) -> str:
    if not day:
        return "plain"
    left = between(local_date(acts.place.now()), day)
    return "bad" if left < 0 else "warn" if left <= 2 else "plain"
