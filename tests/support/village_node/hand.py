"""Fills the open form of an act and saves it, every answer by the tap, the letters or the stroke that a person would make.

What a question wants is `form_filler`'s to say; here is how a finger gives it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kivy.uix.widget import Widget

from shared.disputes.forms.form import Question
from shared.ledger.days import date_of
from shared.ledger.texts import t
from tests.support.village_node.app_driver import Driver
from tests.support.village_node.form_filler import filled
from village_node.ui.kit.basic import QuietButton
from village_node.ui.kit.chips import ChipsField
from village_node.ui.kit.fields import ChoiceField, DateField
from village_node.ui.kit.rows import GroupField, RowsField
from village_node.ui.screens.action_dialog import ActionDialog

MONTHS = 24     # turned at most to reach a day


def open_sheet(driver: Driver) -> ActionDialog:
    tops = driver.window.children
    return driver.until(lambda: next((w for w in tops if isinstance(w, ActionDialog)), None), "the form is open")


def fill(driver: Driver, dialog: ActionDialog, instead: Mapping[str, Any] | None = None) -> None:
    """What must be answered and is not there yet; `instead`: what a sensible person would say where the first choice would be
    refused ("" leaves a question unanswered)."""
    answers, _ = filled(dialog.form, whole=False)
    answers.update({name: value for name, value in (instead or {}).items() if name in answers})
    for question in dialog.form.all:
        if question.is_asked(answers) and answers[question.name] not in ("", [], {}, None):
            if question in dialog.form.more and not dialog._more.children:
                if _same(dialog.fields[question.name], answers[question.name]):
                    continue
                driver.tap(dialog.more_button)
            give(driver, dialog.fields[question.name], question, answers[question.name])
    for _, pad in dialog.pads:
        if not pad.png():
            driver.sign(pad.ids.pad)


def say_no(driver: Driver, dialog: ActionDialog) -> bool:
    """Who is refused a yes may still say no; whether there was anything to say it to."""
    asked = [dialog.fields[q.name] for q in dialog.form.all if q.control == "yes" and dialog.fields[q.name].value == "yes"]
    for field in asked:
        driver.tap(field.chips["no"])
    return bool(asked)


def save(driver: Driver, dialog: ActionDialog) -> str:
    """"" when it was saved, else what is wrong with it."""
    driver.tap(dialog.save_button)
    if dialog.parent is None:
        return ""
    wrong = {name: field.error for name, field in dialog.fields.items() if field.error}
    return f"{dialog.title}: {wrong or driver.words()[:6]}"


# ---- one field


def give(driver: Driver, field: Any, question: Question, value: Any) -> None:
    if isinstance(field, RowsField):
        for place, row in enumerate(value):
            if place == len(field.groups):
                driver.tap(_button(field, t("form.add_row")))
            _parts(driver, field.groups[place], question, row)
    elif isinstance(field, GroupField):
        _parts(driver, field, question, value)
    elif _same(field, value):
        return
    elif isinstance(field, ChipsField):
        for code in value if isinstance(value, list) else [value]:
            if code not in field.chips:
                raise AssertionError(f"{question.name}: {code!r} stands there at first and is none of {[*field.chips]}")
            if not field.chips[code].chosen:
                driver.tap(field.chips[code])
    elif isinstance(field, ChoiceField):
        driver.choose(field, dict(field.choices)[value])
    elif isinstance(field, DateField):
        _pick_day(driver, field, value)
    else:
        driver.type(field.entry, str(value))


def _parts(driver: Driver, group: GroupField, question: Question, row: Mapping[str, Any]) -> None:
    for part in question.parts:
        if row.get(part.name) not in ("", [], {}, None):
            give(driver, group.fields[part.name], part, row[part.name])


def _same(field: Any, value: Any) -> bool:
    """What the form knows already is not given again."""
    if isinstance(field, (GroupField, RowsField)):
        return field.commit() == value
    return field.value == (",".join(value) if isinstance(value, list) else str(value)) or (
        hasattr(field, "entry") and bool(field.value))


def _pick_day(driver: Driver, field: DateField, value: str) -> None:
    driver.tap(field.button)
    day = date_of(value)
    for _ in range(MONTHS):
        if driver.look(text=t("app.month", year=day.year, month=day.month)) is not None:
            break
        driver.tap(t("app.next_month"))
    driver.tap(driver.find(text=str(day.day), cls="ToggleChip"))


def _button(within: Widget, words: str) -> QuietButton:
    return next(w for w in within.walk() if isinstance(w, QuietButton) and w.text == words)
