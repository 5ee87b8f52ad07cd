"""Writing events into a real replica: one unbroken chain, whoever writes and whenever the power goes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.ledger.authoring import (
    Act,
    Author,
    ChainHead,
    Declared,
    DeviceIdentity,
    NewSubject,
    chain_head,
    corrected_date,
    newest_of,
)
from shared.ledger.errors import ChainClosed, Refused
from shared.ledger.formats import ids
from shared.ledger.formats.envelope import Event, check_event, ingress_validator, seal
from shared.ledger.formats.founding import subject_of
from shared.ledger.formats.hlc import hlc_ms, make_hlc
from shared.ledger.published.directory_heads import EMPTY
from sync.errors import Forbidden
from sync.replica import LocalReplica
from tests.support.shared.shared_core import DEVICE_KEY, EPOCH, NOW, OTHER_CASE, OTHER_KEY, VILLAGE, draft, key_of

ME = DeviceIdentity("dev-1", 1, VILLAGE, DEVICE_KEY)


class Clock:
    def __init__(self, ms: int = NOW) -> None:
        self.ms = ms
        self.offset = 0

    def __call__(self) -> int:
        return self.ms


def author_of(store: Any, clock: Clock | None = None, device: DeviceIdentity = ME, **more: Any) -> Author:
    made = clock or Clock()
    held = more.pop("directory", lambda: (EPOCH, 1, "1" * 64))
    return Author(store, device=device, clock=made, directory=held, offset_ms=lambda: made.offset, **more)


def note(author: Author, subject: str | None = None, **more: Any) -> Event:
    """Founds a subject unless one is named."""
    return author.write(Act("case.remarked", subject, {"text": "记"}, actor="s-li", role="mediator", **more))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalReplica]:
    replica = LocalReplica.open(tmp_path / "office.replica", validators=[ingress_validator(Forbidden, "office")])
    yield replica
    replica.close()


def chain_of(store: LocalReplica, device: str = "dev-1") -> list[Event]:
    docs = [row.doc for row in store.all_docs(include_docs=True)]
    events = [check_event(doc) for doc in docs if doc is not None]
    return sorted((e for e in events if e.device == device), key=lambda e: e.device_seq)


def assert_unbroken(events: list[Event]) -> None:
    assert [e.device_seq for e in events] == list(range(1, len(events) + 1))
    assert [e.prev for e in events] == [None, *(e.h for e in events)][:-1] if events else True
    assert [e.hlc for e in events] == sorted({e.hlc for e in events})


def test_events_form_one_chain_and_cite_the_newest_of_their_case(store: LocalReplica) -> None:
    author = author_of(store)
    first = note(author)
    second, other = note(author, first.subject), note(author)
    assert (first.after, second.after, other.after) == ((), (first.id,), ())
    assert_unbroken(chain_of(store))
    assert chain_head(store) == ChainHead("dev-1", 3, other.h, other.hlc)
    assert store.get(first.id) == first.doc()


def test_two_that_have_not_seen_each_other_are_joined_by_the_next(store: LocalReplica) -> None:
    author = author_of(store)
    first = note(author)
    foreign, _ = seal(draft(device="dev-2", subject=first.subject, hlc=make_hlc(NOW + 5_000)), OTHER_KEY)
    store.bulk_docs([foreign], new_edits=False)
    with store.transaction() as tx:
        assert newest_of(tx, "case", first.subject) == tuple(sorted((first.id, foreign["_id"])))
    joined = note(author, first.subject)
    assert joined.after == tuple(sorted((first.id, foreign["_id"])))
    assert joined.hlc > foreign["hlc"]


def test_causes_can_be_named(store: LocalReplica) -> None:
    author = author_of(store)
    first = note(author)
    note(author, first.subject)
    assert note(author, first.subject, after=(first.id,)).after == (first.id,)


def test_a_subject_is_made_of_the_number_and_the_time_of_its_founding(store: LocalReplica) -> None:
    author = author_of(store)
    first, second = note(author), note(author)
    assert first.subject != second.subject
    for event in (first, second):
        assert subject_of(event) == event.subject
        assert ids.ulid_ms(event.subject) == event.corrected_ms
    new = NewSubject()
    rest = {"body": {}, "actor": "s-li", "role": "mediator"}
    acts = [Act("case.remarked", new, **rest), Act("case.remarked", None, **rest), Act("case.remarked", new, **rest)]
    begun, apart, more = author.write_many(acts)
    assert (more.subject, more.after) == (begun.subject, (begun.id,))
    assert apart.subject != begun.subject


def test_a_step_in_a_subject_of_which_nothing_is_here_is_not_written(store: LocalReplica) -> None:
    author = author_of(store)
    for subject, after in ((OTHER_CASE, None), (OTHER_CASE, ()), (None, [note(author).id])):
        with pytest.raises(Refused) as refusal:
            note(author, subject, after=after)
        assert refusal.value.code == "not_founder"
    assert len(chain_of(store)) == 1


def test_a_wrong_clock_never_stops_the_work_nor_turns_the_order_back(store: LocalReplica) -> None:
    clock = Clock()
    author = author_of(store, clock)
    events = []
    for ms, offset in ((NOW, 0), (NOW - 10**10, 0), (-5, 0), (2**60, 0), (0, -(2**60)), (NOW, 0)):
        clock.ms, clock.offset = ms, offset
        events.append(note(author))
    assert_unbroken(events)


def test_the_hub_offset_corrects_the_time_and_the_date(store: LocalReplica) -> None:
    clock = Clock()
    clock.offset = 12 * 3_600_000
    event = note(author_of(store, clock))
    assert (event.device_time, event.clock_offset_ms) == (NOW, 12 * 3_600_000)
    assert hlc_ms(event.hlc) == event.corrected_ms
    assert event.legal_date == "2025-11-24"
    assert note(author_of(store, clock), legal_date="2025-11-20").legal_date == "2025-11-20"


def test_dates_are_those_of_china() -> None:
    assert str(corrected_date(1_767_196_799_000)) == "2025-12-31"
    assert str(corrected_date(1_767_196_800_000)) == "2026-01-01"
    assert str(corrected_date(2**60)) == "9999-12-31"
    assert str(corrected_date(-1)) == "1970-01-01"


def test_numbers_count_per_slot_and_year_and_are_final(store: LocalReplica) -> None:
    clock = Clock()
    author = author_of(store, clock)
    numbers = [note(author, number=True).body["number"] for _ in range(2)]
    clock.ms += 60 * 86_400_000
    numbers.append(note(author, number=True).body["number"])
    assert [(n.year, n.slot, n.counter) for n in map(ids.parse_number, numbers)] == [(2025, 1, 1), (2025, 1, 2), (2026, 1, 1)]
    assert note(author, file_no=lambda year, n: f"〔{year}〕{n}号").body["file_no"] == "〔2026〕1号"


def test_a_suspected_restore_marks_the_number(store: LocalReplica) -> None:
    doubtful = DeviceIdentity("dev-1", 1, VILLAGE, DEVICE_KEY, provisional=True)
    body = note(author_of(store, device=doubtful), number=True).body
    assert ids.parse_number(body["number"]).provisional
    assert body["number_provisional"] is True


def test_a_device_that_holds_no_directory_yet_can_write(store: LocalReplica) -> None:
    author = Author(store, device=ME, clock=Clock(), directory=lambda: EMPTY.cited, offset_ms=lambda: 0)
    assert note(author).directory == ("none", 0, "")


def test_an_author_never_cites_an_older_place_again(store: LocalReplica) -> None:
    """Whatever becomes of the directory on the device: put back, deleted, or of an epoch that has ended."""
    held = [(EPOCH, 2, "2" * 64)]
    author = author_of(store, directory=lambda: held[0])
    assert note(author).directory == (EPOCH, 2, "2" * 64)
    for offered, cited in (
        ((EPOCH, 1, "1" * 64), (EPOCH, 2, "2" * 64)), (("", 0, ""), (EPOCH, 2, "2" * 64)),
        ((EPOCH, 3, "3" * 64), (EPOCH, 3, "3" * 64)),
        (("e2", 3, "b" * 64), ("e2", 3, "b" * 64)),            # a restored hub goes on at a lower version, in an epoch of its own
        ((EPOCH, 9, "9" * 64), ("e2", 3, "b" * 64)),
        (("e2", 3, "c" * 64), ("e2", 3, "c" * 64)),            # of a fork the recovery key named the other head
    ):
        held[0] = offered
        assert note(author).directory == cited, offered
    other = DeviceIdentity("dev-9", 9, VILLAGE, OTHER_KEY)
    held[0] = (EPOCH, 9, "9" * 64)
    assert note(author_of(store, device=other, directory=lambda: held[0])).directory == ("e2", 3, "c" * 64), "a fresh identity"


def test_what_was_declared_is_the_least_that_is_cited_from_then_on(store: LocalReplica) -> None:
    held = [(EPOCH, 1, "1" * 64)]
    author = author_of(store, directory=lambda: held[0])
    assert author.declare() == Declared("dev-1", 0, None, (EPOCH, 1, "1" * 64), 1)
    written = note(author)
    held[0] = (EPOCH, 4, "4" * 64)
    assert author.declare() == Declared("dev-1", 1, written.h, (EPOCH, 4, "4" * 64), 2)
    held[0] = (EPOCH, 2, "2" * 64)
    assert note(author).directory == (EPOCH, 4, "4" * 64)
    assert author.declare().n == 3


def test_all_acts_of_one_use_case_are_written_or_none(store: LocalReplica) -> None:
    new = NewSubject()
    good = Act("case.remarked", new, {}, "s-li", "mediator", number=True)
    bad = Act("case.remarked", new, {"amount": 1.5}, "s-li", "mediator")
    author = author_of(store)
    with pytest.raises(Refused):
        author.write_many([good, good, bad])
    assert chain_of(store) == []
    assert chain_head(store) is None
    first, second = author.write_many([good, good])
    assert second.after == (first.id,)
    assert ids.parse_number(second.body["number"]).counter == 2
    assert_unbroken(chain_of(store))


def test_what_the_check_refuses_is_not_written(store: LocalReplica) -> None:
    def refuse(event: Event) -> None:
        raise Refused("body", event.kind, "no")

    with pytest.raises(Refused):
        note(author_of(store, check=refuse))
    assert chain_of(store) == []


def test_what_the_store_refuses_leaves_the_chain_as_it_was(tmp_path: Path) -> None:
    def refuse(doc: dict[str, Any]) -> None:
        if doc["device_seq"] == 2:
            raise Forbidden("no")

    replica = LocalReplica.open(tmp_path / "x.replica", validators=[refuse])
    author = author_of(replica)
    first = note(author)
    with pytest.raises(Forbidden):
        note(author)
    assert chain_head(replica) == ChainHead("dev-1", 1, first.h, first.hlc)
    replica.close()


def test_a_lost_chain_document_never_starts_the_chain_again(store: LocalReplica) -> None:
    note(author_of(store))
    local = store.get_local("chain")
    assert local is not None
    store.delete_local("chain", local["_rev"])
    with pytest.raises(ChainClosed, match="enrol"):
        note(author_of(store))


def test_a_fresh_identity_starts_its_own_chain_and_keeps_time_and_work(store: LocalReplica) -> None:
    old = note(author_of(store), number=True)
    head = chain_head(store)
    assert head is not None
    assert head.continues() == {"device": "dev-1", "seq": 1, "hash": old.h}
    fresh = DeviceIdentity("dev-9", 2, VILLAGE, key_of("dev-9"))
    event = note(author_of(store, Clock(NOW - 10**9), fresh), old.subject, number=True)
    assert (event.device_seq, event.prev, event.after) == (1, None, (old.id,))
    assert event.hlc > old.hlc
    assert ids.parse_number(event.body["number"]).slot == 2
    chain = store.get_local("chain")
    assert chain is not None
    assert chain["previous"] == [["dev-1", 1, old.h]]
    with pytest.raises(ChainClosed):
        note(author_of(store))


def _write_some(path: str, subject: str, count: int) -> None:
    replica = LocalReplica.open(Path(path))
    author = author_of(replica)
    for _ in range(count):
        note(author, subject, number=True)
    replica.close()


def test_app_and_command_line_writing_at_once_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "office.replica"
    with LocalReplica.open(path) as replica:
        subject = note(author_of(replica)).subject
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write_some, args=(str(path), subject, 15)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [w.exitcode for w in writers] == [0, 0]
    replica = LocalReplica.open(path)
    events = chain_of(replica)
    assert len(events) == 31
    assert_unbroken(events)
    assert sorted(ids.parse_number(e.body["number"]).counter for e in events[1:]) == list(range(1, 31))
    assert [e.after for e in events[1:]] == [(e.id,) for e in events[:-1]], "each saw all before it"
    replica.close()


def test_the_revision_is_the_one_that_any_replica_would_give(store: LocalReplica, tmp_path: Path) -> None:
    event = note(author_of(store))
    other = LocalReplica.open(tmp_path / "other.replica")
    assert other.put({k: v for k, v in event.doc().items() if k != "_rev"}) == event.rev
    other.close()


@pytest.mark.parametrize("years", [3000, 2027, -100, -900])
def test_a_clock_that_is_off_by_ages_gives_a_number_of_this_year(store: LocalReplica, years: int) -> None:
    clock = Clock()
    off = years * 365 * 86_400_000
    clock.ms, clock.offset = NOW - off, off
    event = author_of(store, clock).write(Act("case.registered", None, {}, actor="s-li", role="mediator", number=True))
    assert event.body["number"].split("-")[1] == event.legal_date[:4] == str(corrected_date(NOW))[:4]
    assert event.device_time == max(NOW - off, 0)
    assert event.device_time + event.clock_offset_ms == NOW == event.corrected_ms


def test_what_is_prepared_is_written_as_it_was_prepared(store: LocalReplica) -> None:
    author, new = author_of(store), NewSubject()
    act = Act("case.remarked", new, {}, "s-li", "mediator", number=True)
    prepared = author.prepare([act, act])
    assert chain_of(store) == []
    assert prepared.events[1].after == (prepared.events[0].id,)
    assert author.write_prepared(prepared) == list(prepared.events) == chain_of(store)
    assert [store.get(event.id) for event in prepared.events] == list(prepared.docs)
    assert_unbroken(chain_of(store))


def test_what_was_overtaken_is_signed_anew_behind_the_other(store: LocalReplica) -> None:
    author = author_of(store)
    prepared = author.prepare([Act("case.remarked", None, {}, "s-li", "mediator", number=True)])
    first = note(author, number=True)
    [second] = author.write_prepared(prepared)
    assert second.id != prepared.events[0].id
    assert (second.device_seq, second.prev) == (2, first.h)
    assert ids.parse_number(second.body["number"]).counter == 2
    assert_unbroken(chain_of(store))


def test_what_is_prepared_is_written_once(store: LocalReplica) -> None:
    author = author_of(store)
    prepared = author.prepare([Act("case.remarked", None, {}, "s-li", "mediator")])
    author.write_prepared(prepared)
    [again] = author.write_prepared(prepared)
    assert again.device_seq == 2
    assert_unbroken(chain_of(store))
