"""Answers become a body, or one sentence at the question that is wrong; nothing is made up."""

from __future__ import annotations

import pytest

from shared.disputes.forms.answers import to_draft
from shared.disputes.forms.form import ActionForm, Question
from shared.ledger.texts import t

WHO = Question("who", "谁来做", "choice", required=True, choices=(("0", "演示甲"),), whole=True)
MONEY = Question("amount_fen", "金额", "money", whole=True)


def made(*questions: Question, **answers: object):
    return to_draft(ActionForm("case.demo", questions, (), "", ""), answers, (), None)


@pytest.mark.parametrize(("question", "given", "wanted"), [
    (Question("x", "数", "number", whole=True, least=1, most=9), "3", 3),
    (Question("x", "元", "money", whole=True), "1,200.5", 120_050),
    (Question("x", "元", "money", whole=True), "￥１，２００．５元", 120_050),
    (Question("x", "元", "money", whole=True), "¥12 元", 1_200),
    (Question("x", "时", "time"), "９：３０", "09:30"),
    (Question("x", "是否", "yes"), "no", False),
    (Question("x", "时", "time"), "9：30", "09:30"),
    (Question("x", "人", "lines"), " 演示甲 \n\n演示乙", ["演示甲", "演示乙"]),
    (Question("x", "谁", "choices", whole=True, choices=(("0", "甲"), ("1", "乙"))), ["0", "1"], [0, 1]),
])
def test_an_answer_becomes_what_the_body_wants(question: Question, given: object, wanted: object) -> None:
    assert made(question, x=given).draft == {"x": wanted}


@pytest.mark.parametrize(("question", "given"), [
    (Question("x", "数", "number", whole=True, least=1, most=9), "10"), (Question("x", "数", "number", whole=True), "三"),
    (Question("x", "元", "money", whole=True), "12.345"), (Question("x", "时", "time"), "25:00"),
    (Question("x", "谁", "choices", least=2, choices=(("0", "甲"),)), ["0"]), (Question("x", "谁", required=True), ""),
])
def test_a_wrong_answer_is_told_at_its_question_in_chinese(question: Question, given: object) -> None:
    outcome = made(question, x=given)
    assert outcome.draft == {}
    assert question.label in outcome.errors["x"] or question.control == "money"


@pytest.mark.parametrize("control", ["number", "money", "time"])
@pytest.mark.parametrize("given", ["长" * 5000, "2月30日", "-3", "²", "甲\n乙", "a\u202eb", "👴", "元", "¥",
                                   "１２元半", "1" * 400])
def test_whatever_was_pasted_is_told_in_one_short_sentence_without_what_nobody_sees(control: str, given: str) -> None:
    said = made(Question("x", "数", control, whole=True, least=1, most=9), x=given).errors["x"]
    assert len(said) < 90, said
    assert not set("\n\u202e") & set(said)
    assert given[:3].strip("\n\u202eb") in said or "〔" in said, "it says what was typed"


def test_an_empty_row_is_left_out_and_a_wrong_one_is_told_at_its_own_place() -> None:
    rows = Question("items", "约定", "rows", required=True, parts=(WHO, MONEY))
    outcome = made(rows, items=[{"who": "", "amount_fen": ""}, {"who": "", "amount_fen": "5"}])
    assert outcome.errors == {"items.1.who": t("app.form.missing", field="谁来做")}
    assert made(rows, items=[{"who": ""}, {"who": "0", "amount_fen": "5"}]).draft == {"items": [{"who": 0, "amount_fen": 500}]}


def test_a_question_that_is_not_asked_leaves_nothing() -> None:
    field = Question("field", "改哪项", "choice", choices=(("name", "姓名"), ("mandate", "授权")))
    mandate = Question("mandate", "授权", when=("field", "mandate"), required=True)
    assert made(field, mandate, field="name", mandate="演示").draft == {"field": "name"}
    assert "mandate" in made(field, mandate, field="mandate", mandate="").errors
