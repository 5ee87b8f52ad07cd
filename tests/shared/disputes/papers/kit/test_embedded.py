"""A font is read once; what a file takes of it is the same whoever cuts it out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from fpdf import FPDF
from fpdf import fonts as library

from shared.disputes.papers.kit import embedded
from shared.disputes.papers.kit.fonts import official
from shared.disputes.papers.kit.page import Page

SAID = "演示甲与演示乙自愿达成协议：水渠每年四月前清淤 2026"


def paper(said: str = SAID) -> bytes:
    page = Page(official(), "2026-11-29")
    page.open("DEMO")
    page.paragraph(said)
    return page.output()


def by_the_library(pdf: FPDF, name: str, file: Path) -> None:
    pdf.add_font(name, "", str(file))
    pdf.fonts[name].ttfont.recalcBBoxes = False


def test_the_bytes_are_those_that_the_library_makes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    swift = paper()
    monkeypatch.setitem(sys.modules, "uharfbuzz", None)
    assert paper() == swift
    monkeypatch.undo()
    alone = Page(official(), "2026-11-29")
    monkeypatch.setattr(embedded, "embed", by_the_library)
    monkeypatch.setattr(embedded, "cut", lambda pdf: None)
    alone.open("DEMO")
    alone.paragraph(SAID)
    assert alone.output() == swift


def test_a_paper_takes_nothing_of_the_one_before_and_the_font_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = paper("演示甲")
    read: list[str] = []
    monkeypatch.setattr(library.TTFFont, "__init__", lambda *given, **named: read.append("again"))
    assert len(paper("演示：完全不同的内容写在另一张纸上")) > len(first)
    assert (paper("演示甲"), read) == (first, [])
