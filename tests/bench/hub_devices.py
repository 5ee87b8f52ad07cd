"""The devices of `bench_hub`, in a process of their own: `python -m tests.bench.hub_devices PLAN`.

PLAN is a JSON file that `bench_hub` wrote: address, place of the directory, devices with office, key and password, records each.
They write their day into replicas of their own, print `ready` and how many records they hold by now, and push with real
replicators when a line comes in. The replicas lie in the plan's `folder`: with the same one again, the devices go on.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from shared.disputes.kinds import registry as bodies
from shared.ledger.authoring import Act, Author, DeviceIdentity, NewSubject
from shared.ledger.formats.keys import DeviceKey
from sync.errors import Unreachable
from sync.remote import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import Replicator

CASE = 10               # records a case
FOUNDING = "case.registered"
PATIENCE = 50           # rounds of a device that gets no answer
AT_ONCE = 8             # devices that push at the same time


def acts(device: dict[str, Any], number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    yield FOUNDING, {
        "number": "-", "place": {"office": device["office"], "text": "DEMO 渠边"}, "category": "DC02",
        # Other people in every case, as in a county: the same two in all of them would all look like one dispute.
        "parties": [{"name": f"演示{device['id']}甲{number}", "role": "applicant"},
                    {"name": f"演示{device['id']}乙{number}", "role": "respondent"}],
        "summary": f"DEMO 第{number}号水渠排水纠纷",
    }
    for note in range(CASE - 1):
        yield "case.note_added", {"text": f"DEMO 双方到场，第{note}次说明渠水的走向与各自的意见，另行约定时间再谈。"}


def write(device: dict[str, Any], plan: dict[str, Any], path: Path) -> LocalReplica:
    """The device's replica with its records of the day."""
    replica = LocalReplica.open(path)
    identity = DeviceIdentity(device["id"], device["slot"], device["office"], DeviceKey.load(device["key"]))
    author = Author(replica, device=identity, clock=lambda: time.time_ns() // 1_000_000,
                    directory=lambda: tuple(plan["directory"]), offset_ms=lambda: 0)
    for number in range(plan["records"] // CASE):
        case = NewSubject()
        author.write_many([
            Act(kind, case, bodies.build(kind, body), actor=f"s{device['office']}", role="mediator", number=kind == FOUNDING)
            for kind, body in acts(device, number)])
    return replica


def held(replica: LocalReplica) -> int:
    return len(replica.all_docs(startkey="case:", endkey="case;"))


def main(plan_file: str) -> int:
    plan = json.loads(Path(plan_file).read_text("utf-8"))
    folder = Path(plan["folder"])
    folder.mkdir(exist_ok=True)
    replicas = [(device, write(device, plan, folder / f"{device['id']}.replica")) for device in plan["devices"]]
    print("ready", sum(held(replica) for _, replica in replicas), flush=True)
    sys.stdin.readline()

    def push(given: tuple[dict[str, Any], LocalReplica]) -> int:
        device, replica = given
        remote = RemotePeer(f"{plan['url']}/office-{device['office']}", auth=(device["id"], device["password"]))
        try:
            for left in reversed(range(PATIENCE)):
                try:
                    return Replicator(replica, remote, local="source").run().docs_written
                except Unreachable:         # a machine that does something else, too
                    if not left:
                        raise
            return 0
        finally:
            remote.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        written = sum(pool.map(push, replicas))
    print(json.dumps({"written": written, "cpu_s": time.process_time()}), flush=True)
    for _, replica in replicas:
        replica.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
