"""The judge: an act is judged by the rules its author could know; doubt holds, only what is wrong for good is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.disputes.domain import DISPUTES
from shared.ledger import texts
from shared.ledger.domain import Permits
from shared.ledger.errors import Refused
from shared.ledger.formats.citation import Cited
from shared.ledger.formats.documents import make_chunk
from shared.ledger.formats.envelope import Event, check_event, seal
from shared.ledger.formats.keys import ED25519
from shared.ledger.judge import ACCEPT, Verdict, judge
from shared.ledger.published.directory_heads import Directory, DirectoryHistory, build_head, change
from shared.ledger.published.receipts import Ranges, Receipt, build_grant, build_receipt
from tests.support.shared.shared_core import (
    CASE,
    DEVICE_KEY,
    EPOCH,
    HUB_KEY,
    NEIGHBOUR,
    NOW,
    OTHER_KEY,
    TOWN,
    VILLAGE,
    changes,
    cited,
    county,
    draft,
    first_head,
    sealed,
)


def judged(
    doc: Any, history: DirectoryHistory | None = None, *, permits: Permits | None = None,
    schemas: Mapping[str, int] | None = None, **more: Any,
) -> Verdict:
    return judge(doc, history or county(), domain=replace(DISPUTES, permits=permits, schemas=schemas or {}), **more)


def outcome(doc: Any, history: DirectoryHistory | None = None, **more: Any) -> tuple[str, str]:
    verdict = judged(doc, history, **more)
    return verdict.decision, verdict.code


class Known:
    """What a judge is told of the device's chain."""

    def __init__(self, *places: Cited, lacking: bool = False, led: bool | None = None) -> None:
        self._places, self._lacking, self._led = places, lacking, led

    def places(self, device: str, seq: int) -> tuple[Cited, ...]:
        return self._places

    def lacks(self, device: str, seq: int) -> bool:
        return self._lacking

    def leads(self, device: str, end: tuple[int, str], seq: int, h: str) -> bool | None:
        return self._led


def device(status: str, final_seq: int | None = None, final_hash: str | None = None) -> dict[str, Any]:
    return change("device", "dev-1", {"office": VILLAGE, "slot": 1, "public_key": DEVICE_KEY.public, "alg": ED25519,
                                      "status": status,
                                      "final_seq": final_seq, "final_hash": final_hash, "role": "tablet", "enrolled_at": NOW})


def test_an_honest_event_is_accepted_as_document_and_as_event() -> None:
    assert judged(sealed(), county()) == ACCEPT
    assert judged(check_event(sealed()), county()) == ACCEPT


@pytest.mark.parametrize(("fields", "code"), [
    ({"office": NEIGHBOUR}, "wrong_office"), ({"actor": "nobody"}, "actor_unknown"), ({"actor": "s-zhao"}, "actor_office"),
    ({"role": "judicial_officer"}, "role_not_held"), ({"kind": "case.registered", "body": {}}, "bad_body"),
    ({"device": "dev-2"}, "bad_signature"), ({"actor": "s-wang", "role": "judicial_officer"}, "actor_office"),
])
def test_what_is_wrong_for_good_is_refused_with_its_reason(fields: dict[str, Any], code: str) -> None:
    verdict = judged(sealed(**fields), county())
    assert (verdict.decision, verdict.code) == ("refuse", code)
    assert verdict.reason
    assert verdict.text() != verdict.remedy()


def test_a_changed_event_is_refused_and_nothing_is_ever_raised() -> None:
    assert outcome({**sealed(), "legal_date": "2025-01-01"}) == ("refuse", "bad_id")
    for doc in ({}, {"_id": 5}, {"_id": "case:x"}, {"kind": None}, {"_id": "receipt:x"}, {"_id": "chunk:x", "data": 3}):
        assert judged(doc, county()).decision == "refuse"


def test_what_cannot_be_judged_yet_is_held() -> None:
    assert outcome(sealed(directory=(EPOCH, 2, "2" * 64))) == ("hold", "directory_unknown")
    assert outcome(sealed(directory=("e7", 1, "7" * 64))) == ("hold", "directory_unknown")
    assert outcome(seal(draft(device="dev-77"), DEVICE_KEY)[0]) == ("hold", "device_unknown")
    assert outcome(sealed(), DirectoryHistory.load([], HUB_KEY.public)) == ("hold", "directory_unknown")
    assert "暂" in judged(sealed(directory=(EPOCH, 2, "2" * 64)), county()).text()


def test_the_hub_itself_judges_by_its_newest_rules_what_cites_a_version_that_two_restores_have_lost() -> None:
    assert outcome(sealed(directory=("e7", 1, "7" * 64)), complete=True) == ("accept", "")
    assert outcome(sealed(directory=(EPOCH, 2, "2" * 64)), complete=True) == ("accept", "")
    assert outcome(sealed(), DirectoryHistory.load([], HUB_KEY.public), complete=True) == ("hold", "directory_unknown")


def test_an_act_is_judged_by_the_directory_its_author_had() -> None:
    later = county(change("staff", "s-li", None))
    assert outcome(sealed(directory=cited(later, 1)), later) == ("accept", "")
    assert outcome(sealed(directory=cited(later, 2)), later) == ("refuse", "actor_unknown")


def test_a_device_that_has_just_enrolled_is_judged_by_the_newest() -> None:
    assert outcome(sealed(directory=(EPOCH, 0, ""))) == ("accept", "")


def test_a_lost_device_goes_to_a_person_and_a_retired_one_ends_at_its_last_number() -> None:
    assert outcome(sealed(), county(device("lost"))) == ("refuse", "device_lost")
    assert outcome(sealed(), county(device("lost")), already_accepted=True) == ("accept", "")
    assert outcome(sealed(device_seq=4), county(device("retired", 4))) == ("refuse", "device_retired"), "which event is number 4?"
    retired = county(device("retired", 4, "e" * 26))
    for led, expected in ((None, ("hold", "chain_open")), (False, ("refuse", "device_retired")), (True, ("accept", ""))):
        assert outcome(sealed(device_seq=4), retired, chains=Known(led=led)) == expected
    assert outcome(sealed(device_seq=5), retired, chains=Known(led=True)) == ("refuse", "device_retired")
    assert outcome(sealed(device_seq=4), retired, already_accepted=True) == ("accept", "")


def test_an_act_is_judged_at_least_by_what_its_device_held_before() -> None:
    later = county(change("staff", "s-li", None), change("setting", "a", {"n": 1}))
    cites_1, cites_2 = cited(later, 1), cited(later, 2)
    old = sealed(directory=cites_1)
    assert outcome(old, later, chains=Known(cites_1)) == ("accept", ""), "to cite an old place is no ground by itself"
    assert outcome(old, later, chains=Known(cites_1, cites_2)) == ("refuse", "actor_unknown")
    assert outcome(old, later, chains=Known((EPOCH, 2, "f" * 64))) == ("accept", ""), "a head that is not here says nothing"
    assert outcome(old, later, chains=Known(cites_2), already_accepted=True) == ("accept", "")
    assert outcome(old, later, chains=Known(lacking=True)) == ("hold", "chain_gap")
    assert outcome(old, later, chains=Known(cites_2, lacking=True)) == ("refuse", "actor_unknown")
    newest = sealed(directory=cited(later, 3), actor="s-zhao")
    assert outcome(newest, later, chains=Known(lacking=True)) == ("refuse", "actor_office")
    still = county(change("setting", "a", {"n": 1}))
    assert outcome(sealed(directory=cites_1), still, chains=Known(lacking=True)) == ("accept", ""), "the newest allows it too"


def test_a_kind_or_schema_of_a_newer_version_is_held_unjudged_whatever_it_says() -> None:
    for newer in ({"kind": "case.teleported", "body": {"to": "x"}}, {"kind": "case.registered", "schema": 99, "body": {}},
                  {"kind": "hologram.shown"}):
        assert outcome(sealed(**newer), schemas=DISPUTES.schemas) == ("hold", "unjudged"), newer
        assert outcome(sealed(**newer)) == ("accept", ""), "a product that names no schemas judges every kind"
    assert outcome(sealed(kind="case.teleported", actor="s-zhao"), schemas=DISPUTES.schemas) == ("refuse", "actor_office")
    assert outcome(sealed(kind="case.teleported", subject=CASE), schemas=DISPUTES.schemas) == ("refuse", "not_founder")


def test_who_acts_on_a_device_is_of_its_office_or_was_let_use_it() -> None:
    def helping(version: int, history: DirectoryHistory) -> dict[str, Any]:
        return sealed(actor="s-wang", role="judicial_officer", directory=cited(history, version))

    def anybody(event: Event, directory: Directory) -> bool:
        return True

    lent = device("active")
    lent["value"]["users"] = {"s-wang": {"by": "s-other", "on": "2025-11-23"}}
    assert outcome(helping(1, county()), permits=anybody) == ("refuse", "actor_office"), "an office above is not enough"
    assert outcome(helping(1, county(lent)), county(lent), permits=anybody) == ("accept", ""), "told later than he came"
    assert outcome(helping(2, county(lent)), county(lent), permits=anybody) == ("accept", "")
    ended = county(lent, device("active"))
    assert [outcome(helping(version, ended), ended)[0] for version in (1, 2, 3)] == ["accept", "accept", "refuse"]
    assert outcome(sealed(actor="s-zhao"), ended) == ("refuse", "actor_office")


def test_the_policy_has_the_last_word() -> None:
    def never(event: Event, directory: Directory) -> bool:
        raise Refused("role", event.role, "ask the township", code="not_permitted")

    assert outcome(sealed(), permits=never) == ("refuse", "not_permitted")
    assert outcome(sealed(), permits=lambda e, d: False) == ("refuse", "not_permitted")
    assert "too_low" in judged(sealed(), county(), permits=lambda e, d: "too_low").reason
    assert outcome(sealed(), permits=lambda e, d: None) == ("accept", "")


def test_chain_faults_and_clocks_are_no_reason_to_refuse() -> None:
    odd = sealed(device_seq=900, prev=None, device_time=0, clock_offset_ms=-(10**12), hlc="f" * 16, custody_epoch=77)
    assert outcome(odd) == ("accept", "")


def test_what_the_hub_publishes_must_carry_its_signature() -> None:
    assert outcome(first_head()) == ("accept", "")
    assert outcome(build_grant(CASE, 1, TOWN, [], NOW, HUB_KEY)) == ("accept", "")
    assert outcome(build_grant(CASE, 1, TOWN, [], NOW, OTHER_KEY)) == ("refuse", "bad_signature")
    answer = Receipt("hub-1", "e1", "dev-1", 1, Ranges.of([1]))
    assert outcome(build_receipt(answer, HUB_KEY)) == ("accept", "")
    assert outcome(build_receipt(answer, OTHER_KEY)) == ("refuse", "bad_signature")
    relay = Receipt("hub-1", "e1", "dev-1", 1, Ranges.of([1]), issuer="dev-2")
    assert outcome(build_receipt(relay, OTHER_KEY)) == ("accept", "")
    assert outcome(build_receipt(relay, HUB_KEY)) == ("refuse", "bad_signature")
    assert outcome(make_chunk(b"x")) == ("accept", "")


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*sealed(), "x"]), inner, max_size=6),
    max_leaves=10,
).filter(lambda value: isinstance(value, dict)))
def test_rubbish_is_refused_without_an_exception(doc: Any) -> None:
    assert judged({**doc}, county()).decision == "refuse"
    mixed = judged({**sealed(), **doc}, county())
    assert mixed.decision in ("accept", "refuse")


def test_every_reason_has_its_chinese_words() -> None:
    for code in (
        "other", "directory_unknown", "device_unknown", "bad_signature", "device_lost", "device_retired", "wrong_office",
        "office_unknown", "actor_unknown", "actor_office", "service_ended", "role_not_held", "not_permitted", "bad_body",
        "bad_id", "bad_rev", "not_canonical", "unknown_alg", "too_large",
    ):
        assert texts.has(f"judge.{code}.text"), code
        assert texts.has(f"judge.{code}.remedy"), code


@pytest.mark.parametrize(("end", "code"), [("2025-11-22", "service_ended"), ("2025-11-23", ""), ("2025-11-24", ""), (None, "")])
def test_who_leaves_acts_to_the_end_of_the_last_day(end: str | None, code: str) -> None:
    leaving = {"name": "李秀英", "office": VILLAGE, "roles": ["mediator"], "active": True, "from": None, "to": end}
    heads = [build_head(None, [*changes(), change("staff", "s-li", leaving)], key=HUB_KEY, epoch=EPOCH, issued_at=NOW)]
    history = DirectoryHistory.load(heads, HUB_KEY.public)
    verdict = judged(sealed(legal_date="2025-11-23", directory=cited(history, 1)), history)
    assert (verdict.decision, verdict.code) == (("refuse", code) if code else ("accept", ""))
