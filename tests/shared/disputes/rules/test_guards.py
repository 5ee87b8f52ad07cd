"""The hard guards at every path: excluded matters, rights and consents, the written form, who seals, who transfers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.disputes.acts import actions
from shared.disputes.case import guards
from shared.disputes.case.case_notice import notices
from shared.disputes.case.state import CaseState
from shared.disputes.kinds import registry as bodies
from shared.disputes.rules import excluded_matters as matters
from shared.ledger import codes, texts
from shared.ledger.formats.envelope import Event
from tests.support.shared.domain_events import VILLAGE, World

EXCLUDED = [("DC07", "ownership"), ("DC07", "use_right"), ("DC03", "ownership"), ("DC03", "use_right"), ("DC01", "violence")]


def effect(state: CaseState, event: Event) -> str:
    """Why the event moved nothing, "" when it did."""
    line = next(line for line in state.timeline if line.event == event.id)
    return line.note if line.effect == "none" else ""


def codes_of(state: CaseState) -> set[str]:
    return {finding.code for finding in state.findings}


def on_the_spot(world: World, case: str) -> Event:
    return world.event(case, "case.settled_on_spot", {"text": "DEMO", "agreed_by": [0, 1]})


# --- A1: no excluded matter is settled on any path


@pytest.mark.parametrize(("category", "subcategory"), EXCLUDED)
@pytest.mark.parametrize("path", [on_the_spot, lambda w, c: w.accept(c)], ids=["on_the_spot", "accepted"])
def test_an_excluded_matter_is_settled_on_no_path(category: str, subcategory: str, path: Callable[[World, str], Event]) -> None:
    world = World()
    case = world.register(category=category, subcategory=subcategory).subject
    before = world.state(case)
    for kind in ("case.settled_on_spot", "case.accepted"):
        assert actions.refusal(kind, before, VILLAGE, "mediator") == guards.excluded_matter(category, subcategory)
    tried = path(world, case)
    state = world.state(case)
    assert effect(state, tried)
    assert (state.state, state.outcome) == ("registered", "")


def test_a_settlement_of_an_excluded_matter_that_came_in_is_kept_and_a_person_is_told() -> None:
    world = World()
    case = world.register(category="DC01", subcategory="violence").subject
    settled = on_the_spot(world, case)
    found = next(f for f in world.state(case).findings if f.code == "excluded_settled")
    assert (found.review, found.events) == (True, (settled.id,))
    assert settled.id in {line.event for line in world.state(case).timeline}


def test_leaving_the_subcategory_out_at_triage_lifts_no_guard_and_another_category_drops_it() -> None:
    world = World()
    case = world.register(category="DC07", subcategory="ownership").subject
    world.event(case, "case.triaged", {"category": "DC07", "difficulty": "simple", "risk": 1})
    refused = world.accept(case)
    assert effect(world.state(case), refused)
    world.event(case, "case.triaged", {"category": "DC02", "difficulty": "simple", "risk": 1})
    assert world.state(case).subcategory == ""
    accepted = world.accept(case)
    assert effect(world.state(case), accepted) == ""


def test_a_category_with_excluded_matters_wants_the_matter_named_before_anybody_decides_it() -> None:
    world = World()
    case = world.register(category="DC03", risk=1).subject
    for kind in ("case.settled_on_spot", "case.accepted"):
        assert actions.refusal(kind, world.state(case), VILLAGE, "mediator") == "subcategory_needed"
    assert actions.refusal("case.acceptance_rejected", world.state(case), VILLAGE, "mediator") == ""
    world.event(case, "case.triaged", {"category": "DC03", "subcategory": "passage", "difficulty": "simple", "risk": 1})
    assert actions.refusal("case.accepted", world.state(case), VILLAGE, "mediator") == ""
    old = world.register(category="DC03", risk=1).subject
    settled = on_the_spot(world, old)
    assert effect(world.state(old), settled) == "", "an older record without a subcategory keeps its effect"


# --- A2: the words on every screen


@pytest.mark.parametrize(("category", "subcategory"), EXCLUDED)
def test_an_excluded_case_shows_its_banner_and_where_it_must_go(category: str, subcategory: str) -> None:
    world = World()
    said = notices(world.state(world.register(category=category, subcategory=subcategory).subject))
    channel = codes.name("outcome", guards.right_channel(category, subcategory))
    assert said[0] == texts.t(f"banner.{guards.banners(category, subcategory)[0]}")
    assert any(channel in line for line in said[1:])


def test_anti_violence_law_14_with_a_vulnerable_party_the_banner_is_the_duty_to_report() -> None:
    world = World()
    parties = [{"name": "DEMO 甲", "vulnerable": True}, {"name": "DEMO 乙", "role": "respondent"}]
    case = world.register(category="DC01", subcategory="violence", parties=parties).subject
    assert notices(world.state(case))[0] == texts.t("banner.must_report_violence")


def test_an_ordinary_case_shows_no_banner_and_an_unconfirmable_one_says_so() -> None:
    world = World()
    assert notices(world.state(world.register().subject)) == ()
    adopted = world.state(world.register(category="DC01", subcategory="adoption").subject)
    assert notices(adopted) == (texts.t("banner.not_confirmable"),)


# --- A3: the table of matters


def test_every_matter_of_the_table_has_its_codes_its_words_and_its_source() -> None:
    table = matters.table()
    assert set(table.belongs) == set(codes.names("subcategory"))
    for categories in table.belongs.values():
        assert categories == {"*"} or categories <= set(codes.names("category"))
    for code, row in table.excluded.items():
        assert code in table.belongs
        assert row.source
        assert texts.has(f"effect.{row.reason}")
        assert row.channel in codes.table("outcome")
        assert texts.has(f"banner.{row.banner}")
        assert texts.has(f"banner.{row.banner_vulnerable}")
    assert table.not_confirmable <= set(table.belongs)


@pytest.mark.parametrize("subcategory", ["adoption", "parentage", "use_right", "ownership", "intellectual_property"])
def test_interpretation_355_identity_real_rights_and_intellectual_property_are_not_confirmable(subcategory: str) -> None:
    category = next(iter(sorted(matters.table().belongs[subcategory])))
    assert not guards.confirmable(category, subcategory)
    assert guards.confirmable(category, "other")


def test_a_subcategory_is_written_only_in_its_category_and_an_older_record_stays_readable() -> None:
    body = {"category": "DC07", "subcategory": "divorce", "difficulty": "simple", "risk": 1}
    with pytest.raises(bodies.InvalidBody, match="does not belong to DC07"):
        bodies.build("case.triaged", body)
    world = World()
    case = world.register().subject
    old = world.event(case, "case.triaged", body, schema=1)
    state = world.state(case)
    assert (effect(state, old), state.category, state.subcategory) == ("", "DC07", "divorce")


# --- A7: the written form


def test_land_contract_10_an_agreement_on_contracted_land_is_written() -> None:
    world = World()
    case = world.mediating(category="DC07", subcategory="contracting").subject
    oral = world.agree(case, form="oral", fields={"signatures": []})
    state = world.state(case)
    assert "书面" in effect(state, oral)
    assert (state.state, state.agreement) == ("mediating", None)
    assert "agreement_not_written" in codes_of(state)
    written = world.agree(case)
    assert effect(world.state(case), written) == ""
    other = world.register(category="DC07", subcategory="circulation", risk=1).subject
    assert actions.refusal("case.settled_on_spot", world.state(other), VILLAGE, "mediator") == "must_be_written"


@pytest.mark.parametrize(("category", "subcategory", "why"), [
    ("DC10", "", "劳动争议"), ("DC11", "other", "劳动争议"), ("DC15", "", "医疗纠纷"), ("DC04", "contracting", "土地承包"),
    ("DC04", "circulation", "土地承包"), ("DC04", "", "请先选细类"), ("DC07", "contracting", "土地承包"),
])
def test_where_the_law_wants_paper_no_word_of_mouth_moves_the_case_on_any_path(category: str, subcategory: str, why: str) -> None:
    world = World()
    case = world.mediating(category=category, subcategory=subcategory).subject
    oral = world.agree(case, form="oral", fields={"signatures": []})
    state = world.state(case)
    assert why in effect(state, oral)
    assert "agreement_not_written" in codes_of(state)
    written = world.agree(case)
    assert effect(world.state(case), written) == ""
    spot = world.register(category=category, subcategory=subcategory, risk=1).subject
    assert actions.refusal("case.settled_on_spot", world.state(spot), VILLAGE, "mediator").startswith("must_be_written")
    settled = world.event(spot, "case.settled_on_spot", {"text": "DEMO", "agreed_by": [0, 1]})
    assert why in effect(world.state(spot), settled)


def test_a_loan_and_a_quarrel_of_neighbours_may_be_agreed_by_word() -> None:
    for category, subcategory in (("DC04", "lending"), ("DC02", ""), ("DC99", "")):
        world = World()
        case = world.mediating(category=category, subcategory=subcategory).subject
        oral = world.agree(case, form="oral", fields={"signatures": []})
        assert effect(world.state(case), oral) == ""


# --- 7.3: the grid settles small matters


def test_the_grid_settles_small_matters_alone_and_the_village_the_rest() -> None:
    world = World()
    small, larger = world.register(risk=1).subject, world.register(risk=2).subject
    assert actions.refusal("case.settled_on_spot", world.state(small), VILLAGE, "grid_member") == ""
    assert actions.refusal("case.settled_on_spot", world.state(larger), VILLAGE, "grid_member") == "grid_small_only"
    assert actions.refusal("case.settled_on_spot", world.state(larger), VILLAGE, "mediator") == ""
    old = world.event(larger, "case.settled_on_spot", {"text": "DEMO", "agreed_by": [0, 1]}, role="grid_member")
    state = world.state(larger)
    assert (effect(state, old), state.state) == ("", "closed")
    assert "grid_settled_above" in codes_of(state)
