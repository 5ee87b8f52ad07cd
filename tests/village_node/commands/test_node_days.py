"""Every command of the service point that takes a day takes it in one form."""

from __future__ import annotations

import pytest

from shared.commands.arguments import day_argument
from tests.support.shared.day_options import NO_DAYS, day_options
from village_node.__main__ import build_parser, main


def test_every_option_that_takes_a_day_has_the_one_parser() -> None:
    found = day_options(build_parser())
    assert len(found) > 50
    assert [(words, action.option_strings) for words, action in found if action.type is not day_argument] == []
    assert [(words, action.default) for words, action in found if isinstance(action.default, str)] == []


@pytest.mark.parametrize("value", NO_DAYS)
@pytest.mark.parametrize("command", [
    ["alarms", "HOME", "--today"], ["case", "register", "HOME", "--date"], ["appointment", "calendar", "HOME", "--from"],
])
def test_what_is_no_day_is_refused_with_value_and_remedy(
    command: list[str], value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main([*command, value])
    said = capsys.readouterr().err
    assert left.value.code == 2
    assert "2026-11-23" in said
    assert value in said
    assert command[-1] in said
