"""Papers from the screen: seen before they are printed, printed over a pipe, kept as a file; the whole file, and the court's."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.village_node.ui.test_window import Table, table  # noqa: F401  isort: skip

import pytest
from kivy.core.window import Window

from shared.ledger.texts import t
from tests.support.village_node.node_world import CLERK, DRAFT, OFFICER, TOWNSHIP
from village_node.ui.papers.pages import PackageSheet
from village_node.ui.papers.preview import Preview

pytestmark = pytest.mark.gui


@pytest.fixture
def printer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A spooler that keeps what it is given; documents go to a folder of this test."""
    place = tmp_path / "bin"
    place.mkdir()
    out = tmp_path / "printed.pdf"
    (place / "lp").write_text(f"#!/bin/sh\ncat > '{out}'\n", encoding="ascii")
    (place / "lp").chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}:/usr/bin:/bin")
    monkeypatch.setenv("SHUOSHI_PAPERS", str(tmp_path / "kept"))
    return out


def preview(one: Table) -> Preview:
    made = one.driver.until(lambda: next((w for w in Window.children if isinstance(w, Preview)), None), "the paper is open")
    one.driver.until(lambda: made.picture.texture is not None and made.picture.height > 100, "its page is drawn")
    one.driver.settle()
    return made


def test_a_paper_is_seen_printed_and_kept_and_the_whole_file_too(
        table: Callable[..., Table], printer: Path, tmp_path: Path) -> None:  # noqa: F811
    one = table()
    case = one.desk.register(CLERK, DRAFT).id
    one.sit_down()
    one.app.open_case(case)
    one.app.open_page("papers", case)
    page = one.app.screens.get_screen("papers")
    one.driver.until(lambda: page.buttons, "the list of papers")
    one.shot("64-papers")
    one.driver.tap(page.buttons[("paper", case, "D02")])
    shown = preview(one)
    one.shot("65-preview")
    one.driver.tap(shown.print_button)
    one.driver.until(lambda: printer.is_file() and printer.read_bytes() == shown.pdf, "the printer has it")
    one.driver.tap(shown.keep_button)
    kept = list((tmp_path / "kept").glob("*.pdf"))
    assert [path.read_bytes() for path in kept] == [shown.pdf]
    one.driver.find(part="没有加密")
    one.driver.tap(t("papers.close"))
    one.driver.tap(page.buttons[("paper", case, "whole")])
    whole = preview(one)
    assert whole.pages > 1
    one.driver.tap(whole.after)
    one.driver.until(lambda: whole.page == 1 and not whole.before.disabled, "the second page")


def test_the_package_for_the_court_is_encrypted_and_opened_by_its_words(
        table: Callable[..., Table], printer: Path, tmp_path: Path) -> None:  # noqa: F811
    from village_node.papers import court

    one = table()
    case = one.desk.register(CLERK, DRAFT).id
    one.sit_down()
    one.app.open_page("papers", case)
    page = one.app.screens.get_screen("papers")
    one.driver.until(lambda: page.buttons, "the list of papers")
    one.driver.tap(page.buttons[("paper", case, "package")])
    dialog = one.driver.until(lambda: next((w for w in Window.children if isinstance(w, PackageSheet)), None), "the sheet")
    one.driver.type(dialog.words.entry, "短")
    one.driver.tap(dialog.save_button)
    assert dialog.words.error
    dialog.words.entry.text = "十二个字的口令另外告诉法院"
    one.driver.tap(dialog.save_button)
    made = one.driver.until(lambda: next(iter((tmp_path / "kept").glob("*.zip")), None), "the package")
    assert zipfile.is_zipfile(made)
    assert b"%PDF" not in made.read_bytes()
    assert len("十二个字的口令另外告诉法院") >= court.MIN_PASSPHRASE


def test_the_letters_of_a_petition_are_shown_once_their_step_was_taken(
        table: Callable[..., Table], printer: Path) -> None:  # noqa: F811
    one = table(TOWNSHIP)
    made = one.desk.record_forms.act("petition.registered", OFFICER, "", {
        "persons": ["演示丙"], "channel": "letter_visit", "form": "visit", "category": "agriculture", "summary": "演示：渠水"})
    one.desk.record_forms.act("petition.accepted", OFFICER, made, {})
    one.sit_down(OFFICER)
    one.app.open_record(made)
    one.driver.until(lambda: one.app.record.buttons, "the page is there")
    one.driver.tap(one.app.record.letters)
    page = one.app.screens.get_screen("letters")
    one.driver.until(lambda: page.buttons, "its letters")
    one.driver.tap(page.buttons[("letter", "petition", made, "P02")])
    assert preview(one).pages == 1
    one.shot("66-letter")
