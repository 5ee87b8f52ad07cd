"""Fills the open form of an act as a kept draft is filled in again, signs its pads, and saves it by touch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kivy.core.window import Window

from tests.support.village_node.app_driver import Driver
from tests.support.village_node.form_filler import filled
from village_node.ui.kit.rows import GroupField, RowsField
from village_node.ui.screens.action_dialog import ActionDialog


def sheet(driver: Driver) -> ActionDialog:
    return driver.until(lambda: next((w for w in Window.children if isinstance(w, ActionDialog)), None), "the form is open")


def fill(dialog: ActionDialog, instead: Mapping[str, Any] | None = None) -> None:
    """What must be answered; `instead`: what a sensible person would say where the first choice would be refused."""
    answers, _ = filled(dialog.form, whole=False)
    for name, value in {**answers, **{k: v for k, v in (instead or {}).items() if k in answers}}.items():
        field = dialog.fields[name]
        if field.value and value in ("", [], {}, None):
            continue                                # what the form knows already
        if isinstance(field, (GroupField, RowsField)):
            field.value = json.dumps(value, ensure_ascii=False)
        else:
            field.value = ",".join(value) if isinstance(value, list) else str(value)
    for _, pad in dialog.pads:
        if not pad.png():
            pad.ids.pad.take([[[10, 10], [60, 40], [90, 12]]])


def save(driver: Driver, dialog: ActionDialog) -> str:
    """"" when it was saved, else what is wrong with it."""
    driver.tap(dialog.save_button)
    if dialog.parent is None:
        return ""
    wrong = {name: field.error for name, field in dialog.fields.items() if field.error}
    return f"{dialog.title}: {wrong or driver.words()[:6]}"
