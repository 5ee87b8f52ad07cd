"""The app before the desk: the demo without a hub, a closed HOME that is opened by words, enrolment by typing and by a picture
of the slip, with each refusal in one sentence."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.village_node.app_driver import Driver  # first: it prepares Kivy's environment

from shared.ledger import vault  # isort: skip
from shared.ledger.texts import t  # isort: skip
from tests.support.village_node.node_world import CLERK, DRAFT, World  # isort: skip
from tests.village_node.ui.test_pin import PIN  # isort: skip
from county_hub.commands.cli import main as county_hub  # isort: skip
from tests.support.county_hub.hub_support import VILLAGE, another_county, found_county, new_code, running_hub  # isort: skip
from village_node import composition  # isort: skip
from village_node.point.safe.unlock import opens_alone  # isort: skip
from village_node.ui.gate.gate_app import GateApp  # isort: skip
from village_node.ui.scan.reading import text_in  # isort: skip
from village_node.ui.services import AppServices  # isort: skip

pytestmark = pytest.mark.gui
PICTURES = Path(__file__).resolve().parents[3] / "test-output" / "app"


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    monkeypatch.setattr(vault, "ARGON2", (64, 1, 1))
    monkeypatch.setenv("SHUOSHI_KEYSTORE", "none")


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: Any) -> Iterator[Callable[..., Driver]]:
    made: list[Driver] = []
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def opened(home: Path, **more: Any) -> Driver:
        driver = Driver(GateApp(home, **more))
        driver.app.dispatch("on_start")
        driver.settle()
        made.append(driver)
        return driver

    yield opened
    for driver in made:
        driver.close()


def services(world: World) -> Callable[..., AppServices]:
    def opened(home: Path, *, key_file: Any = None) -> AppServices:
        desk = world.desk(home, given=key_file)
        return AppServices(desk=desk, worker=None, now_ms=world.clock, today=lambda: "2026-11-23", photo_folder=home / "photos",
                           log_file=home / "app.log", demo=True)

    return opened


def test_the_demo_needs_no_hub_and_no_home(gate: Callable[..., Driver], tmp_path: Path) -> None:
    driver = gate(tmp_path / "nowhere", demo=True)
    driver.tap(driver.find(part="演示员"))
    driver.find(t("app.list.new"))
    assert len(driver.app.desk.list_cases()) == 3
    assert driver.app.services.demo
    driver.shot(PICTURES / "gate-demo.png")
    assert not (tmp_path / "nowhere").exists()


def test_a_closed_home_reads_and_syncs_nothing_until_the_words_are_right(gate: Callable[..., Driver], tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    home = world.home()
    with world.desk(home) as desk:
        desk.register(CLERK, DRAFT)
        words = desk.people.new_words()
        desk.set_pin(CLERK, PIN, words=words)
    driver = gate(home, opened=services(world))
    driver.find(t("start.locked"))
    driver.shot(PICTURES / "gate-locked.png")
    assert driver.app.services is None
    for word in vault.new_words(world.bytes).split():
        tap_word(driver, word)
    driver.find(t("node.safe.words_unknown"))
    for word in words.split():
        tap_word(driver, word)
    driver.find(t("app.people.title"))
    assert len(driver.app.desk.list_cases()) == 1


def tap_word(driver: Driver, word: str) -> None:
    for character in word:
        driver.tap(driver.find(character, cls="PinKey"))


@pytest.fixture(scope="module")
def county(tmp_path_factory: Any) -> Path:
    home = found_county(tmp_path_factory.mktemp("county"))
    person = ("--id", "clerk-9", "--name", "演示员", "--office", VILLAGE, "--roles", "mediator")
    assert county_hub(["staff", "add", str(home), *person]) == 0
    return home


def test_each_refusal_is_one_sentence_and_the_code_stays(gate: Callable[..., Driver], tmp_path: Path, county: Path) -> None:
    driver = gate(tmp_path / "home")
    driver.shot(PICTURES / "gate-welcome.png")
    driver.tap(driver.find(t("start.type")))

    def refused(code: str, hub: str, says: str) -> None:
        page = driver.app.page
        page.code.entry.text, page.hub.entry.text = code, hub
        page.say("")
        driver.settle()
        driver.tap(t("start.go"))
        driver.until(lambda: says in page.fault.text, says)
        assert page.code.entry.text == code
        assert "Traceback" not in page.fault.text
        assert not (tmp_path / "home").exists()

    with running_hub(county) as hub:
        code, foreign = new_code(county, VILLAGE), new_code(another_county(tmp_path, "other"), VILLAGE)
        refused("ABC", "", "登记码")                                        # wrong
        refused(code["code"], "http://127.0.0.1:9", "连不上")               # no line
        refused(foreign["code"], hub.url, "公钥不符")                       # foreign keys
        composition.enrol(tmp_path / "elsewhere", hub.url, code["code"])
        refused(code["code"], hub.url, "用过")                              # used
    driver.shot(PICTURES / "gate-refused.png")


def test_enrolled_by_a_picture_then_pin_tour_and_desk(gate: Callable[..., Driver], tmp_path: Path, county: Path) -> None:
    segno = pytest.importorskip("segno")
    pytest.importorskip("zxingcpp")
    driver = gate(tmp_path / "new")
    with running_hub(county) as hub:
        slip = tmp_path / "slip.png"
        segno.make(new_code(county, VILLAGE, "--url", hub.url)["text"], error="m").save(str(slip), scale=6, border=4)
        driver.tap(driver.find(t("start.scan")))
        driver.shot(PICTURES / "gate-scan.png")
        driver.app.page.picked([slip])
        driver.tap(driver.find(part="演示员"))
        driver.shot(PICTURES / "gate-pin.png")
        for _ in range(2):
            for digit in PIN:
                driver.tap(driver.find(digit, cls="PinKey"))
        words = [w.text.partition(".  ")[2] for w in driver.window.children[0].walk() if ".  " in getattr(w, "text", "")]
        driver.tap(t("app.pin.written"))
        asked = next(n for n in range(5) if driver.look(t("app.pin.which", n=n + 1)))
        driver.tap(driver.find(words[asked], cls="PrimaryButton"))
        driver.find(t("start.tour1"))
        driver.shot(PICTURES / "gate-tour.png")
        driver.tap(t("start.tour_next"))
        driver.find(t("start.round_done"))
        driver.shot(PICTURES / "gate-round.png")
        driver.tap(t("start.use"))
        driver.find(t("app.people.title"))
        assert not opens_alone(driver.app.place)
        assert [p.has_pin for p in driver.app.desk.staff()] == [True]


def test_a_picture_without_a_code_is_told(tmp_path: Path) -> None:
    from PIL import Image

    pytest.importorskip("zxingcpp")
    plain = tmp_path / "plain.png"
    Image.new("RGB", (300, 300), "white").save(plain)
    with contextlib.ExitStack() as stack:
        told = stack.enter_context(pytest.raises(Exception, match="没有看到二维码"))
        text_in(plain)
    assert told
