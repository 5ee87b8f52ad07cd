"""Fills a form as a sensible person would: by the type of each question, never by its name."""

from __future__ import annotations

from typing import Any

from shared.disputes.forms.answers import start
from shared.disputes.forms.form import ActionForm, Answers, Question

LATER = "2026-12-20"
PERCENT = 100       # one who gets everything


def filled(form: ActionForm, *, whole: bool, yes: str = "yes") -> tuple[dict[str, Any], list[str]]:
    """(answers, who signed). `whole`: every question; otherwise only what must be answered and is not there yet."""
    answers = start(form)
    for question in form.all:
        if not question.is_asked(answers):
            continue
        if answers[question.name] in ("", [], {}, None) and (whole or question.required or question.blank):
            answers[question.name] = yes if question.control == "yes" else answer(question, answers, whole)
    return answers, [no for no, _ in form.signers]


def answer(q: Question, answers: Answers, whole: bool) -> Any:
    if q.control == "group":
        return {part.name: answer(part, {}, whole) if whole or part.required else part.value for part in q.parts}
    if q.control == "rows":
        return [{part.name: answer(part, {}, whole) if whole or part.required else part.value for part in q.parts}]
    if q.control in ("choice", "choices"):
        codes = [code for code, _ in q.offered(answers)]
        if q.control == "choices":
            return codes[:max(q.least or 1, 2)]
        return q.value or (codes[0] if codes else "")
    if q.control == "number":
        return str(PERCENT if q.most == PERCENT else max(q.least or 0, min(3, q.most or 3)))
    return {
        "text": "演示", "long": "演示：双方说清楚了。", "lines": "演示甲\n演示乙", "phone": "13800000000", "id_last4": "000X",
        "paper_number": "11010519491231002X",       # the example of GB 11643-1999
        "date": LATER, "time": "9:30", "money": "100.50", "yes": "yes",
    }[q.control]
