"""One record, petition or legal-aid matter as the screen shows it, and the setting its forms are made from. No Kivy, no SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.disputes.forms import beside
from shared.disputes.forms.beside import RecordSetting
from shared.disputes.forms.facts import facts
from shared.disputes.forms.form import DeskPart
from shared.ledger import codes
from shared.ledger.days import is_day
from shared.ledger.texts import t
from village_node.desk.views import ActionView, RecordView
from village_node.view_models.case_list import ALARM_ICONS, ALARM_TONES, pill_words
from village_node.view_models.next_step import day_words

SHOWN = 12          # facts of one record; the rest is in its steps


def setting_of(record: RecordView | None, desk: DeskPart, today: str, staff: str, staff_name: str) -> RecordSetting:
    office: Any = desk
    id = record.id if record is not None else ""
    return beside.setting_of(id, record.state if record is not None else {}, record.timeline if record is not None else (), desk,
                             today, staff, staff_name, lambda kind: office.record_forms.known(kind, id),
                             office.seeking)


def named(opened: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Who came, with telephone and address, as the last of these opened steps says it."""
    none: Mapping[str, Any] = {}
    body = next((body for body in reversed([*opened.values()]) if body.get("persons")), none)
    return (*body.get("persons", ()), *(str(body[name]) for name in ("phone", "address") if body.get(name)))


@dataclass(frozen=True, slots=True)
class RecordPage:
    """`facts`: (words, value); `due`: (words, tone, icon) of each clock that runs; `steps`: (day, what, who,
    why it moved nothing)."""

    title: str
    state: str
    facts: tuple[tuple[str, str], ...]
    due: tuple[tuple[str, str, str], ...]
    findings: tuple[str, ...]
    steps: tuple[tuple[str, str, str, str], ...]
    actions: tuple[ActionView, ...]


def page(view: RecordView, today: str, office_name: Any, staff_name: Any = str, printed: Any = None) -> RecordPage:
    """`office_name`, `staff_name`: of an id; the latter gives back what is none. `printed`: a number of this record as papers
    have it."""
    state = view.state
    data = beside.data_of(state)
    if printed is not None and data.get("number"):
        data = {**data, "number": printed(str(data["number"]), view.id)}
    title = staff_name(str(state.get("title") or state.get("summary") or t(f"app.home.{view.aggregate}")))
    return RecordPage(
        title, view.state_label,
        tuple((words, _said(value, today)) for words, value in facts(
            view.aggregate, data, office_name, staff_name))[:SHOWN],
        tuple(_due(state, today)),
        view.findings,
        tuple((_said(line.legal_date, today), line.title, line.actor_name, line.why) for line in view.timeline), view.actions)


def _said(value: str, today: str) -> str:
    """A day as people say it."""
    return day_words(value, today) if is_day(value) else value


def _due(state: Mapping[str, Any], today: str) -> Any:
    for clock in state.get("clocks", ()):
        if clock["stopped"] is None:
            alarm = {"overdue": "overdue", "warning": "warn"}.get(clock["state"], "ok")
            words = "　".join((codes.name("clock", clock["kind"]), pill_words(clock["due_date"], alarm, today)))
            yield words, ALARM_TONES[alarm], ALARM_ICONS[alarm]
