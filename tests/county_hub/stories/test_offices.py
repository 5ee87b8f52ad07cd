"""Offices in time, by the two programs' own commands: renamed, closed, replaced; a service point that was offline on the day."""

from __future__ import annotations

import contextlib
import shutil
import time

import pytest

from county_hub import composition as hub_programs
from county_hub.hub.routed import rules as routing
from county_hub.service import upkeep
from shared.disputes.acts import drafts
from shared.ledger.authoring import Act
from shared.ledger.days import full_day
from tests.support.county_hub.hub_support import DIVISIONS, NEIGHBOUR, OTHER_TOWN, TOWN, VILLAGE, opened
from tests.support.county_hub.scratch_county import CLERK, COUNTY_OFFICER, DRAFT, MEDIATOR, NEXT_DOOR, ScratchCounty, day, sets
from tests.support.shared.pdf_text import text_of
from village_node import composition

DAY_MS = 86_400_000
TALK = {"title": "DEMO 路灯", "text": "DEMO 二组没有路灯", "teller": "演示甲"}


@pytest.fixture
def county(tmp_path):
    return ScratchCounty(tmp_path)


@pytest.fixture
def on_day(monkeypatch):
    """`with on_day(3):` every clock, the hub's and the tablets', stands three days ahead."""

    @contextlib.contextmanager
    def shifted(days: int):
        def ahead() -> int:
            return time.time_ns() // 1_000_000 + days * DAY_MS

        with monkeypatch.context() as patch:
            patch.setattr(composition.clocks, "real_clock", lambda: ahead)
            patch.setattr(hub_programs, "real_clock", ahead)
            yield

    return shifted


def number_of(county: ScratchCounty, case: str, *, office: str = VILLAGE) -> str:
    return str(county.at(office, "case", "show", case)["row"]["number"])


def doctor(county: ScratchCounty) -> list[upkeep.Finding]:
    """What it finds about closed offices."""
    with opened(county.home) as hub:
        return [finding for finding in upkeep.doctor(hub) if finding.code == "closed_office"]


def test_a_number_a_record_and_a_paper_keep_the_name_of_their_day_and_lists_show_todays(county, on_day, tmp_path) -> None:
    with on_day(1):
        before = county.register()
        county.hub("office", "rename", VILLAGE, "--name", "旧地社区", "--from", day(2))
        assert number_of(county, before).startswith("旧地村〔")
    with on_day(3):
        after = county.register(summary="DEMO 更名后在离线的平板上登记")       # the tablet was offline on the day of change
        assert number_of(county, after).startswith("旧地村〔")
    with on_day(4):
        county.sync()
        assert number_of(county, before).startswith("旧地村〔")
        assert number_of(county, after).startswith("旧地社区〔")
        row = county.village("case", "show", before)
        assert row["row"]["holder_name"] == "巴彦高勒镇旧地社区"                # whose case it is today, with its parent
        assert row["timeline"][0]["office_name"] == "巴彦高勒镇旧地村"          # who wrote it then
        listed = county.hub("case", "list")
        assert [listed.count(word) for word in ("旧地村〔", "旧地社区〔", "巴彦高勒镇旧地社区")] == [1, 1, 2]
        for written in ("旧地村〔", "旧地社区〔"):                              # both names stand on paper, both are found
            text = number_of(county, after).replace("旧地社区〔", written)
            assert county.village("case", "show", text)["row"]["id"] == after
            assert county.hub("case", "show", text, "--json")["id"] == after
        for case, name in ((before, "旧地村"), (after, "旧地社区")) if shutil.which("pdftotext") else ():
            out = tmp_path / f"{name}.pdf"
            county.village("case", "print", case, "--document", "D03", "--out", out)
            paper = text_of(out.read_bytes())
            assert f"巴彦高勒镇{name}〔" in paper
            assert ("旧地社区" in paper) == (name == "旧地社区")


def test_a_rename_of_a_day_to_come_changes_nothing_before_it(county) -> None:
    county.hub("office", "rename", TOWN, "--name", "新巴镇", "--from", day(1))
    county.sync()
    case = county.register()
    assert county.village("case", "show", case)["row"]["holder_name"] == "巴彦高勒镇旧地村"
    shown = county.hub("office", "show", "HOME", "--office", VILLAGE)
    assert shown["name"] == "巴彦高勒镇旧地村"
    assert [p["committee"] for p in shown["periods"]] == ["巴彦高勒镇旧地村人民调解委员会", "新巴镇旧地村人民调解委员会"]


def test_a_closed_office_begins_nothing_but_what_it_began_offline_before_it_knew_stays(county, on_day) -> None:
    county.hub("office", "close", NEIGHBOUR, "--from", day(2), "--successor", VILLAGE)
    with on_day(3):                                                             # offline on the day, and it never heard of it
        offline = county.register(NEXT_DOOR, office=NEIGHBOUR)
    with on_day(4):
        county.sync()
        assert county.hub("case", "show", offline, "--json")["holder"] == NEIGHBOUR      # accepted by the county, not refused
        [row] = county.neighbour("case", "list")
        assert row["delivery"]["worst"] == "accepted"
        [finding] = doctor(county)                                              # and it waits to be handed over
        assert number_of(county, offline, office=NEIGHBOUR) in finding.text
        said = county.neighbour("case", "register", "--as", NEXT_DOOR, "--json", county.draft(DRAFT), fails=True)
        assert "南滩村" in said
        assert full_day(day(1)) in said
        assert "旧地村" in said
        told = county.neighbour("record", "write", "HOME", "talk_item.told", "--as", NEXT_DOOR, *sets(**TALK), fails=True)
        assert full_day(day(1)) in told
        # a matter of an earlier day, written down late, is still its own
        late = county.neighbour("case", "register", "--as", NEXT_DOOR, "--json", county.draft(DRAFT), "--date", day(1))
        county.sync()
        assert county.hub("case", "show", late["row"]["id"], "--json")["holder"] == NEIGHBOUR


def test_the_hub_refuses_what_a_closed_office_writes_although_it_knew(county) -> None:
    county.hub("office", "close", NEIGHBOUR, "--from", day(0), "--successor", VILLAGE)
    county.sync()
    referral = sets(service="legal_aid", to=NEIGHBOUR, text="DEMO")
    assert "不能再交给它" in county.village("record", "write", "HOME", "referral.made", "--as", MEDIATOR, *referral, fails=True)
    with composition.open_node(county.homes[NEIGHBOUR]) as node:      # a program that does not ask its own rules
        body = drafts.check("case.registered", {**DRAFT, "place": {"office": NEIGHBOUR}})
        event = node.author.write(Act("case.registered", None, body,
                                  actor=NEXT_DOOR, role="window_clerk", number=True))
    county.sync()
    with opened(county.home) as hub, hub.databases.lease(routing.QUARANTINE) as held:
        [doc] = [row.doc for row in held.all_docs(startkey="quarantine:", endkey="quarantine:\uffff", include_docs=True)]
    assert doc["doc_id"] == event.id
    assert doc["reason"].startswith("office_closed")
    refused = county.neighbour("case", "show", event.subject)["timeline"][0]["delivery"]
    assert refused["state"] == "refused"
    assert "已撤销" in refused["reason"]
    assert "…" not in str(refused)


def test_the_open_cases_of_a_closed_office_are_told_until_they_are_handed_over(county) -> None:
    case = county.register(NEXT_DOOR, office=NEIGHBOUR)
    county.sync()
    number = number_of(county, case, office=NEIGHBOUR)
    said = county.hub("office", "close", NEIGHBOUR, "--from", day(0), "--successor", VILLAGE)
    assert number in said
    assert f"to={VILLAGE}" in said
    [finding] = doctor(county)
    assert finding.serious
    assert number in finding.text
    assert "旧地村" in finding.text
    county.hub("case", "recall", case, "--as", COUNTY_OFFICER, "--set", "reason=DEMO 单位撤销")
    refused = county.hub("case", "assign", case, "--as", COUNTY_OFFICER, "--set", f"to={NEIGHBOUR}", fails=True)
    assert "南滩村" in refused
    assert "旧地村" in refused
    county.hub("case", "assign", case, "--as", COUNTY_OFFICER, "--set", f"to={VILLAGE}")
    county.sync()
    county.village("case", "acknowledge-assignment", case, "--as", CLERK)
    county.sync()
    assert doctor(county) == []
    assert number_of(county, case) == number                # its number is that of the office that gave it


def test_an_office_replaced_by_a_new_one_hands_on_under_another_code(county) -> None:
    new = "150822100299"
    refused = county.hub("office", "replace", NEIGHBOUR, "--by", new, "--from", day(0), fails=True)
    assert "--name" in refused
    county.hub("office", "replace", NEIGHBOUR, "--by", new, "--name", "新滩社区", "--from", day(0))
    county.another_device(new, new, 9)
    county.sync()
    shown = county.hub("office", "show", "HOME", "--office", new)
    assert (shown["name"], shown["valid_from"]) == ("巴彦高勒镇新滩社区", day(0))
    assert county.hub("office", "show", "HOME", "--office", NEIGHBOUR)["periods"][-1]["successor"] == new
    said = county.neighbour("case", "register", "--as", NEXT_DOOR, "--json", county.draft(DRAFT), fails=True)
    assert "新滩社区" in said


def test_a_closure_is_taken_back_and_what_cannot_be_changed_is_said(county) -> None:
    county.hub("office", "close", NEIGHBOUR, "--last-day", day(-1))
    assert "旧地村" in county.hub("office", "close", TOWN, "--from", day(3), fails=True)
    assert full_day(day(-1)) in county.hub("office", "rename", NEIGHBOUR, "--name", "别名村", "--from", day(0), fails=True)
    assert NEIGHBOUR in county.hub("office", "close", VILLAGE, "--from", day(0), "--successor", NEIGHBOUR, fails=True)
    county.hub("office", "close", NEIGHBOUR, "--cancel")
    county.sync()
    county.register(NEXT_DOOR, office=NEIGHBOUR)
    county.hub("office", "rename", OTHER_TOWN, "--name", "甲镇", "--from", day(0))
    assert full_day(day(0)) in county.hub("office", "rename", OTHER_TOWN, "--name", "乙镇", "--from", day(-1), fails=True)


def test_a_changed_list_of_divisions_says_what_differs_and_which_command_changes_it(county) -> None:
    path = county.folder / "again.csv"

    def again(text: str) -> dict:
        path.write_text(text, "utf-8")
        return county.hub("init", "HOME", "--county", "150822", "--divisions", path, "--json")

    assert again(DIVISIONS)["differences"] == []
    changed = DIVISIONS.replace("旧地村委会", "旧地社区").replace("150822100201,南滩村委会,village,150822100\n", "") + \
        "150822101201,新增村委会,village,150822101\n"
    found = {one["office"]: one for one in again(changed)["differences"]}
    assert {id: one["code"] for id, one in found.items()} == {VILLAGE: "renamed", NEIGHBOUR: "missing", "150822101201": "added"}
    assert f"office rename {county.home} {VILLAGE} --name 旧地社区 --from" in found[VILLAGE]["command"]
    assert f"office close {county.home} {NEIGHBOUR}" in found[NEIGHBOUR]["command"]
    assert "office replace" in found[NEIGHBOUR]["text"]
    assert county.hub("office", "show", "HOME", "--office", VILLAGE)["name"] == "巴彦高勒镇旧地村"      # said, not done
    county.hub("office", "rename", VILLAGE, "--name", "旧地社区", "--from", day(0))
    [old] = [one for one in again(DIVISIONS)["differences"] if one["office"] == VILLAGE]
    assert (old["code"], old["command"]) == ("old_name", "")


def test_a_list_of_divisions_may_carry_first_and_last_days(county) -> None:
    lines = DIVISIONS.splitlines()
    dated = [lines[0] + ",valid_from,valid_to", *(f"{line},," for line in lines[1:])]
    dated = [line.replace("南滩村委会,village,150822100,,", f"南滩村委会,village,150822100,,{day(5)}") for line in dated]
    path = county.folder / "dated.csv"
    path.write_text("\n".join(dated), "utf-8")
    [one] = county.hub("init", "HOME", "--county", "150822", "--divisions", path, "--json")["differences"]
    assert one["code"] == "ends"
    assert one["command"].endswith(f"{NEIGHBOUR} --last-day {day(5)}")
    assert full_day(day(5)) in one["text"]
    assert "None" not in one["text"], "it has no last day yet"
    path.write_text(path.read_text("utf-8").replace(day(5), "下个月"), "utf-8")
    assert "valid_to" in county.hub("init", "HOME", "--county", "150822", "--divisions", path, fails=True)
