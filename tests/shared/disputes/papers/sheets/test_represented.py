"""Who signs for another is named at the line: on the agreement as it was signed, on the papers before it as it will be."""

from __future__ import annotations

import shutil

import pytest

from shared.disputes.papers import case_file
from tests.support.shared import forms_case
from tests.support.shared.forms_case import DemoCase, person
from tests.support.shared.pdf_text import text_of

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")

DAY = "2026-03-10"


def paper(code: str, made: DemoCase) -> str:
    return text_of(case_file.document(made.state(), made.context(demo=False), code))


def case(*parties: dict, agreement: tuple[tuple[int, str], ...]) -> DemoCase:
    made = forms_case.registered(parties=list(parties))
    made.act("case.triaged", {"category": "DC02", "difficulty": "simple", "risk": 2}, "2026-03-02")
    made.act("case.accepted", {"committee": forms_case.COMMITTEE, "mediators": ["m1"], "rights_told": True,
                               "parties_willing": True, "file_no": "（2026）甲村人调字第9号"}, "2026-03-03")
    made.act("case.session_held", {"place": "说事室", "mediators": ["m1"], "rights_told": True}, "2026-03-09")
    if agreement:
        made.act("case.agreement_reached", {
            "form": "written", "facts": "DEMO 工钱没有结清。",
            "items": [{"who": 1, "to": 0, "what": "付清工钱", "due_date": "2026-04-10"}],
            "signatures": [*({"signer": "party", "party": no, "name": name, "signed_on": DAY} for no, name in agreement),
                           {"signer": "mediator", "name": "演示调解员", "signed_on": DAY}]}, DAY)
    return made


AGENT = person("演示丙", "agent", mandate={"principals": [1], "scope": "special", "since": "2026-03-01", "until": "2026-06-30"})


@pytest.mark.parametrize(("sheet", "signed"), [("D04", ()), ("D09", ()), ("D10", ((0, "演示甲"), (2, "演示丙")))])
def test_an_agent_with_a_special_mandate_stands_at_the_line_of_who_sent_him(sheet: str, signed: tuple) -> None:
    parties = (person("演示甲", "applicant"), person("演示乙", "respondent"), AGENT)
    assert "演示乙（代理人演示丙代签）" in paper(sheet, case(*parties, agreement=signed))


def test_a_party_that_signed_itself_is_named_alone() -> None:
    parties = (person("演示甲", "applicant"), person("演示乙", "respondent"), AGENT)
    assert "代签" not in paper("D10", case(*parties, agreement=((0, "演示甲"), (1, "演示乙"))))


def test_a_childs_guardian_stands_at_its_line() -> None:
    parties = (person("演示甲", "applicant"), {**person("演示童", "respondent"), "age": 9, "guardian": "演示母"})
    assert "演示童（监护人演示母代签）" in paper("D10", case(*parties, agreement=((0, "演示甲"), (1, "演示母"))))
