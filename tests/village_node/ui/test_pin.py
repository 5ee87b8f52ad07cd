"""PIN by touch: the first one with its start words, the lock that hides and keeps everything, wrong ones that wait."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.village_node.app_driver import Driver  # noqa: F401  first: it prepares Kivy's environment

from tests.village_node.ui.test_window import CLERK, Table, table  # noqa: F401  isort: skip
from shared.ledger import vault  # isort: skip
from shared.ledger.texts import t  # isort: skip
from village_node.point.home import Home  # isort: skip
from village_node.point.safe.means import Means  # isort: skip
from village_node.point.safe.unlock import opens_alone, unlock  # isort: skip

pytestmark = pytest.mark.gui
PIN = "258036"


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    monkeypatch.setattr(vault, "ARGON2", (64, 1, 1))
    monkeypatch.setenv("SHUOSHI_KEYSTORE", "none")


class Machine:
    ms = 10_000_000

    def __call__(self) -> int:
        return self.ms


def tap_pin(one: Table, pin: str) -> None:
    for digit in pin:
        one.driver.tap(one.driver.find(digit, cls="PinKey"))
    one.driver.settle()


def set_first_pin(one: Table) -> str:
    one.app.open_tab("mine")
    one.driver.tap(t("app.pin.first"))
    tap_pin(one, PIN)
    tap_pin(one, PIN)
    one.shot("pin-words")
    words = [w.text.partition(".  ")[2] for w in one.driver.window.children[0].walk() if ".  " in getattr(w, "text", "")]
    assert len(words) == 5
    assert opens_alone(one.desk.node.home), "nothing is closed before the words are written down"
    one.driver.tap(t("app.pin.written"))
    asked = next(n for n in range(5) if one.driver.look(t("app.pin.which", n=n + 1)))
    wrong = next(w for w in one.driver.window.children[0].walk() if type(w).__name__ == "PrimaryButton" and w.text not in words)
    one.driver.tap(wrong)
    one.driver.find(t("app.pin.which_wrong"))
    assert opens_alone(one.desk.node.home)
    one.driver.tap(t("app.pin.written"))
    asked = next(n for n in range(5) if one.driver.look(t("app.pin.which", n=n + 1)))
    one.driver.tap(one.driver.find(words[asked], cls="PrimaryButton"))
    one.driver.find(t("app.list.new"))
    return " ".join(words)


def test_the_first_pin_by_touch_closes_the_home_under_the_words_that_were_shown(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    one.sit_down()
    words = set_first_pin(one)
    root = one.desk.node.home.root
    assert not opens_alone(Home(root))
    assert unlock(Home(root), Means(secret=words), one.world.bytes) == one.desk.node.home.key()
    one.app.open_tab("mine")
    one.driver.find(t("node.safe.rest_closed"))
    one.shot("mine-closed")


def test_one_signs_in_with_the_pin_and_a_wrong_one_says_so_and_waits(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    one.desk.node.running = Machine()
    one.desk.set_pin(CLERK, PIN, words=one.desk.people.new_words())
    one.app.refresh()
    person = next(p for p in one.desk.staff() if p.id == CLERK)
    one.driver.tap(one.driver.find(part=person.name))
    one.shot("pin-sign-in")
    for _ in range(3):
        tap_pin(one, "111222")
        one.driver.find(t("app.people.pin_wrong"))
    tap_pin(one, PIN)
    one.driver.find(part="秒后再试")
    assert one.app.staff is None
    one.desk.node.running.ms += 5000
    tap_pin(one, PIN)
    one.driver.find(t("app.list.new"))
    assert one.app.staff.id == CLERK


def test_the_idle_screen_locks_hides_everything_and_loses_nothing(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    machine = one.desk.node.running = Machine()
    one.app.idle._moved()
    one.desk.set_pin(CLERK, PIN, words=one.desk.people.new_words())
    one.app.sit_down(next(p for p in one.desk.staff() if p.id == CLERK))
    one.app.open_intake()
    one.driver.settle()
    one.driver.type(one.app.intake.fields["people.p1.name"].entry, "演示甲")
    machine.ms += 299_000
    one.app.idle.look()
    assert one.app.idle.view is None
    machine.ms += 2_000
    one.app.idle.look()
    one.driver.find(t("app.lock.title"))
    one.shot("locked")
    one.app._key(None, 27)
    assert one.app.idle.view is not None, "Back opens nothing"
    shown = [w.text for w in one.app.idle.view.walk() if getattr(w, "text", "")]
    assert not any("演示" in text for text in shown), shown
    tap_pin(one, "111222")
    assert one.app.idle.view is not None
    tap_pin(one, PIN)
    assert one.app.idle.view is None
    assert one.app.screens.current == "intake"
    assert one.app.intake.fields["people.p1.name"].entry.text == "演示甲"
    machine.ms += 400_000
    one.app.idle.look()
    one.driver.tap(one.driver.find(t("app.people.switch")))
    assert one.app.screens.current == "people"
    person = next(p for p in one.desk.staff() if p.id == CLERK)
    one.driver.find(part=person.name)
    assert one.app.services.unfinished(CLERK), "the form is a draft"


def test_who_has_no_pin_where_others_have_one_needs_a_code_of_the_county(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    one.desk.set_pin(CLERK, PIN, words=one.desk.people.new_words())
    one.app.refresh()
    other = next(p for p in one.desk.staff() if p.id == "grid-1")
    one.driver.tap(one.driver.find(part=other.name))
    one.driver.find(t("app.pin.code_officer"))
    one.shot("pin-code")
    assert one.app.staff is None


def test_keys_of_a_keyboard_type_the_pin(table: Callable[..., Table]) -> None:  # noqa: F811
    one = table()
    one.desk.set_pin(CLERK, PIN, words=one.desk.people.new_words())
    one.app.refresh()
    person = next(p for p in one.desk.staff() if p.id == CLERK)
    one.driver.tap(one.driver.find(part=person.name))
    one.driver.settle()
    for key, codepoint in ((50, "2"), (57, "9"), (8, None), (53, "5"), (264, None), (48, "0"), (51, "3"), (54, "6")):
        one.driver.window.dispatch("on_key_down", key, 0, codepoint, [])
    one.driver.find(t("app.list.new"))
