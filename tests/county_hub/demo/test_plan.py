"""The plan of the DEMO years: as many of each as was printed, bodies that their kinds take, the same plan from the same seed."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from county_hub.demo.disputes import disputes
from county_hub.demo.grids import plan as plan_of_grids
from county_hub.demo.petitions import legal_aid, petitions
from county_hub.demo.stories import QUOTAS, Matter, Quotas, Step, Teller, renamed, steps_of
from shared.disputes.kinds import registry
from shared.disputes.rules import grids as rules
from shared.ledger.published.lineage import FOUNDED
from shared.ledger.published.offices import load_divisions

COUNTY, TOWNS, VILLAGES = "150822000000", ["150822100000", "150822101000"], ["150822100201", "150822101203", "150822101204"]
# a twentieth of a printed year: enough for every ending, and quick
SMALL = Quotas(30, 6, 3, (12, 15, 40), (6, 6, 9), 10, 2, (9, 6))


def told(seed: str = "DEMO", quotas: Quotas = SMALL) -> list[Matter]:
    teller = Teller(2019, seed, COUNTY, TOWNS, VILLAGES)
    return [*disputes(teller, quotas), *petitions(teller, quotas), *legal_aid(teller, quotas)]


def all_steps(matters: list[Matter]) -> list[tuple[Matter, Step]]:
    return [(matter, step) for matter in matters for part in matter.parts for step in part.steps]


def test_there_are_as_many_of_each_as_the_quotas_say() -> None:
    counts = Counter(matter.aggregate for matter in told())
    assert counts["case"] == SMALL.mediated + SMALL.on_spot + SMALL.not_accepted
    assert counts["petition"] == SMALL.petitions
    assert counts["legal_aid"] >= SMALL.legal_aid
    assert QUOTAS[2018].petitions == 393


def test_every_body_is_one_that_its_kind_takes() -> None:
    matters = told()
    assert steps_of(matters) == len(all_steps(matters)) > 200
    for _, step in all_steps(matters):
        body = {name: f"event:{value[1:]}" if isinstance(value, str) and value.startswith("@") else value
                for name, value in step.body.items()}
        registry.build(step.kind, {**body, "number": "DEMO"} if step.number else body)


def test_people_act_in_order_within_the_year_and_everybody_is_invented() -> None:
    for matter in told():
        days = [step.day for part in matter.parts for step in part.steps]
        assert days == sorted(days), matter.subject
        assert days[0].year == 2019
        for part in matter.parts:
            assert part.office in {COUNTY, *TOWNS, *VILLAGES}
    for _, step in all_steps(told()):
        for party in step.body.get("parties", ()):
            assert re.match("演示", party["name"])


ENDS = {f"case.{kind}" for kind in ("visited", "terminated", "withdrawn", "party_refused", "acceptance_rejected")}


def test_a_year_that_is_over_leaves_no_dispute_open() -> None:
    """On the wall of a later year nothing is thousands of days overdue."""
    for matter in told(quotas=replace(SMALL, mediated=200, on_spot=20)):
        kinds = {step.kind for part in matter.parts for step in part.steps}
        assert matter.aggregate != "case" or kinds & ENDS, kinds


def test_the_same_seed_tells_the_same_and_another_one_something_else() -> None:
    assert told() == told()
    assert told() != told("OTHER")


def test_a_matter_under_its_new_id_names_others_by_theirs() -> None:
    step = Step(dt.date(2019, 3, 1), "case.absorbed", {"case": "old", "text": "DEMO"})
    matter = next(iter(told()))
    part = replace(matter.parts[0], steps=(step,))
    made = renamed(replace(matter, subject="own", parts=(part,)), {"own": "A", "old": "B"})
    assert (made.subject, made.parts[0].steps[0].body) == ("A", {"case": "B", "text": "DEMO"})


@pytest.mark.parametrize("year", sorted(QUOTAS))
def test_a_printed_year_has_working_days_enough(year: int) -> None:
    teller = Teller(year, "DEMO", COUNTY, TOWNS, VILLAGES)
    days = {teller.day_of_year() for _ in range(2000)}
    assert all(day.year == year for day in days)
    assert len(days) > 150


def test_315_grids_have_their_people_and_a_few_planned_gaps() -> None:
    organisation = load_divisions()
    named = ((office, organisation.display_name(office)) for office in sorted(organisation.offices))
    made = plan_of_grids(rules.template(named, FOUNDED), "2026-01-01")

    class Directory:
        lineage = FOUNDED

        def office(self, id: str, on: str | None = None) -> Any:
            return organisation.get(id)

        def staff(self, id: str) -> Any:
            entry = made.people.get(id)
            return entry and SimpleNamespace(active=entry["active"], roles=entry["roles"])

    found = rules.read(enumerate(made.rows, 2), Directory())
    assert (len(found.grids), found.problems) == (315, [])
    groups = [grid for grid in found.grids if grid.tier == "group"]
    assert 0 < sum(not grid.members for grid in groups) < 10
    assert 0 < sum("police" not in dict(grid.officers) for grid in found.grids if grid.tier == "village") < 20
    assert all(entry["name"].startswith("演示") for entry in made.people.values())
