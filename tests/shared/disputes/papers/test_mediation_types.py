"""The agreement of each kind of mediation is called and numbered as it is, not as a people's agreement."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from shared.disputes.papers import case_file
from shared.disputes.rules import mediation_types
from shared.ledger import codes, texts
from tests.support.shared import forms_case
from tests.support.shared.pdf_text import text_of

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")


@pytest.mark.parametrize("code", codes.names("mediation_type"))
@pytest.mark.parametrize("paper", ["D10", "D14"])
def test_an_agreement_bears_the_title_and_number_of_its_kind(code: str, paper: str) -> None:
    made = forms_case.agreed()
    number = mediation_types.file_no(code, 2026, "演示镇", 3)
    state = replace(made.state(), mediation_type=code, file_no=number)
    said = text_of(case_file.document(state, made.context(demo=False), paper)).replace("\n", "")
    assert mediation_types.agreement_title(code) in said
    assert number in said
    assert ("人民调解协议书" in said) is (code == "people")


@pytest.mark.parametrize("code", codes.names("mediation_type"))
def test_the_closing_words_of_an_agreement_name_the_body_of_its_kind(code: str) -> None:
    made = forms_case.agreed()
    state = replace(made.state(), mediation_type=code, committee=None, file_no="DEMO 1")
    said = "".join(text_of(case_file.document(state, made.context(demo=False, committee=""), "D10")).split())
    body, mediator = mediation_types.word("body", code), mediation_types.word("mediator", code)
    assert f"当事人、{body}各持一份" in said
    assert f"{mediator}签名并加盖{body}印章之日起生效" in said
    assert f"{mediator}（签名）" in said
    assert mediation_types.word("confirm", code) in said
    certificate = "".join(text_of(case_file.document(state, made.context(demo=False), "D14")).split())
    assert mediation_types.word("certificate", code) in certificate
    if code != "people":
        assert "人民调解法" not in said + certificate


@pytest.mark.parametrize("code", codes.names("mediation_type"))
def test_the_rights_told_are_those_of_the_kind_of_mediation(code: str) -> None:
    made = forms_case.agreed()
    state = replace(made.state(), mediation_type=code)
    said = "".join(text_of(case_file.document(state, made.context(demo=False), "D04")).split())
    for part in ("title", "nature_head", "intro"):
        assert texts.t(f"rights.{part}.{code}") in said
    for what in ("mediator", "confirm") if code != "people" else ("mediator",):
        assert mediation_types.word(what, code) in said
    assert "{" not in said
    assert ("人民调解" in said) is (code == "people")
    law = {"people": "（第二十三条）", "judicial": "特邀调解的规定》", "petition": "《信访工作条例》第三十三条"}
    assert law.get(code, "（民法典第四百六十五条）") in said


@pytest.mark.parametrize("code", codes.names("mediation_type"))
def test_titles_and_the_index_name_the_kind_of_mediation(code: str) -> None:
    made = forms_case.closed()
    state = replace(made.state(), mediation_type=code, committee=None, file_no="DEMO 1")
    kind = mediation_types.word("kind", code)
    ends = {"D02": "申请书", "D03": "受理登记表", "D07": "调查记录", "D08": "证据材料", "D09": "记录", "D13": "回访记录"}
    for paper, end in ends.items():
        said = "".join(text_of(case_file.document(state, made.context(demo=False, committee=""), paper)).split())
        assert f"{kind}{end}" in said, paper
        assert ("人民调解" in said) is (code == "people"), paper
    index = "".join(text_of(case_file.document(state, made.context(demo=False), "D01")).split())
    assert f"{kind}申请书" in index
    assert mediation_types.agreement_title(code) in index
    assert ("人民调解" in index) is (code == "people")
