"""A refusal that came in a receipt is told in words, with nothing of English or of a template left in it."""

from __future__ import annotations

import pytest

from shared.ledger import texts
from shared.ledger.verdict_words import reason_words, remedy_words

CODES = sorted({key.split(".")[1] for key in texts.catalogue() if key.startswith("judge.") and key.endswith(".text")} - {"other"})


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_sentence_and_a_remedy_without_a_gap(code: str) -> None:
    for said in (reason_words(f"{code}: english words", device="d1"), remedy_words(f"{code}: english words", device="d1")):
        assert said
        assert "{" not in said
        if "english words" in said:         # only where the text asks for the judge's own words
            assert "{reason}" in texts.catalogue()[f"judge.{code}.text"]


def test_an_unknown_reason_is_shown_as_it_came() -> None:
    assert (reason_words("new_code: words"), remedy_words("new_code: words")) == ("new_code: words", "")
