"""Proofs of delivery are kept up by increments: whatever happens in whatever order, they say what a fresh reading says."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from sync.replicator import Replicator
from tests.support.village_node.node_world import CLERK, DRAFT, Hub, World
from village_node.desk.desk import Desk
from village_node.point import delivery
from village_node.point.delivery import Books
from village_node.point.files import FileDraft


def same_as_fresh(desk: Desk) -> None:
    kept, fresh = delivery.book(desk.node), Books().read(desk.node)
    assert kept == fresh
    assert kept.case_summaries() == fresh.case_summaries()
    assert kept.event_summary() == fresh.event_summary()
    one_by_one = [kept.of(event) for event in kept.own]
    assert kept.event_summary() == delivery.summarise(one_by_one), "the sum is that of its parts"


@pytest.mark.parametrize("seed", range(6))
def test_increments_say_what_a_fresh_reading_says(tmp_path: Path, seed: int):
    print("seed", seed)
    rng, world = random.Random(seed), World(tmp_path, seed=seed)
    hub = Hub(world)
    with world.desk(world.home()) as desk:
        node, cases = desk.node, []

        def register() -> None:
            files = [FileDraft(data=rng.randbytes(20_000), name="a.bin", purpose="paper")] if rng.random() < 0.3 else []
            cases.append(desk.register(CLERK, DRAFT, files=files).id)

        def note() -> None:
            if cases:
                desk.act("add_note", CLERK, rng.choice(cases), {"text": "DEMO 记一笔"})

        def push() -> None:
            for kind in ("office", "files"):
                node.remember_peer(kind, hub.replicas[kind].info())
                Replicator({"office": node.office, "files": node.files}[kind], hub.replicas[kind], local="source").run()

        def sign() -> None:
            found = hub.events(node.config.device)
            refused = {rng.choice(found).id: "bad_body"} if found and rng.random() < 0.3 else {}
            doc = hub.sign(node.config.device, upto=rng.choice(found).device_seq if found else None, refused=refused)
            node.office.bulk_docs([doc], new_edits=False)

        for _ in range(40):
            rng.choice([register, register, note, note, push, sign])()
            if rng.random() < 0.6:
                same_as_fresh(desk)
        same_as_fresh(desk)
    hub.close()


def test_a_hub_that_was_set_up_anew_has_stored_nothing(tmp_path: Path):
    world = World(tmp_path)
    hub = Hub(world)
    with world.desk(world.home()) as desk:
        desk.register(CLERK, DRAFT)
        desk.node.remember_peer("office", hub.replicas["office"].info())
        Replicator(desk.node.office, hub.replicas["office"], local="source").run()
        assert delivery.book(desk.node).event_summary().sent == 1
        desk.node.home.update_state(peers={"office": "another"})
        assert delivery.book(desk.node).event_summary().saved == 1
        same_as_fresh(desk)
    hub.close()
