"""The app with its real worker beside the real hub process: what the bar and the marks say while records travel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.village_node.app_driver import Driver  # first: it prepares Kivy's environment

from county_hub.commands.cli import main as hub_main  # isort: skip
from shared.ledger.texts import t  # isort: skip
from tests.demo import cast  # isort: skip
from tests.support.county_hub.hub_support import VILLAGE, RunningHub, found_county, new_code, running_hub  # isort: skip
from village_node import composition  # isort: skip
from village_node.desk.desk import FileDraft  # isort: skip
from village_node.ui.app import ShuoshiApp  # isort: skip
from village_node.ui.screens.picture_sheet import PictureSheet  # isort: skip
from village_node.ui.start import services_for  # isort: skip

PICTURES = Path(__file__).resolve().parents[3] / "test-output" / "app"
DRAFT = {
    "parties": [{"name": "演示甲"}, {"name": "演示乙", "role": "respondent"}], "summary": "DEMO 水渠", "category": "DC02",
}
pytestmark = pytest.mark.gui


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, RunningHub]]:
    home = found_county(tmp_path_factory.mktemp("county"))
    words = ["staff", "add", str(home), "--id", "clerk-1", "--name", "演示员", "--office", VILLAGE, "--roles", "mediator"]
    assert hub_main(words) == 0
    with running_hub(home) as hub:
        yield home, hub


@pytest.fixture
def driver(county: tuple[Path, RunningHub], tmp_path: Path) -> Iterator[Driver]:
    home, hub = county
    composition.enrol(tmp_path / "tablet", hub.url, new_code(home, VILLAGE)["code"])
    services = services_for(tmp_path / "tablet")
    made = Driver(ShuoshiApp(services))
    yield made
    made.close()
    services.desk.close()


def test_a_record_says_saved_here_until_the_county_has_signed_for_it(driver: Driver) -> None:
    app, desk = driver.app, driver.app.desk
    driver.until(lambda: desk.status().last_success, "the worker's first round")
    app.services.worker.pause()
    view = desk.register("clerk-1", DRAFT)
    app.sit_down(desk.staff()[0])
    driver.until(lambda: app.foot.words == t("app.sync.waiting", n=1, total=1), "the bar counts the record")
    app.open_list("mine")
    card = driver.find(cls="CaseCard")
    assert t("app.delivery.saved") in card.delivery
    driver.shot(PICTURES / "20-before-sync.png")
    seen: list[str] = []
    app.foot.bind(words=lambda _bar, words: seen.append(words))
    driver.tap(app.foot)
    driver.tap(t("sending.now"))
    driver.until(lambda: app.foot.words == t("app.sync.all_accepted", total=1), "the county's receipt")
    driver.find(part="县里都收到了")
    app.go_back()
    driver.until(lambda: t("app.delivery.accepted") in driver.find(cls="CaseCard").delivery, "the mark on the card")
    driver.shot(PICTURES / "21-after-sync.png")
    running = t("app.sync.running", label="").rstrip()
    assert any(words.startswith(running) for words in seen), f"the bar never said that it works: {seen}"
    states = {entry.delivery.state for entry in desk.case(view.id).timeline}
    assert states == {"accepted"}


def until_signed(driver: Driver, case: str) -> None:
    """Rounds until the county has signed for the file: its receipt may come with the next one."""
    app, seen = driver.app, -1

    def signed() -> bool:
        nonlocal seen
        if app.services.rounds() != seen:
            seen = app.services.rounds()
            app.services.sync_now()
        return app.desk.files(case)[0].delivery.state == "accepted"

    driver.until(signed, "the county has signed for it")


def test_a_photograph_that_was_let_go_of_comes_back_from_the_county_by_touch(driver: Driver, tmp_path: Path) -> None:
    app, desk = driver.app, driver.app.desk
    cast.photograph(tmp_path / "ditch.jpg", "ditch", 3)
    photo = FileDraft(data=(tmp_path / "ditch.jpg").read_bytes(), name="ditch.jpg", purpose="photo")
    case = desk.register("clerk-1", DRAFT, files=[photo]).id
    desk.act("settle_on_spot", "clerk-1", case, {"text": "演示", "agreed_by": [0, 1]})
    sha = desk.files(case)[0].sha256
    until_signed(driver, case)
    assert desk.sending.let_go().files == 1
    app.sit_down(desk.staff()[0])
    app.open_page("sync")
    driver.tap(driver.find(t("fetching.button_list", n=1)))
    driver.find(part=t("fetching.note"))
    driver.shot(PICTURES / "52-freed.png")
    driver.tap(t("app.back"))
    app.open_case(case)
    driver.settle()
    if (tab := driver.look(text=t("app.case.tab_files", n=1))) is not None:
        driver.tap(tab)
    driver.find(t("fetching.small"))
    driver.tap(t("node.purpose.photo"))
    sheet = driver.until(lambda: next((w for w in driver.window.children if isinstance(w, PictureSheet)), None), "it is open")
    driver.until(lambda: "原件在县里" in sheet.words.text, "where it is")
    driver.shot(PICTURES / "53-picture-at-the-county.png")
    driver.tap(sheet.fetch_button)
    driver.until(lambda: sheet.fetch_button is None, "it is here")
    assert desk.file_bytes(sha, case=case) == photo.data
    driver.shot(PICTURES / "54-picture-came-back.png")


def test_without_a_line_it_is_said_that_the_file_comes_later(driver: Driver, county: tuple[Path, RunningHub]) -> None:
    """The last of this module: the county's server goes."""
    app, desk = driver.app, driver.app.desk
    driver.until(lambda: desk.status().last_success, "the worker's first round")
    case = desk.register("clerk-1", DRAFT, files=[FileDraft(data=b"%PDF-1.4 demo", name="DEMO.pdf", purpose="paper")]).id
    desk.act("settle_on_spot", "clerk-1", case, {"text": "演示", "agreed_by": [0, 1]})
    until_signed(driver, case)
    assert desk.sending.let_go().files
    county[1].stop()
    app.sit_down(desk.staff()[0])
    sheet = PictureSheet(app, case, desk.files(case)[0])
    sheet.open()
    driver.settle()
    driver.tap(sheet.fetch_button)
    driver.until(lambda: sheet.words.text == t("fetching.no_line"), "that there is no line, and that it is noted")
    driver.shot(PICTURES / "55-picture-no-line.png")
