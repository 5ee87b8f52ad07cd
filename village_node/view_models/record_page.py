"""One record, petition or legal-aid matter as the screen shows it, and the setting its forms are made from. No Kivy, no SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.disputes.forms import beside
from shared.disputes.forms.beside import RecordSetting
from shared.disputes.forms.form import DeskPart
from shared.disputes.forms.questions import label
from shared.ledger import codes
from shared.ledger.formats.characters import is_digits
from shared.ledger.texts import has, t
from village_node.desk.views import ActionView, RecordView

SHOWN = 12          # facts of one record; the rest is in its steps
_NOT_SHOWN = frozenset({"id", "number_provisional", "files", "notes", "repeat_of", "case", "sweep", "duty"})


def setting_of(record: RecordView | None, desk: DeskPart, today: str, staff: str, staff_name: str) -> RecordSetting:
    office: Any = desk
    id = record.id if record is not None else ""
    return beside.setting_of(id, record.state if record is not None else {}, record.timeline if record is not None else (), desk,
                             today, staff, staff_name, lambda kind: office.record_forms.known(kind, id))


def named(opened: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Who came, with telephone and address, as the last of these opened steps says it."""
    none: Mapping[str, Any] = {}
    body = next((body for body in reversed([*opened.values()]) if body.get("persons")), none)
    return (*body.get("persons", ()), *(str(body[name]) for name in ("phone", "address") if body.get(name)))


@dataclass(frozen=True, slots=True)
class RecordPage:
    """`facts`: (words, value); `due`: sentences; `steps`: (day, what, who, why it moved nothing)."""

    title: str
    state: str
    facts: tuple[tuple[str, str], ...]
    due: tuple[tuple[str, str], ...]
    findings: tuple[str, ...]
    steps: tuple[tuple[str, str, str, str], ...]
    actions: tuple[ActionView, ...]


def page(view: RecordView, office_name: Any) -> RecordPage:
    state = view.state
    title = str(state.get("title") or state.get("summary") or t(f"app.home.{view.aggregate}"))
    return RecordPage(
        title, view.state_label, tuple(_facts(view, office_name))[:SHOWN], tuple(_due(state)), view.findings,
        tuple((line.legal_date, line.title, line.actor_name, line.why) for line in view.timeline), view.actions)


def _facts(view: RecordView, office_name: Any) -> Any:
    for name, value in beside.data_of(view.state).items():
        words = _words(view.aggregate, name, value, office_name)
        if name not in _NOT_SHOWN and words and has_label(view.aggregate, name):
            yield label(_opening(view), name), words


def has_label(aggregate: str, name: str) -> bool:
    return has(f"form.field.{name}") or has(f"node.field.{name}")


def _opening(view: RecordView) -> str:
    return f"{view.aggregate}.registered"


def _words(aggregate: str, name: str, value: Any, office_name: Any) -> str:
    if isinstance(value, bool):
        return t("app.records.yes") if value else ""
    if isinstance(value, (list, tuple)):
        return "、".join(map(str, value)) if all(isinstance(one, str) for one in value) else ""
    if not isinstance(value, (str, int)) or value in ("", 0):
        return ""
    text = str(value)
    if len(text) == 12 and is_digits(text):
        return str(office_name(text))
    tables = (f"{aggregate}_{name}", name, {"matter": "legal_aid_matter", "type": "five_small"}.get(name, ""))
    return next((codes.names(table)[text] for table in tables if table in codes.tables() and text in codes.names(table)), text)


def _due(state: Mapping[str, Any]) -> Any:
    for clock in state.get("clocks", ()):
        if clock["stopped"] is None:
            words = t("app.records.due", what=codes.name("clock", clock["kind"]), date=clock["due_date"])
            yield words, "bad" if clock["state"] == "overdue" else "warn" if clock["state"] == "warning" else "info"
