"""A poor mobile line: first sync of 1,000 events, a daily sync of 20 events each way, a check with nothing new; and a first
sync over a line that is cut every 20 kB.

All contestants talk to our endpoint through `tests/support/sync/poor_line.py`, each over a line of its own, at the same
time: they
wait, they do not compute. Ours is the whole command `python -m sync sync`, PouchDB 9 on leveldb is measured without the start
of node. The limit is what no contestant can be faster than: one connection, one exchange to find the common point, one that
carries the events (both ways at once, since the line is duplex), one to leave a checkpoint (not when nothing is new), and the
events as one gzip stream at the line's rate. Sums of bytes are those that passed the line, up and down, with HTTP's heads.
"""

from __future__ import annotations

import gzip
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from tests.bench.bench_support import (
    Doc,
    Pouch,
    Rounds,
    Server,
    event,
    fill,
    http,
    ours,
    pouch_installed,
    sync_command,
    table,
    verdict,
)
from tests.support.sync.poor_line import PoorLine

QUESTION = "how long does a sync take over a village line?"
FIRST, DAILY = 1000, 20
TURNS = 3
CUT_EVERY = 20_000
STAGGER_S = 1.5         # between starts, so that they do not compete for the processor


@dataclass(frozen=True)
class Profile:
    name: str
    rate: float             # bytes per second each way
    round_trip_s: float

    def limit(self, exchanges: int, size: int) -> float:
        return self.round_trip_s * (1 + exchanges) + size / self.rate


PROFILES = (Profile("64 kbit/s, 600 ms", 8000, 0.6), Profile("20 kbit/s, 2 s", 2500, 2.0))


@dataclass
class Case:
    """One contestant on one line. `sync` runs one sync over it and returns seconds."""

    profile: Profile
    contestant: str
    turn: int
    db: str
    line: PoorLine
    sync: Callable[[], float]
    write: Callable[[list[Doc]], object]

    def slow(self, on: bool) -> None:
        self.line.rate = self.profile.rate if on else None
        self.line.round_trip_s = self.profile.round_trip_s if on else 0.0
        self.line.reset_counters()


def run() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        folder = Path(name)
        server = stack.enter_context(ours(folder))
        contestants = ["sync", "PouchDB"] if pouch_installed() else ["sync"]
        firsts, pairs = [], []
        for profile in PROFILES:
            for contestant in contestants:
                firsts.append(_case(folder, server, stack, profile, contestant, 0, "first"))
                pairs += [_case(folder, server, stack, profile, contestant, turn, "daily") for turn in range(TURNS)]
        cut = _case(folder, server, stack, PROFILES[0], "sync", 1, "first")
        cut.line.cut_every = CUT_EVERY
        rounds: dict[str, Rounds] = {"first sync": Rounds(), "daily sync": Rounds(), "nothing new": Rounds(), "cuts": Rounds()}
        with ThreadPoolExecutor(64) as pool:
            tasks: list[Future[None]] = []
            works = [(_first, "first sync", case) for case in firsts] + [(_first, "cuts", cut)]
            for work, question, case in works + [(_days, "", case) for case in pairs]:
                tasks.append(pool.submit(work, server, case, rounds, question))
                time.sleep(STAGGER_S)
            for task in tasks:
                task.result()
        _show(contestants, rounds)


def _case(
    folder: Path, server: Server, stack: ExitStack, profile: Profile, contestant: str, turn: int, question: str
) -> Case:
    """A database of 1,000 events; for the daily question the contestant has it already."""
    db = f"{question}-{int(profile.rate)}-{contestant.lower()}-{turn}"
    url = server.create(db, [event(number) for number in range(FIRST)])
    parts = urlsplit(url)
    line = stack.enter_context(PoorLine((parts.hostname or "", parts.port or 0), seed=turn))
    place = folder / f"{db}-local"
    if contestant == "sync":
        case = Case(
            profile, contestant, turn, db, line, lambda: float(sync_command("sync", str(place), line.url(url))["wall_s"]),
            lambda docs: fill(place, docs),
        )  # fmt: skip
    else:
        pouch = stack.enter_context(Pouch())
        docs_file = folder / f"{db}.json"

        def write(docs: list[Doc]) -> None:
            docs_file.write_bytes(msgspec.json.encode({"docs": docs}))
            pouch.ask("fill", place, docs=str(docs_file))

        def sync() -> float:
            return float(pouch.ask("sync", place, url=line.url(url), options={})["seconds"])

        case = Case(profile, contestant, turn, db, line, sync, write)
    if question == "daily":
        case.slow(False)
        case.sync()
        case.sync()
    return case


def _first(server: Server, case: Case, rounds: dict[str, Rounds], question: str) -> None:
    case.slow(True)
    _measured(case, rounds[question])


def _days(server: Server, case: Case, rounds: dict[str, Rounds], _: str) -> None:
    case.slow(False)
    case.write([event(number, "150822100203-002") for number in range(DAILY)])
    http(f"{server.url(case.db)}/_bulk_docs", "POST", {
        "docs": [event(number, "150822100000-001") for number in range(DAILY)], "new_edits": False,
    })  # fmt: skip
    case.slow(True)
    _measured(case, rounds["daily sync"])
    info = http(server.url(case.db))
    assert info["doc_count"] == FIRST + 2 * DAILY, info
    case.slow(True)
    _measured(case, rounds["nothing new"])


def _measured(case: Case, rounds: Rounds) -> None:
    seconds = case.sync()
    line = case.line
    rounds.add(
        f"{case.profile.name}: {case.contestant}", seconds=seconds, kb=(line.bytes_up + line.bytes_down) / 1000,
        connections=line.connections, cuts=line.cuts,
    )  # fmt: skip


# --- the tables --------------------------------------------------------------------------------------------------------


def _packed(count: int, device: str) -> int:
    return len(gzip.compress(b"\n".join(msgspec.json.encode(event(number, device)) for number in range(count)), 6))


def _show(contestants: list[str], rounds: dict[str, Rounds]) -> None:
    first, daily = _packed(FIRST, "150822100203-001"), _packed(DAILY, "150822100203-002")
    questions = {"first sync": (3, first), "daily sync": (3, daily), "nothing new": (2, 0)}
    verdicts = []
    for question, (exchanges, size) in questions.items():
        rows: list[list[float | str | None]] = []
        for profile in PROFILES:
            limit = profile.limit(exchanges, size)
            rows.append([f"{profile.name}: physical limit", limit, 1.0, None, None, None])
            seconds = {one: rounds[question].median(f"{profile.name}: {one}", "seconds") for one in contestants}
            for one in contestants:
                key = f"{profile.name}: {one}"
                rows.append([key, seconds[one], seconds[one] / limit, seconds[one] / seconds["sync"],
                             rounds[question].median(key, "kb"), rounds[question].median(key, "connections")])  # fmt: skip
            verdicts.append(verdict(f"{question}, {profile.name}: times the limit", seconds["sync"] / limit, 1.3, most=True))
            wanted = {"daily sync": 3.5, "nothing new": 3.0}.get(question)
            if wanted and "PouchDB" in seconds:
                faster = seconds["PouchDB"] / seconds["sync"]
                verdicts.append(verdict(f"{question}, {profile.name}: faster than PouchDB by", faster, wanted, most=False))
        table(f"{question} ({_what(question)})", ["contestant", "seconds", "/ limit", "/ sync", "kB", "connections"], rows)
    key = f"{PROFILES[0].name}: sync"
    whole, parts = rounds["first sync"].median(key, "kb"), rounds["cuts"].median(key, "kb")
    rows = [
        ["never cut", rounds["first sync"].median(key, "seconds"), whole, 0.0],
        ["cut", rounds["cuts"].median(key, "seconds"), parts, rounds["cuts"].median(key, "cuts")],
    ]
    title = f"first sync over a line cut about every {CUT_EVERY / 1000:.0f} kB (64 kbit/s, 600 ms)"
    table(title, ["", "seconds", "kB", "cuts"], rows)
    verdicts.append(verdict("cuts: bytes over those of a whole line", parts / whole, 1.2, most=True))
    print("\n" + "\n".join(verdicts))


def _what(question: str) -> str:
    return {"first sync": f"{FIRST:,} events", "daily sync": f"{DAILY} events each way"}.get(question, "after the daily sync")
