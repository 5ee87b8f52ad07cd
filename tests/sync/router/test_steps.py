"""The router's path: judged, consolidated, copied to the audience, told, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.databases import Databases
from sync.errors import NotFound
from sync.router.router import quarantine_id
from tests.support.sync.router import HEAD, QUARANTINE, World, note


@pytest.fixture
def world(tmp_path: Path):
    made = World(tmp_path)
    yield made
    made.close()


def test_an_accepted_document_reaches_the_head_and_its_audience_and_nobody_else(world) -> None:
    world.write("a", note("p", 1, share=["post-b"]), note("q", 1))
    world.router().run_pending()
    assert world.ids(HEAD) == ["note:p:1", "note:q:1"]
    assert world.ids("post-b") == ["note:p:1"]
    assert world.ids("post-c") == []
    assert world.rules.outcomes == {"note:p:1": "accept", "note:q:1": "accept"}


def test_copies_keep_their_revision(world) -> None:
    world.write("a", note("p", 1, share=["post-b"]))
    world.router().run_pending()
    revisions = {doc["_rev"] for name in ("post-a", "post-b", HEAD) for doc in world.docs(name, "note:")}
    assert len(revisions) == 1


def test_a_document_with_history_is_copied_with_it(world) -> None:
    world.write("a", note("p", 1, share=["post-b"]))
    router = world.router()
    router.run_pending()
    with world.databases.lease("post-a") as peer:
        doc = peer.get("note:p:1")
        rev = peer.put({**doc, "text": "second thoughts"})
    router.run_pending()
    for name in (HEAD, "post-b"):
        with world.databases.lease(name) as peer:
            got = peer.get("note:p:1", revs=True, conflicts=True)
        assert got["_rev"] == rev
        assert got["_revisions"]["start"] == 2
        assert "_conflicts" not in got


def test_copies_that_come_round_in_other_feeds_are_not_judged_again(world) -> None:
    world.write("a", *(note("p", n, share=["post-b"]) for n in range(20)))
    router = world.router()
    router.run_pending()
    assert world.rules.judged == 20
    # A folder's database says which part of its feed was written, so that is not read at all.
    assert router.status().counters.get("echoes", 0) == (0 if isinstance(world.databases, Databases) else 40)


def test_copies_among_what_others_wrote_come_round_and_are_known(world) -> None:
    world.write("a", *(note("p", n, share=["post-b"]) for n in range(20)))
    world.write("head", note("q", 1))
    router = world.router()
    router.run_pending()
    assert world.rules.judged == 21
    assert router.status().counters["echoes"] >= 20
    assert router.run_pending() == 0


def test_what_somebody_writes_behind_the_copies_of_a_step_is_read(world) -> None:
    """The checkpoint passes a step's own rows alone, whenever others write between its steps."""
    written = list[int]()

    def write_there(step: str) -> None:
        if step in ("consolidated", "distributed", "told") and len(written) < 6:
            written.append(len(written))
            world.write("head", note("q", len(written)))
            world.write("b", note("r", len(written)))

    world.write("a", note("p", 1, share=["post-b"]))
    router = world.router(on_step=write_there)
    router.run_pending()
    world.write("a", note("p", 2))
    router.run_pending()
    assert len(world.ids(HEAD)) == 14
    assert (router.run_pending(), router.sweep().repairs) == (0, 0)


def test_the_checkpoint_of_another_life_of_a_database_does_not_pass_what_is_in_it(world) -> None:
    if not isinstance(world.databases, Databases):
        pytest.skip("only a folder's databases say what they took")
    router = world.router()
    world.write("a", note("p", 1, share=["post-b"]))
    router.run_pending()
    world.databases.delete("post-b")
    world.databases.create("post-b")
    world.write("a", note("p", 2))
    router.run_pending()
    assert len(world.ids("post-b")) == 2


def test_nothing_new_is_no_work(world) -> None:
    world.write("a", note("p", 1))
    router = world.router()
    assert router.run_pending() > 0
    assert router.run_pending() == 0


def test_somebody_may_write_to_the_head_itself(world) -> None:
    world.write("head", note("p", 1, share=["post-c"]), note("p", 2, mark="bad"))
    world.router().run_pending()
    assert world.ids("post-c") == ["note:p:1"]
    assert len(world.ids(QUARANTINE, "quarantine:")) == 1


def test_a_refused_document_is_kept_with_its_reason_and_goes_nowhere(world) -> None:
    world.write("a", note("p", 1, mark="bad", share=["post-b"]))
    world.router().run_pending()
    [kept] = world.docs(QUARANTINE, "quarantine:")
    assert kept["reason"] == "marked bad"
    assert kept["source"] == "post-a"
    assert kept["doc"]["_id"] == "note:p:1"
    assert kept["received_at"] == 1_000_000
    assert world.ids(HEAD) == world.ids("post-b") == []
    assert world.ids("post-a") == ["note:p:1"]
    assert world.rules.outcomes == {"note:p:1": "refuse"}


def test_a_supervisor_releases_what_was_refused(world) -> None:
    world.write("a", note("p", 1, mark="bad", share=["post-b"]))
    router = world.router()
    router.run_pending()
    router.release(quarantine_id(world.docs("post-a")[0]), "chief")
    router.run_pending()
    assert world.ids(HEAD) == world.ids("post-b") == ["note:p:1"]
    assert world.rules.outcomes == {"note:p:1": "accept"}
    assert len(world.ids(QUARANTINE, "quarantine:")) == 1
    [release] = world.docs(QUARANTINE, "release:")
    assert release["by"] == "chief"


def test_a_release_outlives_the_router_file(world) -> None:
    world.write("a", note("p", 1, mark="bad"))
    router = world.router()
    router.run_pending()
    router.release(quarantine_id(world.docs("post-a")[0]), "chief")
    world.router("another.sqlite").run_pending()
    assert world.ids(HEAD) == ["note:p:1"]


def test_releasing_what_is_not_there_says_so(world) -> None:
    with pytest.raises(NotFound):
        world.router().release("quarantine:00", "chief")
    with pytest.raises(NotFound):
        world.router().release("note:p:1", "chief")


def test_a_held_document_is_judged_again_when_more_is_known(world) -> None:
    world.write("a", note("p", 1, mark="later", share=["post-b"]))
    router = world.router()
    router.run_pending()
    assert world.rules.outcomes == {"note:p:1": "hold"}
    assert world.ids(HEAD) == []
    assert [waiting.reason for waiting in router.status().waiting] == ["not known yet"]
    world.rules.knows.add("note:p:1")
    router.run_pending()
    assert world.rules.outcomes == {"note:p:1": "accept"}
    assert world.ids(HEAD) == world.ids("post-b") == ["note:p:1"]
    assert router.status().waiting == []


def test_a_held_document_is_judged_again_after_a_while(world) -> None:
    world.write("a", note("p", 1, mark="later"))
    router = world.router()
    router.run_pending()
    judged = world.rules.judged
    router.run_pending()
    assert world.rules.judged == judged
    world.clock.now += 4000
    router.run_pending()
    assert world.rules.judged == judged + 1


def test_a_held_document_can_be_released(world) -> None:
    world.write("a", note("p", 1, mark="later"))
    router = world.router()
    router.run_pending()
    router.release("note:p:1", "chief")
    router.run_pending()
    assert world.ids(HEAD) == ["note:p:1"]
    world.router("another.sqlite").run_pending()
    assert world.rules.outcomes == {"note:p:1": "accept"}


def test_a_poison_document_is_tried_again_then_kept_for_a_person_while_others_go_on(world) -> None:
    world.rules.breaks.add("note:p:1")
    world.write("a", note("p", 1), note("p", 2))
    router = world.router()
    router.run_pending()
    assert world.ids(HEAD) == ["note:p:2"]
    assert world.rules.outcomes["note:p:1"] == "hold"
    for _ in range(6):
        world.clock.now += 100
        router.run_pending()
    [kept] = world.docs(QUARANTINE, "quarantine:")
    assert kept["reason"].startswith("given up after 5 tries: judging failed: ValueError")
    assert world.rules.outcomes["note:p:1"] == "refuse"
    assert router.status().waiting == []


def test_a_document_that_breaks_only_for_a_while_is_routed_in_the_end(world) -> None:
    world.rules.breaks.add("note:p:1")
    world.write("a", note("p", 1))
    router = world.router()
    router.run_pending()
    world.rules.breaks.clear()
    world.clock.now += 100
    router.run_pending()
    assert world.ids(HEAD) == ["note:p:1"]
    assert router.status().waiting == []


def test_a_row_that_comes_again_changes_nothing(world) -> None:
    world.write("a", note("p", 1, share=["post-b"]), note("p", 2, mark="bad"))
    world.router().run_pending()
    before = world.picture()
    world.router("from_zero.sqlite").run_pending()
    assert world.picture() == before


def test_a_member_whose_database_is_not_there_yet_gets_one(world) -> None:
    world.write("a", note("p", 1, share=["post-z"]))
    world.router().run_pending()
    assert world.ids("post-z") == ["note:p:1"]


def test_a_restored_head_is_filled_again(world) -> None:
    world.write("a", note("p", 1), note("p", 2))
    router = world.router()
    router.run_pending()
    with world.databases.lease(HEAD) as peer:
        peer.purge({doc["_id"]: [doc["_rev"]] for doc in world.docs(HEAD, "note:")})
        peer.new_epoch()
    router.run_pending()
    assert world.ids(HEAD) == ["note:p:1", "note:p:2"]


def test_a_new_lineage_tells_everything_again(world) -> None:
    world.write("a", note("p", 1), note("p", 2, mark="bad"))
    router = world.router()
    router.run_pending()
    world.rules.outcomes.clear()
    world.rules.age = "restored"
    router.run_pending()
    assert world.rules.outcomes == {"note:p:1": "accept", "note:p:2": "refuse"}
    assert len(world.ids("quarantine", "quarantine:")) == 1


def test_a_restored_member_gets_its_copies_again(world) -> None:
    world.write("a", note("p", 1, share=["post-b"]))
    router = world.router()
    router.run_pending()
    world.databases.delete("post-b")
    world.databases.create("post-b")
    world.write("b", note("q", 1))
    router.run_pending()
    assert world.ids("post-b") == ["note:p:1", "note:q:1"]


def test_pages_smaller_than_the_feed_are_all_read(world) -> None:
    world.write("a", *(note("p", n) for n in range(25)))
    world.router(batch=4).run_pending()
    assert len(world.ids(HEAD)) == 25


def test_two_workers_share_the_subjects(world) -> None:
    world.write("a", *(note(f"p{n}", 1, share=["post-b"]) for n in range(30)))
    first, second = world.router(shard=(0, 2)), world.router(shard=(1, 2))
    first.run_pending()
    some = len(world.ids(HEAD))
    assert 0 < some < 30
    second.run_pending()
    assert len(world.ids(HEAD)) == len(world.ids("post-b")) == 30
    assert world.rules.judged == 30


def test_a_member_that_takes_no_copies_for_a_while_gets_them_later(world) -> None:
    world.closed.add("post-b")
    world.write("a", note("p", 1, share=["post-b"]), note("q", 1, share=["post-c"]))
    router = world.router()
    router.run_pending()
    assert world.ids("post-c") == ["note:q:1"]
    assert world.rules.outcomes == {"note:p:1": "accept", "note:q:1": "accept"}
    assert router.sweep().repairs == 0
    world.closed.clear()
    world.clock.now += 100
    router.run_pending()
    assert world.ids("post-b") == ["note:p:1"]
    assert router.status().waiting == []


def test_a_copy_that_is_never_taken_is_shown_to_a_person_and_the_document_stays_accepted(world) -> None:
    world.closed.add("post-b")
    world.write("a", note("p", 1, share=["post-b"]))
    router = world.router()
    for _ in range(7):
        router.run_pending()
        world.clock.now += 100
    [kept] = world.docs(QUARANTINE, "quarantine:")
    assert kept["reason"].startswith("given up after 5 tries: post-b does not take it: forbidden")
    assert world.ids(HEAD) == ["note:p:1"]
    assert world.rules.outcomes == {"note:p:1": "accept"}


def test_a_head_that_takes_nothing_stops_nobody_from_being_routed_later(world) -> None:
    world.closed.add(HEAD)
    world.write("a", note("p", 1))
    router = world.router()
    router.run_pending()
    assert world.rules.outcomes == {"note:p:1": "hold"}
    world.closed.clear()
    world.clock.now += 100
    router.run_pending()
    assert world.ids(HEAD) == ["note:p:1"]
    assert world.rules.outcomes == {"note:p:1": "accept"}


def test_receipts_that_cannot_be_written_leave_the_work_undone(world) -> None:
    def fails(outcomes: object) -> None:
        raise RuntimeError("the pen is dry")

    world.rules.settled, original = fails, world.rules.settled
    world.write("a", note("p", 1))
    router = world.router()
    router.run_pending()
    assert world.rules.outcomes == {}
    world.rules.settled = original
    router.run_pending()
    assert world.rules.outcomes == {"note:p:1": "accept"}
