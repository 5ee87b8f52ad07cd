"""Every command of the service point that takes a day takes it in one form."""

from __future__ import annotations

import pytest

from tests.support.shared.day_options import NO_DAYS, one_form, refused
from village_node.__main__ import build_parser, main


def test_every_option_that_takes_a_day_has_the_one_parser() -> None:
    one_form(build_parser())


@pytest.mark.parametrize("value", NO_DAYS)
@pytest.mark.parametrize("command", [
    ["alarms", "HOME", "--today"], ["case", "register", "HOME", "--date"], ["appointment", "calendar", "HOME", "--from"],
])
def test_what_is_no_day_is_refused_with_value_and_remedy(
    command: list[str], value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(main, command, value, capsys)
