"""Every command of the hub that takes a day takes it in one form."""

from __future__ import annotations

import pytest

from county_hub.commands.cli import main, parser
from county_hub.county.subsidy_office import period
from county_hub.hub.problems import UsageProblem
from tests.support.shared.day_options import NO_DAYS, one_form, refused


def test_every_option_that_takes_a_day_has_the_one_parser() -> None:
    one_form(parser())


@pytest.mark.parametrize("value", NO_DAYS)
@pytest.mark.parametrize("command", [
    ["alarms", "HOME", "--today"], ["staff", "revoke", "HOME", "w1", "--until"],
    ["office", "close", "HOME", "150822100203", "--last-day"], ["assessment", "compute", "HOME", "--mediator", "m", "--start"],
    ["subsidy", "publicise", "HOME", "--period", "2026", "--as", "o1", "--end"],
])
def test_what_is_no_day_is_refused_with_value_and_remedy(
    command: list[str], value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(main, command, value, capsys)


@pytest.mark.parametrize("text", ["\uff12\uff10\uff12\uff16", "2026-\u00b2", "99999", "2026-13", "2026-H3", "20 26", ""])
def test_a_period_is_a_year_and_a_part_of_it_in_ascii_digits(text: str) -> None:
    with pytest.raises(UsageProblem):
        period(text)


def test_a_refusal_ends_where_its_sentence_ends(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["alarms", "HOME", "--today", "2026-02-30"])
    assert "。；" not in capsys.readouterr().err
