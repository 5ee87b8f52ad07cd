"""Folding signed events into the read model, on one core: the whole county's at once, and one more event of one case.

    python -m tests.bench.bench_fold [EVENTS]          100,000 events by default, ten a case (DESIGN 10)

Figures apart, because they are separate work and only the fold is paid again on a rebuild: checking id and signature of every
event, tables without full text, full text. The events are made once and reused: real kinds, real ids, one device an office.
One more act at the desk is all that a service point does for it: decide, sign, check, store, tables, the case as it then stands.
"""

from __future__ import annotations

import gc
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from shared.disputes.tables import read_model
from shared.disputes.tables.read_model import ReadModel
from shared.ledger.formats.envelope import check_event
from tests.support.shared.domain_events import COUNTY, TOWN, VILLAGE, World
from tests.support.village_node.node_world import CLERK, DRAFT
from tests.support.village_node.node_world import World as NodeWorld

QUESTION = "how fast do events become the tables that screens read?"
BATCH = 1000                # what the projector applies in one transaction
SIGNED = 2000               # how many events the signature check is measured on


def cases(world: World, count: int) -> Iterator[dict[str, Any]]:
    """Ten events a case, as a case goes from registration to the visit."""
    villages = [f"15082210{town}{n:03d}" for town in range(4) for n in range(201, 211)]
    for number in range(count):
        office = villages[number % len(villages)] if number % 7 else VILLAGE
        first = world.register(office, summary=f"DEMO 第{number}号水渠排水纠纷")
        case = first.subject
        world.event(case, "case.triaged", {"category": "DC02", "difficulty": "simple", "risk": 2}, office=office)
        world.accept(case, office=office)
        world.session(case, office=office)
        world.event(case, "case.evidence_added", {"title": "DEMO"}, office=office)
        world.session(case, office=office, date="2026-03-05")
        agreement = world.agree(case, office=office, date="2026-03-06")
        world.seal(case, agreement, office=office, date="2026-03-07")
        kept = {"of": agreement.id, "item": 0, "complete": True}
        world.event(case, "case.item_performed", kept, office=office, date="2026-03-20")
        world.event(case, "case.visited", {"method": "phone", "result": "performed"}, office=TOWN, actor="v", date="2026-03-25")
        yield from (event.doc() for event in world.events.pop(case))


def timed(work: Callable[[], Any]) -> float:
    """Seconds of this process's own CPU: what one free core takes, whatever else the machine does."""
    start = time.process_time()
    work()
    return time.process_time() - start


def empty() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("BEGIN")
    ReadModel().create(db)
    return db


def fill(docs: list[dict[str, Any]], model: ReadModel) -> sqlite3.Connection:
    db = empty()
    for start in range(0, len(docs), BATCH):
        model.apply(db, docs[start:start + BATCH])
    db.execute("COMMIT")
    return db


def fill_timed(docs: list[dict[str, Any]]) -> tuple[sqlite3.Connection, float, float]:
    """(tables, seconds of everything, of these those of the full text), measured in one run by a watch around the full text:
    two runs beside each other would measure which of them was warm."""
    spent, indexing = [0.0], read_model.index_search

    def watched(*arguments: Any) -> None:
        spent[0] += timed(lambda: indexing(*arguments))

    db: list[sqlite3.Connection] = []
    read_model.index_search = watched
    try:
        whole = timed(lambda: db.append(fill(docs, ReadModel())))
    finally:
        read_model.index_search = indexing
    return db[0], whole, spent[0]


def one_more(
    db: sqlite3.Connection, world: World, docs: list[dict[str, Any]], rounds: int = 200
) -> tuple[list[float], list[float]]:
    """Seconds for one more event of a case that has ten and was not looked at lately, and for the next one of it."""
    first, next_, model = list[float](), list[float](), ReadModel()
    for n in range(min(rounds, len(docs) // 10)):
        case = docs[n * 10 + 9]["case"]
        world.events[case] = [check_event(doc) for doc in docs[n * 10:n * 10 + 10]]
        for took in (first, next_):
            doc = world.event(case, "case.note_added", {"text": "DEMO"}, office=COUNTY).doc()
            db.execute("BEGIN")
            took.append(timed(lambda doc=doc: model.apply(db, [doc])))
            db.execute("COMMIT")
    return first, next_


def one_more_act(rounds: int = 60) -> list[float]:
    """Seconds for one more act at the desk of a service point on a case that has ten events."""
    took = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        world = NodeWorld(Path(folder))
        with world.desk(world.home()) as desk:
            for n in range(rounds):
                if n % 5 == 0:
                    case = desk.register(CLERK, {**DRAFT, "summary": f"DEMO 第{n}号水渠排水纠纷"}).id
                    for note in range(9):
                        desk.act("add_note", CLERK, case, {"text": f"DEMO {note}"})
                took.append(timed(lambda case=case: desk.act("add_note", CLERK, case, {"text": "DEMO"})))
    return took


def measure(events: int) -> dict[str, Any]:
    world = World()
    docs = list(cases(world, events // 10))
    texts = [json.dumps(doc, ensure_ascii=False) for doc in docs]
    fill(docs[:BATCH], ReadModel()).close()        # warm: dates and bodies that every case shares
    gc.collect()
    gc.freeze()     # the projector holds one batch, not the county's whole life: the collector must not walk our stock of events
    db, whole, search = fill_timed(docs)
    keys = {event["device"]: world.key(event["device"]).public for event in docs[:SIGNED]}
    check = timed(lambda: [check_event(doc).signed_by(keys[doc["device"]]) for doc in docs[:SIGNED]])
    (first, next_), acts = one_more(db, world, docs), one_more_act()
    return {
        "events": len(docs), "bytes_per_event": sum(len(text.encode()) for text in texts) // len(texts),
        "fold_per_s": round(len(docs) / (whole - search)), "with_search_per_s": round(len(docs) / whole),
        "search_only_s": round(search, 2), "checks_per_s": round(min(SIGNED, len(docs)) / check),
        "one_event_ms_median": round(statistics.median(first) * 1000, 2), "one_event_ms_worst": round(max(first) * 1000, 2),
        "next_event_ms_median": round(statistics.median(next_) * 1000, 2),
        "one_act_ms_median": round(statistics.median(acts) * 1000, 2),
    }


def run(events: int = 100_000) -> None:
    figures = measure(events)
    print(f"fold into the read model, one core, Python {sys.version.split()[0]}, batches of {BATCH}\n")
    print("| | |\n|---|---|")
    for name, words in _WORDS.items():
        print(f"| {words} | {figures[name]:,} |")


_WORDS = {
    "events": "events (ten a case)", "bytes_per_event": "bytes an event", "fold_per_s": "events/s into tables, without full text",
    "with_search_per_s": "events/s with full text", "search_only_s": "seconds of full text",
    "checks_per_s": "ids and signatures checked a second",
    "one_event_ms_median": "one more event of a case that was not looked at lately, ms (median)",
    "one_event_ms_worst": "the same, ms (worst of 200)",
    "next_event_ms_median": "one more event of a case that has just had one, ms (median)",
    "one_act_ms_median": "one more act of one case at the desk, ms (median)",
}


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
