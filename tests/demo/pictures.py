"""The three pictures of the README, of an invented village: `xvfb-run … python -m tests.demo.pictures docs/pictures`.

    village.png    the tablet: a case with its next step      county.png   the console: what waits
    citizen.png    the citizen's page: how far it has come
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from tests.demo.screens import in_a_process
from tests.support.county_hub.browsing import press, sign_in

PLACE = {"office": "150822100203", "text": "DEMO 三组水渠边"}
WORDS = (
    "上游一夜没关闸，葵花地淹了两亩", "新盖的院墙占了过道半米", "工钱拖了四个月，12 人", "羊吃了隔壁的玉米",
    "借的 3 万元到期没还", "渠边的树挡了地里的光",
)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        in_a_process(Path(place), "tablet-800x1280")
        _keep(Path(place) / "tablet-800x1280" / "13-case-new.png", folder / "village.png", 640)
    with tempfile.TemporaryDirectory() as place:
        _pages(Path(place), folder)


def _pages(place: Path, folder: Path) -> None:
    from playwright.sync_api import sync_playwright

    from county_hub.commands.cli import main as county_hub
    from county_hub.county.acts import CountyActs
    from shared.disputes.case.citizen_slip import slip
    from tests.county_hub.portal.test_portal import serving
    from tests.support.county_hub.hub_support import (
        COUNTY,
        TOWN,
        VILLAGE,
        found_county,
        opened,
        running_hub,
        store_in_county,
        with_account,
    )
    from tests.support.shared.domain_events import World

    home = found_county(place)
    person = ["--id", "x1", "--name", "演示王主任", "--office", COUNTY, "--roles", "mediator,supervisor"]
    county_hub(["staff", "add", str(home), *person])
    world = World()
    for number, words in enumerate(WORDS * 3):
        world.mediating(summary=f"DEMO {words}", risk=1 + number % 4)
    for case in list(world.events)[::3]:
        world.event(case, "case.escalate_requested", {"to": TOWN, "reason": "DEMO 涉及多户"}, office=VILLAGE)
    for case in list(world.events)[1::3]:
        world.agree(case)
    store_in_county(home, [event.doc() for events in world.events.values() for event in events])
    with opened(home) as hub:
        acts = CountyActs(hub)
        for words in WORDS[:3]:
            made = acts.register("x1", {"summary": f"DEMO {words}", "category": "DC02", "place": PLACE, "parties": [
                {"name": "演示甲", "role": "applicant"}, {"name": "演示乙", "role": "respondent"}]})
        code = slip(made, [acts.place.device.key], hub.directory.latest())
        assert code is not None
    with_account(home, "x1")
    chromium = shutil.which("chromium")
    with sync_playwright() as play:
        browser: Any = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with running_hub(home, COUNTY_HUB_DEMO="true") as hub_process:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(f"{hub_process.url}/console/")
            sign_in(page)
            page.goto(f"{hub_process.url}/console/")
            page.screenshot(path=place / "county.png")
        with serving(home) as url:
            page = browser.new_page(viewport={"width": 390, "height": 780}, device_scale_factor=1.5)
            page.goto(f"{url}/")
            page.fill("input[name=code]", code.qr)
            press(page, "form[action='/progress'] button")
            page.screenshot(path=place / "citizen.png")
        browser.close()
    _keep(place / "county.png", folder / "county.png", 1280)
    _keep(place / "citizen.png", folder / "citizen.png", 585)


def _keep(source: Path, target: Path, width: int) -> None:
    """With 128 colours, a third of the bytes and nothing that an eye would miss."""
    with Image.open(source) as picture:
        small = picture.convert("RGB")
        small.thumbnail((width, 4 * width))
        small.quantize(128).save(target, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
