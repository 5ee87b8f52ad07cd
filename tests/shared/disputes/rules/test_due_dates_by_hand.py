"""Twenty due dates worked out on paper with the published calendar of 2026, each with the reasoning beside it.

Holidays of 2026 that matter here: 春节 15-23 February; 清明 4-6 April; 劳动节 1-5 May; 国庆 1-7 October; made up for on Saturday
28 February, Saturday 9 May, Sunday 20 September, Saturday 10 October. Of 2027 nothing is published.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from shared.disputes.rules import clocks, statutory


class Hand(NamedTuple):
    kind: str
    start: str
    due: str
    late_from: str
    why: str
    until: str | None = None
    provisional: bool = False


CASES = [
    Hand("risk_report", "2026-02-16", "2026-02-16", "2026-02-17", "red on the eve of new year: that day, holiday or not"),
    Hand("risk_action_3", "2026-10-03", "2026-10-03", "2026-10-04", "orange within the National Day week: the same day"),
    Hand("hazard_3", "2026-10-02", "2026-10-02", "2026-10-03", "an orange hazard is looked at on the day"),
    Hand("risk_4", "2026-03-06", "2026-03-07", "2026-03-08", "red is looked at daily; the seventh is a Saturday"),
    Hand("hazard_2", "2026-09-30", "2026-10-03", "2026-10-04", "three days; the third is a holiday and stays"),
    Hand("outside_protection_order", "2026-02-14", "2026-02-17", "2026-02-18", "72 hours run through the Spring Festival"),
    Hand("outside_protection_order_urgent", "2026-09-30", "2026-10-01", "2026-10-02", "24 hours end on National Day"),
    Hand("confirmation", "2026-09-02", "2026-10-08", "2026-10-09",
         "28 days are left in September, the thirtieth is 2 October; off until the seventh, so Thursday the eighth"),
    Hand("court_preassigned", "2026-01-20", "2026-02-24", "2026-02-25",
         "eleven days of January and nineteen of February: the 19th, off until the 23rd, so Tuesday the 24th"),
    Hand("outside_court_filing", "2026-04-27", "2026-05-06", "2026-05-07", "seven days are 4 May, off until the fifth"),
    Hand("mediation", "2026-09-05", "2026-10-08", "2026-10-09", "a month is 5 October; off until the seventh"),
    Hand("mediation_labour", "2026-09-20", "2026-10-05", "2026-10-06",
         "ten days of September and five of October; on the sixteenth day arbitration is open, holiday or not"),
    Hand("acceptance", "2026-09-30", "2026-10-10", "2026-10-11", "three working days: the 8th, the 9th, the Saturday made up"),
    Hand("performance", "2026-10-20", "2026-11-15", "2026-11-16", "the parties wrote 15 November, a Sunday, and meant it",
         until="2026-11-15"),
    Hand("petition_accept", "2026-09-20", "2026-10-05", "2026-10-06", "an office's fifteen days end within the holiday"),
    Hand("petition_handle", "2026-08-04", "2026-10-03", "2026-10-04", "27 days of August, 30 of September, 3 of October: sixty"),
    Hand("petition_review_request", "2026-09-04", "2026-10-08", "2026-10-09",
         "the petitioner's thirtieth day is 4 October: on the eighth, the first working day, he is not late"),
    Hand("legal_aid_decide", "2026-09-26", "2026-10-03", "2026-10-08",
         "the seventh day is a holiday: the date stays, and it is missed only on the first working day"),
    Hand("triage", "2026-12-31", "2027-01-04", "2027-01-05",
         "New Year's Day, a Friday, is off by law in every year, then Saturday, Sunday: Monday at the earliest",
         provisional=True),
    Hand("outside_labour_claim", "2025-10-03", "2026-10-08", "2026-10-09", "a year ends on 3 October, a holiday (民法典 203)"),
]


@pytest.mark.parametrize("hand", CASES, ids=lambda hand: f"{hand.kind} from {hand.start}")
def test_what_was_worked_out_by_hand_is_what_the_table_gives(hand: Hand) -> None:
    rules = clocks.default_rules() if hand.kind in clocks.default_rules().rules else statutory.default_rules()
    found = clocks.deadline(hand.kind, hand.start, rules=rules, until=hand.until)
    assert (found.due_date, found.late_from, found.provisional) == (hand.due, hand.late_from, hand.provisional), hand.why


def test_legal_aid_is_warned_of_on_the_last_working_day_before_the_holiday_that_swallows_its_date() -> None:
    found = clocks.deadline("legal_aid_decide", "2026-09-28", rules=statutory.default_rules())
    assert (found.due_date, found.warn_date, found.late_from) == ("2026-10-05", "2026-09-30", "2026-10-08")


def test_a_day_that_people_wrote_themselves_keeps_its_date_whatever_the_clock() -> None:
    for kind in ("mediation", "supervision_reply", "appointment_offer", "confirmation"):
        assert clocks.deadline(kind, "2026-10-20", until="2026-11-15").due_date == "2026-11-15"


@pytest.mark.parametrize(("start", "count", "day"), [
    ("2026-12-31", 1, "2027-01-04"), ("2027-04-30", 1, "2027-05-03"), ("2028-09-29", 1, "2028-10-04"),
])
def test_days_that_the_law_fixes_are_off_in_years_of_which_nothing_is_published(start: str, count: int, day: str) -> None:
    rules = clocks.overlaid({"triage": {"amount": count, "unit": "workday", "source": "DEMO"}})
    found = clocks.deadline("triage", start, rules=rules)
    assert (found.due_date, found.provisional) == (day, True)
