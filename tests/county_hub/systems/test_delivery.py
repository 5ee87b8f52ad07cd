"""Notices go out over TLS: signed, once each, in the end to a dead list, from it again by a person; kill -9 loses none."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import wait
from pathlib import Path

import pytest

from county_hub.commands.cli import main
from county_hub.county.acts import CountyActs
from county_hub.hub.problems import UsageProblem
from county_hub.systems import hooks as hooks_module
from county_hub.systems import signing
from county_hub.systems.delivery import Delivery
from county_hub.systems.hooks import PAUSES_S, Hooks, notice_of
from county_hub.systems.opened import add_hook, delivery_of, opened_systems
from county_hub.systems.store import SystemsStore
from county_hub.systems.targets import networks
from tests.support.county_hub.api_scene import run
from tests.support.county_hub.hub_support import COUNTY, VILLAGE, found_county, opened, running_hub
from tests.support.county_hub.receiver import Receiver, receiving

LOOPBACK = networks("127.0.0.0/8,::1")


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    with receiving(tmp_path_factory.mktemp("tls")) as made:
        yield made


class Line:
    """An outbox with a hook for the receiver, a clock that the test moves, and a delivery."""

    def __init__(self, folder: Path, receiver: Receiver, **options: object) -> None:
        receiver.came.clear()
        receiver.answer = lambda handler: 204
        self.now, self.receiver = [1_800_000_000_000], receiver
        self.hooks = Hooks(SystemsStore(folder / "systems.sqlite", lambda: self.now[0]))
        self.hook = self.hooks.add(receiver.url, ["case.*"], 0)
        self.options: dict[str, object] = {"allowed": LOOPBACK, "authority": receiver.authority, **options}
        self.delivery = Delivery(self.hooks, lambda: self.now[0], **self.options)  # type: ignore[arg-type]

    def happens(self, number: int, kind: str = "case.registered") -> None:
        notice = notice_of(f"evt_{number}", kind, self.now[0], {"subject": "DEMO"}, number)
        self.hooks.take([notice], "e", number)

    def passes(self) -> None:
        wait(self.delivery.pass_once(), timeout=30)

    def wears_out(self) -> None:
        """Every notice is tried until it is dead."""
        while self.hooks.waiting():
            self.passes()
            self.now[0] += int(max(PAUSES_S) * 1000 * (1 + hooks_module.SPREAD)) + 1


@pytest.fixture
def line(tmp_path: Path, receiver: Receiver) -> Line:
    return Line(tmp_path, receiver)


def test_a_notice_says_what_when_and_which_and_is_signed(line: Line) -> None:
    line.happens(1)
    line.passes()
    (headers, body), = line.receiver.came
    assert json.loads(body) == {"type": "case.registered", "timestamp": "2027-01-15T08:00:00.000Z", "data": {"subject": "DEMO"}}
    assert headers["content-type"] == "application/json"
    assert signing.is_genuine(line.hook.secret, headers, body, line.now[0] // 1000)
    assert line.hooks.counts() == {}
    assert line.hooks.get(line.hook.id).delivered == 1


def test_only_what_was_asked_for_is_told_and_the_same_event_once(line: Line) -> None:
    line.happens(1)
    line.happens(1)
    line.happens(2, "hazard.reported")
    line.happens(3, "case.closed")
    line.passes()
    line.passes()
    assert line.receiver.ids() == ["evt_1", "evt_3"]


@pytest.mark.parametrize("status", [500, 404, 302, 307])
def test_what_is_not_taken_is_tried_again_later_and_then_lies_on_the_dead_list(line: Line, status: int) -> None:
    line.receiver.answer = lambda handler: status
    line.happens(1)
    line.passes()
    line.passes()                                   # not before its time
    assert (line.hooks.counts(), line.hooks.due()) == ({line.hook.id: (1, 0)}, [])
    line.wears_out()
    dead, = line.hooks.dead()
    assert (dead.message, dead.tries, str(status) in dead.reason) == ("evt_1", len(PAUSES_S) + 1, True)


def test_a_receiver_that_was_dead_gets_each_notice_once_after_retry(line: Line, tmp_path: Path) -> None:
    gone = line.hooks.add("https://localhost:1/nobody", ["case.*"], 0)
    line.happens(1)
    line.happens(2)
    line.hooks.remove(line.hook.id)
    line.wears_out()
    assert sorted(row.message for row in line.hooks.dead(gone.id)) == ["evt_1", "evt_2"]
    with line.hooks._store.changing() as db:
        db.execute("UPDATE hooks SET url = ?", (line.receiver.url,))
    with pytest.raises(UsageProblem):
        line.hooks.retry(gone.id, "evt_9")
    assert line.hooks.retry(gone.id) == 2
    assert line.hooks.retry(gone.id) == 0
    line.passes()
    line.passes()
    assert line.receiver.ids() == ["evt_1", "evt_2"]
    assert line.hooks.dead() == []


def test_who_says_gone_is_told_nothing_more_until_a_person_tries_again(line: Line) -> None:
    line.receiver.answer = lambda handler: 410
    line.happens(1)
    line.passes()
    line.happens(2)
    assert "410" in line.hooks.get(line.hook.id).stopped
    assert [row.message for row in line.hooks.dead()] == ["evt_1"]
    line.receiver.answer = lambda handler: 200
    line.hooks.retry(line.hook.id)
    line.now[0] += hooks_module.PAUSES_S[0] * 1000
    line.passes()
    assert line.receiver.ids() == ["evt_1"]


def test_loopback_and_a_foreign_authority_are_refused_without_the_settings(tmp_path: Path, receiver: Receiver) -> None:
    for name, options, reason in (("a", {"allowed": ()}, "webhook_networks"),
                                  ("b", {"authority": None}, "certificate verify failed")):
        (tmp_path / name).mkdir()
        line = Line(tmp_path / name, receiver, **options)
        line.happens(1)
        line.passes()
        assert reason in line.hooks.waiting()[0].reason
        assert receiver.came == []


def test_the_list_of_what_waits_is_bounded(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks_module, "MOST_WAITING", 3)
    monkeypatch.setattr(hooks_module, "MOST_DEAD", 2)
    for number in range(1, 8):
        line.happens(number)
    assert line.hooks.counts() == {line.hook.id: (3, 2)}
    assert {row.reason for row in line.hooks.dead()} == {"too many notices wait"}


def test_events_of_the_county_are_told_by_the_running_hub_and_a_kill_loses_none(tmp_path: Path, receiver: Receiver) -> None:
    home = found_county(tmp_path)
    words = ("--id", "officer", "--name", "演示员", "--office", COUNTY, "--roles", "dispatcher")
    assert main(["staff", "add", str(home), *words]) == 0
    receiver.came.clear()
    receiver.answer = lambda handler: 503
    code, made = run("webhook", "add", str(home), "--url", receiver.url, "--events", "case.registered", "--json")
    assert code == 0
    with opened(home) as hub:
        acts = CountyActs(hub)
        cases = [acts.register("officer", {"parties": [{"name": "演示甲"}, {"name": "演示乙", "role": "respondent"}],
                                           "place": {"office": VILLAGE}, "summary": f"DEMO {n}", "category": "DC02"}).id
                 for n in range(2)]
    settings = {"COUNTY_HUB_WEBHOOK_NETWORKS": "127.0.0.0/8,::1", "COUNTY_HUB_WEBHOOK_CA": str(receiver.authority)}
    receiver.heard.clear()
    with running_hub(home, **settings) as running:
        assert receiver.heard.wait(30)                      # tried in vain
        os.kill(running.process.pid, signal.SIGKILL)
        running.process.wait(30)
    receiver.answer = lambda handler: 204
    with opened(home) as hub:
        systems = opened_systems(hub)
        systems.hooks.retry(made["id"])
        waiting = systems.hooks.waiting()
        assert [row.kind for row in waiting] == ["case.registered"] * 2
        with systems.hooks._store.changing() as db:
            db.execute("UPDATE outbox SET next_at = 0")
    with running_hub(home, **settings) as running:
        while len(receiver.came) < 2:
            assert receiver.heard.wait(30)
            receiver.heard.clear()
        assert running.stop() == 0
    bodies = [json.loads(body) for _, body in receiver.came]
    assert sorted(body["data"]["subject"] for body in bodies) == sorted(cases)
    assert bodies[0]["data"]["href"].startswith("/api/v1/cases/")
    assert "演示" not in json.dumps(bodies, ensure_ascii=False)
    assert len(set(receiver.ids())) == 2
    assert all(signing.is_genuine(made["secret"], headers, body, int(headers["webhook-timestamp"]))
               for headers, body in receiver.came)
    listed = run("webhook", "list", str(home), "--json")[1]
    assert (listed[0]["delivered"], listed[0]["waiting"], listed[0]["dead"]) == (2, 0, 0)


def test_a_hook_that_is_added_hears_of_what_comes_and_not_of_what_was(tmp_path: Path, receiver: Receiver) -> None:
    home = found_county(tmp_path)
    words = ("--id", "officer", "--name", "演示员", "--office", COUNTY, "--roles", "dispatcher")
    assert main(["staff", "add", str(home), *words]) == 0
    draft = {"parties": [{"name": "演示甲"}, {"name": "演示乙", "role": "respondent"}], "place": {"office": VILLAGE},
             "summary": "DEMO", "category": "DC02"}
    with opened(home) as hub:
        acts, systems = CountyActs(hub), opened_systems(hub)
        acts.register("officer", draft)
        first = add_hook(hub, systems.hooks, receiver.url, ("*",))
        acts.register("officer", draft)
        second = add_hook(hub, systems.hooks, receiver.url, ("case.registered",))
        acts.register("officer", draft)
        delivery = delivery_of(hub, systems.hooks)
        delivery._follow()
        counts = systems.hooks.counts()
        assert counts[first.id][0] > counts[second.id][0] == 1
        delivery._follow()
        assert systems.hooks.counts() == counts
        hub.replica.new_epoch()                             # another life of the database: nothing of before is told again
        delivery._follow()
        acts.register("officer", draft)
        delivery._follow()
        assert systems.hooks.counts()[second.id][0] == 2
