"""Rounds and the worker: order, outcomes as values, back-off, pause, one worker per HOME, what is let go of afterwards."""

from __future__ import annotations

import random
import threading
import time

import pytest

from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import change
from shared.ledger.published.receipts import build_grant, build_withdraw
from sync.errors import Forbidden, Unauthorized, Unreachable
from tests.support.village_node.node_world import CLERK, COUNTY, DRAFT, OTHER_VILLAGE, VILLAGE, Hub, World
from village_node.desk.desk import FileDraft
from village_node.point import limits
from village_node.point.errors import WorkerBusy
from village_node.point.lock import is_locked, worker_lock
from village_node.point.sync_round import run_round
from village_node.point.sync_worker import SyncWorker
from village_node.point.verify import verify_node


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.fixture
def hub(world):
    made = Hub(world)
    yield made
    made.close()


@pytest.fixture
def desk(world):
    with world.desk(world.home()) as made:
        yield made


@pytest.mark.parametrize(("trouble", "word", "says"), [
    (Unreachable("cut"), "unreachable", "连不上"),
    (Unauthorized("who"), "unauthorized", "凭据"),
    (Forbidden("no"), "forbidden", "拒绝"),
    (ConnectionResetError(104, "reset"), "ConnectionResetError", "出错"),
])
def test_a_bad_line_is_an_outcome_and_records_stay(desk, hub, trouble, word, says):
    desk.register(CLERK, DRAFT)
    hub.down = trouble
    outcome = run_round(desk.node, hub=hub)
    assert (outcome.ok, outcome.error) == (False, word)
    assert says in outcome.sentence
    assert outcome.delivery.saved == 1
    status = desk.status()
    assert status.last_error == outcome.sentence
    assert status.last_success is None
    hub.down = None
    assert run_round(desk.node, hub=hub, receipt_wait_s=0).ok
    assert desk.status().last_error == ""
    assert desk.status().last_success


def test_records_go_before_files_and_progress_is_told(desk, hub):
    desk.register(CLERK, DRAFT, files=[FileDraft(data=bytes(50_000), name="a.bin")])
    stages: list[str] = []
    assert run_round(desk.node, hub=hub, receipt_wait_s=0, progress=lambda p: stages.append(p.stage)).ok
    order = list(dict.fromkeys(stages))
    assert order == ["directory", "events", "receipt", "files", "done"]


def test_a_cancelled_round_is_no_failure_and_the_next_resumes(desk, hub):
    desk.register(CLERK, DRAFT)
    flag = threading.Event()
    flag.set()
    assert run_round(desk.node, hub=hub, cancel=flag).error == "cancelled"
    assert run_round(desk.node, hub=hub, receipt_wait_s=0).ok
    assert len(hub.events()) == 1


def test_the_measured_clock_offset_goes_into_the_next_event(desk, hub):
    hub.offset_ms = -7_200_000
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    case = desk.register(CLERK, DRAFT).id
    assert desk.node.tables.events_of("case", case)[0].clock_offset_ms == -7_200_000
    assert "快了约 120 分钟" in desk.status().clock_sentence


def test_a_clock_that_falls_back_to_1970_stands_at_the_last_contact_and_work_goes_on(world, desk, hub):
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    contact, world.clock.ms = world.clock.ms, 0
    case = desk.register(CLERK, DRAFT)
    event = desk.node.tables.events_of("case", case.id)[0]
    assert abs(event.corrected_ms - contact) < 1000
    assert event.device_time < 1000
    assert event.body["number"].split("-")[1] == event.legal_date[:4] == "2026"
    assert "慢了" in desk.status().clock_sentence


def test_small_files_of_a_home_lose_no_value_to_a_neighbour_that_writes_at_the_same_time(desk):
    home, start = desk.node.home, threading.Barrier(4)

    def write(name: str) -> None:
        start.wait()
        for n in range(10):
            home.update_state(**{f"{name}{n}": n})
            home.add_identity(f"{name}{n}", device_key="k", username="u", password="p")

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = {f"{name}{n}" for name in "abcd" for n in range(10)}
    assert names <= home.state().keys()
    assert names <= home.secrets()["identities"].keys()
    assert desk.node.config.device in home.secrets()["identities"]


def test_a_withdrawn_case_leaves_only_after_its_records_are_signed_for(world, desk, hub):
    stays = desk.register(CLERK, DRAFT).id
    case, device = desk.register(CLERK, DRAFT).id, desk.node.config.device
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    hub.replicas["office"].bulk_docs(
        [build_withdraw(case, 1, VILLAGE, "moved", world.clock(), world.key)], new_edits=False
    )
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    assert len(desk.list_cases()) == 2, "not yet: nobody has signed for our record"
    hub.sign(device)
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    assert [row.id for row in desk.list_cases()] == [stays]
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    assert [row.id for row in desk.list_cases()] == [stays], "and no pull brings it back"
    desk.add_note(CLERK, stays, {"text": "之后"})
    assert verify_node(desk.node)["problems"] == []
    assert desk.case(stays).timeline[0].delivery.state == "accepted", "the receipt's head has left, its word stands"
    events = [row.id for row in hub.replicas["office"].all_docs(startkey="case:", endkey="case:\uffff")]
    hub.replicas["office"].bulk_docs(
        [build_grant(case, 2, VILLAGE, events, world.clock(), world.key)], new_edits=False
    )
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    assert {row.id for row in desk.list_cases()} == {case, stays}
    assert verify_node(desk.node)["problems"] == []


def test_a_withdrawn_record_of_any_kind_leaves_like_a_case(world, desk, hub):
    hazard = {"title": "DEMO 渠堤裂缝", "level": 3, "place": {"text": "二组"}}
    stays, goes = (desk.write_record("hazard.reported", CLERK, None, hazard).id for _ in range(2))
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    hub.sign(desk.node.config.device)
    hub.replicas["office"].bulk_docs([build_withdraw(goes, 1, VILLAGE, "moved", world.clock(), world.key)], new_edits=False)
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    assert [row["record_id"] for row in desk.records("hazard")] == [stays]
    events = [row.id for row in hub.replicas["office"].all_docs(startkey=f"hazard:{goes}", endkey=f"hazard:{goes};")]
    hub.replicas["office"].bulk_docs([build_grant(goes, 2, VILLAGE, events, world.clock(), world.key)], new_edits=False)
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    assert {row["record_id"] for row in desk.records("hazard")} == {stays, goes}
    assert verify_node(desk.node)["problems"] == []


def test_a_withdrawal_that_the_hub_did_not_sign_moves_nothing(world, desk, hub):
    case = desk.register(CLERK, DRAFT).id
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    hub.sign(desk.node.config.device)
    forged = build_withdraw(case, 1, VILLAGE, "moved", world.clock(), world.devices[desk.node.config.device])
    hub.replicas["office"].bulk_docs([forged], new_edits=False)
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    assert desk.list_cases()


def test_a_withdrawal_of_an_edge_moves_what_it_ever_answered_for_and_nothing_else(world, desk, hub):
    case = desk.register(CLERK, DRAFT).id
    key, edge = DeviceKey.generate(world.bytes), {"name": "bayan", "offices": [], "urls": [], "tls": [], "author": ""}
    entry = {"office": COUNTY, "slot": 90, "public_key": key.public, "alg": key.alg, "status": "active", "final_seq": None,
             "role": "edge", "enrolled_at": world.clock()}
    world.publish([change("device", f"{COUNTY}-090", {**entry, "edge": {**edge, "served": [OTHER_VILLAGE]}})])
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    hub.sign(desk.node.config.device)
    hub.replicas["office"].bulk_docs([build_withdraw(case, 1, VILLAGE, "moved", world.clock(), key)], new_edits=False)
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    assert desk.list_cases()
    world.publish([change("device", f"{COUNTY}-090", {**entry, "edge": {**edge, "served": [OTHER_VILLAGE, VILLAGE]}})])
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    assert desk.list_cases() == []


def test_old_receipts_are_let_go_of(desk, hub):
    desk.register(CLERK, DRAFT)
    run_round(desk.node, hub=hub, receipt_wait_s=0)
    for _ in range(30):
        hub.sign(desk.node.config.device)
    outcome = run_round(desk.node, hub=hub, receipt_wait_s=0)
    assert outcome.delivery.accepted == 1
    kept = desk.node.office.all_docs(startkey="receipt:", endkey="receipt:\uffff")
    assert len(kept) <= 10
    assert run_round(desk.node, hub=hub, receipt_wait_s=0).delivery.accepted == 1


# ---- the worker


@pytest.fixture
def rounds(hub):
    """Runs real rounds against the hub here, and counts them."""
    return Rounds(hub)


class Rounds(threading.Semaphore):
    def __init__(self, hub):
        super().__init__(0)
        self._hub = hub

    def run(self, node, **options):
        try:
            return run_round(node, hub=self._hub, receipt_wait_s=0, **options)
        finally:
            self.release()


def test_the_worker_syncs_at_once_on_demand_and_stops(desk, hub, rounds):
    desk.register(CLERK, DRAFT)
    worker = SyncWorker(desk.node, cadence_s=3600, run=rounds.run)
    worker.start()
    try:
        assert rounds.acquire(timeout=30)
        assert len(hub.events()) == 1
        desk.register(CLERK, DRAFT)
        worker.sync_now()
        assert rounds.acquire(timeout=30)
        assert len(hub.events()) == 2
        worker.pause()
        assert worker.state == "paused"
        worker.sync_now()
        assert rounds.acquire(timeout=30), "asked for by hand, also while paused"
    finally:
        worker.stop()
    assert worker.state == "stopped"
    assert not is_locked(desk.node.home.lock_file)


def test_one_worker_per_home(desk, rounds):
    with worker_lock(desk.node.home.lock_file), pytest.raises(WorkerBusy, match="正在同步"):
        SyncWorker(desk.node).start()
    worker = SyncWorker(desk.node, cadence_s=3600, run=rounds.run)
    worker.start()
    try:
        assert desk.status().worker == "elsewhere"
        desk.worker = worker
        assert desk.status().worker == "running"
        with pytest.raises(WorkerBusy), worker_lock(desk.node.home.lock_file):
            pass
    finally:
        worker.stop()


def test_the_status_says_when_the_worker_of_any_process_goes_next(desk, hub, rounds, world):
    assert [(job.name, job.next) for job in desk.status().jobs] == [("round", None), ("alarms", None)]
    worker = SyncWorker(desk.node, cadence_s=3600, run=rounds.run)
    worker.start()
    try:
        assert rounds.acquire(timeout=30)
        while (row := next(job for job in desk.status().jobs if job.name == "round")).next is None:
            threading.Event().wait(0.01)
        assert row.next > time.time_ns() // 1_000_000 + 3_000_000
    finally:
        worker.stop()
    assert [job.next for job in desk.status().jobs] == [None, None]
    worker.start()
    assert rounds.acquire(timeout=30), "a worker that was stopped starts again"
    worker.stop()


def test_failures_back_off_with_jitter_and_success_returns_to_the_cadence(desk, hub, rounds):
    desk.register(CLERK, DRAFT)
    hub.down = Unreachable("cut")
    worker = SyncWorker(desk.node, random=random.Random(5), cadence_s=120, run=rounds.run)
    waits = []
    for _ in range(9):
        worker._tick_now()
        waits.append(worker.next_wait_s())
    for index, wait in enumerate(waits):
        plain = min(limits.BACKOFF_FIRST_S * 2**index, limits.BACKOFF_MOST_S)
        assert 0.75 * plain <= wait <= 1.25 * plain
    assert len({round(wait / 15, 3) for wait in waits[-3:]}) == 3, "jitter"
    hub.down = None
    worker._tick_now()
    assert worker.next_wait_s() == 120
