"""Whose a subject is: its id proves its founding, so naming it is not enough to own it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.disputes.domain import DISPUTES
from shared.disputes.records import aggregates
from shared.ledger import texts
from shared.ledger.errors import Refused
from shared.ledger.formats.envelope import check_event
from shared.ledger.formats.founding import check_founding, corrected_ms, subject_id
from shared.ledger.judge import judge
from tests.support.shared.shared_core import CASE, NOW, county, sealed

# Checked in Node beside the others (`tests/shared/vectors/check.mjs`).
ALL = replace(DISPUTES, schemas={})      # the kinds of these tests are of a newer version
VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "subject-ids.json").read_text(encoding="utf-8"))["cases"]
STEP = {"kind": "case.note_added", "body": {"text": "DEMO"}}


def verdict(**fields: Any) -> tuple[str, str]:
    found = judge(sealed(**fields), county(), domain=ALL)
    return found.decision, found.code


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: f"{row['aggregate']} {row['device_seq']}")
def test_subject_ids_stay_as_they_are_for_ever(row: dict[str, Any]) -> None:
    ms = corrected_ms(row["device_time"], row["clock_offset_ms"])
    assert ms == row["ms"]
    assert subject_id(row["aggregate"], row["device"], row["device_seq"], ms) == row["subject"]


def test_an_event_without_causes_is_accepted_only_under_the_id_that_it_proves() -> None:
    assert verdict() == ("accept", "")
    assert verdict(subject=CASE) == ("refuse", "not_founder")
    honest = check_event(sealed())
    for other in ({"device_seq": 2}, {"device_time": NOW + 1}, {"clock_offset_ms": 0}, {"kind": "hazard.remarked"}):
        assert verdict(subject=honest.subject, **other) == ("refuse", "not_founder"), other


def test_an_unknown_kind_may_found_and_go_on_but_never_claim() -> None:
    founded = sealed(kind="hologram.shown", body={})
    assert judge(founded, county(), domain=ALL).accepted
    assert verdict(kind="hologram.shown", body={}, subject=CASE) == ("refuse", "not_founder")
    more = {"subject": founded["hologram"], "after": (founded["_id"],), "device_seq": 2}
    assert verdict(kind="hologram.dimmed", body={}, **more) == ("accept", "")


def test_a_step_founds_nothing_and_an_opening_kind_cites_nothing() -> None:
    assert verdict(**STEP, after=()) == ("refuse", "not_founder")
    first = check_event(sealed())
    after = {"subject": first.subject, "after": (first.id,), "device_seq": 2}
    assert verdict(**STEP, **after) == ("accept", "")
    opening = {"kind": "hazard.reported", "body": {"title": "DEMO", "place": {"office": "150822100203"}}}
    assert verdict(**opening) == ("accept", "")
    cited = sealed(**opening)
    again = {"subject": cited["hazard"], "after": (cited["_id"],), "device_seq": 2}
    assert verdict(**opening, **again) == ("refuse", "not_founder")


def test_every_kind_that_opens_something_is_one_per_aggregate() -> None:
    assert len(aggregates.OPENINGS) == len({kind.partition(".")[0] for kind in aggregates.OPENINGS})
    assert {aggregates.opens(kind) for kind in aggregates.OPENINGS} == {True}
    assert (aggregates.opens("case.note_added"), aggregates.opens("case.teleported")) == (False, None)


def test_a_refusal_names_the_id_that_would_be_founded() -> None:
    event = check_event(sealed(subject=CASE))
    with pytest.raises(Refused) as refusal:
        check_founding(event, aggregates.opens)
    assert check_event(sealed()).subject in str(refusal.value)
    assert texts.has("judge.not_founder.text")
    assert texts.has("judge.not_founder.remedy")
