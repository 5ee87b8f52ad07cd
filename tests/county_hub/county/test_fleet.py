"""The health of devices: what a signed statement tells, and what the hub saw itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from county_hub.commands.cli import main
from county_hub.county.fleet import LEAST_FREE, fleet
from shared.ledger.published.statements import Statement, Waiting, build_statement
from tests.support.county_hub.hub_support import NEIGHBOUR, TOWN, VILLAGE, enrol, found_county, opened, running_hub

DAY = 86_400_000


def test_a_device_tells_what_is_stranded_and_the_gravest_comes_first(tmp_path: Path, capsys: Any) -> None:
    home = found_county(tmp_path)
    with running_hub(home) as hub:
        village, town, quiet = (enrol(hub, home, office) for office in (VILLAGE, TOWN, NEIGHBOUR))
        with opened(home) as direct:
            now, place = direct.clock(), direct.directory.latest().cited
        bad = {"app": "shuoshi/9", "free_bytes": LEAST_FREE - 1, "clock_offset_ms": -3 * DAY}
        good = {"app": "shuoshi/9", "free_bytes": LEAST_FREE, "clock_offset_ms": 900, "last_error": ""}
        for device, waiting, report in ((village, Waiting(3, 2, 0, now - 5 * DAY), bad), (town, Waiting(), good)):
            said = build_statement(Statement(device.device, 1, 0, None, place, waiting, report), device.key)
            with hub.client(device.device, device.token) as client:
                assert client.post("/_hub/statement", json=said).status_code == 200
        with hub.console() as console:
            page = console.get("/console/fleet")
            everything = console.get("/console/fleet?all=1")
    with opened(home) as direct:
        found = {health.device: health for health in fleet(direct)}
        assert found[village.device].faults == ("waits", "clock", "full")
        assert (found[village.device].records, found[village.device].files, found[village.device].app) == (3, 2, "shuoshi/9")
        assert found[town.device].faults == ()
        assert next(iter(fleet(direct))).device == village.device
        assert found[quiet.device].stated_at == 0
    assert page.status_code == 200
    assert "设备时钟快 3 天" in page.text
    assert "3 条记录、2 个文件没送到" in page.text
    assert "还没报过" in everything.text
    assert "〔fleet" not in everything.text
    capsys.readouterr()
    assert main(["fleet", str(home), "--office", VILLAGE, "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told["faults"] == ["waits", "clock", "full"]
    assert main(["fleet", str(home)]) == 0
    assert "1 台要看一看" in capsys.readouterr().out
    assert main(["fleet", str(home), "--office", "1"]) == 2
