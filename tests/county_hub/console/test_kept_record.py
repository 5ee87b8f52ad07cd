"""What a refused record says is told in words, whatever its values are."""

from __future__ import annotations

from county_hub.console.offices_page import said
from shared.ledger.texts import t


def test_yes_no_and_nothing_are_words() -> None:
    body = {"a": True, "b": False, "c": None, "d": [0, 1.5], "e": {"f": ""}}
    assert [words for _, words in said(body, "case.registered")] == [t("common.yes"), t("common.no"), "—", "0", "1.5", ""]
