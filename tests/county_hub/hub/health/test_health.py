"""A hub says truthfully how it is: to balancers, to a monitoring system, in its log."""

from __future__ import annotations

import json
import logging
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from county_hub.accounts.opened import opened_accounts
from county_hub.commands.cli import main
from county_hub.hub.devices.rates import STATEMENTS, STRANGERS, Rate, Rates
from county_hub.hub.health.metrics import HubFigures
from county_hub.hub.health.sessions import SILENT_S, SessionBook
from county_hub.hub.health.state import Health
from county_hub.hub.hub import Hub, router_of
from county_hub.hub.workers import Follower
from shared.json_log import HEADER, JsonLines, in_session
from sync.errors import SyncError
from sync.router.follow import Dirty
from tests.support.county_hub.hub_support import (
    COUNTY,
    OTHER_VILLAGE,
    VILLAGE,
    RunningHub,
    enrol,
    found_county,
    new_code,
    opened,
    running_hub,
)
from tests.support.files import damage
from village_node import composition
from village_node.__main__ import main as node_main

TOKEN = "a-token-of-the-monitoring"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return found_county(tmp_path_factory.mktemp("county"))


@pytest.fixture(scope="module")
def served(home: Path) -> Iterator[RunningHub]:
    with running_hub(home, COUNTY_HUB_METRICS_TOKEN=TOKEN) as hub:
        yield hub


def until(done: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if (found := done()) is not None:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within a minute: {what}")


def figures(text: str) -> dict[str, float]:
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if line[:1] not in ("#", "")}


# --- over the line ---------------------------------------------------------------------------------------------------------


def test_a_sound_hub_is_up_and_becomes_ready(served: RunningHub) -> None:
    with served.client() as http:
        assert http.get("/_up").json()["status"] == "ok"
        until(lambda: http.get("/_ready").status_code == 200 or None, "ready")
        assert http.get("/_ready").json() == {"status": "ready", "faults": []}


def test_figures_tell_what_the_hub_did_and_name_no_device(served: RunningHub, home: Path) -> None:
    device = enrol(served, home, VILLAGE)
    with served.client(device.device, device.token) as http:
        assert http.get(f"/office-{VILLAGE}").status_code == 200
        seen = until(lambda: (text if f'office="{VILLAGE}"' in (text := http.get("/_hub/metrics").text) else None), "a contact")
    found = figures(seen)
    assert found["hub_up"] == 1
    assert found['hub_store_bytes{store="databases"}'] > 0
    assert {"hub_router_lag_seconds", "hub_projector_lag_records", "hub_receipts_total", "hub_feeds_open",
            'hub_events_total{verdict="accept"}', 'hub_queue_oldest_seconds{queue="held"}', "hub_disk_free_bytes"} <= set(found)
    assert device.device not in seen
    assert not re.search(r"演示", seen)


@pytest.mark.parametrize(("headers", "status"), [
    ({}, 200), ({"x-forwarded-for": "203.0.113.9"}, 403), ({"via": "1.1 somebody"}, 403),
    ({"x-forwarded-for": "203.0.113.9", "authorization": f"Bearer {TOKEN}"}, 200),
    ({"x-forwarded-for": "203.0.113.9", "authorization": "Bearer wrong"}, 403),
])
def test_figures_are_for_whom_the_setting_names(served: RunningHub, headers: dict[str, str], status: int) -> None:
    with served.client() as http:
        assert http.get("/_hub/metrics", headers=headers).status_code == status


def test_a_short_token_is_refused_with_its_remedy(home: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTY_HUB_METRICS_TOKEN", "short")
    assert main(["status", str(home)]) == 2
    said = capsys.readouterr().err
    assert "metrics_token" in said
    assert "20" in said


def test_a_round_has_one_name_on_both_sides(tmp_path: Path, capsys: Any) -> None:
    home, node = found_county(tmp_path), str(tmp_path / "node")
    with running_hub(home) as hub:
        capsys.readouterr()
        code = new_code(home, OTHER_VILLAGE, "--url", hub.url)["code"]
        composition.enrol(tmp_path / "node", (hub.url,), code)
        assert node_main(["sync", node]) == 0
        capsys.readouterr()
        assert node_main(["sync", node, "--json"]) == 0
        session = json.loads(capsys.readouterr().out)["session"]
        assert re.fullmatch(r"[0-9a-f]{16}", session)
        assert node_main(["status", node]) == 0
        assert session in capsys.readouterr().out
        assert hub.stop() == 0
    lines = [json.loads(line) for line in (home / "hub.log").read_text("utf-8").splitlines()]
    told = next(line for line in lines if line.get("session") == session and "requests" in line)
    assert told["device"] == f"{OTHER_VILLAGE}-001"
    assert told["failed"] == 0
    assert told["requests"] >= 3
    with opened(home) as county:
        report = county.statements.newest()[f"{OTHER_VILLAGE}-001"].said.report
    assert (report["rounds"], report["rounds_cut"]) == (1, 0)


def test_wrong_credentials_of_a_device_stand_in_the_audit_log_once_and_strangers_do_not(served: RunningHub, home: Path) -> None:
    device = enrol(served, home, VILLAGE)
    with served.client(device.device, "wrong") as http:
        for _ in range(3):
            assert http.get(f"/office-{VILLAGE}").status_code == 401
    with served.client("somebodys-password", "x") as http:
        assert http.get(f"/office-{VILLAGE}").status_code == 401
    with opened(home) as hub:
        audit = opened_accounts(hub).audit
        lines = until(lambda: [line for line in audit.lines() if line.what == "device_failed"] or None, "a line")
    assert [line.account for line in lines] == [device.device]


def test_revocations_on_the_command_line_stand_in_the_audit_log(served: RunningHub, home: Path, capsys: Any) -> None:
    device = enrol(served, home, VILLAGE)
    assert main(["device", "revoke", str(home), device.device, "--lost"]) == 0
    with opened(home) as hub:
        lines = opened_accounts(hub).audit.lines(subject=device.device)
    assert [(line.account, line.what) for line in lines] == [("county-hub", "device_lost")]


def test_a_device_that_states_without_end_has_to_wait(served: RunningHub, home: Path) -> None:
    device = enrol(served, home, VILLAGE)
    with served.client(device.device, device.token) as http:
        first = http.post("/_hub/statement", json={})
        assert first.status_code == 403
        held_up = next(answer for _ in range(50 * STATEMENTS.most)
                       if (answer := http.post("/_hub/statement", json={})).status_code == 429)
        assert int(held_up.headers["retry-after"]) >= 1
    with served.client("somebody", "else") as http:
        assert any(http.post("/_hub/heads", json={}).status_code == 429 for _ in range(50 * STRANGERS.most))


# --- faults ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    return found_county(tmp_path)


def words(hub: Hub, **options: Any) -> tuple[list[tuple[str, str]], bool]:
    router = router_of(hub)
    try:
        router.caught_up = True
        health = Health(hub, router, **options)
        health.look()
        return [(fault.word, fault.subject) for fault in health.faults()], health.is_up()
    finally:
        router.close()


def test_a_damaged_office_is_named_and_devices_of_others_may_come(broken: Path) -> None:
    damage(broken / "databases" / f"office-{VILLAGE}.replica", "head")
    with opened(broken) as hub:
        assert words(hub) == ([("damaged_file", f"office-{VILLAGE}.replica")], True)


def test_a_file_that_was_sound_is_looked_at_again_once_somebody_wrote_it(broken: Path) -> None:
    path = broken / "databases" / f"office-{VILLAGE}.replica"
    sound = path.read_bytes()
    with opened(broken) as hub:
        router = router_of(hub)
        router.caught_up = True
        health = Health(hub, router)

        def found() -> list[tuple[str, str]]:
            health.look()
            return [(fault.word, fault.subject) for fault in health.faults()]

        assert [found(), found()] == [[], []]
        damage(path, "head")
        assert [found(), found()] == [[("damaged_file", path.name)]] * 2
        path.write_bytes(sound)
        assert found() == []
        router.close()


def test_damage_deep_in_a_file_is_named_when_somebody_came_upon_it(broken: Path) -> None:
    damage(broken / "databases" / f"office-{VILLAGE}.replica", "body")
    with opened(broken) as hub:
        with pytest.raises(SyncError), hub.databases.lease(f"office-{VILLAGE}") as replica:
            replica.all_docs()
        assert words(hub)[0] == [("damaged_file", f"office-{VILLAGE}.replica")]
        for path in (broken / "databases").glob(f"office-{VILLAGE}.replica*"):
            path.unlink()
        assert words(hub)[0] == []


def test_without_the_directory_nobody_should_come(broken: Path) -> None:
    with opened(broken) as hub:
        damage(broken / "databases" / "directory.replica", "head")
        found, up = words(hub)
    assert ("damaged_core", "directory.replica") in found
    assert not up


def test_a_full_disk_is_said(broken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(broken) as hub:
        real = os.statvfs
        fake = type("Full", (), {"f_bavail": 0, "f_frsize": 4096})
        monkeypatch.setattr(os, "statvfs", lambda path: fake() if str(path).startswith(str(broken)) else real(path))
        assert words(hub) == ([("disk_full", "")], False)


def test_a_router_that_lags_and_a_thread_that_fails_are_said(broken: Path) -> None:
    with opened(broken) as hub:
        router, now = router_of(hub), [0.0]
        assert [fault.word for fault in Health(hub, router).faults()] == ["starting"]
        router.caught_up, router._dirty = True, Dirty(lambda: now[0])
        router._dirty.add(f"office-{VILLAGE}")
        health = Health(hub, router)
        assert health.faults() == []
        now[0] += hub.settings.ready_lag_seconds + 1
        assert [fault.word for fault in health.faults()] == ["router_lag"]
        told = figures(HubFigures(hub, router, health, Counter()).text().decode())
        assert told['hub_fault{fault="router_lag"}'] == 1
        assert router._dirty.take(0) == [f"office-{VILLAGE}"]
        assert [fault.word for fault in health.faults()] == ["router_lag"]          # taken, and not done
        router._dirty.done(f"office-{VILLAGE}")
        assert health.faults() == []
        failing = Follower("projector", lambda stop: None, lambda name: False, 1)
        failing._failing_since = time.monotonic() - hub.settings.ready_lag_seconds - 1
        health.followers.append(failing)
        assert [(fault.word, fault.subject) for fault in health.faults()] == [("worker_failing", "projector")]
        router.close()


# --- parts -------------------------------------------------------------------------------------------------------------------


def test_rates_let_so_many_pass_at_once_and_then_so_many_a_minute() -> None:
    now = [0.0]
    rates, rate = Rates(lambda: now[0]), Rate(3, 60)
    assert [rates.wait_s("x", "a", rate) for _ in range(4)] == [0, 0, 0, 1]
    assert rates.wait_s("x", "b", rate) == 0
    now[0] += 2
    assert [rates.wait_s("x", "a", rate) > 0 for _ in range(3)] == [False, False, True]


def test_a_round_is_told_when_it_has_been_silent(caplog: Any) -> None:
    now = [0.0]
    book = SessionBook(lambda: now[0])
    with caplog.at_level("INFO"):
        book.note("a" * 16, "d-1", 200, 10, 20)
        book.note("a" * 16, "d-1", 500, 1, 2)
        book.flush()
        assert not caplog.records
        now[0] += SILENT_S + 1
        book.flush()
    told = caplog.records[0].told
    assert told == {"device": "d-1", "requests": 2, "failed": 1, "bytes_in": 11, "bytes_out": 22, "seconds": 0.0}


def test_a_line_of_the_log_has_its_session_and_nothing_about_people() -> None:
    try:
        raise ValueError("张三 13912345678")
    except ValueError as fault:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "of %s and %s, office %s",
                                   ("13912345678", "11010519491231002X", COUNTY), (ValueError, fault, fault.__traceback__))
    with in_session("0" * 16):
        line = json.loads(JsonLines().format(record))
    assert line["session"] == "0" * 16
    assert line["message"] == f"of [phone] and [id], office {COUNTY}"
    assert line["fault"] == "ValueError"
    assert line["trace"][0].startswith("tests/county_hub/hub/health/test_health.py:")
    assert "张三" not in json.dumps(line, ensure_ascii=False)
    assert HEADER.lower() == HEADER
