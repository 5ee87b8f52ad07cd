"""A paper that must tell something names what nobody has recorded; with everything recorded it names nothing."""

from __future__ import annotations

import shutil

import pytest

from shared.disputes.papers import case_file
from shared.ledger.texts import t
from tests.support.shared import forms_case
from tests.support.shared.forms_case import DemoCase, person
from tests.support.shared.pdf_text import text_of

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")

BARE = [{"name": "演示甲", "role": "applicant"}, {"name": "演示公司", "role": "respondent", "kind": "unit"}]
OF_PARTIES = ("identity", "address", "phone", "representative")
# paper -> what it must tell beside who the parties are
MUST = {
    "D02": ("claims",),
    "D09": ("session", "hours"),
    "D10": ("file_no", "items", "mediators", "unsigned", "sealed"),
    "D14": ("agreed_on", "effective", "file_no", "court"),
}


def note_of(code: str, made: DemoCase, **changes: object) -> str:
    """What stands after 本件还缺：, without spaces; "" when the paper says nothing is lacking."""
    said = "".join(text_of(case_file.document(made.state(), made.context(**changes), code)).split())
    return said.partition("本件还缺：")[2].partition("。请补充登记")[0]


def bare() -> DemoCase:
    demo = DemoCase()
    demo.case = demo.world.register(parties=BARE, summary="DEMO", date="2026-03-02", number=forms_case.NUMBER).subject
    return demo


@pytest.mark.parametrize("code", MUST)
def test_an_empty_paper_names_each_field_that_it_must_tell(code: str) -> None:
    wanted = (*(OF_PARTIES if code != "D09" else ()), *MUST[code])
    assert note_of(code, bare(), court="") == "、".join(t(f"forms.further.field.{field}") for field in wanted)


@pytest.mark.parametrize("field", ["id_last4", "phone", "address"])
@pytest.mark.parametrize("code", ["D02", "D10", "D14"])
def test_one_thing_that_one_party_lacks_is_named_alone_or_first(code: str, field: str) -> None:
    people = [person("演示甲", "applicant"), person("演示乙", "respondent", **{field: ""})]
    said = note_of(code, forms_case.registered(parties=people))
    name = t(f"forms.further.field.{'identity' if field == 'id_last4' else field}")
    assert said.split("、")[0] == name
    if code == "D02":
        assert said == name


@pytest.mark.parametrize("code", ["D02", "D10", "D14"])
def test_a_full_case_lacks_nothing(code: str) -> None:
    assert note_of(code, forms_case.closed()) == ""
