"""People and money involved, numbers of other systems, old cases taken over: at schema 2 only where schema 1 cannot say it."""

from __future__ import annotations

import pytest

from shared.disputes.case.particulars import OtherNumber, told
from shared.disputes.kinds import registry as bodies
from shared.disputes.records.aggregates import fold
from shared.disputes.rules.county import county_rules
from shared.ledger.published.directory import EMPTY
from tests.support.shared.domain_events import World

OLD = {"profile": "plain", "ended": True, "registered_on": "2019-04-02", "accepted_on": "2019-04-03", "agreed_on": "2019-04-20",
       "closed_on": "2019-05-01", "outcome": "agreement_written", "form": "written", "performance": "performed",
       "file_no": "（2019）DEMO调字第7号"}


def test_a_body_that_says_nothing_new_is_written_as_before_so_that_an_older_tablet_reads_it() -> None:
    world = World()
    plain, newer = world.register(), world.register(people=12)
    paper = world.register(parties=[{"name": "演示甲", "id_kind": "id_card", "id_last4": "123X"}, {"name": "演示乙"}])
    assert (plain.schema, newer.schema, paper.schema) == (1, 2, 2)
    with pytest.raises(bodies.InvalidBody, match="schema 2"):
        bodies.parse("case.registered", 1, newer.body)
    assert isinstance(bodies.parse("case.registered", 3, newer.body), bodies.Unknown)


def test_what_was_not_known_at_intake_is_noted_later_and_the_latest_day_counts() -> None:
    world = World()
    case = world.register(people=12, elsewhere=[{"system": "hotline_12345", "number": "DEMO-1"}]).subject
    world.event(case, "case.particulars_noted", {"people": 15, "amount_fen": 1, "foreign": False}, date="2026-03-05")
    world.event(case, "case.particulars_noted", {
        "people": 9, "language": "mongolian", "elsewhere": [{"system": "police_110", "number": "DEMO-2"},
                                                            {"system": "hotline_12345", "number": "DEMO-1"}]}, date="2026-03-04")
    said = world.state(case).particulars
    assert (said.people, said.amount_fen, said.language, said.foreign, said.stability) == (15, 1, "mongolian", False, None)
    assert said.elsewhere == (OtherNumber("hotline_12345", "DEMO-1"), OtherNumber("police_110", "DEMO-2"))
    assert told(said) == ("涉及 15 人", "涉及金额 0.01 元", "使用蒙古语", "12345热线工单号 DEMO-1", "110警情编号 DEMO-2")


def test_an_old_case_stands_as_it_ended_and_no_clock_runs_for_it() -> None:
    world = World()
    case = world.state(world.register(taken_over=OLD).subject, today="2026-03-20")
    assert (case.state, case.outcome, case.registered_on, case.accepted_on, case.closed_on, case.file_no) == (
        "closed", "agreement_written", "2019-04-02", "2019-04-03", "2019-05-01", "（2019）DEMO调字第7号")
    assert [clock.kind for clock in case.clocks if clock.stopped is None] == []
    assert not [finding for finding in case.findings if finding.review]
    assert told(case.particulars) == ("原有案件转入（2019-04-02—2019-05-01，达成书面协议，履行完毕）",)


def test_an_old_case_that_had_not_ended_goes_on_here_and_shows_its_whole_age() -> None:
    world = World()
    registered = world.register(taken_over={"profile": "plain", "registered_on": "2026-01-05"})
    case = world.state(registered.subject, today="2026-03-20")
    assert (case.state, case.registered_on) == ("registered", "2026-01-05")
    assert "triage" in {clock.kind for clock in case.clocks if clock.stopped is None}


def test_a_hazard_graded_before_the_number_got_its_new_name_reads_as_it_did() -> None:
    read = bodies.parse("hazard.assessed", 1, {"level": 2, "text": "DEMO", "key_persons": 3})
    assert read.people_concerned == 3       # type: ignore[union-attr]
    assert bodies.schema_of("hazard.assessed", {"level": 2, "text": "DEMO"}) == 1
    world = World()
    hazard = world.event(None, "hazard.reported", {"title": "DEMO", "place": {"office": "150822100203"}})
    world.event(hazard.subject, "hazard.assessed", {"level": 3, "text": "DEMO", "key_persons": 3}, schema=1)
    assert fold("hazard", world.events[hazard.subject], county_rules(EMPTY)).steps[-1].effect == "yes"
