"""Who signs for whom: the agent of an absent migrant worker, the guardian of a child."""

from __future__ import annotations

from typing import Any

import pytest

from shared.disputes.acts import actions
from shared.disputes.case.checklist import must_documents
from shared.disputes.case.state import CaseState
from tests.support.shared.domain_events import VILLAGE, World

DAY = "2026-03-10"
A, B, C = "演示甲", "演示乙", "演示丙"


def signature(party: int | None, name: str, signer: str = "party") -> dict[str, Any]:
    return {"signer": signer, "name": name, "signed_on": DAY, "party": party}


def signed(world: World, parties: list[dict[str, Any]], *signatures: dict[str, Any]) -> tuple[CaseState, str, str]:
    """The case after an agreement with these signatures and the seal; and why the seal is not open before."""
    case = world.mediating(parties=parties).subject
    agreement = world.agree(case, date=DAY, fields={"signatures": [*signatures, signature(None, "演示调解员", "mediator")]})
    why = actions.refusal("case.sealed", world.state(case), VILLAGE, "seal_keeper")
    world.seal(case, agreement, date="2026-03-11")
    return world.state(case), case, why


def agent(**mandate: Any) -> list[dict[str, Any]]:
    return [{"name": A}, {"name": B, "role": "respondent"},
            {"name": C, "role": "agent", "mandate": {"principals": [1], "scope": "special", **mandate}}]


def test_an_agent_with_a_special_mandate_signs_for_the_absent_and_the_agreement_takes_effect() -> None:
    state, _, why = signed(World(), agent(since="2026-03-01", until="2026-03-31"), signature(0, A), signature(2, C))
    assert (why, state.agreement.unsigned_parties, state.agreement.effective_on) == ("", (), "2026-03-11")
    assert state.agreement.signed_by == ((1, 2),)
    assert "D06" in must_documents(state)


@pytest.mark.parametrize("mandate", [
    {"scope": "general"}, {"until": "2026-03-09"}, {"since": "2026-03-11"}, {"principals": [0]},
])
def test_an_agent_without_the_power_signs_for_nobody_and_a_person_is_told(mandate: dict[str, Any]) -> None:
    state, _, why = signed(World(), agent(**mandate), signature(0, A), signature(2, C))
    assert (why, state.agreement.unsigned_parties, state.agreement.effective_on) == ("signatures_lacking", (1,), None)
    told = {finding.code for finding in state.findings}
    assert ("agent_without_power" in told) == (mandate.get("principals") != [0])


def test_a_mandate_that_comes_later_makes_the_signature_count() -> None:
    world = World()
    state, case, _ = signed(world, agent(scope="general"), signature(0, A), signature(2, C))
    assert state.agreement.effective_on is None
    world.event(case, "case.party_corrected", {"party": 2, "field": "mandate", "value": "补办", "mandate": {
        "principals": [1], "scope": "special"}}, date="2026-03-12")
    world.event(case, "case.note_added", {"text": "DEMO"}, date="2026-03-12")
    assert world.state(case).agreement.unsigned_parties == ()


CHILD = {"name": B, "role": "respondent", "age": 9}


def test_a_child_does_not_settle_alone_and_its_guardian_does() -> None:
    world = World()
    alone = world.register(parties=[{"name": A}, CHILD]).subject
    world.event(alone, "case.settled_on_spot", {"text": "DEMO", "agreed_by": [0, 1]})
    state = world.state(alone)
    assert (state.state, state.timeline[-1].effect) == ("registered", "none")
    assert "监护人" in state.timeline[-1].note
    named = world.register(parties=[{"name": A}, {**CHILD, "guardian": C}]).subject
    world.event(named, "case.settled_on_spot", {"text": "DEMO", "agreed_by": [0], "by_guardian": [1]})
    assert world.state(named).state == "closed"
    there = world.register(parties=[{"name": A}, CHILD, {"name": C, "role": "guardian", "mandate": {"principals": [1]}}]).subject
    world.event(there, "case.settled_on_spot", {"text": "DEMO", "agreed_by": [0, 2]})
    assert world.state(there).state == "closed"


def test_a_childs_own_signature_binds_nobody_and_its_guardians_does() -> None:
    parties = [{"name": A}, {**CHILD, "guardian": C}]
    state, _, why = signed(World(), parties, signature(0, A), signature(1, B))
    assert (why, state.agreement.unsigned_parties) == ("signatures_lacking", (1,))
    state, _, why = signed(World(), parties, signature(0, A), signature(1, C))
    assert (why, state.agreement.unsigned_parties) == ("", ())
    with_party = [{"name": A}, CHILD, {"name": C, "role": "guardian", "mandate": {"principals": [1]}}]
    state, _, why = signed(World(), with_party, signature(0, A), signature(2, C))
    assert (why, state.agreement.signed_by) == ("", ((1, 2),))


def test_by_word_of_mouth_a_child_agrees_only_with_its_guardians_signature() -> None:
    world = World()
    case = world.mediating(parties=[{"name": A}, {**CHILD, "guardian": C}]).subject
    world.agree(case, form="oral", fields={"signatures": []})
    state = world.state(case)
    assert (state.agreement, "ward_alone" in {f.code for f in state.findings}) == (None, True)
    world.agree(case, form="oral", date=DAY, fields={"signatures": [signature(1, C)]})
    assert world.state(case).agreement.effective_on == DAY


def test_one_marked_as_without_full_capacity_is_guarded_like_a_child_and_an_adult_of_eighteen_is_not() -> None:
    for fields, alone in (({"vulnerable": True, "age": 70}, True), ({"age": 17}, True), ({"age": 18}, False)):
        parties = [{"name": A}, {"name": B, "role": "respondent", **fields}]
        why = signed(World(), parties, signature(0, A), signature(1, B))[2]
        assert (why == "signatures_lacking") == alone, fields
