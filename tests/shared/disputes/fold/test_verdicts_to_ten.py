"""DOMAIN.md 7.4, verdicts 1 to 10 (11 to 20: `test_verdicts_to_twenty`): what holds when two levels act unseen of each other.

Each verdict is played with either act first by the clocks and with either arriving first; each test asserts the verdict, that
the losing act is kept and shown, and the task it raises for a person. Neighbouring rules are in `test_verdicts`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.disputes.advice.duplicates import duplicates
from shared.disputes.fold.fold import fold_case
from shared.ledger.formats.envelope import Event
from tests.support.shared.domain_events import COUNTY, NEIGHBOUR, TOWN, VILLAGE, World
from tests.support.shared.domain_verdicts import BOTH, CONSENTS, Hours, Played, a_case, act, agree


@BOTH
def test_verdict_01_an_agreement_stands_against_a_recall_the_village_had_not_seen(hours: Hours) -> None:
    world, case = a_case()
    played = Played(world, case, agree(), act("case.recalled", {"reason": "DEMO"}, office=COUNTY), hours)
    assert (played.state.state, played.state.holder) == ("agreed", VILLAGE)
    assert played.state.custody.supervisors == (COUNTY,)
    assert played.effect(played.b) == "none"
    assert played.task("recall_void").adjudicator == COUNTY


@BOTH
def test_verdict_02_a_refusal_dated_before_the_signature_blocks_the_seal(hours: Hours) -> None:
    world, case = a_case()
    played = Played(world, case, agree("2026-03-10"),
                    act("case.party_refused", {"party": 1}, office=COUNTY, date="2026-03-09"), hours)
    assert (played.state.state, played.state.agreement.seal_blocked) == ("agreed", "refusal_before_seal")
    assert played.task("refusal_before_seal").events == tuple(sorted((played.a.id, played.b.id)))


@BOTH
def test_verdict_03_a_refusal_dated_after_the_signature_leaves_the_agreement_standing(hours: Hours) -> None:
    world, case = a_case()
    played = Played(world, case, agree("2026-03-10"),
                    act("case.party_refused", {"party": 1}, office=COUNTY, date="2026-03-12"), hours)
    assert (played.state.state, played.state.agreement.seal_blocked) == ("agreed", "")
    assert "第三十二条" in played.task("refusal_after_signature", review=False).text


def two_registrations(world: World, first: Callable[[], Event], second: Callable[[], Event], order: Hours) -> None:
    (first(), second()) if order[0] < order[1] else (second(), first())


@BOTH
@pytest.mark.parametrize("confirmed", [True, False], ids=["both-said-yes", "one-never-asked"])
def test_verdict_04_a_settlement_stands_against_the_townships_case_only_if_the_other_party_said_yes(
    hours: Hours, confirmed: bool,
) -> None:
    world = World()
    made: dict[str, str] = {}

    def village() -> Event:
        parties = [{"name": "演示甲", "role": "applicant"}, {"name": "演示乙", "role": "respondent"}]
        if not confirmed:                                   # the village settled with another person of that name's side
            parties[1] = {"name": "演示丁", "role": "respondent"}
        made["village"] = world.register(VILLAGE, parties=parties).subject
        return world.event(made["village"], "case.settled_on_spot", {"text": "DEMO", "agreed_by": [0, 1]})

    def township() -> Event:
        parties = [{"name": "演示乙", "role": "applicant"}, {"name": "演示甲", "role": "respondent"}]
        place = {"office": VILLAGE, "text": "DEMO"}
        made["township"] = world.register(TOWN, parties=parties, place=place).subject
        return world.accept(made["township"], office=TOWN)

    two_registrations(world, village, township, hours)
    states = {name: world.state(case) for name, case in made.items()}
    (found,) = duplicates(states["village"], [states["township"]])
    assert duplicates(states["township"], [states["village"]]) == (found,)
    assert found.primary == made["village" if confirmed else "township"]
    assert found.task
    assert found.adjudicator == TOWN
    assert [s.state for s in (states["village"], states["township"])] == ["closed", "accepted"]      # nobody merged anything


@BOTH
def test_verdict_05_two_registrations_are_suggested_and_merged_by_a_person_alone(hours: Hours) -> None:
    world = World()
    made: dict[str, str] = {}

    def village() -> Event:
        made["late"] = world.register(VILLAGE).subject
        return world.accept(made["late"], date="2026-03-06")

    def township() -> Event:
        made["early"] = world.register(TOWN, place={"office": VILLAGE, "text": "DEMO"}, date="2026-03-03").subject
        return world.accept(made["early"], office=TOWN, date="2026-03-04")

    two_registrations(world, village, township, hours)
    late, early = world.state(made["late"]), world.state(made["early"])
    (found,) = duplicates(late, [early])
    assert (found.primary, found.other, found.adjudicator) == (made["early"], made["late"], TOWN)
    assert found.task
    evidence = world.event(made["late"], "case.evidence_added", {"title": "DEMO"})
    world.event(made["late"], "case.merged", {"into": made["early"], "number": early.number}, office=TOWN)
    world.event(made["early"], "case.absorbed", {"case": made["late"], "number": late.number, "evidence": [evidence.id]},
                office=TOWN)
    assert (world.state(made["late"]).state, world.state(made["late"]).merged_into) == ("merged", made["early"])
    united = world.state(made["early"])
    assert (united.aliases, united.united_evidence, united.accepted_on) == ((late.number,), (evidence.id,), "2026-03-04")
    assert duplicates(world.state(made["late"]), [united]) == ()


@BOTH
def test_verdict_06_two_records_of_one_session_are_two_signed_documents(hours: Hours) -> None:
    world, case = a_case()
    body = {"document": "D09", "text": "DEMO one"}
    played = Played(world, case, act("case.record_added", body),
                    act("case.record_added", {**body, "text": "DEMO two"}, device="second", actor="other"), hours)
    assert (played.effect(played.a), played.effect(played.b)) == ("yes", "yes")
    assert played.a.body["text"] == "DEMO one"
    assert played.b.body["text"] == "DEMO two"
    sessions = act("case.session_held", {"place": "DEMO", "mediators": ["m1"], "rights_told": True})
    again = Played(world, case, sessions, lambda w, c, common, hour: w.session(c), hours)
    assert [session.no for session in again.state.sessions] == [1, 2, 3]


@BOTH
def test_verdict_07_a_close_that_had_not_seen_the_supervision_stays_closed_and_owes_a_reply(hours: Hours) -> None:
    world, case = a_case()
    world.agree(case, form="oral", fields={"performed_on_spot": True, "signatures": []})
    body = {"level": "supervise", "text": "DEMO", "to": VILLAGE}
    order = act("case.supervision_issued", body, office=COUNTY, role="supervisor")
    played = Played(world, case, act("case.closed", {"outcome": "agreement_oral"}), order, hours)
    assert played.state.state == "closed"
    assert [c.owner for c in played.state.clocks if c.kind == "supervision_reply" and c.stopped is None] == [VILLAGE]
    assert played.task("closed_pending_reply", review=False).events == tuple(sorted((played.a.id, played.b.id)))


@BOTH
def test_verdict_08_an_extension_signed_in_time_withdraws_the_overdue_however_late_it_arrives(hours: Hours) -> None:
    world, case = a_case()
    order = {"level": "reminder", "text": "DEMO 超期", "to": VILLAGE}
    before = {c.kind: c.state for c in world.state(case, "2026-04-25").clocks}
    played = Played(
        world, case, act("case.extended", {"until": "2026-05-06", "consents": CONSENTS}, date="2026-04-01", at="2026-04-01"),
        act("case.supervision_issued", order, office=COUNTY, date="2026-04-20", role="supervisor"), hours, "2026-04-21")
    clock = next(c for c in played.state.clocks if c.kind == "mediation")
    assert (before["mediation"], clock.state, clock.due_date, clock.late) == ("overdue", "warning", "2026-05-06", False)
    assert played.state.supervisions[0].issued_on == "2026-04-20"        # the alarm that was raised stays in the record
    assert played.effect(played.b) == "yes"


@BOTH
def test_verdict_09_an_extension_written_after_expiry_but_dated_before_counts_only_when_confirmed(hours: Hours) -> None:
    world, case = a_case()
    late = act("case.extended", {"until": "2026-05-06", "consents": CONSENTS}, date="2026-04-01")
    note = act("case.note_added", {"text": "DEMO"}, office=TOWN)
    played = Played(world, case, late, note, hours, "2026-04-21")
    assert {c.kind: c.state for c in played.state.clocks}["mediation"] == "overdue"
    task = played.task("extension_backdated")
    assert task.adjudicator == TOWN
    world.event(case, "case.review_resolved", {
        "finding": task.code, "events": list(task.events), "decision": "confirmed", "text": "DEMO"}, office=TOWN)
    after = world.state(case, "2026-04-21")
    assert {c.kind: c.state for c in after.clocks}["mediation"] == "warning"
    assert not after.needs_review


@BOTH
def test_verdict_10_of_two_assignments_the_higher_level_wins_unless_the_lower_was_accepted(hours: Hours) -> None:
    world = World()
    case = world.register(TOWN).subject
    played = Played(world, case, act("case.assigned", {"to": VILLAGE}, office=TOWN),
                    act("case.assigned", {"to": NEIGHBOUR}, office=COUNTY), hours)
    assert (played.state.holder, played.state.custody.pending.to_office) == (TOWN, NEIGHBOUR)
    taken = world.event(case, "case.assignment_acknowledged", {"assignment": played.a.id}, after=[played.a])
    body = {"committee": "DEMO", "mediators": ["m1"], "rights_told": True, "parties_willing": True}
    world.event(case, "case.accepted", body, after=[taken])
    world.event(case, "case.assignment_acknowledged", {"assignment": played.b.id}, office=NEIGHBOUR, after=[played.b])
    played.state = world.state(case)
    assert fold_case(world.events[case][::-1]) == played.state
    assert (played.state.holder, played.state.state) == (VILLAGE, "accepted")
    assert played.task("assign_conflict").adjudicator == COUNTY
