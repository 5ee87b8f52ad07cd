"""Pages of attached PDF files stand in the bound file where the file is here; what is not is named on its page."""

from __future__ import annotations

import shutil
import sys

import pytest
from fpdf import FPDF

from shared.disputes.papers import case_file, catalogue
from shared.disputes.papers.kit.inserted import pages_in
from tests.support.shared import forms_case
from tests.support.shared.forms_case import DemoCase
from tests.support.shared.pdf_text import pages_of, text_of

pytest.importorskip("pypdf")
pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")


def report(pages: int = 3) -> bytes:
    """An appraisal report: upright pages and one lying."""
    pdf = FPDF(unit="mm", format="A4")
    for number in range(1, pages + 1):
        pdf.add_page(orientation="L" if number == 2 else "P")
        pdf.set_font("Helvetica", size=30)
        pdf.text(20, 40, f"REPORT{number}")
        pdf.rect(5, 5, pdf.w - 10, pdf.h - 10)
        pdf.link(10, 10, 50, 50, "http://127.0.0.1/never")
    return bytes(pdf.output())


def with_report(data: bytes, *, here: bool = True) -> DemoCase:
    demo = forms_case.mediated()
    file = demo.file(data, "鉴定报告.pdf", "paper")
    if not here:
        del demo.files[file["sha256"]]
    demo.act("case.evidence_added", {"title": "鉴定报告", "files": [file]}, "2026-03-12")
    return demo


def bound(demo: DemoCase) -> list[str]:
    return pages_of(case_file.case_file(demo.state(), demo.context(demo=False)))


def test_the_pages_of_a_pdf_are_bound_in_with_our_caption_and_number() -> None:
    pages = bound(with_report(report()))
    at = [next(n for n, page in enumerate(pages) if f"REPORT{number}" in page) for number in (1, 2, 3)]
    assert at == [at[0], at[0] + 1, at[0] + 2]
    total = len(pages) - 3
    for number, place in enumerate(at, 1):
        assert f"第{number}页，共3页" in pages[place]
        assert f"第{place - 1}页共{total}页" in pages[place], "the file's own numbers go on"
    without = bound(forms_case.mediated())
    assert len(pages) in (len(without) + 3, len(without) + 4)


def test_the_index_still_names_the_page_where_a_paper_begins() -> None:
    pages = bound(with_report(report()))
    record = next(n for n, page in enumerate(pages[2:], 2) if page.startswith("人民调解记录"))
    assert f"{catalogue.name('D09')}{record - 1}" in pages[1]


def test_what_has_not_arrived_and_what_cannot_be_read_is_named() -> None:
    absent = text_of(case_file.case_file(*_of(with_report(report(), here=False))))
    assert "“鉴定报告.pdf”尚未传到本机" in absent
    assert "件电子文件或图像尚未传到打印的设备" in absent
    broken = text_of(case_file.case_file(*_of(with_report(b"%PDF-1.7\n" + b"broken" * 50))))
    assert "“鉴定报告.pdf”的页面不能装入" in broken


def test_without_the_library_the_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    assert "页面不能装入" in text_of(case_file.case_file(*_of(with_report(report()))))


def test_links_and_scripts_of_an_attached_file_stay_behind() -> None:
    made = case_file.case_file(*_of(with_report(report())))
    assert b"never" not in made


def test_a_file_that_is_locked_or_no_pdf_has_no_pages() -> None:
    assert pages_in(b"") == pages_in(b"GIF89a") == 0
    assert pages_in(report(2)) == 2


def _of(demo: DemoCase):
    return demo.state(), demo.context(demo=False)
