"""Which cases look alike: found the same way by place and by people, and no dearer where a village has thousands of cases."""

from __future__ import annotations

import json
import random
import sqlite3

import pytest

from shared.disputes.tables import pairs

_FACTS = "CREATE TABLE case_facts (case_id TEXT PRIMARY KEY, registered_on TEXT, place TEXT, category TEXT)"


def _made(cases: int, people: int, seed: int = 1) -> sqlite3.Connection:
    """One village, one category, one year."""
    db, dice = sqlite3.connect(":memory:"), random.Random(seed)
    for sql in (_FACTS, *pairs.TABLES):
        db.execute(sql)
    for n in range(cases):
        day = f"2026-{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d}"
        db.execute("INSERT INTO case_facts VALUES (?, ?, 'v', 'k')", (f"c{n}", day))
        for no in range(2):
            name, phone = f"DEMO {dice.randrange(people)}", f"p{dice.randrange(people)}"
            db.execute("INSERT INTO case_parties VALUES (?, ?, ?, ?, ?)",
                       (f"c{n}", no, name, name if dice.random() < .8 else "", phone if dice.random() < .5 else ""))
    return db


@pytest.mark.parametrize("seed", range(3))
def test_looked_for_by_place_or_by_people_the_same_cases_are_alike(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for few in (10_000, 0):
        monkeypatch.setattr(pairs, "FEW_NEAR", few)
        db = _made(120, 30, seed)
        pairs.keep(db, [f"c{n}" for n in range(120)])
        found.append(sorted(db.execute("SELECT * FROM alike")))
    assert found[0] == found[1]
    assert len(found[0]) > 50


def test_one_more_case_costs_no_more_where_a_thousand_are_near() -> None:
    def steps(cases: int) -> int:
        db, counted = _made(cases, cases), [0]
        db.set_progress_handler(lambda: counted.__setitem__(0, counted[0] + 1), 10)
        pairs.keep(db, ["c0"])
        return counted[0]

    assert steps(4000) < 2 * steps(400)


def test_a_name_that_a_thousand_cases_have_makes_no_million_pairs() -> None:
    """One creditor in all cases of a place and kind: of each case the closest in time are kept, and the last one costs as much as
    the two hundredth."""
    db, cases = _made(0, 1), 400
    steps = [0]
    db.set_progress_handler(lambda: steps.__setitem__(0, steps[0] + 1), 10)
    took = []
    for n in range(cases):
        db.execute("INSERT INTO case_facts VALUES (?, date('2026-01-01', ?), 'v', 'k')", (f"c{n:03}", f"+{n // 8} days"))
        db.execute("INSERT INTO case_parties VALUES (?, 0, 'DEMO 银行', 'DEMO 银行', '')", (f"c{n:03}",))
        before = steps[0]
        pairs.keep(db, [f"c{n:03}"])
        took.append(steps[0] - before)
    assert db.execute("SELECT count(*) FROM alike").fetchone()[0] <= cases * pairs.MOST_ALIKE
    of_last = [day for day, in db.execute("SELECT days FROM alike WHERE other = 'c399'")]
    assert len(of_last) == pairs.MOST_ALIKE
    assert max(of_last) <= 1 + pairs.MOST_ALIKE // 8, "these are the closest"
    assert took[-1] < 3 * took[150]


@pytest.mark.parametrize("days", [0, 30, pairs.KEPT_DAYS, pairs.KEPT_DAYS + 30])
def test_the_number_of_pairs_is_that_of_the_pairs_without_what_was_merged_or_said_to_be_two(days: int) -> None:
    db, dice = _made(200, 20), random.Random(days)
    pairs.keep(db, [f"c{n}" for n in range(200)])
    db.execute("CREATE TABLE cases (case_id TEXT PRIMARY KEY, state TEXT, json TEXT)")
    for n in range(200):
        said = {"not_duplicates": [f"c{dice.randrange(200)}" for _ in range(40)]} if n % 3 else {}
        db.execute("INSERT INTO cases VALUES (?, ?, ?)", (f"c{n}", "merged" if n % 7 == 0 else "triaged", json.dumps(said)))
    found = pairs.pairs(db, days)
    assert pairs.count(db, days) == len(found) > 0
    assert pairs.count(db, days, 1) == 1
    every, = db.execute("SELECT count(*) FROM alike WHERE days <= ?", (days,)).fetchone()
    assert len(found) < every or days > pairs.KEPT_DAYS
