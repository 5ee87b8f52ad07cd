"""The health of devices: what a signed statement tells, and what the hub saw itself."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from county_hub.commands.cli import main
from county_hub.county.fleet import LEAST_FREE, fleet
from shared.ledger.published.statements import Statement, Waiting, build_statement
from tests.support.county_hub.hub_support import NEIGHBOUR, TOWN, VILLAGE, enrol, found_county, new_code, opened, running_hub
from village_node import composition
from village_node.__main__ import main as node_main

DAY = 86_400_000


def test_a_device_tells_what_is_stranded_and_the_gravest_comes_first(tmp_path: Path, capsys: Any) -> None:
    home = found_county(tmp_path)
    with running_hub(home) as hub:
        village, town, quiet = (enrol(hub, home, office) for office in (VILLAGE, TOWN, NEIGHBOUR))
        with opened(home) as direct:
            now, place = direct.clock(), direct.directory.latest().cited
        bad = {"app": "shuoshi/9", "free_bytes": LEAST_FREE - 1, "clock_offset_ms": -3 * DAY, "rounds": 40, "rounds_cut": 12}
        good = {"app": "shuoshi/9", "free_bytes": LEAST_FREE, "clock_offset_ms": 900, "last_error": ""}
        for device, waiting, report in ((village, Waiting(3, 2, 0, now - 5 * DAY), bad), (town, Waiting(), good)):
            said = build_statement(Statement(device.device, 1, 0, None, place, waiting, report), device.key)
            with hub.client(device.device, device.token) as client:
                answer = client.post("/_hub/statement", json=said)
                assert answer.status_code == 200
                heard = answer.json().get("contacts")
        assert heard is not None, "a township learns of its villages"
        assert abs(heard[VILLAGE] - now) < DAY
        assert heard[NEIGHBOUR] is None, "a tablet that never stated anything"
        assert TOWN not in heard
        with hub.console() as console:
            page = console.get("/console/fleet")
            everything = console.get("/console/fleet?all=1")
            asked = {"csrf": re.findall(r'name="csrf" value="([^"]+)"', page.text)[0], "form": "csv"}
            taken = [console.post("/console/fleet/export", data={**asked, **more}).content.decode("utf-8-sig")
                     for more in ({}, {"all": "1"})]
        below, own = {}, {}
        for device, told in ((town, below), (village, own)):
            with hub.client(device.device, device.token) as client:
                told.update({one["device"]: one for one in client.get("/_hub/fleet").json()["devices"]})
        assert set(below) == {village.device, town.device, quiet.device}
        assert set(own) == {village.device}
        with hub.client(village.device, "wrong") as client:
            assert client.get("/_hub/fleet").status_code == 401
    with opened(home) as direct:
        found = {health.device: health for health in fleet(direct)}
        assert found[village.device].faults == ("waits", "clock", "full", "cut")
        assert (found[village.device].records, found[village.device].files, found[village.device].app) == (3, 2, "shuoshi/9")
        assert found[town.device].faults == ()
        assert next(iter(fleet(direct))).device == village.device
        assert found[quiet.device].stated_at == 0
    assert [text.count("\r\n") for text in taken] == [2, 4], "as it is filtered, with its heading"
    assert "设备时钟快 3 天" in taken[0]
    assert page.status_code == 200
    assert "设备时钟快 3 天" in page.text
    assert "最近 40 次同步有 12 次没做完" in page.text
    assert "3 条记录、2 个文件没送到" in page.text
    assert "还没报过" in everything.text
    assert "〔fleet" not in everything.text
    capsys.readouterr()
    assert main(["fleet", str(home), "--office", VILLAGE, "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told["faults"] == ["waits", "clock", "full", "cut"]
    assert main(["fleet", str(home)]) == 0
    assert "1 台要看一看" in capsys.readouterr().out
    assert main(["fleet", str(home), "--office", "1"]) == 2


def test_a_township_sees_its_own_and_the_villages_below(tmp_path: Path, capsys: Any) -> None:
    home, node = found_county(tmp_path), str(tmp_path / "town")
    with running_hub(home) as hub:
        enrol(hub, home, VILLAGE)
        composition.enrol(tmp_path / "town", (hub.url,), new_code(home, TOWN, "--url", hub.url)["code"])
        assert node_main(["sync", node]) == 0
        capsys.readouterr()
        assert node_main(["fleet", node]) == 0
        said = capsys.readouterr().out
        assert "旧地村" in said
        assert node_main(["fleet", node, "--json"]) == 0
        assert {one["office"] for one in json.loads(capsys.readouterr().out)} == {TOWN, VILLAGE}
    capsys.readouterr()
    assert node_main(["fleet", node]) == 1
    assert "连不上上级平台" in capsys.readouterr().err


def test_whatever_a_device_says_of_itself_the_fleet_is_shown_and_no_rate_passes_the_whole(tmp_path: Path, capsys: Any) -> None:
    home, most = found_county(tmp_path), 2**53 - 1
    reports: list[dict[str, Any]] = [
        {"rounds": most, "rounds_cut": most, "free_bytes": -most}, {"rounds": 12, "rounds_cut": 99, "clock_offset_ms": most},
        {"rounds": -5, "rounds_cut": 7, "clock_offset_ms": -most}, {"rounds": True, "app": ["x"], "last_error": {"a": 1}},
        {"app": "<b>\u202e\n", "last_error": "\u202e<b>" + "长" * 2000}]
    with running_hub(home) as hub:
        device = enrol(hub, home, VILLAGE)
        with opened(home) as direct:
            place = direct.directory.latest().cited
        with hub.client(device.device, device.token) as client, hub.console() as console:
            for n, report in enumerate(reports, 1):
                said = Statement(device.device, n, 0, None, place, Waiting(2**31 - 1, 0, 0, (0, 2**48 - 1)[n % 2]), report)
                assert client.post("/_hub/statement", json=build_statement(said, device.key)).status_code == 200
                page, figures = console.get("/console/fleet?all=1"), console.get("/_hub/metrics")
                assert (page.status_code, figures.status_code) == (200, 200)
                assert "<b>" not in page.text
                assert "9999" not in page.text
                assert ("最早 不明" in page.text) == ("等了多久不清楚" in page.text) == bool(n % 2), "the far future is no time"
                export = {"csrf": re.findall(r'name="csrf" value="([^"]+)"', page.text)[0], "form": "csv", "all": "1"}
                taken = console.post("/console/fleet/export", data=export).content.decode("utf-8-sig")
                assert "9999" not in taken
                assert (",不明," in taken) == bool(n % 2)
                rounds = {word: float(value) for word, value in re.findall(r'hub_sync_rounds{ended="(\w+)"} (\S+)', figures.text)}
                assert 0 <= rounds["cut"] <= rounds["all"] <= 100, report
                capsys.readouterr()
                assert main(["fleet", str(home)]) == 0
                listed = capsys.readouterr().out
                assert "\u202e" not in listed
                assert "9999" not in listed
