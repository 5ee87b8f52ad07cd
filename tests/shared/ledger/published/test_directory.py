"""The signed directory: an unbroken chain of heads, whatever order they come in; an old copy never brings back a revoked key."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.ledger.errors import Refused, StaleHead
from shared.ledger.formats.documents import Doc, sign_document, with_rev
from shared.ledger.formats.keys import ED25519
from shared.ledger.published.directory_heads import DirectoryHistory, build_head, change
from tests.support.shared.shared_core import (
    COUNTY,
    DEVICE_KEY,
    EPOCH,
    HUB_KEY,
    NEIGHBOUR,
    NOW,
    OTHER_KEY,
    TOWN,
    VILLAGE,
    changes,
    county,
    first_head,
    grown,
    key_of,
)

GONE = change("staff", "s-li", None)


def load(docs: list[Doc], **more: object) -> DirectoryHistory:
    return DirectoryHistory.load(docs, HUB_KEY.public, **more)  # type: ignore[arg-type]


def test_lookups_answer_from_the_newest_version() -> None:
    directory = county().latest
    assert directory.place == (EPOCH, 1)
    assert directory.ancestors(VILLAGE) == [TOWN, COUNTY]
    assert directory.children(TOWN) == [NEIGHBOUR, VILLAGE]
    assert directory.is_within(VILLAGE, COUNTY)
    assert not directory.is_within(VILLAGE, NEIGHBOUR)
    assert directory.public_key("dev-1") == DEVICE_KEY.public
    assert directory.hub_key == HUB_KEY.public
    assert [s.id for s in directory.staff_of(VILLAGE)] == ["s-li"]
    assert [d.id for d in directory.devices_of(VILLAGE)] == ["dev-1"]
    found = directory.county()
    assert found is not None
    assert found.id == COUNTY
    assert (directory.office("x"), directory.staff("x"), directory.device("x"), directory.setting("x")) == (None,) * 4


def test_every_version_stays_as_it_was() -> None:
    history = county(GONE, change("setting", "round", {"minutes": 5}))
    assert history.newest == (EPOCH, 3)
    was = history.at(EPOCH, 1)
    assert was is not None
    assert was.staff("s-li") is not None
    assert history.latest.staff("s-li") is None
    assert history.latest.setting("round") == {"minutes": 5}
    assert history.at(EPOCH, 4) is None


@settings(max_examples=40)
@given(st.randoms(use_true_random=False), st.integers(0, 6))
def test_heads_in_any_order_fold_to_the_same_directory(random: object, lost: int) -> None:
    heads = [first_head()]
    for n in range(5):
        heads = grown(heads, change("staff", f"s{n}", {"name": str(n), "office": VILLAGE, "roles": [], "active": True}))
    here = [head for n, head in enumerate(heads) if n != lost]
    random.shuffle(here)  # type: ignore[attr-defined]
    history = load([*here, *here])
    assert history.newest == ((EPOCH, min(lost, 6)) if lost else None)
    assert len(history.problems) == max(0, 5 - lost)


def test_the_last_valid_name_of_an_office_depends_on_the_date() -> None:
    renamed = change("office", VILLAGE, {"name": "旧地社区", "level": "village", "parent": NEIGHBOUR, "valid_from": "2026-01-01"})
    directory = county(renamed).latest
    names = {on: getattr(directory.office(VILLAGE, on), "name", None) for on in ("2019-12-31", "2025-12-31", "2026-01-01")}
    assert names == {"2019-12-31": None, "2025-12-31": "旧地村", "2026-01-01": "旧地社区"}
    assert directory.ancestors(VILLAGE)[0] == NEIGHBOUR
    corrected = county(renamed, change("office", VILLAGE, {**renamed["value"], "name": "旧地新村"})).latest
    assert [o.name for o in corrected.office_history(VILLAGE)] == ["旧地村", "旧地新村"]


def test_a_circle_of_parents_ends() -> None:
    directory = county(change("office", COUNTY, {"name": "x", "level": "county", "parent": VILLAGE})).latest
    assert directory.ancestors(VILLAGE) == [TOWN, COUNTY]


def test_a_head_that_another_key_signed_is_left_out_and_named() -> None:
    forged = build_head(county().latest, [GONE], key=OTHER_KEY, epoch=EPOCH, issued_at=NOW)
    history = load([first_head(), forged])
    assert history.newest == (EPOCH, 1)
    assert "directory:e1:00000002: sig" in history.problems[0]


def test_a_changed_head_is_left_out_and_named() -> None:
    heads = grown([first_head()], GONE)
    for spoiled in ({**heads[1], "changes": []}, with_rev({**heads[1], "changes": []}), with_rev({**heads[1], "prev": "0" * 64})):
        history = load([heads[0], spoiled])
        assert (history.newest, len(history.problems)) == ((EPOCH, 1), 1)


def test_a_whole_directory_by_another_hub_is_not_trusted() -> None:
    assert DirectoryHistory.load([first_head()], OTHER_KEY.public).newest is None
    mine = build_head(None, [], key=OTHER_KEY, epoch=EPOCH, issued_at=NOW)
    history = load([mine])
    assert (history.newest, history.latest.version, len(history.problems)) == (None, 0, 1)


def test_the_hub_may_change_its_key_and_newcomers_trust_the_new_one() -> None:
    new = key_of("hub-2")
    hub = {"hub_id": "hub-1", "public_key": new.public, "alg": ED25519, "name": "磴口县"}
    heads = grown([first_head()], change("hub", "hub", hub))
    latest = load(heads).latest
    heads.append(build_head(latest, [GONE], key=new, epoch=EPOCH, issued_at=NOW))
    assert load(heads).newest == (EPOCH, 3)
    assert DirectoryHistory.load(heads, new.public).newest == (EPOCH, 3)
    stolen = build_head(latest, [], key=HUB_KEY, epoch=EPOCH, issued_at=NOW)
    assert load([*heads[:2], stolen]).newest == (EPOCH, 2), "the old key signs nothing any more"


def test_an_older_directory_than_the_one_seen_is_refused() -> None:
    heads = grown([first_head()], GONE)
    assert load(heads, seen=(EPOCH, 2)).newest == (EPOCH, 2)
    for old in (heads[:1], []):
        with pytest.raises(StaleHead):
            load(old, seen=(EPOCH, 2))


def test_a_restored_hub_goes_on_in_a_new_epoch() -> None:
    heads = grown([first_head()], GONE)
    lost = grown(heads, change("setting", "a", {"n": 1}))
    restored = grown(heads, change("setting", "b", {"n": 2}), epoch="e2", issued_at=NOW + 100)
    both = load([*restored, lost[-1]], seen=(EPOCH, 3))
    assert both.newest == ("e2", 3)
    assert (both.latest.setting("a"), both.latest.setting("b")) == (None, {"n": 2})
    cited = both.at(EPOCH, 3)
    assert cited is not None
    assert cited.setting("a") == {"n": 1}
    without = load(restored, seen=(EPOCH, 3))
    assert without.at(EPOCH, 3) is None
    places = [both.at(*place) for place in ((EPOCH, 1), (EPOCH, 2), (EPOCH, 3), ("e2", 3))]
    ranks = [both.rank(place.cited) for place in places if place is not None]
    assert None not in ranks
    assert ranks == sorted(set(ranks), key=lambda rank: rank or ()), "what the hub lost is older than its new life"
    assert both.rank((EPOCH, 3, "f" * 64)) is None
    judged_by = without.judging(EPOCH, 3, "3" * 64)
    assert judged_by is not None
    assert judged_by.place == ("e2", 3)
    assert without.judging("e2", 9, "9" * 64) is None, "the version may still come"
    assert without.judging("e9", 1, "1" * 64) is None


def test_an_op_of_a_newer_hub_is_passed_over_but_keeps_the_chain_whole() -> None:
    head = first_head()
    newer = {k: v for k, v in head.items() if k not in ("_rev", "sig", "alg")}
    newer["changes"] = [*newer["changes"], {"op": "zone", "key": "z", "value": {}}]
    history = load([sign_document(newer, HUB_KEY)])
    assert history.latest.staff("s-li") is not None


@pytest.mark.parametrize("wrong", [
    {"version": 2}, {"epoch": "e 1"}, {"prev": "x"}, {"changes": {}}, {"changes": [{"op": "staff"}]}, {"more": 1},
    {"changes": [{"op": "device", "key": "d", "value": {"public_key": "x"}}]}, {"issued_at": -1},
])
def test_a_head_of_a_wrong_shape_is_named_never_raised(wrong: dict[str, object]) -> None:
    doc = with_rev({**first_head(), **wrong})
    assert load([doc]).newest is None
    assert load([doc]).problems


def test_an_unknown_op_is_not_written() -> None:
    with pytest.raises(Refused):
        change("zone", "z", {})


def test_thousands_of_staff_are_found_by_office() -> None:
    many = [change("staff", f"m{n}", {"name": f"张{n}", "office": VILLAGE, "roles": ["mediator"], "active": n % 2 == 0})
            for n in range(2000)]
    head = build_head(None, [*changes(), *many], key=HUB_KEY, epoch=EPOCH, issued_at=NOW)
    directory = load([head]).latest
    assert len(directory.staff_of(VILLAGE)) == 2001
    assert sum(s.may_act("mediator") for s in directory.staff_of(VILLAGE)) == 1001
