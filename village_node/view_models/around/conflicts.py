"""What a person must decide: each finding in plain words, what each side wrote, what counts now, what each decision means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.disputes.forms.form import PHRASES_APART
from shared.disputes.kinds.policy import level_in
from shared.ledger.days import moment
from shared.ledger.published.directory import Directory
from shared.ledger.published.telephones import phone_of
from shared.ledger.texts import has, t
from village_node.desk.views import CaseView, TimelineEntry
from village_node.view_models.case_list import level_word
from village_node.view_models.next_step import day_words

STANDS, OTHERWISE = "confirmed", "rejected"


@dataclass(frozen=True, slots=True)
class Side:
    who: str
    name: str
    when: str
    what: str
    text: str
    counts: str
    stands: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """`decision`: what is written; `means`: what it brings."""

    decision: str
    words: str
    means: str
    yes: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """`may`: this person may decide it; else `not_yours` says who."""

    case: str
    code: str
    finding: str
    parties: str
    before: str
    sides: tuple[Side, ...]
    choices: tuple[Choice, ...]
    may: bool
    not_yours: str
    hint: str


def conflicts(desk: Any, staff: str) -> tuple[Conflict, ...]:
    """Those that this person may decide first."""
    mine = {(row["case"], row["code"]) for row in desk.tasks(staff_id=staff)}
    rows = [row for row in desk.tasks(everybody=True) if row["verb"] == "resolve_review"]
    made = [_conflict(desk, row, (row["case"], row["code"]) in mine, staff) for row in rows]
    return tuple(sorted(made, key=lambda one: not one.may))


def phrases() -> tuple[str, ...]:
    return tuple(t("conflict.phrases").split(PHRASES_APART))


def _conflict(desk: Any, row: dict[str, Any], may: bool, staff: str) -> Conflict:
    view: CaseView = desk.case(row["case"], staff_id=staff)
    named = next((f["events"] for f in view.state["findings"] if f["code"] == row["code"] and not f["resolved"]), ())
    sides = [line for line in view.timeline if line.id in named]
    county = desk.node.directory.county()
    phone = phone_of(desk.node.directory, county.id if county else "", row["adjudicator"])
    hint = "conflict.hint" if phone else "conflict.hint_plain"
    return Conflict(
        row["case"], row["code"], row["text"], view.row.parties or view.row.summary, _before(view.timeline, sides),
        tuple(_side(line, desk.node.directory) for line in sides), _choices(row["code"], row["text"]), may,
        "" if may else t("conflict.not_yours", who=row["adjudicator_name"],
                         due=day_words(row["due"], desk.today()) if row["due"] else "—"),
        t(hint, office=row["adjudicator_name"], phone=phone))


def _choices(code: str, finding: str) -> tuple[Choice, ...]:
    key = f"conflict.means.{code}"
    stands = t(key) if has(key) else t("conflict.chosen_stands", finding=finding)
    return (Choice(STANDS, t("conflict.stands"), stands, t("conflict.yes_stands")),
            Choice(OTHERWISE, t("conflict.otherwise"), t("conflict.chosen_otherwise"), t("conflict.yes_otherwise")))


def _before(timeline: Sequence[TimelineEntry], sides: Sequence[TimelineEntry]) -> str:
    """What stood before the first of them."""
    ids = [line.id for line in timeline]
    first = min((ids.index(line.id) for line in sides), default=0)
    if not first:
        return ""
    line = timeline[first - 1]
    return t("conflict.before", what="　".join(part for part in (line.title, line.text, line.legal_date) if part))


def _side(line: TimelineEntry, directory: Directory) -> Side:
    then, who = moment(line.device_time), t("conflict.side", level=level_word(level_in(line.office, directory)))
    why = line.refused or line.no_effect
    return Side(who, f"{line.actor_name}　{line.office_name}",
                t("sending.date", month=then.month, day=then.day, time=f"{then:%H:%M}"), line.title,
                line.text, t("conflict.counts_not", why=why) if why else t("conflict.counts"), not why)
