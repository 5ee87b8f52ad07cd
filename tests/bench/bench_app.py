"""The app's own questions on a HOME of many cases (97 % closed, half of the records unsent), in the thread that asks.

Nothing of this runs in the thread that draws but the drawing itself; what is measured here is how soon an answer is there. Beside
each figure its bound in the same run: the bare SQL of the same rows. `CASES=n` sets the size, `CLOSED=n` how many of 100 are
closed (0: all are open).
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shared.ledger.authoring import Act
from sync.replicator import Replicator
from tests.bench.bench_support import number, table, verdict
from tests.support.village_node.node_world import CLERK, DRAFT, VILLAGE, Hub, World

QUESTION = "how soon does the app have its answers, with 20,000 cases on the tablet?"
CASES = int(os.environ.get("CASES", "20000"))
CLOSED = int(os.environ.get("CLOSED", "97"))
BATCH = 500


def run() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        world = World(Path(name) / "world")
        home = world.home()
        _fill(world, home)
        rows = _measure(world, home)
    table(f"answers with {number(CASES)} cases", ["", "ms", "CPU ms of its thread", "bare SQL ms", "target ms"], rows)
    for row in rows:
        if row[4] is not None:
            print(verdict(str(row[0]), float(row[1] or 0), float(row[4]), most=True))
    print(f"memory at the end: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB (with what made the cases)")


def _fill(world: World, home: Path) -> None:
    """Real signed events: each case registered, 97 of 100 settled on the spot; the first half is at the hub, with its receipt."""
    hub = Hub(world)
    with world.desk(home) as desk:
        node = desk.node
        for half in range(2):
            for start in range(0, CASES // 2, BATCH):       # one transaction each
                if start % (10 * BATCH) == 0:
                    print(f"made {half * CASES // 2 + start:,} of {CASES:,} cases", file=sys.stderr, flush=True)
                _write(node, half * CASES // 2 + start, min(BATCH, CASES // 2 - start))
            if half == 0:
                peer = hub.replicas["office"]
                node.remember_peer("office", peer.info())
                Replicator(node.office, peer, local="source").run()
                receipt = hub.sign(node.config.device)
                node.office.bulk_docs([receipt], new_edits=False)
    hub.close()


def _write(node: Any, first: int, count: int, every: int = 0) -> None:
    """So many of 100 are settled at once; with `every` all are."""
    date = "2026-11-23"
    acts = []
    for n in range(first, first + count):
        parties = [{"name": f"演示{_name(n)}", "role": "applicant"}, {"name": f"演示{_name(n * 7 + 1)}", "role": "respondent"}]
        body = {**DRAFT, "parties": parties, "summary": f"DEMO 第{n}件，浇地漫水", "source": "by_application",
                "place": {"office": VILLAGE, "text": f"{n % 9}组"}}
        acts.append(Act("case.registered", None, body, CLERK, "mediator", 0, date, after=(), number=True))
    made = node.author.write_many(acts)
    settle = {"text": "DEMO 说和了", "agreed_by": [0, 1]}
    settled = [Act("case.settled_on_spot", event.subject, settle, CLERK, "mediator", 0, date, after=(event.id,))
               for n, event in enumerate(made) if every or n % 100 >= 100 - CLOSED]
    if settled:
        node.author.write_many(settled)


def _name(n: int) -> str:
    letters = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
    return letters[n % 32] + letters[n // 32 % 32] + letters[n // 1024 % 32]


def _measure(world: World, home: Path) -> list[list[float | str | None]]:
    desk = world.desk(home)
    try:
        rows: list[list[float | str | None]] = []

        def ask(what: str, question: Callable[[], Any], sql: str = "", target: float | None = None, *, since: Any = None) -> None:
            wall, cpu = since or (time.perf_counter(), time.thread_time())
            question()
            took, spent = 1e3 * (time.perf_counter() - wall), 1e3 * (time.thread_time() - cpu)
            rows.append([what, took, spent, _bare(desk, sql) if sql else None, target])

        page = f"SELECT * FROM cases WHERE holder = '{VILLAGE}' AND settled = 0 ORDER BY due_date LIMIT 50"
        ask("first start: tables made from the feed", desk.lists.numbers)
        desk.close()
        started = time.perf_counter(), time.thread_time()
        desk = world.desk(home)                 # the same HOME again, as on every morning but the first
        ask("start to usable list", lambda: (desk.status(), desk.lists.page("mine"), desk.lists.numbers()), page, 3000,
            since=started)
        ask("home again", lambda: (desk.status(), desk.lists.numbers()), "SELECT count(*) FROM cases", 150)
        ask("list of what is not delivered", lambda: desk.lists.page("waiting"), page, 150)
        ask("list of all", lambda: desk.lists.page("all"), page, 150)
        ask("search by initials", lambda: desk.lists.page("all", "yszq"), "", 100)
        ask("search by words", lambda: desk.lists.page("all", "第777件"), "", 100)
        ask("search by number", lambda: desk.lists.page("all", "甲村〔2026〕001-0777"), "", 100)
        ask("alarms", desk.alarms, "SELECT * FROM deadlines WHERE stopped IS NULL AND warn_date <= '2026-11-23'", 150)
        draft = {**DRAFT, "summary": "DEMO 新的一件"}
        ask("register one case", lambda: desk.register(CLERK, draft), "", 150)
        ask("home after it", lambda: (desk.status(), desk.lists.page("mine"), desk.lists.numbers()), page, 150)
        case = desk.lists.page("mine").rows[0].id
        ask("a case's page", lambda: desk.case(case, staff_id=CLERK), "", 150)
        ask("second case registered", lambda: desk.register(CLERK, draft), "", 150)
    finally:
        desk.close()
    return rows


def _bare(desk: Any, sql: str) -> float:
    with desk.node.tables.reader() as db:
        started = time.perf_counter()
        db.execute(sql).fetchall()
        return 1e3 * (time.perf_counter() - started)
