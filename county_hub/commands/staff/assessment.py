"""`county-hub assessment open|compute|score HOME`: mediators judged by their cases (DOMAIN.md 8.4).

    assessment compute HOME --mediator M --start DATE --end DATE      numerators, denominators and points, nothing written
    assessment open HOME --as STAFF --mediator M --start D --end D    assessment score HOME ID --as STAFF --points file_quality=12
What events cannot show (file quality, training) is given by hand; the mediator's office gets the score and may contest it
(`village-node record write HOME assessment.contested ID`); `county-hub record write HOME assessment.confirmed ID` ends it.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from county_hub.commands.program import KIT, each
from county_hub.county.acts import CountyActs
from county_hub.county.desk import CountyDesk
from county_hub.hub.problems import UsageProblem
from shared.commands.arguments import day_argument
from shared.commands.records import record_option
from shared.disputes.advice.assessment import Assessment, assess, default_table
from shared.disputes.records.machine import RecordState
from shared.ledger import codes
from shared.ledger.entry import whole
from shared.ledger.published.directory_heads import Staff
from shared.ledger.texts import t


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "assessment", t("assesscli.about"))
    for name, run in (("compute", _compute), ("open", _open)):
        made = KIT.verb(verbs, name, t(f"assesscli.{name}"), run, checks=_period_wrong)
        made.add_argument("--mediator", required=True, metavar="STAFF", help=t("assesscli.mediator"))
        for option in ("start", "end"):
            made.add_argument(f"--{option}", type=day_argument, required=True, metavar="DATE", help=t(f"assesscli.{option}"))
        if name == "open":
            KIT.staff(made)
    score = KIT.verb(verbs, "score", t("assesscli.score"), _score, checks=_score_wrong)
    record_option(score)
    KIT.staff(score)
    score.add_argument("--points", action="append", default=[], metavar="INDICATOR=N", help=t("assesscli.points"))
    score.add_argument("--veto", action="append", default=[], metavar="CODE", help=t("assesscli.veto"))


def _period_wrong(desk: CountyDesk, given: argparse.Namespace) -> dict[str, str]:
    acts = desk.acts
    return each(mediator=(given.mediator, lambda staff: _known(desk, staff)), start=(given.start, acts.date),
                end=(given.end, acts.date))


def _score_wrong(desk: CountyDesk, given: argparse.Namespace) -> dict[str, str]:
    return each(record=(given.record, lambda record: _opened(desk.acts, record)), points=(given.points, _points))


def _known(desk: CountyDesk, staff: str) -> Staff:
    person = desk.hub.directory.latest().staff(staff)
    if person is None:
        raise UsageProblem(t("hub.staff.unknown", value=staff))
    return person


def _opened(acts: CountyActs, record: str) -> RecordState:
    state = acts.show(record)
    if not isinstance(state, RecordState) or state.aggregate != "assessment":
        raise UsageProblem(t("recordcli.unknown", id=record))
    return state


def _compute(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    acts = desk.acts
    return asdict(_assess(acts, arguments.mediator, acts.date(arguments.start), acts.date(arguments.end)))


def _open(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    acts = desk.acts
    person = _known(desk, arguments.mediator)
    period = {"start": acts.date(arguments.start), "end": acts.date(arguments.end)}
    return asdict(acts.record("assessment.opened", None, arguments.staff, {
        "mediator": person.id, "office": person.office, **period}))


def _score(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    given = _points(arguments.points)
    acts = desk.acts
    state = _opened(acts, arguments.record)
    found = _assess(acts, state.data["mediator"], state.data["start"], state.data["end"], len(arguments.veto))
    scores = []
    for indicator in found.indicators:
        points = given.get(indicator.code, indicator.points)
        if points is not None:
            counted = t("assesscli.counted", part=indicator.numerator, whole=indicator.denominator)
            scores.append({"indicator": indicator.code, "points": min(round(points), indicator.weight),
                           "text": t("assesscli.by_hand") if indicator.code in given else counted})
    return asdict(acts.record("assessment.scored", state.id, arguments.staff, {
        "scores": scores, "cases": found.cases, "vetoes": arguments.veto}))


def _points(words: list[str]) -> dict[str, int]:
    """By indicator, as it is called in Chinese or in the table."""
    weights, names = default_table()["weights"], codes.names("assessment_indicator")
    by_name = {name.partition("（")[0]: code for code, name in names.items()}
    made = {}
    for word in words:
        said, _, number = word.replace("＝", "=").partition("=")
        code = by_name.get(said.strip(), said.strip())
        points = whole(number, 0, weights.get(code, -1))
        if points is None:
            known = "、".join(f"{names[name].partition('（')[0]}≤{most}" for name, most in weights.items() if name in names)
            raise UsageProblem(t("assesscli.bad_points", value=word, known=known))
        made[code] = points
    return made


def _assess(acts: CountyActs, mediator: str, start: str, end: str, vetoes: int = 0) -> Assessment:
    """Over the cases that were closed in the period, or registered in it and still open."""
    with acts.hub.projector.reader() as db:
        ids = [row[0] for row in db.execute(
            "SELECT f.case_id FROM case_facts f JOIN cases c USING (case_id), json_each(c.json, '$.mediators') m"
            " WHERE m.value = ? AND coalesce(f.closed_on, f.registered_on) BETWEEN ? AND ?", (mediator, start, end))]
    table = acts.hub.directory.latest().table("assessment")
    return assess(mediator, [acts.state(id) for id in ids], table, vetoes=vetoes)
