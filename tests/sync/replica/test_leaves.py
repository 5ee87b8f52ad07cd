"""The feed of leaves that a router reads: the same as the changes feed of style `all_docs`, in one statement."""

from __future__ import annotations

import random
from pathlib import Path

from sync.peer import ChangesRequest
from sync.replica import LocalReplica


def rev(random: random.Random, generation: int) -> str:
    return f"{generation}-{random.getrandbits(128):032x}"


def test_it_tells_what_the_changes_feed_tells(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    with LocalReplica.open(tmp_path / "a.replica") as replica:
        for _ in range(40):
            doc = {"_id": f"d{chance.randrange(15)}", "_rev": rev(chance, chance.randint(1, 3)), "n": chance.random(),
                   "_deleted": chance.random() < 0.2}
            replica.bulk_docs([doc], new_edits=False)
        replica.purge({row.id: list(row.revs) for row in replica.changes(ChangesRequest(style="all_docs", limit=2))})
        top = replica.update_seq()
        for since in (*range(top + 1), top + 7, str(top // 2), "now"):
            for limit in (1, 3, 500):
                feed = replica.changes(ChangesRequest(since=since, limit=limit, style="all_docs"))
                expected = [(row.id, list(row.revs)) for row in feed]
                rows, upto = replica.leaves_after(since, limit)
                assert [(id, list(revs)) for id, revs in rows] == expected
                assert upto == feed.last_seq
