"""Delivery never claims more than is proven: examples, and a random run against the truth."""

from __future__ import annotations

import contextlib
import random
from typing import Any

import pytest

from shared.ledger.formats.documents import with_rev
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import change
from shared.ledger.published.receipts import Ranges, Receipt, build_receipt
from sync.errors import Unreachable
from tests.support.village_node.node_world import CLERK, COUNTY, DRAFT, NOON, OTHER_VILLAGE, TOWNSHIP, Hub, World
from village_node.desk.desk import FileDraft
from village_node.point import delivery
from village_node.point.sync_round import run_round
from village_node.point.verify import verify_node


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.fixture
def hub(world):
    made = Hub(world)
    yield made
    made.close()


def states(desk, case):
    return [line.delivery.state for line in desk.case(case).timeline]


def go(desk, hub):
    return run_round(desk.node, hub=hub, receipt_wait_s=0)


def test_saved_then_sent_then_accepted(world, hub):
    with world.desk(world.home()) as desk:
        case = desk.register(CLERK, DRAFT, files=[FileDraft(data=b"x" * 20000, name="a.bin")]).id
        assert states(desk, case) == ["saved"]
        assert go(desk, hub).ok
        assert states(desk, case) == ["sent"]
        assert desk.case(case).files[0].delivery.state == "sent"
        hub.sign(desk.node.config.device)
        desk.add_note(CLERK, case, {"text": "之后"})
        assert go(desk, hub).delivery.waiting == 1
        assert states(desk, case) == ["accepted", "sent"]
        assert desk.status().events.waiting == 1
        assert desk.list_cases(delivery="sent")[0].delivery.worst == "sent"


def test_a_signed_refusal_is_shown_with_its_reason_and_leaves_the_fold(world, hub):
    with world.desk(world.home()) as desk:
        case = desk.register(CLERK, DRAFT).id
        desk.triage(CLERK, case)
        go(desk, hub)
        triaged = hub.events()[1].id
        hub.sign(desk.node.config.device, refused={triaged: "role_not_allowed"})
        go(desk, hub)
        view = desk.case(case)
        assert {line.kind: line.delivery.state for line in view.timeline} == {
            "case.registered": "accepted", "case.triaged": "refused",
        }
        assert view.row.state == "registered"
        line = next(x for x in view.timeline if x.delivery.state == "refused")
        assert line.refused
        assert line.delivery.reason
        assert line.delivery.remedy
        assert desk.status().events.refused == 1


@pytest.mark.parametrize("forge", ["other_key", "other_hub", "old_epoch", "changed", "other_device"])
def test_what_the_hub_did_not_sign_in_its_present_epoch_proves_nothing(world, hub, forge):
    stranger = DeviceKey.generate(world.bytes)
    with world.desk(world.home()) as desk:
        case, device = desk.register(CLERK, DRAFT).id, desk.node.config.device
        go(desk, hub)
        if forge == "other_key":
            hub.sign(device, key=stranger)
        elif forge == "other_hub":
            hub.sign(device, hub_id="hub-elsewhere")
        elif forge == "old_epoch":
            hub.sign(device, epoch="e0")
        elif forge == "other_device":
            other = world.home()
            with world.desk(other) as second:
                second.register(CLERK, DRAFT)
                go(second, hub)
                hub.sign(second.node.config.device)
        else:
            doc = hub.sign(device, upto=0)
            changed = with_rev({**doc, "_id": doc["_id"][:-1] + "9", "n": 9, "accepted": [[1, 1]]})
            hub.replicas["office"].bulk_docs([changed], new_edits=False)
        assert go(desk, hub).ok
        assert states(desk, case) == ["sent"]


def test_a_relay_above_proves_the_township_only(world, hub):
    relay = world.home(TOWNSHIP)
    with world.desk(world.home()) as desk, world.desk(relay) as township:
        device, name = desk.node.config.device, township.node.config.device
        case = desk.register(CLERK, DRAFT).id
        go(desk, hub)
        hub.sign(device, relay=name, key=world.devices[name])
        go(desk, hub)
        assert states(desk, case) == ["township"]
        assert desk.status().events.waiting == 1
        hub.sign(device)
        go(desk, hub)
        assert states(desk, case) == ["accepted"]


def test_an_edges_receipt_proves_what_its_offices_sent_and_nothing_of_others_also_after_a_hand_over(world, hub):
    """Its key in wrong hands says "accepted" to nobody for whom it never answered."""
    edge, key = f"{COUNTY}-007", DeviceKey.generate(world.bytes)

    def answers(offices, served):
        world.publish([change("device", edge, {
            "office": COUNTY, "slot": 7, "public_key": key.public, "alg": key.alg, "status": "active", "final_seq": None,
            "role": "edge", "enrolled_at": NOON,
            "edge": {"name": "bayan", "offices": offices, "served": served, "urls": [], "tls": [], "author": ""}})])

    with world.desk(world.home()) as desk:
        answers([OTHER_VILLAGE], [OTHER_VILLAGE])
        case = desk.register(CLERK, DRAFT).id
        go(desk, hub)
        hub.sign(desk.node.config.device, relay=edge, key=key)
        go(desk, hub)
        assert states(desk, case) == ["sent"]
        answers([TOWNSHIP], [OTHER_VILLAGE, TOWNSHIP])
        go(desk, hub)
        assert states(desk, case) == ["accepted"]
        answers([OTHER_VILLAGE], [OTHER_VILLAGE, TOWNSHIP])
        go(desk, hub)
        assert states(desk, case) == ["accepted"]


def test_a_relays_receipt_is_pushed_nowhere(world, hub):
    """As it came from a machine of the township; the county is told nothing by it."""
    relay = world.home(TOWNSHIP)
    with world.desk(world.home()) as desk, world.desk(relay) as township:
        name = township.node.config.device
        case = desk.register(CLERK, DRAFT).id
        go(desk, hub)
        doc = hub.sign(desk.node.config.device, relay=name, key=world.devices[name])
        hub.replicas["office"].purge({doc["_id"]: [doc["_rev"]]})
        desk.node.office.bulk_docs([doc], new_edits=False)
        assert go(desk, hub).ok
        assert states(desk, case) == ["township"]
        assert not hub.replicas["office"].all_docs(startkey="receipt:", endkey="receipt:\uffff")


def test_a_number_that_was_given_twice_stops_the_device(world, hub):
    """The receipt says so, whichever of the two copies this is."""
    with world.desk(world.home()) as desk:
        desk.register(CLERK, DRAFT)
        go(desk, hub)
        [event] = hub.events(desk.node.config.device)
        hub.replicas["office"].bulk_docs([build_receipt(Receipt(
            world.hub_id, world.epoch, event.device, 1, Ranges.of([1]), head=(1, event.h), received_at=world.clock(),
            forks=Ranges.of([1])), world.key)], new_edits=False)
        outcome = go(desk, hub)
        assert (outcome.ok, outcome.error) == (False, "identity")
        assert any("第 1 号" in problem for problem in verify_node(desk.node)["problems"])


def test_every_round_states_the_chain_and_what_waits_before_it_sends(world, hub):
    with world.desk(world.home()) as desk:
        desk.register(CLERK, DRAFT)
        go(desk, hub)
        desk.register(CLERK, DRAFT)
        go(desk, hub)
        first, second = hub.stated
        [one, two] = hub.events(desk.node.config.device)
        assert [(s.n, s.seq, s.hash) for s in (first, second)] == [(1, 1, one.h), (2, 2, two.h)]
        assert (first.waiting.records, second.waiting.records) == (1, 1)
        assert first.directory == desk.node.directory.cited == one.directory
        assert first.report["app"].startswith("shuoshi/")


def test_a_device_of_the_same_village_is_no_relay(world, hub):
    with world.desk(world.home()) as desk, world.desk(world.home()) as neighbour:
        name = neighbour.node.config.device
        case = desk.register(CLERK, DRAFT).id
        go(desk, hub)
        hub.sign(desk.node.config.device, relay=name, key=world.devices[name])
        go(desk, hub)
        assert states(desk, case) == ["sent"]


def test_losing_the_workers_notes_only_understates(world, hub):
    with world.desk(world.home()) as desk:
        case = desk.register(CLERK, DRAFT).id
        go(desk, hub)
        assert states(desk, case) == ["sent"]
        desk.node.home.state_file.unlink()
        assert states(desk, case) == ["saved"]


class Cut:
    """A peer whose line breaks at the n-th write: before it, or after it with the answer lost."""

    def __init__(self, peer: Any, at: int, lost_answer: bool) -> None:
        self._peer, self._left, self._lost = peer, at, lost_answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._peer, name)

    def _write(self, name: str, *args: Any, **kwargs: Any) -> Any:
        self._left -= 1
        if self._left == 0 and not self._lost:
            raise Unreachable("cut before")
        made = getattr(self._peer, name)(*args, **kwargs)
        if self._left == 0:
            raise Unreachable("cut after")
        return made

    def bulk_docs(self, *args: Any, **kwargs: Any) -> Any:
        return self._write("bulk_docs", *args, **kwargs)

    def put_local(self, *args: Any, **kwargs: Any) -> Any:
        return self._write("put_local", *args, **kwargs)


def truth_holds(desk, hub, signed: dict[str, set[str]]) -> None:
    """Every claim against what really lies at the hub and what was really signed."""
    stored = {row.id for row in hub.replicas["office"].all_docs()}
    chunks = {row.id for row in hub.replicas["files"].all_docs()}
    book = delivery.book(desk.node)
    for event in book.own:
        state = book.of(event).state
        if state in ("sent", "accepted"):
            assert event.id in stored, f"{state} but not there: {event}"
        if state == "accepted":
            assert event.id in signed["accepted"], f"accepted but unsigned: {event}"
        if state == "refused":
            assert event.id in signed["refused"], f"refused but unsigned: {event}"
    for _, parts in book.files:
        if book.of_file(parts, book.devices[0]).state == "sent":
            assert {f"chunk:{p}" for p in parts} <= chunks


@pytest.mark.parametrize("seed", range(12))
def test_no_random_run_makes_it_claim_too_much(tmp_path, seed):
    print(f"seed {seed}")
    rng, world = random.Random(seed), World(tmp_path, seed=seed)
    hub, stranger = Hub(world), DeviceKey.generate(random.Random(seed + 999).randbytes)
    signed: dict[str, set[str]] = {"accepted": set(), "refused": set()}
    whole = hub.peer
    with world.desk(world.home()) as desk:
        device, cases = desk.node.config.device, []
        for _ in range(14):
            step = rng.choice(["write", "write", "round", "cut", "sign", "refuse", "forge", "forget"])
            if step == "write":
                files = [FileDraft(data=rng.randbytes(rng.choice((10, 20000))), name="a.bin")] if rng.random() < 0.5 else []
                if cases and rng.random() < 0.6:
                    desk.add_note(CLERK, rng.choice(cases), {"text": "记"}, files=files)
                else:
                    cases.append(desk.register(CLERK, DRAFT, files=files).id)
            elif step == "round":
                assert go(desk, hub).ok
            elif step == "cut":
                at, lost = rng.randint(1, 6), rng.random() < 0.5

                @contextlib.contextmanager
                def cut(kind, at=at, lost=lost):
                    with whole(kind) as peer:
                        yield Cut(peer, at, lost)

                hub.peer = cut
                go(desk, hub)
                hub.peer = whole
            elif step == "sign":
                refused = dict.fromkeys(signed["refused"], "role_not_allowed")
                hub.sign(device, refused=refused)
                signed["accepted"] |= {e.id for e in hub.events(device)} - signed["refused"]
            elif step == "refuse" and hub.events(device):
                victim = rng.choice(hub.events(device)).id
                if victim not in signed["accepted"]:
                    signed["refused"].add(victim)
                    hub.sign(device, upto=0, refused=dict.fromkeys(signed["refused"], "role_not_allowed"))
            elif step == "forge":
                hub.sign(device, key=rng.choice((stranger, world.key)), epoch=rng.choice(("e0", "e9")))
            elif step == "forget":
                desk.node.home.state_file.unlink(missing_ok=True)
            truth_holds(desk, hub, signed)
        assert go(desk, hub).ok
        hub.sign(device, refused=dict.fromkeys(signed["refused"], "role_not_allowed"))
        signed["accepted"] |= {e.id for e in hub.events(device)}
        assert go(desk, hub).delivery.waiting == 0
        truth_holds(desk, hub, signed)
    hub.close()
