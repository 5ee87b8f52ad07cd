"""Papers that are written as records: what was recorded stands on the sheet, in the file and in its index."""

from __future__ import annotations

import shutil

import pytest

from shared.disputes.papers import case_file, catalogue
from shared.disputes.papers.kit.codes import qr
from shared.disputes.papers.sheets import further
from shared.ledger import texts
from tests.support.shared import forms_case
from tests.support.shared.pdf_text import pages_of, text_of

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")


def test_a_recorded_opinion_of_experts_is_printed_bound_and_named_in_the_index() -> None:
    case = forms_case.mediated()
    case.act("case.record_added", {
        "document": "M01", "text": "建议分期修复渠道。", "topic": "排水渠堵塞的原因", "place": "县矛调中心",
        "present": ["演示水利专家", "演示律师"], "verified": "渠道多年未清淤。", "risks": "春灌期间可能再次堵塞。"}, "2026-03-10")
    text = text_of(case_file.document(case.state(), case.context(), "M01"))
    for said in ("2026年3月10日", "县矛调中心", "演示水利专家、演示律师", "渠道多年未清淤", "建议分期修复", "可能再次堵塞"):
        assert said in text, said
    assert "本件还缺" not in text
    assert "M01" in catalogue.bound(case.state(), case.context())
    assert "专家会诊意见书" in pages_of(case_file.case_file(case.state(), case.context()))[1]


def test_an_application_names_who_made_it_and_why() -> None:
    case = forms_case.mediated()
    asked = {"name": "演示乙", "party": 1}
    case.act("case.record_added", {"document": "D19", "text": "涉及家庭隐私。", "asked": asked}, "2026-03-10")
    text = text_of(case_file.document(case.state(), case.context(), "D19"))
    assert "申请人演示乙依照" in text
    assert "理由：涉及家庭隐私。" in text


def test_a_mediator_who_was_rejected_is_named_with_the_reason() -> None:
    case = forms_case.mediated()
    case.act("case.mediator_rejected", {"party": 1, "mediator": "m1", "reason": "是对方的亲戚"}, "2026-03-10")
    text = text_of(case_file.document(case.state(), case.context(), "D20"))
    assert "申请调解员演示调解员回避" in text
    assert "是对方的亲戚" in text


def test_every_plan_has_its_words_and_the_names_of_what_it_must_tell() -> None:
    case = forms_case.registered()
    known = further.values(case.state(), case.context(), None)
    for plan in further.PLANS:
        assert texts.has(f"forms.{plan.code.lower()}.text"), plan.code
        assert set(plan.must) <= set(known), plan.code
        assert all(texts.has(f"forms.further.field.{field}") for field in plan.must), plan.code


def test_the_code_on_the_slip_is_a_square_with_its_three_corners() -> None:
    pytest.importorskip("segno")
    squares = qr("150822100203-2026-001-0012-3")
    assert {len(row) for row in squares} == {len(squares)}
    for x, y in ((0, 0), (0, len(squares) - 7), (len(squares) - 7, 0)):
        assert all(squares[x][y : y + 7])
    assert qr("") == []
