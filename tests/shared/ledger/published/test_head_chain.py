"""Which heads a reader believes: the recovery key, keys for life, forks."""

from __future__ import annotations

from typing import Any

import pytest

from shared.ledger.formats.documents import Doc, sign_document
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import Directory, DirectoryHistory, build_head, change, head_hash
from shared.ledger.published.head_chain import recovery_signature
from tests.support.shared.shared_core import DEVICE_KEY, EPOCH, HUB_KEY, NOW, VILLAGE, changes, key_of

RECOVERY, THIEF = key_of("recovery"), key_of("thief")


def founded() -> Doc:
    first = [change("recovery", "recovery", {"public_key": RECOVERY.public, "alg": RECOVERY.alg}), *changes()]
    return build_head(None, first, key=HUB_KEY, epoch=EPOCH, issued_at=NOW)


def load(heads: list[Doc], **more: Any) -> DirectoryHistory:
    return DirectoryHistory.load(heads, HUB_KEY.public, **more)


def after(heads: list[Doc], *what: Doc, key: DeviceKey = HUB_KEY, epoch: str = EPOCH, at: int = 1,
          recovery: DeviceKey | None = None, on: Directory | None = None) -> Doc:
    return build_head(on or load(heads).latest, what, key=key, epoch=epoch, issued_at=NOW + at, recovery=recovery)


def setting(n: int) -> Doc:
    return change("setting", "n", {"n": n})


def hub(key: DeviceKey) -> Doc:
    return change("hub", "hub", {"hub_id": "hub-1", "public_key": key.public, "alg": key.alg, "name": "磴口县"})


def codes(history: DirectoryHistory) -> str:
    return " ".join(history.problems)


def test_an_epoch_is_opened_and_the_hubs_key_changed_with_the_recovery_key_alone() -> None:
    heads = [founded()]
    for what, epoch in (((), "9999-evil"), ((hub(THIEF),), EPOCH)):
        forged = after(heads, *what, epoch=epoch)
        history = load([*heads, forged])
        assert (history.newest, "signed by the recovery key too" in codes(history)) == ((EPOCH, 1), True)
        by_thief = load([*heads, after(heads, *what, epoch=epoch, recovery=THIEF)])
        assert by_thief.newest == (EPOCH, 1)
        real = load([*heads, after(heads, *what, epoch=epoch, recovery=RECOVERY)])
        assert (real.newest, real.problems) == ((epoch, 2), ())


def test_the_recovery_key_is_changed_by_itself_and_comes_into_no_chain_later() -> None:
    heads, entry = [founded()], change("recovery", "recovery", {"public_key": THIEF.public, "alg": THIEF.alg})
    assert load([*heads, after(heads, entry)]).newest == (EPOCH, 1)
    assert load([*heads, after(heads, change("recovery", "recovery", None))]).newest == (EPOCH, 1)
    moved = [*heads, after(heads, entry, recovery=RECOVERY)]
    assert load(moved).latest.recovery_key == THIEF.public
    assert load([*moved, after(moved, epoch="e2", recovery=RECOVERY)]).newest == (EPOCH, 2)
    assert load([*moved, after(moved, epoch="e2", recovery=THIEF)]).newest == ("e2", 3)
    without = [build_head(None, changes(), key=HUB_KEY, epoch=EPOCH, issued_at=NOW)]
    assert load([*without, after(without, entry)]).newest == (EPOCH, 1)


def test_a_recovery_signature_of_another_head_is_none() -> None:
    heads = [founded()]
    good = after(heads, setting(1), recovery=RECOVERY)
    bare = {k: v for k, v in after(heads, setting(2)).items() if k not in ("_rev", "sig", "alg")}
    history = load([*heads, sign_document({**bare, "recovery": good["recovery"]}, HUB_KEY)])
    assert (history.newest, "sig" in codes(history)) == ((EPOCH, 1), True)
    assert recovery_signature(good, RECOVERY) == good["recovery"]


@pytest.mark.parametrize(("what", "said"), [
    (("dev-1", key_of("swapped")), "keeps its key for life"), (("dev-9", DEVICE_KEY), "one key is one device"),
])
def test_a_device_has_one_key_for_life_and_a_key_is_of_one_device(what: tuple[str, DeviceKey], said: str) -> None:
    device, key = what
    heads = [founded()]
    value = {"office": VILLAGE, "slot": 1, "public_key": key.public, "alg": key.alg, "status": "active"}
    for before in ([], [after(heads, change("device", "dev-1", None))]):
        chain = [*heads, *before]
        history = load([*chain, after(chain, change("device", device, value))])
        assert (history.newest, said in codes(history)) == ((EPOCH, len(chain)), True)
        assert history.latest.public_key("dev-2") is not None


def two(heads: list[Doc]) -> tuple[Doc, Doc]:
    return after(heads, setting(1)), after(heads, setting(2), at=2)


def test_of_two_heads_at_one_place_a_reader_keeps_the_one_it_held_and_shows_both() -> None:
    heads = [founded()]
    first, second = two(heads)
    for held, other in ((first, second), (second, first)):
        history = load([*heads, other, held], held=head_hash(held))
        assert history.latest.setting("n") == held["changes"][0]["value"]
        assert history.newest_hash == head_hash(held)
        [fork] = history.forks
        assert (fork.place, fork.kept, set(fork.hashes)) == ((EPOCH, 2), head_hash(held), {head_hash(first), head_hash(second)})
        assert "2 heads follow one" in codes(history)


def test_a_reader_that_held_neither_believes_neither() -> None:
    heads = [founded()]
    history = load([*heads, *two(heads)])
    assert (history.newest, history.forks[0].kept) == ((EPOCH, 1), "")


def test_what_was_held_before_a_fork_of_long_ago_decides_it() -> None:
    heads = [founded()]
    first, second = two(heads)
    mine = [*heads, first]
    mine.append(after(mine, setting(3)))
    theirs = [*heads, second]
    theirs.append(after(theirs, setting(4)))
    everything = [*mine, *theirs[1:]]
    assert load(everything, held=head_hash(mine[-1])).latest.setting("n") == {"n": 3}
    assert load(everything, held=head_hash(first)).latest.setting("n") == {"n": 3}
    assert load(everything, held=head_hash(heads[0])).newest == (EPOCH, 1)


def test_the_recovery_key_says_which_head_is_right_whatever_was_held() -> None:
    heads = [founded()]
    first, second = two(heads)
    right = [*heads, second]
    confirmed = after(right, recovery=RECOVERY, at=5)
    everything = [*heads, first, second, confirmed]
    for held in (None, head_hash(first), head_hash(second)):
        history = load(everything, held=held)
        assert (history.newest, history.latest.setting("n")) == ((EPOCH, 3), {"n": 2})
        assert history.forks[0].kept == head_hash(second)


def test_a_restored_hub_goes_on_beside_the_heads_it_lost_and_they_stay_readable() -> None:
    heads = [founded()]
    lost = [*heads, after(heads, setting(1))]
    lost.append(after(lost, setting(2)))
    restored = after(heads, setting(9), epoch="e2", recovery=RECOVERY, at=9)
    history = load([*lost, restored])
    assert (history.newest, history.problems, history.forks) == (("e2", 2), (), ())
    old = history.at(EPOCH, 3)
    assert old is not None
    assert old.setting("n") == {"n": 2}


def test_an_epoch_that_has_ended_does_not_begin_again() -> None:
    heads = [founded()]
    heads.append(after(heads, epoch="e2", recovery=RECOVERY))
    history = load([*heads, after(heads, epoch=EPOCH, recovery=RECOVERY)])
    assert (history.newest, "has ended" in codes(history)) == (("e2", 2), True)
