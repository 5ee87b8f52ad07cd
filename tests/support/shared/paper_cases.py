"""Cases to draw papers of, and what stands on a paper."""

from __future__ import annotations

from typing import Any

from shared.disputes.papers import case_file
from tests.support.shared import forms_case
from tests.support.shared.forms_case import DemoCase
from tests.support.shared.pdf_text import text_of

ACCEPTED = {
    "committee": forms_case.COMMITTEE,
    "mediators": ["m1"],
    "rights_told": True,
    "parties_willing": True,
    "file_no": "（2026）甲村人调字第5号",
}


def paper(code: str, case: DemoCase, **changes: Any) -> str:
    return text_of(case_file.document(case.state(), case.context(demo=False, **changes), code))


def accepted(category: str = "DC02", *, on: str = "2026-03-04", act: dict[str, Any] | None = None, **fields: Any) -> DemoCase:
    case = forms_case.registered(**fields)
    case.act("case.triaged", {"category": category, "difficulty": "simple", "risk": 2}, "2026-03-02")
    case.act("case.accepted", {**ACCEPTED, **(act or {})}, on)
    return case


def on_spot() -> DemoCase:
    case = forms_case.registered()
    case.act(
        "case.settled_on_spot",
        {"text": "演示乙当场清理秸秆，演示甲表示谅解。", "agreed_by": [0, 1], "files": case.signed_by(0, 1, None)},
        "2026-03-02",
        actor="m1",
    )
    return case
