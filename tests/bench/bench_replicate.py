"""Documents per second between a LocalReplica and our endpoint in a process of its own; cost of a sync with nothing new.

`python tests/bench/bench_replicate.py [documents]` prints one JSON object. Documents are 600 bytes of Chinese text.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import ReplicationResult, Replicator, sync
from tests.support.sync.server import subprocess_server

WORDS = [
    "渠道", "灌溉", "邻里", "土地", "承包", "界址", "赔偿", "调解", "协议", "草场",
    "牲畜", "树木", "宅基地", "欠款", "工资", "噪音", "排水", "道路", "婚姻", "赡养",
]


def documents(count: int) -> list[dict[str, object]]:
    dice = random.Random(5)
    return [
        {"_id": f"case:{n:08d}:{dice.randrange(16**12):012x}", "kind": "case.noted", "device": "t1", "n": n,
         "text": "".join(dice.choice(WORDS) for _ in range(78))}
        for n in range(count)
    ]


def shown(result: ReplicationResult) -> dict[str, float]:
    return {
        "docs_per_s": round(result.docs_written / result.seconds),
        "seconds": round(result.seconds, 3),
        "requests": result.requests,
        "bytes_sent": result.bytes_sent, "bytes_received": result.bytes_received,
    }


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder, subprocess_server(Path(folder), "--create") as server:
        near, other = LocalReplica.open(Path(folder) / "near.replica"), LocalReplica.open(Path(folder) / "other.replica")
        far = RemotePeer(f"{server.url}/office")
        far.create()
        near.bulk_docs(documents(count))
        report = {
            "documents": count,
            "push": shown(Replicator(near, far, local="source").run()),
            "pull": shown(Replicator(far, other, local="target").run()),
        }
        for _ in range(2):
            sync(near, far)
        done = sync(near, far)
        report["nothing_new"] = {
            "seconds": round(done.pull.seconds + done.push.seconds, 4),
            "requests": done.pull.requests + done.push.requests,
            "bytes": done.pull.bytes_sent + done.pull.bytes_received + done.push.bytes_sent + done.push.bytes_received,
        }
        print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
