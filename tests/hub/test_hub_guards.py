"""What the county's screens and command line say of guarded cases, over real HTTP and as processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from county_hub.cli import main
from shared.texts import t
from tests.support.domain_events import World
from tests.support.hub_support import VILLAGE, found_county, running_hub, store_in_county


def show(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(["case", "show", *words]) == 0
    return capsys.readouterr().out


def test_the_console_and_its_command_line_show_the_banner_of_an_excluded_matter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, world = found_county(tmp_path), World()
    case = world.register(VILLAGE, category="DC01", subcategory="violence").subject
    store_in_county(home, [event.doc() for event in world.events[case]])
    banner = t("banner.violence_to_police")
    assert banner in show(capsys, str(home), case)
    assert json.loads(show(capsys, str(home), case, "--json"))["notices"][0] == banner
    with running_hub(home) as hub, hub.console() as client:
        page = client.get(f"/console/cases/{case}").text
    assert banner in page
    assert t("banner.channel", channel="移送公安") in page
