"""What a refused record says is told in words, whatever its values are."""

from __future__ import annotations

from shared.disputes.forms.said import said
from shared.ledger import codes
from shared.ledger.texts import t


def test_yes_no_and_nothing_are_words() -> None:
    body = {"a": True, "b": False, "c": None, "d": [0, 1.5], "e": {"f": ""}}
    assert [words for _, words in said(body, "case.registered")] == [t("common.yes"), t("common.no"), "—", "0", "1.5", ""]


def test_codes_offices_people_and_amounts_are_called_by_their_names_beside_what_was_stored() -> None:
    names = {"150822100203": "旧地村"}, {"x1": "演示甲"}
    body = {"category": "DC02", "risk": 4, "place": {"office": "150822100203"}, "mediator": "x1",
            "of_tomorrow": ["new", 7.5, None]}
    told = said(body, "case.registered", *(lambda id, known=known: known.get(id, id) for known in names))
    assert [words for _, words in told] == [
        "邻里纠纷（DC02）", f"{codes.name('risk', '4')}（4）", "旧地村（150822100203）", "演示甲（x1）", "new", "7.5", "—"]
    paid = dict(said({"amount_fen": 120050, "paid_on": "2026-11-26"}, "case.subsidy_paid"))
    assert [*paid.values()] == ["1200.50 元（120050）", "2026-11-26"]


def test_a_record_of_a_kind_that_nobody_knows_is_told_as_it_is() -> None:
    assert [*said({"x": {"y": "z"}}, "moon.landed")] == [("x y", "z")]
    assert [*said("odd", "")] == [("", "odd")]
