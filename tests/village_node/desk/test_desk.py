"""The use cases of a service point, offline, on real replicas."""

from __future__ import annotations

import os
import re

import pytest

from shared.disputes.kinds.registry import CURRENT
from shared.ledger.authoring import Act
from shared.ledger.formats.ids import parse_number
from shared.ledger.published.directory_heads import change
from shared.ledger.texts import t
from tests.support.village_node.node_world import CLERK, DRAFT, OFFICER, TOWNSHIP, VILLAGE, Hub, World
from village_node.desk.desk import Desk, FileDraft
from village_node.point.errors import InvalidDraft, NotHere, Refused, UsageError
from village_node.point.sync_round import run_round

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 150


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.fixture
def desk(world):
    with world.desk(world.home()) as made:
        yield made


def register(desk: Desk, **changes):
    return desk.register(CLERK, {**DRAFT, **changes})


def to_agreement(desk: Desk, case: str):
    desk.triage(CLERK, case)
    desk.accept(CLERK, case, {"rights_told": True, "parties_willing": True})
    desk.hold_session(CLERK, case, {"place": "说事室", "rights_told": True, "summary": "双方陈述"})
    return desk.reach_agreement(CLERK, case, {
        "form": "written", "facts": "水渠堵塞", "items": [{"who": 1, "what": "清理水渠", "due_date": "2026-12-01"}],
        "signatures": [
            {"signer": "party", "name": "演示甲", "party": 0, "signed_on": "2026-11-23"},
            {"signer": "party", "name": "演示乙", "party": 1, "signed_on": "2026-11-23"},
            {"signer": "mediator", "name": "演示员", "signed_on": "2026-11-23"},
        ],
    })


def test_a_registered_case_has_its_final_number_and_is_only_saved(desk):
    view = register(desk)
    assert view.number == "甲村〔2026〕001-0001-" + view.number[-1]
    assert view.row.state == "registered"
    assert view.row.delivery.saved == view.row.delivery.total == 1
    assert desk.case(view.state["number"]).id == view.id
    assert parse_number(view.state["number"]).counter == 1
    assert register(desk).number.startswith("甲村〔2026〕001-0002-")


def test_photographs_come_back_byte_for_byte_and_equal_ones_are_stored_once(desk):
    photo = FileDraft(data=JPEG, name="ditch.jpg")
    view = desk.register(CLERK, DRAFT, files=[photo])
    again = desk.add_evidence(CLERK, view.id, {"title": "DEMO"}, files=[FileDraft(data=JPEG, name="copy.jpg")])
    assert [f.name for f in again.files] == ["ditch.jpg", "copy.jpg"]
    assert all(f.complete and f.delivery.state == "saved" for f in again.files)
    assert desk.file_bytes(again.files[0].sha256) == JPEG
    assert len(desk.node.files.all_docs()) == len(set(again.state["files"][0]["chunks"]))


def test_a_character_that_is_too_new_is_named_where_it_was_typed_and_stops_no_photograph(desk):
    with pytest.raises(InvalidDraft, match=r"纠纷简要情况里的字符\U0001fae8（U\+1FAE8）太新"):
        register(desk, summary="水渠\U0001fae8")
    with pytest.raises(InvalidDraft, match=r"当事人第1项的姓名里的字符U\+DC80太新"):
        register(desk, parties=[{**DRAFT["parties"][0], "name": "演示\udc80"}, *DRAFT["parties"][1:]])
    view = register(desk, parties=[{**DRAFT["parties"][0], "name": "演示\U00031350"}, *DRAFT["parties"][1:]])
    again = desk.add_evidence(CLERK, view.id, {"title": "DEMO"}, files=[FileDraft(data=JPEG, name="渠\U0001fae8\udce9.jpg")])
    assert [f.name for f in again.files] == ["渠□□.jpg"]


def test_a_thumbnail_stays_within_its_limit(desk):
    image = pytest.importorskip("PIL.Image")
    import io

    out = io.BytesIO()
    image.effect_noise((900, 700), 90).convert("RGB").save(out, "JPEG", quality=90)
    view = desk.register(CLERK, DRAFT, files=[FileDraft(data=out.getvalue(), name="noise.jpg")])
    thumb = view.files[0].thumb
    assert thumb is not None
    assert 0 < len(thumb) <= 4096
    assert image.open(io.BytesIO(thumb)).format == "JPEG"


def test_a_case_goes_from_registration_to_the_archive(world, desk):
    case = register(desk).id
    agreed = to_agreement(desk, case)
    assert agreed.row.state == "agreed"
    assert agreed.row.file_no == "（2026）甲村人调字第1号"
    sealed = desk.seal(CLERK, case)
    assert sealed.row.state in ("effective", "performing")
    done = desk.perform_item(CLERK, case, {"item": 0, "complete": True, "confirmed_by": [0, 1]})
    assert done.row.state == "visit_due"
    desk.visit(CLERK, case, {"method": "in_person", "result": "performed", "satisfaction": 5})
    closed = desk.case(case)
    assert closed.row.state == "closed"
    assert [line.title for line in closed.timeline][:4] == ["登记", "分诊", "受理", "开调解会"]
    assert all(line.delivery.state == "saved" and line.own for line in closed.timeline)


def test_what_the_case_does_not_allow_is_refused_in_words_and_writes_nothing(desk):
    case = register(desk).id
    before = desk.node.office.update_seq()
    with pytest.raises(Refused, match="当前状态不允许"):
        desk.hold_session(CLERK, case, {"place": "x", "rights_told": True})
    with pytest.raises(Refused, match="接收上报"):
        desk.accept_escalation(CLERK, case)
    desk_before_files = desk.node.files.update_seq()
    with pytest.raises(Refused, match="尚未告知"):
        desk.accept(CLERK, case, {"rights_told": False, "parties_willing": True}, files=[FileDraft(data=JPEG, name="a.jpg")])
    assert desk.node.office.update_seq() == before
    assert desk.node.files.update_seq() == desk_before_files


def test_an_offered_action_is_accepted_and_one_not_offered_is_refused(desk):
    case = register(desk).id
    offered = {a.verb: a for a in desk.actions(case, staff_id=CLERK)}
    assert offered["escalate"].enabled
    assert not offered["acknowledge"].enabled
    assert not offered["seal"].enabled
    assert offered["seal"].reason
    assert "archive" not in offered, "no role of this person at a village may ever archive"
    with pytest.raises(Refused):
        desk.act("archive", CLERK, case, {"documents": []})
    desk.act("escalate", CLERK, case, {"reason": "超出本村能力"})


def test_a_grid_member_may_register_but_not_mediate(desk):
    case = desk.register("grid-1", DRAFT).id
    with pytest.raises(Refused, match="当前角色无权办理"):
        desk.triage("grid-1", case)


@pytest.mark.parametrize(("staff", "words"), [
    ("nobody", "没有编号为“nobody”"), (OFFICER, "没有准许其使用"), ("gone-1", "已经停用"), ("", "没有编号为"),
])
def test_only_active_people_of_this_office_may_write(desk, staff, words):
    with pytest.raises(UsageError, match=words):
        desk.register(staff, DRAFT)


def test_a_visiting_officer_may_write_once_the_directory_lets_him_use_this_device(world, desk):
    case = desk.register(CLERK, DRAFT).id
    with pytest.raises(UsageError) as refusal:
        desk.add_note(OFFICER, case, {"text": "演示"})
    assert refusal.value.sentence == t("judge.actor_office.text", actor="演示司法员"), "in the judge's words"
    device = desk.node.directory.device(desk.node.config.device)
    users = {OFFICER: {"by": "officer-2", "on": "2026-11-23"}}
    world.publish([change("device", device.id, {**device.raw, "users": users})])
    desk.node.directory_replica.bulk_docs(world.heads, new_edits=False)
    assert OFFICER in [person.id for person in desk.staff()]
    desk.add_note(OFFICER, case, {"text": "演示 来村帮忙"})
    assert {line.actor_name for line in desk.case(case).timeline} == {"演示员", "演示司法员"}


def test_wrong_fields_are_named_one_by_one_and_nothing_is_written(desk):
    with pytest.raises(InvalidDraft) as caught:
        desk.register(CLERK, {"parties": [{"name": ""}], "summary": "x", "category": "DC02", "colour": "red"})
    assert set(caught.value.fields) == {"parties.0.name", "colour"}
    assert "请填写当事人第1项的姓名" in caught.value.sentence
    with pytest.raises(InvalidDraft, match="纠纷类型的值“DC77”不在代码表内"):
        register(desk, category="DC77")
    with pytest.raises(InvalidDraft, match="晚于今天"):
        desk.register(CLERK, DRAFT, legal_date="2027-01-01")
    with pytest.raises(UsageError):
        desk.register(CLERK, ["no object"])
    assert desk.list_cases() == []


def test_unknown_cases_and_verbs_are_named(desk):
    with pytest.raises(NotHere, match="没有编号为“999”"):
        desk.case("999")
    case = register(desk).id
    with pytest.raises(UsageError, match="fly"):
        desk.act("fly", CLERK, case)
    with pytest.raises(AttributeError):
        desk.fly(CLERK, case)
    with pytest.raises(NotHere):
        desk.file_bytes("0" * 64)


def test_lists_are_filtered_and_chinese_is_found_by_two_characters(desk):
    first = register(desk, summary="宅基地边界纠纷")
    register(desk, summary="噪声扰民")
    assert [r.id for r in desk.list_cases(text="边界")] == [first.id]
    assert len(desk.list_cases(text="演示")) == 2
    assert desk.list_cases(text="边 噪") == []
    assert len(desk.list_cases(held_here=True)) == 2
    assert desk.list_cases(held_here=False) == []
    assert len(desk.list_cases(delivery="waiting")) == len(desk.list_cases(delivery="saved")) == 2
    assert desk.list_cases(delivery="accepted") == []
    assert [r.id for r in desk.list_cases(limit=1, offset=1)] != [r.id for r in desk.list_cases(limit=1)]


def test_alarms_fire_on_the_device_by_the_day_alone(desk):
    case = register(desk).id
    assert [(a.kind, a.level, a.days_left) for a in desk.alarms("2026-11-23")] == [("triage", "warn", 1)], "due tomorrow"
    late = desk.alarms("2026-12-28")
    assert {a.case_id for a in late} == {case}
    assert all(a.level == "overdue" and a.days_left < 0 and "超期" in a.sentence for a in late)
    near = desk.alarms(min(a.due_date for a in late))
    assert near[0].level == "warn"
    assert "今天到期" in near[0].sentence


def test_a_clock_hours_off_is_corrected_by_the_measured_offset(world):
    home = world.home()
    world.clock.ms -= 9 * 3600 * 1000                   # the tablet believes it is three in the morning
    with world.desk(home) as desk:
        desk.node.home.update_state(clock_offset_ms=9 * 3600 * 1000)
        view = register(desk)
        assert view.row.registered_at in ("2026-11-23", view.state["registered_on"])
        assert view.state["registered_on"] == "2026-11-23"
        assert "慢了约 540 分钟" in desk.status().clock_sentence
        world.clock.ms -= 20 * 3600 * 1000              # and is set back a day: order of acts stays
        later = desk.add_note(CLERK, view.id, {"text": "后来"})
        assert [line.kind for line in later.timeline] == ["case.registered", "case.note_added"]


def test_a_hand_over_reaches_the_township_and_is_acknowledged_when_opened(world, desk):
    case = register(desk).id
    desk.escalate(CLERK, case, {"reason": "超出本村能力"})
    hub = Hub(world)
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    with world.desk(world.home(TOWNSHIP)) as township:
        docs = [row.doc for row in hub.replicas["office"].all_docs(startkey="case:", endkey="case:\uffff", include_docs=True)]
        township.node.office.bulk_docs(docs, new_edits=False)      # as the router would
        row = township.list_cases()[0]
        assert row.unread
        assert row.pending_to == TOWNSHIP
        township.acknowledge(OFFICER, case)
        assert not township.list_cases()[0].unread
        with pytest.raises(Refused, match="没有需要签阅"):
            township.acknowledge(OFFICER, case)
        taken = township.accept_escalation(OFFICER, case)
        assert taken.row.holder == TOWNSHIP
        back = [row.doc for row in township.node.office.all_docs(startkey="case:", endkey="case:\uffff", include_docs=True)]
        desk.node.office.bulk_docs(back, new_edits=False)
    unknown = {line.kind: line.delivery.state for line in desk.case(case).timeline}
    assert unknown["case.escalate_requested"] == "sent", "the key of the device that says so is not known here yet"
    desk.node.directory_replica.bulk_docs(world.heads, new_edits=False)
    view = desk.case(case, staff_id=CLERK)
    states = {line.kind: line.delivery.state for line in view.timeline}
    assert states["case.escalate_requested"] == "seen"
    assert states["case.registered"] == "sent", "what nobody signed for is only sent"
    assert states["case.escalate_accepted"] == "received"
    with pytest.raises(Refused, match="不是承办单位"):
        desk.triage(CLERK, case)
    assert desk.office().id == VILLAGE
    hub.close()


def test_events_of_a_newer_version_are_kept_and_shown(world, desk):
    view = register(desk)
    desk.node.author.write(Act("case.teleported", view.id, {"to": "moon"}, actor=CLERK, role="mediator"))
    shown = desk.case(view.id)
    assert shown.timeline[-1].newer
    assert any("更新版本" in sentence for sentence in shown.banners)


def test_a_tablet_writes_nothing_that_its_hub_cannot_judge_yet(world, desk):
    case = desk.register(CLERK, DRAFT).id
    known = {kind: schema for kind, schema in CURRENT.items() if kind != "case.note_added"}
    world.publish([change("setting", "schemas", known)])
    desk.node.directory_replica.bulk_docs(world.heads, new_edits=False)
    with pytest.raises(Refused, match="还不能核定"):
        desk.add_note(CLERK, case, {"text": "演示"})
    desk.triage(CLERK, case)
    world.publish([change("setting", "schemas", CURRENT)])
    desk.node.directory_replica.bulk_docs(world.heads, new_edits=False)
    desk.add_note(CLERK, case, {"text": "演示"})
    assert len(desk.case(case).timeline) == 3


def test_a_listener_hears_of_commits(desk):
    import threading

    heard = threading.Event()
    end = desk.subscribe(heard.set)
    register(desk)
    assert heard.wait(20)
    end()


def test_the_countys_own_clocks_hold_here_and_a_broken_row_stops_nobody(world, desk):
    from shared.ledger.published.directory_heads import change

    register(desk)
    first = desk.case(desk.list_cases()[0].id)
    world.publish([change("table", "clocks", {
        "triage": {"amount": 9, "unit": "workday", "source": "演示县规定"}, "nonsense": {"amount": -1},
    })])
    desk.node.directory_replica.bulk_docs(world.heads, new_edits=False)
    second = desk.case(first.id)
    due = {d.kind: d.due_date for d in first.deadlines}, {d.kind: d.due_date for d in second.deadlines}
    assert due[1]["triage"] > due[0]["triage"]
    assert desk.list_cases()[0].due_date == min(d for k, d in due[1].items() if k != "confirmation")


def test_every_kind_of_case_event_has_a_verb():
    from shared.disputes.acts.verbs import REGISTER, VERBS
    from shared.disputes.kinds import registry as bodies

    assert {kind for kind in bodies.CURRENT if kind.startswith("case.")} == {*VERBS.values(), REGISTER}


def test_a_red_case_rings_on_the_device_from_the_second_hour_on_whatever_day_it_is(world, desk):
    world.clock.ms = 1_771_221_600_000                  # 2026-02-16 14:00 in Shanghai, the eve of the new year
    case = register(desk, risk=4).id
    ahead = {"risk_report", "risk_action"}
    for minute in (0, 59, 118, 119):
        world.clock.ms = 1_771_221_600_000 + minute * 60_000
        assert {a.kind for a in desk.alarms() if a.level == "ring"} == set()
        assert desk.list_cases(alarm="overdue") == []
        assert desk.ringing() == []
    world.clock.ms += 60_000
    assert desk.ringing() == [(a.case_id, a.kind) for a in desk.alarms() if a.level == "ring"]
    assert {desk.alarm(case, kind) for kind in ahead} == {a for a in desk.alarms() if a.level == "ring"}
    assert desk.alarm(case, "visit") is None
    assert {a.kind for a in desk.alarms() if a.level == "ring"} == ahead
    assert {row["kind"] for row in desk.due() if row["rings"]} == ahead
    assert [row.alarm for row in desk.list_cases(alarm="overdue")] == ["ring"]
    view = desk.case(case)
    assert view.row.alarm == "ring"
    assert sum("限时已过（2月16日 16:00）" in banner for banner in view.banners) == 2
    assert {d.kind for d in view.deadlines if d.level == "ring" and "请立即办理" in d.sentence} == ahead


@pytest.mark.parametrize(("field", "value", "words"), [
    ("id_last4", "150822199001011234", "后四位"), ("age", "151", "年龄"), ("age", "\u2463", "年龄"), ("gender", "robot", "性别"),
    ("phone", "12", "电话"), ("name", "演\u200b示", "U+200B"),
])
def test_a_correction_goes_by_the_rules_of_registration_and_says_so(desk, field, value, words):
    view = register(desk)
    with pytest.raises(InvalidDraft, match=re.escape(words)):
        desk.act("correct_party", CLERK, view.id, {"party": 0, "field": field, "value": value})
    assert desk.case(view.id).parties == view.parties


def test_what_is_typed_at_registration_and_corrected_later_is_kept_in_one_form(desk):
    view = register(desk, parties=[{"name": "演示甲", "phone": "（0478）786 2134", "id_last4": "123x"}])
    assert (view.parties[0].phone, view.state["parties"][0]["id_last4"]) == ("0478-7862134", "123X")
    view = desk.act("correct_party", CLERK, view.id, {"party": 0, "field": "phone", "value": "+86 138 0000 0000"})
    assert view.parties[0].phone == "+86 13800000000"
    with pytest.raises(InvalidDraft, match=r"当事人第1项的电话：电话“12”不对"):
        register(desk, parties=[{"name": "演示甲", "phone": "12"}])


def test_a_case_is_found_and_suggested_as_a_duplicate_however_the_name_was_typed(desk):
    one = register(desk, parties=[{"name": "阿布都·克里木"}, {"name": "演示乙", "role": "respondent"}])
    other = register(desk, parties=[{"name": "阿布都• 克里木"}, {"name": "演示丙", "role": "respondent"}])
    third = register(desk, parties=[{"name": "演示丁", "phone": "+86 138 0000 1111"}], summary="DEMO 三")
    fourth = register(desk, parties=[{"name": "演示戊", "phone": "(138) 0000-1111"}], summary="DEMO 四")
    found = {frozenset((row["primary"], row["other"])) for row in desk.duplicates()}
    assert {frozenset((one.id, other.id)), frozenset((third.id, fourth.id))} <= found
    for typed in ("阿布都克里木", "阿布都・克里木", "阿布都 · 克里木", "克里木 阿布都"):
        assert {row.id for row in desk.list_cases(text=typed)} == {one.id, other.id}, typed


def test_a_photograph_whose_name_is_gbk_is_taken_under_the_name_a_person_sees(desk, tmp_path):
    path = tmp_path / os.fsdecode("水渠.jpg".encode("gbk"))
    path.write_bytes(JPEG)
    view = desk.register(CLERK, DRAFT, files=[FileDraft(path=path)])
    assert [f.name for f in view.files] == ["水渠.jpg"]


def test_a_clerk_added_today_is_told_since_when_he_serves_and_what_puts_it_right(world, desk):
    new = {"name": "演示新", "office": VILLAGE, "roles": ["mediator"], "active": True, "from": "2026-11-23", "to": None}
    home = world.home()
    world.publish([change("staff", "v9", new)])
    with world.desk(home) as own:
        own.node.directory_replica.bulk_docs(world.heads, new_edits=False)
        case = own.register("v9", DRAFT).id
        for refused in (lambda: own.register("v9", DRAFT, legal_date="2026-11-22"),
                        lambda: own.act("triage", "v9", case, {}, legal_date="2026-11-22")):
            with pytest.raises(Refused, match=r"演示新自2026年11月23日起任职.*staff add --since"):
                refused()
        world.publish([change("staff", "v9", {**new, "from": "2026-11-01"})])
        own.node.directory_replica.bulk_docs(world.heads, new_edits=False)
        assert own.register("v9", DRAFT, legal_date="2026-11-22").state["registered_on"] == "2026-11-22"
