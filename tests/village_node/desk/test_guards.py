"""The hard guards and the rows of the permission table at a desk, on real replicas and on the command line."""

from __future__ import annotations

import json

import pytest

from shared.disputes.forms.answers import start, to_draft
from shared.disputes.forms.form import Setting
from shared.disputes.forms.questions import form_for
from shared.ledger.published.directory_heads import change
from shared.ledger.texts import t
from tests.support.village_node.node_world import CLERK, DRAFT, OFFICER, TOWNSHIP, VILLAGE, World
from tests.village_node.commands.test_cli import run
from village_node.point.errors import InvalidDraft, NotHere, Refused

OWNERSHIP = {**DRAFT, "category": "DC07", "subcategory": "use_right"}


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_the_tablet_and_its_command_line_show_the_banner_of_an_excluded_matter(world):
    home = world.home()
    with world.desk(home) as desk:
        view = desk.register(CLERK, OWNERSHIP)
        assert view.banners[0] == t("banner.status_quo_required")
        assert "行政裁决" in view.banners[1]
        with pytest.raises(Refused, match="人民政府"):
            desk.settle_on_spot(CLERK, view.id, {"text": "DEMO", "agreed_by": [0, 1]})
        with pytest.raises(Refused, match="人民政府"):
            desk.accept(CLERK, view.id, {"rights_told": True, "parties_willing": True})
        rejected = desk.reject_acceptance(CLERK, view.id, {"reason": "DEMO 权属争议"})
        assert rejected.timeline[-1].body["channel"] == "to_adjudication"
    shown = json.loads(run("case", "show", home, view.id).stdout)
    assert shown["banners"][0] == t("banner.status_quo_required")


def test_a_subcategory_of_another_category_is_refused_naming_those_that_fit(world):
    with world.desk(world.home()) as desk, pytest.raises(InvalidDraft, match="承包"):
        desk.register(CLERK, {**DRAFT, "category": "DC07", "subcategory": "divorce"})


def test_a_land_matter_is_named_before_it_is_settled(world):
    with world.desk(world.home()) as desk:
        view = desk.register(CLERK, {**DRAFT, "category": "DC07", "subcategory": ""})
        with pytest.raises(Refused, match="小类"):
            desk.settle_on_spot(CLERK, view.id, {"text": "DEMO", "agreed_by": [0, 1]})
        desk.triage(CLERK, view.id, {"subcategory": "boundary"})
        assert desk.settle_on_spot(CLERK, view.id, {"text": "DEMO", "agreed_by": [0, 1]}).row.state == "closed"


# --- A6, A8: what a session says, who seals


def accepted(desk, staff=CLERK):
    case = desk.register(staff, DRAFT).id
    desk.accept(staff, case, {"rights_told": True, "parties_willing": True})
    return case


def test_the_desk_writes_no_session_without_rights_told_and_consent_to_whom_it_invites(world):
    with world.desk(world.home()) as desk:
        case = accepted(desk)
        with pytest.raises(Refused, match="尚未告知"):
            desk.hold_session(CLERK, case, {"place": "DEMO", "rights_told": False})
        invited = {"name": "DEMO 舅舅", "role": "invited"}
        with pytest.raises(InvalidDraft, match="同意"):
            desk.hold_session(CLERK, case, {"place": "DEMO", "rights_told": True, "participants": [invited]})
        with pytest.raises(Refused, match="第二十条"):
            desk.hold_session(CLERK, case, {
                "place": "DEMO", "rights_told": True, "participants": [{**invited, "consented": False}]})
        held = desk.hold_session(CLERK, case, {
            "place": "DEMO", "rights_told": True, "participants": [{**invited, "consented": True}]})
        assert held.row.state == "mediating"


def test_the_desk_lets_the_named_seal_keeper_alone_seal_and_says_why_to_others(world):
    committee = {"name": "甲村人民调解委员会", "kind": "village", "members": [CLERK, "a", "b"], "chair": CLERK,
                 "seal_keeper": "keeper-1", "since": "", "until": ""}
    home = world.home()
    world.publish([
        change("staff", "keeper-1", {"name": "印章员", "office": VILLAGE, "roles": ["seal_keeper"], "active": True}),
        change("table", f"committee.{VILLAGE}", committee),
    ])
    with world.desk(home) as desk:
        desk.node.directory_replica.bulk_docs(world.heads, new_edits=False)
        case = accepted(desk)
        desk.hold_session(CLERK, case, {"place": "DEMO", "rights_told": True})
        with pytest.raises(Refused, match="委员"):
            desk.hold_session(CLERK, case, {"place": "DEMO", "rights_told": True, "mediators": ["passer-by"]})
        signed = [{"signer": "party", "name": "演示", "party": n, "signed_on": "2026-11-23"} for n in (0, 1)]
        signed.append({"signer": "mediator", "name": "演示员", "signed_on": "2026-11-23"})
        view = desk.reach_agreement(CLERK, case, {
            "form": "written", "facts": "DEMO", "items": [{"who": 1, "what": "DEMO"}], "signatures": signed})
        seal = next(action for action in view.actions if action.kind == "case.sealed")
        assert (seal.enabled, seal.reason) == (False, t("effect.not_seal_keeper"))
        with pytest.raises(Refused, match="印章保管人"):
            desk.seal(CLERK, case)
        assert desk.seal("keeper-1", case).row.state == "effective"


# --- lookup, merging, the archive


def test_a_case_is_found_by_the_number_that_the_desk_prints(world):
    home = world.home()
    with world.desk(home) as desk:
        view = desk.register(CLERK, DRAFT)
        assert desk.case(view.number).id == desk.case(f"演示镇{view.number}").id == view.id
        with pytest.raises(NotHere):
            desk.case(view.number[:-1])
    assert json.loads(run("case", "show", home, view.number).stdout)["row"]["id"] == view.id


def test_a_township_merges_by_number_what_is_here_and_in_its_town(world):
    with world.desk(world.home(TOWNSHIP)) as desk:
        one, other = (desk.register(OFFICER, DRAFT) for _ in range(2))
        with pytest.raises(NotHere):
            desk.merge(OFFICER, one.id, {"into": "01J9ZK3V7Q8W9X0Y1Z2A3B4C5D"})
        with pytest.raises(Refused):
            desk.merge(OFFICER, one.id, {"into": one.id})
        assert desk.merge(OFFICER, one.id, {"into": other.number}).row.state == "merged"
        assert desk.absorb(OFFICER, other.id, {"case": one.number, "number": one.number}).state["aliases"] == [one.number]


def test_the_file_is_archived_with_its_papers_or_with_a_note_that_says_which_lack(world):
    with world.desk(world.home(TOWNSHIP)) as desk:
        case = accepted(desk, OFFICER)
        desk.withdraw(OFFICER, case, {"party": 0})
        desk.act("close", OFFICER, case, {"outcome": "withdrawn"})
        with pytest.raises(Refused, match="D15"):
            desk.archive(OFFICER, case)
        desk.add_record(OFFICER, case, {"document": "D15", "text": "DEMO 当事人撤回，未提供身份证明"})
        done = desk.archive(OFFICER, case)
        assert done.row.state == "archived"
        assert "D15" in done.timeline[-1].body["documents"]


# --- six haves, tasks, figures


def test_the_desk_shows_the_six_haves_with_names(world):
    with world.desk(world.home()) as desk:
        case = accepted(desk)
        desk.add_note(CLERK, case, {"text": "DEMO", "about": "judge_guidance", "adviser": "DEMO 法官"})
        haves = {have.code: (have.has, have.shown) for have in desk.case(case).haves}
        assert haves["judge"] == (True, "DEMO 法官")
        assert haves["handler"] == (True, "演示员")
        assert not haves["social"][0]


def test_tasks_and_figures_of_the_office_are_answered_offline(world):
    home = world.home(TOWNSHIP)
    with world.desk(home) as desk:
        case = desk.register(OFFICER, DRAFT).id
        desk.triage(OFFICER, case, {"difficulty": "major"})
        desk.add_party(OFFICER, case, {"party": {"name": "演示丙", "role": "third_party"}})
        desk.correct_party(OFFICER, case, {"party": 0, "field": "name", "value": "演示甲（更名）"})
        number = desk.case(case).number
    mine = json.loads(run("tasks", home, "--json").stdout)
    assert [(task["code"], task["number"], task["adjudicator_name"], task["due"]) for task in mine] == [
        ("identity_changed", number, "演示镇", "2026-11-25")]
    everybody = json.loads(run("tasks", home, "--all", "--json").stdout)
    assert {task["code"] for task in everybody} == {"identity_changed", "difficulty_waits_county"}
    said = run("tasks", home, "--as", OFFICER).stdout
    assert "2026年11月25日" in said
    assert number in said
    made = json.loads(run("report", home, "--json", "--year", "2026").stdout)
    assert (made["office_name"], made["published"]) == ("演示镇", True)
    assert made["indicators"]["disputes_handled"]["suppressed"]
    assert "不公布" in run("report", home, "--year", "2026").stdout
    assert run("report", home, "--year", "20x6").returncode == 2


# --- the tablet's forms of these acts


def answered(desk, case, kind, **values):
    """What the screen's form makes of these answers."""
    setting = Setting(desk.case(case, staff_id=CLERK), desk, "2026-11-23", CLERK, "演示员")
    form = form_for(kind, "DEMO", setting)
    outcome = to_draft(form, {**start(form), **values}, (), setting)
    assert not outcome.errors
    return outcome.draft


def test_the_tablet_sends_an_excluded_matter_the_right_way_with_one_answer(world):
    with world.desk(world.home()) as desk:
        case = desk.register(CLERK, OWNERSHIP).id
        made = desk.reject_acceptance(CLERK, case, answered(desk, case, "case.acceptance_rejected", reason="DEMO 权属"))
        assert (made.row.state, made.timeline[-1].body["channel"]) == ("not_accepted", "to_adjudication")


def test_the_tablets_forms_give_down_to_the_grid_supervise_it_take_an_objection_and_send_on(world):
    with world.desk(world.home()) as desk:
        case = desk.register(CLERK, DRAFT).id
        given = desk.assign_grid(CLERK, case, answered(desk, case, "case.grid_assigned", text="DEMO"))
        assert given.state["levels"]["grid_down"]
        desk.supervise_grid(CLERK, case, answered(desk, case, "case.grid_supervised", text="DEMO"))
        desk.supervise_reply("grid-1", case, {"text": "DEMO"})
        desk.settle_on_spot(CLERK, case, {"text": "DEMO", "agreed_by": [0, 1]})
        again = desk.object(CLERK, case, answered(desk, case, "case.party_objected", party="1", text="DEMO"))
        assert again.row.state == "mediating"
        with pytest.raises(Refused, match="县级"):
            desk.transfer_out(CLERK, case, answered(desk, case, "case.transferred_out", to="to_police", body="DEMO"))
        sent = desk.transfer_out(CLERK, case, answered(desk, case, "case.transferred_out", to="to_arbitration", body="DEMO"))
        assert sent.row.state == "transferred"
        assert desk.receive_transfer(CLERK, case).state["levels"]["receipt_on"] == "2026-11-23"
