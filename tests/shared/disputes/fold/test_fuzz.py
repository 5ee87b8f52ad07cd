"""No history, however odd, breaks the fold: any kind citing any event, parties that do not exist, three levels at once."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.disputes.fold.fold import fold_case
from shared.disputes.kinds import policy
from shared.disputes.kinds import registry as bodies
from shared.disputes.rules.county import county_rules
from shared.ledger.published.directory import EMPTY
from tests.support.shared.domain_events import COUNTY, NEIGHBOUR, TOWN, VILLAGE, World, open_kinds

OFFICES = [VILLAGE, TOWN, COUNTY, NEIGHBOUR]


def odd_body(kind: str, chance: random.Random, known: list[str]) -> dict[str, Any]:
    """A body that fits its kind and may contradict everything else."""
    if bodies.KINDS[kind].only_sealed or (kind in bodies.SEALABLE and chance.random() < 0.5):
        return {"sealed": "0" * 64, "class": chance.choice(["closed", "reporter"])}
    event = chance.choice(known)
    office, day = chance.choice(OFFICES), f"2026-{chance.randrange(1, 12):02d}-{chance.randrange(1, 29):02d}"
    party, item = chance.randrange(0, 4), chance.randrange(0, 3)
    pool: dict[str, Any] = {
        "number": "DEMO", "parties": [{"name": "DEMO"}], "place": {"office": office}, "summary": "DEMO",
        "category": chance.choice(["DC02", "DC07", "DC15"]), "no": party, "party": party, "field": "age", "value": "44",
        "title": "DEMO", "text": "DEMO", "agreed_by": [party], "difficulty": "simple", "risk": chance.randrange(1, 5),
        "committee": "DEMO", "mediators": ["m"], "rights_told": True, "parties_willing": True, "reason": "other",
        "channel": "to_litigation", "until": day, "consents": [{"party": party, "signed_on": day}],
        "form": chance.choice(["written", "oral"]), "facts": "DEMO", "items": [{"who": party, "what": "DEMO"}],
        "signatures": [{"signer": "party", "name": "DEMO", "party": party, "signed_on": day}], "of": event,
        "sealed_on": day, "item": item, "complete": chance.random() < 0.5, "remedies_told": True,
        "escalation_checked": True, "to": office, "body": "DEMO", "method": "phone",
        "result": chance.choice(["performed", "relapse", "unreachable"]), "score": chance.randrange(1, 6),
        "outcome": "other", "documents": ["D03"], "into": "01J9ZK3V7Q8W9X0Y1Z2A3B4C5D", "level": chance.randrange(1, 5),
        "accepted": chance.random() < 0.5, "finding": "refusal_before_seal", "events": [event], "decision": "confirmed",
        "identities": [{"party": party, "paper_number": "11010119900307123X"}],
        "court": "DEMO", "status": "confirmed", "request": event, "assignment": event, "office": office,
        "handlers": ["s"], "mediator": chance.choice(["", "m", "n"]) or "m", "mediation_type": "administrative",
        "to_role": chance.choice(["group_grid_leader", "village_grid_leader"]), "grade": "simple",
        "passed": chance.random() < 0.8, "start": day, "end": day, "approved": chance.random() < 0.8, "amount_fen": 0,
        "paid_on": day, "petition": "01J9ZK3V7Q8W9X0Y1Z2A3B4C5D", "document": "D10", "old": "（2026）演示人调字第1号",
        "receipt_on": day,
        "new": chance.choice(["（2026）演示人调字第1号-1", "（2026）演示人调字第2号"]), "event": event, "legal_date": day,
        "shares": [{"of": event, "sealed": "0" * 64, "eph": "A" * 43 + "=", "keys": [{"device": "d", "key": "A" * 64}]}],
        "removed_on": day, "clock": "outside_police_case", "case": "01J9ZK3V7Q8W9X0Y1Z2A3B4C5D", "ground": "interest",
        "other": "01J9ZK3V7Q8W9X0Y1Z2A3B4C5D", "representatives": [0, party], "elected_on": day,
        "date": day, "time": "09:30",
        "changes": [{"item": chance.choice([None, 0, 1, 7]), "who": party, "what": "DEMO", "due_date": day,
                     "ends": chance.random() < 0.3}],
        "citizen_code": {"v": 1, "salt": "0" * 32, "hash": "1" * 64},
    }
    special: dict[str, dict[str, Any]] = {
        "case.session_held": {"place": "DEMO"}, "case.session_planned": {"place": "DEMO"}, "case.acknowledged": {"of": [event]},
        "case.sealed_read": {"of": [event]},
        "case.supervision_issued": {"level": "reminder"}, "case.risk_reported": {"to": "DEMO"},
        "case.transferred_out": {"to": "to_police"}, "case.party_added": {"party": {"name": "DEMO"}},
        "case.parties_added": {"parties": [{"name": "DEMO"}, {"name": "DEMO", "role": "respondent"}]},
        "case.type_changed": {"consents": [{"party": n, "signed_on": "2026-01-01"} for n in (0, 1)]},
        "case.grid_assigned": {"to_role": "grid_member"}, "case.grid_supervised": {"level": "reminder"},
        "case.confirmation_applied": {"parties": [0, party]}, "case.erasure_answered": {"decision": "restricted"},
    }
    model = bodies.BODIES[kind, 1]
    made = {}
    for name, field in model.model_fields.items():
        if field.is_required() or (name in ("of", "to", "body", "consents") and chance.random() < 0.5):
            made[name] = special.get(kind, {}).get(name, pool[name])
    return made


def odd_case(seed: int) -> World:
    chance = random.Random(seed)
    world = World()
    case = world.mediating().subject if chance.random() < 0.5 else world.register().subject
    for _ in range(chance.randrange(1, 30)):
        known = world.events[case]
        after = chance.sample(known, chance.randrange(0, min(3, len(known)) + 1)) if chance.random() < 0.6 else None
        kind = chance.choice(sorted(k for k in bodies.CURRENT if k.startswith("case.")))
        body = odd_body(kind, chance, [e.id for e in known])
        day = f"2026-{chance.randrange(1, 12):02d}-{chance.randrange(1, 29):02d}"
        world.event(case, kind, body, office=chance.choice(OFFICES), date=day, after=after,
                    at=f"2026-03-{chance.randrange(2, 29):02d}", hour=chance.randrange(1, 23))
    return world


@given(st.integers(0, 2**32))
def test_any_odd_history_folds_alike_in_any_order(seed: int) -> None:
    world = odd_case(seed)
    (events,) = world.events.values()
    expected = fold_case(events, {}, "2026-06-01")
    shuffled = list(events)
    random.Random(seed).shuffle(shuffled)
    assert fold_case(shuffled, {}, "2026-06-01") == expected
    assert {line.event for line in expected.timeline} == {e.id for e in events}
    for office in OFFICES:
        open_kinds(expected, office, "mediator")


@given(st.integers(0, 2**32))
def test_any_part_of_a_history_folds(seed: int) -> None:
    world = odd_case(seed)
    (events,) = world.events.values()
    chance = random.Random(seed)
    part = chance.sample(events, chance.randrange(1, len(events) + 1))
    state = fold_case(part, {e.id: "DEMO" for e in part[:2]}, "2026-06-01")
    assert state.incomplete == 0 or not state.needs_review


def test_the_policy_speaks_of_every_office_level() -> None:
    assert all(set(row) == {"village", "township", "county"} for row in policy.TABLE.values())


def test_rules_of_a_directory_overlay_the_defaults_and_broken_rows_are_named() -> None:
    directory = EMPTY.with_changes("e1", 1, "0" * 64, [
        {"op": "table", "key": "clocks", "value": {
            "visit": {"amount": 14, "unit": "day", "source": "DEMO"}, "triage": {"amount": -1}}},
        {"op": "calendar", "key": "2027", "value": {"year": 2027, "holidays": ["2027-01-01"], "workdays": []}},
        {"op": "calendar", "key": "2028", "value": {"year": "2028"}},
    ])
    found = county_rules(directory)
    assert (found.rules.rule("visit").amount, found.rules.rule("triage").amount) == (14, 1)
    assert [year for year, _ in found.calendar.overrides] == [2027]
    assert len(found.problems) == 2
