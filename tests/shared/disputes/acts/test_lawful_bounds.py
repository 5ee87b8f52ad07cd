"""A bound that a law sets is told in the law's words, not as a number that is too large."""

from __future__ import annotations

import pytest

from shared.disputes.acts import drafts
from shared.disputes.acts.refusal import Refusal
from tests.support.shared.domain_events import VILLAGE

PETITION = {"channel": "letter_visit", "form": "visit", "category": "agriculture", "place": {"office": VILLAGE},
            "summary": "DEMO"}


def test_a_group_visit_of_more_than_five_is_told_to_elect_representatives() -> None:
    with pytest.raises(Refusal, match="多人走访应推选代表，不得超过5人（信访工作条例第二十条）"):
        drafts.check("petition.registered", {**PETITION, "representatives": 6})
    assert drafts.check("petition.registered", {**PETITION, "representatives": 5})["representatives"] == 5
