"""Many parties: one agreement with two lists in place of a sheet for each, representatives who bind their households, and every
paper of the file within a bounded number of sheets."""

from __future__ import annotations

import shutil
from functools import lru_cache
from typing import Any

import pytest

from shared.disputes.papers import case_file
from shared.disputes.papers.kit.page import Page
from tests.support.shared import forms_case
from tests.support.shared.forms_case import COMMITTEE, DemoCase, person
from tests.support.shared.pdf_text import pages_of, text_of

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")
HOUSEHOLDS = 62


def households(count: int) -> list[dict[str, Any]]:
    made = [person(f"演示户{n:03d}", "applicant", phone=f"138{n:08d}", address=f"演示镇甲村二组{n}号") for n in range(count)]
    return [*made, {"name": "演示开发公司", "kind": "unit", "role": "respondent", "representative": "演示丙"}]


def village(count: int = HOUSEHOLDS, *, elected: bool = True, copies: int | None = None) -> DemoCase:
    case = forms_case.registered(parties=households(count))
    case.act("case.triaged", {"category": "DC02", "difficulty": "simple", "risk": 2}, "2026-03-02")
    case.act("case.accepted", {"committee": COMMITTEE, "mediators": ["m1"], "rights_told": True, "parties_willing": True,
                               "file_no": "（2026）甲村人调字第6号"}, "2026-03-04")
    if elected:
        case.act("case.representatives_elected", {"representatives": [0, 1, 2], "elected_on": "2026-03-05"}, "2026-03-05")
    case.act("case.session_held", {"place": "说事室", "mediators": ["m1"], "rights_told": True}, "2026-03-09")
    items = [{"who": count, "to": n, "what": "支付青苗补偿款", "amount_fen": 100_000 + n, "due_date": "2026-06-30"}
             for n in range(count)]
    signatures = [{"signer": "party", "party": n, "name": f"演示户{n:03d}", "signed_on": "2026-03-11"} for n in (0, 1, 2)]
    signatures += [{"signer": "party", "party": count, "name": "演示丙", "signed_on": "2026-03-11"},
                   {"signer": "mediator", "name": "演示调解员", "signed_on": "2026-03-11"}]
    case.act("case.agreement_reached", {
        "form": "written", "facts": "演示征地补偿纠纷。", "items": [{"who": 0, "what": "按期交付土地"}, *items],
        "signatures": signatures, "copies": copies or count + 2}, "2026-03-11")
    return case


@lru_cache(maxsize=1)
def elected() -> DemoCase:
    return village()


def test_representatives_sign_for_their_households_and_the_agreement_needs_nobody_else() -> None:
    made = elected().state().agreement
    assert made is not None
    assert made.unsigned_parties == ()
    assert dict(made.signed_by)[HOUSEHOLDS - 1] in (0, 1, 2)
    alone = village(13, elected=False).state().agreement
    assert alone is not None
    assert alone.unsigned_parties == tuple(range(3, 13)), "without an election each signs for himself"


def test_only_one_of_the_side_stands_for_it() -> None:
    case = forms_case.registered(parties=households(4))
    case.act("case.representatives_elected", {"representatives": [0, 1], "represented": [2, 4], "elected_on": "2026-03-03"},
             "2026-03-03")
    state = case.state()
    assert [p.mandate.principals if p.mandate else None for p in state.parties] == [(2,), (2,), None, None, None]
    case.act("case.representatives_elected", {"representatives": [0, 99], "elected_on": "2026-03-04"}, "2026-03-04")
    assert case.state().timeline[-1].effect == "none"


_SEAM = str.maketrans("", "", "骑缝章处")


def test_sixty_two_households_make_one_agreement_with_two_lists() -> None:
    case = elected()
    pages = pages_of(case_file.document(case.state(), case.context(demo=False), "D10"))
    lists = next(n for n, page in enumerate(pages) if page.startswith("当事人名册"))
    # the seam mark at the edge is read in the middle of the lines that it stands beside
    agreement, rest = "".join(pages[:lists]).translate(_SEAM), "".join(pages[lists:]).translate(_SEAM)
    assert lists <= 2
    assert "演示户000等62人（详见《当事人名册》）" in agreement
    assert "演示户000（13800000000）、演示户001" in agreement
    assert "共62户，合计人民币62,018.91元（大写：陆万贰仟零壹拾捌元玖角壹分）" in agreement
    assert "附件：1.当事人名册、2.补偿明细附表" in agreement
    assert "本协议一式陆拾肆份" in agreement
    assert "演示户033" not in agreement
    assert rest.count("演示户061") == 2, "on both lists"
    assert rest.count("代签）") == HOUSEHOLDS - 3, "in the column to sign in, under the note"
    assert "1,000.61元" in rest
    assert len(pages) <= 10
    oneself = pages_of(case_file.document(village(13, elected=False).state(), case.context(demo=False), "D10"))
    assert "其余13人在所附《当事人名册》签名栏" in "".join(oneself)


def test_letters_go_to_a_side_once_and_are_signed_for_in_a_list() -> None:
    case = elected()
    for code in ("E01", "E03"):
        pages = pages_of(case_file.document(case.state(), case.context(demo=False), code))
        assert len(pages) <= 4
        assert "演示户000等62人：" in pages[0]
        assert "演示户001：" not in "".join(pages)
        assert "演示户061" in "".join(pages)
    assert "当事人身份证件核对名单" in text_of(case_file.document(case.state(), case.context(demo=False), "D05"))


def test_more_than_two_hundred_parties_are_printed_and_none_is_lost() -> None:
    case = village(260)
    text = text_of(case_file.document(case.state(), case.context(demo=False), "D10"))
    assert all(f"演示户{n:03d}" in text for n in range(260))
    assert "本协议一式贰佰陆拾贰份" in text


def test_no_text_is_measured_again_for_each_of_the_many_drawings_of_a_paper() -> None:
    """Counting, setting closer and printing lay a paper out again and again; what was broken into lines once stays broken."""
    case = elected()
    page = Page(forms_case.FONT, "2026-04-20")
    case_file.case_file(case.state(), case.context(demo=False))
    before = set(page._faces.wrapped)
    case_file.case_file(case.state(), case.context(demo=False))
    assert set(page._faces.wrapped) == before


def test_older_records_with_too_few_copies_print_one_for_each() -> None:
    for case, said in ((forms_case.agreed(), "叁"), (village(13, elected=False, copies=3), "壹拾伍")):
        assert f"本协议一式{said}份" in text_of(case_file.document(case.state(), case.context(demo=False), "D10"))
