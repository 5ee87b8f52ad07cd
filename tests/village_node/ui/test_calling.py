"""拨打 on a computer: a program that takes `tel:` gets the number; where there is none it is shown large and can be copied."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.village_node.ui.test_window import Table, table  # noqa: F401  isort: skip

import pytest
from kivy.core.clipboard import Clipboard

from shared.ledger.texts import t
from tests.support.village_node.node_world import CLERK, DRAFT
from village_node.ui.calling import NumberDialog, grouped, hand_over
from village_node.ui.screens.case_parts import CallButton

pytestmark = pytest.mark.gui


def desktop(folder: Path, monkeypatch: pytest.MonkeyPatch, *, takes: bool) -> Path:
    """A desktop whose programs are two small scripts; what was opened stands in the file."""
    opened = folder / "opened"
    for name, lines in (("xdg-mime", "echo calls.desktop" if takes else "true"), ("xdg-open", f'echo "$1" > {opened}')):
        program = folder / name
        program.write_text(f"#!/bin/sh\n{lines}\n")
        program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return opened


def test_a_program_that_takes_calls_gets_the_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = desktop(tmp_path, monkeypatch, takes=True)
    assert hand_over("100 0000-0009")
    assert opened.read_text().strip() == "tel:10000000009"


def test_without_one_nothing_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = desktop(tmp_path, monkeypatch, takes=False)
    assert not hand_over("10000000009")
    assert not opened.exists()


def test_a_number_is_written_as_it_is_read_out() -> None:
    assert grouped("13800000000") == "138 0000 0000"
    assert grouped("0478-1234567") == "0478-1234567"


def test_the_number_of_a_party_is_shown_large_and_copied(
        table: Callable[..., Table], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    desktop(tmp_path, monkeypatch, takes=False)
    one = table()
    case = one.desk.register(CLERK, DRAFT).id
    one.sit_down()
    one.app.open_case(case)
    one.driver.settle()
    one.driver.tap(next(w for w in one.app.case.walk() if isinstance(w, CallButton) and not w.disabled))
    dialog = one.driver.until(lambda: next((w for w in one.driver.window.children if isinstance(w, NumberDialog)), None), "shown")
    one.driver.find("138 0000 0000")
    one.shot("56-number")
    one.driver.tap(dialog.copy_button)
    assert Clipboard.paste() == "13800000000"
    one.driver.find(t("calling.copied"))
