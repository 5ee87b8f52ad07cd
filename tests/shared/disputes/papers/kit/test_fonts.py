"""Which face sets which character, and how wide a word is whose letters join."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from shared.disputes.papers.kit import fonts
from shared.disputes.papers.kit.fonts import HELPERS, Faces, official
from shared.disputes.papers.kit.page import Page

BIANG, BRIDE, MONGOL = "\U00030ede", "\U00020001", "\u182e\u1823\u1829\u182d\u1823\u182f"      # two rare characters; a word
needs_helpers = pytest.mark.skipif(not all(file.is_file() for file in HELPERS), reason="Debian's helping fonts are not installed")


def test_papers_are_set_in_song_type_that_travels_with_the_program() -> None:
    assert "Serif" in official().name
    assert ord("\u4e00") in Faces(official(), ())


def test_what_the_text_face_lacks_another_face_sets_and_the_rest_is_lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "HELPERS", ())
    faces = Faces(official())
    assert ord(BIANG) in faces, "the package's Sans has it"
    assert list(faces.runs(f"\u7532{BIANG}\u4e59")) == [(0, "\u7532"), (1, BIANG), (0, "\u4e59")]
    assert ord(MONGOL[0]) not in faces
    assert ord("\u200d") not in faces, "a joiner alone is no character to print"


def test_without_a_second_face_everything_it_lacks_is_lacking() -> None:
    faces = Faces(official(), ())
    assert ord(BIANG) not in faces


@needs_helpers
def test_rare_characters_and_joined_words_are_runs_of_their_own() -> None:
    faces = Faces(official())
    places = {piece: place for place, piece in faces.runs(f"{BRIDE}\u00b7{MONGOL} {MONGOL}\u7532")}
    assert (places[MONGOL], faces.is_joined((places[MONGOL], MONGOL))) == (3, True)
    assert places[BRIDE] == 2
    apart = sum(faces.width(letter) for letter in MONGOL)
    assert 0 < faces.width(MONGOL) < apart, "joined letters are narrower than letters alone"
    assert faces.width(f"{MONGOL}\u7532") == pytest.approx(faces.width(MONGOL) + faces.width("\u7532"))


@needs_helpers
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")
def test_a_paper_shows_both_and_notes_nothing(tmp_path: Path) -> None:
    page = Page(official(), "2026-11-29")
    page.open("DEMO")
    page.paragraph(f"{BRIDE}{BIANG}\u00b7{MONGOL}")
    assert not page.lacking
    made = tmp_path / "sample.pdf"
    made.write_bytes(page.output())
    said = subprocess.run(["pdffonts", str(made)], capture_output=True, check=True).stdout.decode()
    assert {name for name in ("HanaMinB", "NotoSansMongolian", "NotoSerifSC", "NotoSansSC") if name in said} == {
        "HanaMinB", "NotoSansMongolian", "NotoSerifSC", "NotoSansSC"}
    said = subprocess.run(["pdftotext", str(made), "-"], capture_output=True, check=True).stdout.decode()
    assert BRIDE in said
    assert "\u25a1" not in said
