"""Pull and push of 10,000 documents of about 600 bytes (Chinese text) against the same server.

Contestants: our replicator; PouchDB 9 on leveldb with its default batch of 100 and with 1,000; and the server's own bound, a
bare loop of the same requests whose answers are thrown away. Seconds are the replication alone, without the start of Python
or node.
"""

from __future__ import annotations

import gzip
import json
import tempfile
import time
from pathlib import Path

import msgspec

from tests.bench.bench_support import (
    Doc,
    Pouch,
    Rounds,
    Server,
    connection,
    fill,
    note,
    pouch_installed,
    servers,
    sync_command,
    table,
    verdict,
)
from tests.bench.bench_support import (
    http as plain_http,
)

QUESTION = "how fast are a first pull and a first push of 10,000 documents?"
DOCS = 10_000
ROUNDS = 3
POUCH = {"PouchDB, default batch": {}, "PouchDB, batch 1,000": {"batch_size": 1000}}
OWN_ENDS = 15_000
BOUND = "server's bound"


def run() -> None:
    docs = [note(number) for number in range(DOCS)]
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        fill(folder / "push.replica", docs)
        (folder / "docs.json").write_bytes(msgspec.json.encode({"docs": docs}))
        with servers(folder) as found, Pouch() as pouch:
            if pouch_installed():
                pouch.ask("fill", folder / "pouch-push", docs=str(folder / "docs.json"))
            for server in found:
                source = server.create("bench-pull", docs)
                pulls, pushes = Rounds(), Rounds()
                for turn in range(ROUNDS):
                    _pull(folder, server, source, pouch, turn, pulls)
                    _push(folder, server, docs, pouch, turn, pushes)
                _show(server, "pull", pulls)
                _show(server, "push", pushes)


def _pull(folder: Path, server: Server, source: str, pouch: Pouch, turn: int, rounds: Rounds) -> None:
    mark = f"{server.base.rpartition(':')[2]}-{turn}"
    done = sync_command("replicate", source, str(folder / f"pull-{mark}.replica"))
    assert done["docs_written"] == DOCS, done
    rounds.add("sync", rate=DOCS / done["seconds"], requests=done["requests"], kb=done["bytes_received"] / 1000)
    for contestant, options in POUCH.items() if pouch_installed() else ():
        answer = pouch.ask("pull", folder / f"pouch-{mark}-{len(options)}", url=source, options=options)
        assert answer["docs_written"] == DOCS, answer
        rounds.add(contestant, rate=DOCS / answer["seconds"], requests=answer["requests"])
    best = max((_bare_pull(source, encoding) for encoding in ("identity", "gzip", "zstd")), key=lambda one: one[0])
    rounds.add(BOUND, rate=best[0], requests=1, kb=best[1] / 1000)


def _push(folder: Path, server: Server, docs: list[Doc], pouch: Pouch, turn: int, rounds: Rounds) -> None:
    done = sync_command("replicate", str(folder / "push.replica"), server.create(f"bench-push-{turn}"))
    assert done["docs_written"] == DOCS, done
    assert plain_http(server.url(f"bench-push-{turn}"))["doc_count"] == DOCS
    rounds.add("sync", rate=DOCS / done["seconds"], requests=done["requests"], kb=done["bytes_sent"] / 1000)
    for number, (contestant, options) in enumerate(POUCH.items()) if pouch_installed() else ():
        url = server.create(f"bench-push-{turn}-{number}")
        answer = pouch.ask("push", folder / "pouch-push", url=url, options=options)
        assert answer["docs_written"] == DOCS, answer
        rounds.add(contestant, rate=DOCS / answer["seconds"], requests=answer["requests"])
    attempts = [
        _bare_push(server.create(f"bench-push-{turn}-bare-{batch}-{int(packed)}"), docs, batch, packed=packed)
        for batch in (1000, 2500) for packed in (False, True)
    ]
    best = max(attempts, key=lambda one: one[0])
    rounds.add(BOUND, rate=best[0], requests=best[1], kb=best[2] / 1000)


# --- the bare loops ---------------------------------------------------------------------------------------------------


def _bare_pull(url: str, encoding: str) -> tuple[float, int]:
    """(documents per second, bytes) of one `_changes?include_docs`, thrown away as it comes."""
    line, path, headers = connection(url)
    started = time.perf_counter()
    query = "since=0&include_docs=true&style=all_docs"
    line.request("GET", f"{path}/_changes?{query}", headers={**headers, "Accept-Encoding": encoding})
    answer = line.getresponse()
    size = 0
    while part := answer.read(262_144):
        size += len(part)
    seconds = time.perf_counter() - started
    assert answer.status == 200
    line.close()
    return DOCS / seconds, size


def _bare_push(url: str, docs: list[Doc], batch: int, *, packed: bool) -> tuple[float, int, int]:
    """(documents per second, requests, bytes) of `_bulk_docs` with bodies made beforehand."""
    line, path, headers = connection(url)
    headers |= {"Content-Type": "application/json"} | ({"Content-Encoding": "gzip"} if packed else {})
    bodies = [msgspec.json.encode({"docs": docs[start : start + batch], "new_edits": False}) for start in range(0, DOCS, batch)]
    if packed:
        bodies = [gzip.compress(body, 6) for body in bodies]
    started = time.perf_counter()
    for body in bodies:
        line.request("POST", f"{path}/_bulk_docs", body, headers)
        answer = line.getresponse()
        failed = json.loads(answer.read() or b"[]")
        if answer.status not in (200, 201) or failed:
            return 0.0, len(bodies), 0      # this server takes no gzip
    seconds = time.perf_counter() - started
    line.close()
    return DOCS / seconds, len(bodies), sum(map(len, bodies))


# --- the table ---------------------------------------------------------------------------------------------------------


def _show(server: Server, direction: str, rounds: Rounds) -> None:
    bound, mine = rounds.median(BOUND, "rate"), rounds.median("sync", "rate")
    rows = [
        [name, rounds.median(name, "rate"), rounds.span(name, "rate"), mine / rounds.median(name, "rate"),
         bound / rounds.median(name, "rate"), rounds.median(name, "requests")]
        for name in rounds.contestants()
    ]  # fmt: skip
    table(
        f"{direction} of {DOCS:,} documents, server: {server.name} (median of {ROUNDS})",
        ["contestant", "documents/s", "span", "sync is faster by", "bound / it", "requests"], rows,
    )
    print()
    if server.root is not None:     # it reads faster than any replica can write: here the sum of both ends is the question
        print(verdict(f"{direction} between our own ends, documents/s", mine, OWN_ENDS, most=False))
    else:
        print(verdict(f"{direction}: the bound is faster by", bound / mine, 1.25, most=True))
    if pouch_installed():
        requests = rounds.median("sync", "requests") / rounds.median("PouchDB, default batch", "requests")
        print(verdict(f"{direction}: requests as a share of PouchDB's", requests, 0.1, most=True))
