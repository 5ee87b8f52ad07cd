"""Where things stand on the sheets: nothing is cut off, heads repeat, signatures keep to their text, one sheet where it does."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import lru_cache
from typing import Any

import pytest

from shared.disputes.papers import case_file, catalogue
from shared.disputes.papers.kit.canvas import HEIGHT, LEFT, RIGHT, WIDTH
from shared.disputes.papers.kit.page import SEAM, Page, label, value
from shared.disputes.papers.kit.signing import LINE, PEN_LINE
from tests.support.shared import forms_big, forms_case
from tests.support.shared.forms_case import FONT, DemoCase
from tests.support.shared.pdf_text import pages_of

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")
POINT = 25.4 / 72


@lru_cache(maxsize=8)
def sheets(code: str, case: DemoCase) -> list[str]:
    return pages_of(case_file.document(case.state(), case.context(demo=False), code))


@lru_cache(maxsize=1)
def bound() -> bytes:
    case = forms_big.big_case()
    return case_file.case_file(case.state(), case.context(demo=False))


def boxes(pdf: bytes) -> list[tuple[float, float, float, float, str]]:
    """(x, y, right, bottom, text) of every piece of text, in mm."""
    shown = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    found = re.findall(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>', shown)
    return [(*(float(n) * POINT for n in row[:4]), row[4]) for row in found]  # type: ignore[misc]


def agreement(items: int) -> DemoCase:
    case = forms_case.mediated()
    promised = [{"who": 1, "to": 0, "what": "清除渠道内的秸秆、碎砖", "due_date": "2026-03-20"} for _ in range(items)]
    signed = [{"signer": "party", "party": n, "name": f"演示{c}", "signed_on": "2026-03-11"} for n, c in enumerate("甲乙")]
    facts = "演示乙在排水渠上方堆放秸秆，致使渠道堵塞，积水漫入演示甲院落。"
    case.act("case.agreement_reached", {"form": "written", "facts": facts, "items": promised, "signatures": signed}, "2026-03-11")
    return case


# --- one sheet where one is enough


def test_an_agreement_of_two_items_is_one_sheet_with_its_signatures_and_seal() -> None:
    pages = sheets("D10", agreement(2))
    assert len(pages) == 1
    assert "（印章处）" in pages[0]


@pytest.mark.parametrize("items", [1, 3, 6, 9, 12, 16, 20])
def test_the_signatures_of_an_agreement_never_stand_on_a_sheet_without_its_text(items: int) -> None:
    pages = sheets("D10", agreement(items))
    signing = next(page for page in pages if "当事人（签名" in page)
    assert "本协议自各方当事人签名" in signing
    assert "（印章处）" in signing


def test_the_register_of_an_oral_agreement_is_one_sheet() -> None:
    case = forms_case.mediated()
    items = [{"who": 1, "to": 0, "what": "当场赔礼道歉"}]
    case.act("case.agreement_reached", {"form": "oral", "facts": forms_case.FACTS, "items": items}, "2026-03-11")
    assert len(sheets("D11", case)) == 1
    assert len(sheets("D11", forms_case.registered())) == 1


def test_the_joint_application_of_two_parties_is_one_sheet() -> None:
    pages = sheets("D14", forms_case.agreed())
    assert pages[0].startswith("司法确认申请书")
    assert "申请人（签名" in pages[0]
    assert pages[1].startswith("人民调解委员会主持调解证明")


@pytest.mark.parametrize("code", ["D03", "D09", "D13", "D17", "E01", "E05", "E06"])
def test_no_paper_of_a_plain_case_leaves_a_signature_alone_on_a_sheet(code: str) -> None:
    for page in sheets(code, forms_case.closed()):
        assert len(page) > 120, (code, page)


# --- long cases


def test_nothing_of_a_long_case_stands_outside_its_sheet() -> None:
    for x, y, right, bottom, text in boxes(bound()):
        if text in SEAM and x > WIDTH - RIGHT + 9:
            continue                    # the seal over the edges of an agreement's sheets
        assert x >= LEFT - 9, text
        assert right <= WIDTH - RIGHT + 9, text
        assert y >= 15, text
        assert bottom <= HEIGHT - 8, text


def test_pages_of_a_long_file_are_numbered_without_a_gap_and_the_index_is_right() -> None:
    pages = pages_of(bound())
    body = pages[2:-1]
    for number, page in enumerate(body, 1):
        assert page.endswith(f"第{number}页共{len(body)}页")
    for code in ("D08", "D09", "D10", "D12", "D13"):
        start = next(n for n, page in enumerate(body, 1) if page.startswith(catalogue.name(code)))
        assert f"{catalogue.name(code)}{start}" in pages[1]


@pytest.mark.parametrize(
    ("code", "row", "heads"),
    [
        ("D08", "校验值", ("名称", "种类", "收取人", "日期")),
        ("D12", "履行完毕", ("履行方", "接受方", "履行事项", "金额")),
    ],
)
def test_a_table_that_goes_on_repeats_its_head(code: str, row: str, heads: tuple[str, ...]) -> None:
    tables = [page for page in sheets(code, forms_big.big_case()) if row in page]
    assert len(tables) > 2
    for page in tables:
        for head in heads:
            assert head in page[:80], (head, page[:80])


def test_the_two_rows_of_one_performance_are_not_parted() -> None:
    for page in sheets("D12", forms_big.big_case()):
        assert page.count("2026年3月20日") == page.count("履行完毕")


def test_names_too_long_for_their_line_are_written_whole() -> None:
    case = forms_big.big_case()
    for code in ("D03", "D10"):
        signing = "".join(sheets(code, case)).split("当事人（签名")[-1]
        assert forms_big.UNIT in signing, code
    assert forms_big.UNIT in sheets("E01", case)[9].split("收件人（签名）")[1]


def test_twelve_parties_sign_and_the_first_of_them_under_the_text() -> None:
    pages = sheets("D10", forms_big.big_case())
    signing = next(page for page in pages if "当事人（签名" in page)
    assert "本协议自各方当事人签名" in signing
    assert "".join(pages).count("指印") >= 12


def test_the_last_sheet_of_the_identities_is_not_the_collectors_line_alone() -> None:
    assert "居民身份证，尾号" in sheets("D05", forms_big.big_case())[-1]


# --- the kit


@pytest.mark.parametrize("taken", [0, 190, 201, 205, 210, 216, 222, 229])
def test_a_row_that_goes_on_has_room_for_its_whole_label_and_for_two_lines_at_least(taken: int) -> None:
    page = Page(FONT, "2026-03-02")
    page.open("演示", heading="")
    page.space(taken)
    page.row(label("纠纷\n简要\n情况"), value("\n".join(f"第{n}行" for n in range(12))))
    pdf = page.output()
    for read in pages_of(pdf):
        assert not read.count("行") or (read.count("行") >= 2 and "情况" in read)
    inside = [row for row in boxes(pdf) if "行" in row[4] or row[4] in ("纠纷", "简要", "情况")]
    assert sum("行" in row[4] for row in inside) == 12
    for _, y, _, bottom, text in inside:
        assert y > 25, text
        assert bottom < HEIGHT - 23, text


def test_a_date_to_be_written_in_stays_on_one_line() -> None:
    page = Page(FONT, "2026-03-02", counting=True)
    for filler in range(30):
        lines = page.wrap("字" * filler + "于　　　　年　　月　　日收到。", 60, 12)
        assert any("年　　月　　日" in line for line in lines), filler


def test_a_signature_line_is_high_enough_for_a_hand_and_a_finger() -> None:
    assert LINE >= 14
    assert PEN_LINE >= 11


def test_setting_closer_saves_a_sheet_and_leaves_what_fits_as_it_is() -> None:
    def text(lines: int) -> Any:
        def draw(page: Page) -> None:
            page.open("演示", heading="")
            for n in range(lines):
                page.paragraph(f"第{n}行")

        return draw

    def sheets_of(lines: int) -> int:
        page = Page(FONT, "2026-03-02")
        page.fit(text(lines))
        return page.pages

    def last_line(lines: int) -> float:
        page = Page(FONT, "2026-03-02")
        page.fit(text(lines))
        return page.y

    assert sheets_of(32) == 1
    assert sheets_of(36) == 1
    assert sheets_of(60) == 2
    assert last_line(20) == pytest.approx(26 + 20 * 8)
