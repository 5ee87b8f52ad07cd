"""The bound file and the package for the court: order, page numbers, what is lacking, what must stay out."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import lru_cache

import pytest

from shared.disputes.papers import case_file, catalogue
from tests.support.shared import forms_case
from tests.support.shared.forms_case import DemoCase
from tests.support.shared.pdf_text import pages_of, text_of

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")
FIRST_LINES = {
    "D05": "当事人身份证明",
    "D04": "人民调解当事人权利义务告知书",
    "D14": "司法确认申请书",
    "D17": "人民调解结案报告表",
}


@lru_cache(maxsize=1)
def demo() -> DemoCase:
    return forms_case.closed()


@lru_cache(maxsize=1)
def bound_pages() -> list[str]:
    return pages_of(case_file.case_file(demo().state(), demo().context(demo=False)))


def test_cover_comes_first_the_index_second_the_back_last() -> None:
    pages = bound_pages()
    assert "调解卷宗" in pages[0]
    assert "卷内目录" in pages[1]
    assert "检查人" in pages[-1]
    for page in (pages[0], pages[1], pages[-1]):
        assert not re.search(r"第\d+页共", page)


def test_the_index_names_the_page_on_which_each_paper_really_begins() -> None:
    pages = bound_pages()
    body = pages[2:-1]
    pdf = case_file.case_file(demo().state(), demo().context(demo=False))
    read = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    shown = read.stdout.decode().split("\f")[1]
    lines = [re.split(r"\s{2,}", line.strip()) for line in shown.splitlines() if re.match(r"\s*\d+\s{2,}\S+\s{2,}\d+", line)]
    entries = [(name, int(number)) for _, name, number, *_ in lines]
    assert [name for name, _ in entries] == [catalogue.name(c) for c in catalogue.bound(demo().state(), demo().context())]
    for name, number in entries:
        code = next(c for c in catalogue.DOCUMENTS if catalogue.name(c) == name)
        assert FIRST_LINES.get(code, name) in body[number - 1][:60], (name, number, body[number - 1][:60])
        assert f"第{number}页共{len(body)}页" in body[number - 1]


def test_papers_stand_in_the_official_order_and_the_back_counts_them() -> None:
    codes = catalogue.bound(demo().state(), demo().context())
    assert codes == sorted(codes, key=catalogue.FILE_ORDER.index)
    assert f"本卷文书共{len(codes)}件，{len(bound_pages()) - 3}页" in bound_pages()[-1]


def test_pdf_readers_show_the_printed_numbers_and_bookmarks_lead_to_the_papers() -> None:
    pdf = case_file.case_file(demo().state(), demo().context(demo=False))
    assert b"/PageLabels" in pdf
    assert b"/Outlines" in pdf
    assert pdf.count(b"/Subtype /Link") == len(catalogue.bound(demo().state(), demo().context()))


def test_lacking_must_papers_are_listed_and_named_in_the_index() -> None:
    case = forms_case.registered()
    case.act("case.triaged", {"category": "DC02", "difficulty": "simple", "risk": 2}, "2026-03-02")
    case.act(
        "case.accepted",
        {
            "committee": forms_case.COMMITTEE,
            "mediators": ["m1"],
            "rights_told": True,
            "parties_willing": True,
            "file_no": "（2026）甲村人调字第4号",
        },
        "2026-03-04",
    )
    assert catalogue.missing_documents(case.state()) == ["D05", "D09"]
    pages = pages_of(case_file.case_file(case.state(), case.context(demo=False)))
    assert "人民调解记录缺" in pages[1]
    assert any("缺少应当入卷的材料：" in page and "、人民调解记录" in page for page in pages)
    assert not any(page.startswith("人民调解记录") for page in pages)


def test_an_agreement_without_seal_or_signature_is_remarked() -> None:
    case = forms_case.agreed(sealed=False)
    remarks = {need.code: need.remark for need in catalogue.needs(case.state(), case.context())}
    assert remarks["D10"] == "待盖章"
    whole = forms_case.agreed()
    assert {n.code: n.remark for n in catalogue.needs(whole.state(), whole.context())}["D10"] == ""


def test_a_closed_case_lacks_nothing() -> None:
    assert catalogue.missing_documents(demo().state()) == []


def test_the_court_package_leaves_the_records_out_unless_every_party_consents() -> None:
    state, ctx = demo().state(), demo().context(demo=False)
    for consents in ([], [0], [1], [0, 7]):
        text = text_of(case_file.court_package(state, ctx, consents))
        assert "秸秆是我家堆的" not in text, consents
        assert "近两年没有清过" not in text, consents
        assert "约定三日后再次协商" not in text, consents
        assert "不含人民调解记录" in text
        assert ("仅有" in text) == bool({0, 1} & set(consents))
    text = text_of(case_file.court_package(state, ctx, [0, 1]))
    assert "秸秆是我家堆的" in text
    assert "近两年没有清过" in text
    assert "各方当事人（演示甲、演示乙）均已同意移交" in text


def test_the_court_package_holds_what_the_court_asks_for() -> None:
    pages = pages_of(case_file.court_package(demo().state(), demo().context(demo=False), []))
    whole = "".join(pages)
    for paper in ("司法确认申请书", "人民调解委员会主持调解证明", "人民调解协议书", "当事人身份证明", "人民调解证据材料"):
        assert any(page.startswith(paper) for page in pages), paper
    assert "演示县人民法院" in whole
    assert "第1页共" not in pages[0]


def test_a_photograph_of_a_session_does_not_go_to_the_court() -> None:
    case = forms_case.agreed()
    case.act(
        "case.session_held",
        {
            "place": "说事室",
            "mediators": ["m1"],
            "rights_told": True,
            "files": [case.file(forms_case.photograph(9), "白板.jpg", "photo")],
        },
        "2026-03-10",
    )
    assert "白板.jpg" in text_of(case_file.document(case.state(), case.context(), "D08"))
    assert "白板.jpg" not in text_of(case_file.court_package(case.state(), case.context(), []))


def test_the_note_for_the_court_warns_of_what_a_court_refuses() -> None:
    case = forms_case.registered()
    case.act("case.triaged", {"category": "DC01", "subcategory": "divorce", "difficulty": "simple", "risk": 2}, "2026-03-02")
    text = text_of(case_file.court_package(case.state(), case.context(), []))
    assert "第三百五十五条" in text
    assert "调解协议尚未生效" in text


def test_several_papers_come_in_one_pdf_each_with_its_own_numbers() -> None:
    pages = pages_of(case_file.documents(demo().state(), demo().context(), ["D04", "D13"]))
    assert "第1页共2页" in pages[0]
    assert "第2页共2页" in pages[1]
    assert "第1页共1页" in pages[2]


def test_a_case_that_is_only_registered_can_be_bound() -> None:
    case = forms_case.registered()
    pages = pages_of(case_file.case_file(case.state(), case.context()))
    assert any("人民调解申请书" in page for page in pages[2:])
