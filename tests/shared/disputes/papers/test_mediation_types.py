"""The agreement of each kind of mediation is called and numbered as it is, not as a people's agreement."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from shared.disputes.papers import case_file
from shared.disputes.rules import mediation_types
from shared.ledger import codes
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
