"""A device retired or lost while it held unsent work, against a running hub: what leaves, what is refused, what stays."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main as county
from tests.support.county_hub.hub_support import VILLAGE, RunningHub, found_county, new_code, opened, running_hub
from tests.support.patience import until
from village_node import composition
from village_node.__main__ import main as service_point
from village_node.desk.desk import Desk, FileDraft
from village_node.point import chain_check
from village_node.point.errors import IdentityFault
from village_node.point.sync_round import run_round

DRAFT = {"parties": [{"name": "演示甲"}, {"name": "演示乙", "role": "respondent"}], "category": "DC02"}
CLERK = "clerk-1"
PHOTO = bytes(range(256)) * 300


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = found_county(tmp_path_factory.mktemp("county"))
    assert quiet(county, "staff", "add", made, "--id", CLERK, "--name", "演示员", "--office", VILLAGE, "--roles", "mediator") == 0
    return made


@pytest.fixture(scope="module")
def hub(home: Path) -> Iterator[RunningHub]:
    with running_hub(home) as made:
        yield made


@pytest.fixture
def tablet(tmp_path: Path, home: Path, hub: RunningHub) -> Iterator[Desk]:
    composition.enrol(tmp_path / "tablet", hub.url, new_code(home, VILLAGE)["code"])
    with composition.open_desk(tmp_path / "tablet") as desk:
        assert run_round(desk.node).ok
        yield desk


def quiet(main: Any, *words: object) -> int:
    with redirect_stdout(io.StringIO()):
        return int(main([str(word) for word in words]))


def register(desk: Desk, words: str, **more: Any) -> str:
    return str(desk.register(CLERK, {**DRAFT, "summary": f"DEMO {words}"}, **more).id)


def retire(home: Path, desk: Desk, *, status: str = "--retired") -> None:
    """By a second process, at the place where the tablet's chain is now."""
    head = chain_check.head_of(desk.node)
    assert head is not None
    end = ["--final-seq", head.seq, "--final-hash", head.hash] if status == "--retired" else []
    assert quiet(county, "device", "revoke", home, desk.node.config.device, status, *end) == 0


def delivery(desk: Desk, case: str) -> tuple[str, str]:
    first = desk.case(case).timeline[0].delivery
    return first.state, first.reason


def in_county(home: Path, case: str) -> bool:
    with opened(home) as hub:
        return bool(hub.replica.all_docs(startkey=f"case:{case}:", endkey=f"case:{case}:\uffff"))


def quarantined(home: Path, case: str) -> list[str]:
    """Names of the notes that hold records of this case."""
    with opened(home) as hub, hub.databases.lease("quarantine") as replica:
        rows = replica.all_docs(startkey="quarantine:", endkey="quarantine:\uffff", include_docs=True)
        return [row.id for row in rows if row.doc is not None and case in str(row.doc.get("doc_id"))]


def test_work_below_the_declared_place_leaves_and_work_above_it_is_refused_by_name_and_stays(
        home: Path, hub: RunningHub, tablet: Desk, tmp_path: Path) -> None:
    before = register(tablet, "停用前登记", files=[FileDraft(data=PHOTO, name="照片.bin")])
    retire(home, tablet)
    after = register(tablet, "停用后登记")
    told = run_round(tablet.node, receipt_wait_s=20)
    assert (told.ok, told.error) == (False, "identity")
    assert delivery(tablet, before)[0] == "accepted"
    state, reason = delivery(tablet, after)
    assert state == "refused"
    assert "停用" in reason, reason
    assert tablet.status().last_error == told.sentence
    assert "1 条县里没有收" in told.sentence
    assert in_county(home, before)
    assert not in_county(home, after)
    with pytest.raises(IdentityFault, match="停用"):
        register(tablet, "知道以后再写")

    def arrived() -> bool:                          # the photograph was among what left
        run_round(tablet.node, receipt_wait_s=0.3)
        return tablet.case(before).files[0].delivery.state == "accepted"

    until(arrived, "the photograph's receipt")

    out = tmp_path / "remains.jsonl"
    tablet.close()
    assert quiet(service_point, "leave", tmp_path / "tablet", "--out", out) == 0
    assert (out.stat().st_mode & 0o777, after in out.read_text("utf-8"), before in out.read_text("utf-8")) == (0o600, True, False)
    [name] = quarantined(home, after)
    with hub.console() as client:
        assert client.get("/console/quarantine").status_code == 200
    with opened(home) as direct:
        from county_hub.hub.hub import router_of
        router = router_of(direct)
        router.release(name, "dispatcher: DEMO 核对过")
        router.close()
    waited_for(home, after)
    assert in_county(home, after), "a person may let it in"


def waited_for(home: Path, case: str) -> None:
    with opened(home) as hub:
        until(lambda: hub.replica.all_docs(startkey=f"case:{case}:", endkey=f"case:{case}:\uffff"), "the case at the county")


def test_a_file_brings_what_no_line_brings_any_more(home: Path, hub: RunningHub, tablet: Desk, tmp_path: Path) -> None:
    case = register(tablet, "没有网络时停用", files=[FileDraft(data=PHOTO, name="b.bin")])
    retire(home, tablet)
    tablet.close()
    out = tmp_path / "remains.jsonl"
    assert quiet(service_point, "leave", tmp_path / "tablet", "--out", out) == 0
    with out.open("ab") as file:
        file.write(b'{"_id": 5}\nnot json\n' + b'{"_id":"chunk:00","_rev":"1-x","data":"AAAA"}\n')
    said = io.StringIO()
    with redirect_stdout(said):
        assert county(["device", "take", str(home), str(out)]) == 0
    assert "3 个没有收" in said.getvalue()
    waited_for(home, case)
    assert in_county(home, case)
    assert quiet(county, "device", "take", home, out) == 0, "twice is once"
    assert quiet(county, "device", "take", home, home / "hub.toml") == 2
    assert quiet(county, "device", "take", home, tmp_path / "nowhere") == 2


def test_what_a_lost_device_leaves_waits_for_a_person(home: Path, hub: RunningHub, tablet: Desk) -> None:
    case = register(tablet, "挂失后才送到")
    retire(home, tablet, status="--lost")
    told = run_round(tablet.node, receipt_wait_s=10)
    assert (told.error, "挂失" in told.sentence) == ("identity", True)
    assert delivery(tablet, case)[0] == "refused"
    assert quarantined(home, case)
    assert not in_county(home, case)


def test_a_device_in_service_is_told_so_and_nobody_else_is_told_anything(home: Path, hub: RunningHub, tablet: Desk) -> None:
    register(tablet, "在用")
    assert run_round(tablet.node, receipt_wait_s=10).ok
    answer = tablet.node.hub().leave()
    assert (answer["status"], answer["final"], answer["receipt"]["device"]) == ("active", None, tablet.node.config.device)
    with hub.client() as client:
        assert client.get("/_hub/leave").status_code == 401
        assert client.get("/_hub/leave", auth=("nobody", "x")).status_code == 401


def test_a_retired_tablet_that_gets_a_new_code_goes_on_and_loses_nothing(
        home: Path, hub: RunningHub, tablet: Desk, tmp_path: Path) -> None:
    case = register(tablet, "换身份以前")
    retire(home, tablet)
    assert run_round(tablet.node, receipt_wait_s=10).error == "identity"
    tablet.close()
    composition.enrol(tmp_path / "tablet", hub.url, new_code(home, VILLAGE)["code"], renew=True)
    with composition.open_desk(tmp_path / "tablet") as desk:
        assert run_round(desk.node, receipt_wait_s=10).ok
        assert delivery(desk, case)[0] == "accepted"
        new = register(desk, "换身份以后")
        assert run_round(desk.node, receipt_wait_s=20).ok
        assert delivery(desk, new)[0] == "accepted"
