"""Does a record cost the hub more, the more it holds? Judged, routed, told in receipts, in the tables: all in one process.

    python -m tests.bench growth            MOST=100000 STEP=2500
No line, no other process: `bench_hub` measures these, and a machine that others keep busy gives it no steady clock. Processor
time of this process alone is told after every step, so a long run may be ended at any time.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from shared.disputes.kinds import registry as bodies
from shared.disputes.rules.county import RulesBook
from shared.disputes.tables.read_model import ReadModel
from shared.ledger.authoring import Act, Author, DeviceIdentity, NewSubject
from sync.projector import Projector
from tests.bench.bench_support import table, verdict
from tests.bench.hub_devices import CASE, FOUNDING, acts
from tests.support.county_hub.hub_routing_support import COUNTY, NEIGHBOUR, VILLAGE, ChainOf, County, db, key_of

QUESTION = "does a record cost the hub more, the more it holds?"
OFFICES = (VILLAGE, NEIGHBOUR)
ROWS = 10               # of the table: that many parts of the way
FLAT = 0.8


def run() -> None:
    most, step = int(os.environ.get("MOST", "100000")), int(os.environ.get("STEP", "2500"))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        steps = list(_steps(Path(folder), most, step))
    some = [steps[n * len(steps) // ROWS:(n + 1) * len(steps) // ROWS] for n in range(ROWS)] if len(steps) >= ROWS else [
        [one] for one in steps]
    rows = [[f"{part[-1][0]:,}", *(sum(one[column] for one in part) / len(part) for column in (1, 2))] for part in some]
    table("processor time of a record, microseconds", ["stored", "judged, routed, receipts", "tables"], rows)
    print()
    first, last = (float(row[1]) + float(row[2]) for row in (rows[0], rows[-1]))
    print(verdict("first part over last part of the way", first / last, FLAT, most=False))


def _steps(folder: Path, most: int, step: int) -> Iterator[tuple[int, float, float]]:
    """(records held, microseconds of a record in the router, and in the tables) of each step."""
    county = County(folder)
    router = county.router()
    with county.databases.lease(db(COUNTY)) as replica:
        projector = Projector(folder / "read.sqlite", replica, ReadModel(county=RulesBook(county.directory.latest)))
        held = 0
        while held < most:
            for office in OFFICES:
                _day(county, office, held, step // len(OFFICES) // CASE)
            began = time.process_time()
            router.run_pending()
            routed = time.process_time()
            projector.catch_up()
            shown = time.process_time()
            held += step
            per = 1e6 / step
            print(f"{held:,} stored: {(routed - began) * per:.0f} + {(shown - routed) * per:.0f} us a record", file=sys.stderr,
                  flush=True)
            yield held, (routed - began) * per, (shown - routed) * per
        projector.close()
    county.close()


def _day(county: County, office: str, seed: int, cases: int) -> None:
    """So many new cases of the office's device, written into its database at the hub."""
    device = f"{office}-001"
    with county.databases.lease(db(office)) as replica:
        author = Author(ChainOf(replica, device), device=DeviceIdentity(device, 1, office, key_of(device)),
                        clock=lambda: county.now, directory=county.directory.cited, offset_ms=lambda: 0)
        for number in range(seed, seed + cases):
            county.now += 1000
            case = NewSubject()
            author.write_many([
                Act(kind, case, bodies.build(kind, body), actor=f"s{office}", role="mediator", schema=bodies.CURRENT[kind],
                    number=kind == FOUNDING) for kind, body in acts({"office": office, "id": device}, number)])


if __name__ == "__main__":
    run()
