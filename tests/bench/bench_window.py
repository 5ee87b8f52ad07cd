"""The app's window on a HOME of many cases, encrypted: what the thread that draws pays for it, in a process of its own.

CPU is of the thread that draws; a frame's length is what a finger waits. Beside them the bound of the same machine: an empty Kivy
window with the same font. What is done for the first time loads code and has a row of its own. `CASES=n` sets the size,
`CLOSED=n` how many of 100 are closed, `PULL=n` the records that come while frames are counted. `KEEP=folder` keeps the filled
HOMEs there and takes them from there the next time. `SLOW=n` stands for a machine so many times slower: every figure but memory
is multiplied. `SMALL=1` is the small profile: half the speed, and the window's process really held to half a core (it is stopped
half of the time) and to 2 GB of addresses, so that it runs at all there is shown, and what is on the clock is measured.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# What is measured loads nothing that it does not need: whatever else the bench uses is imported where it is used.

QUESTION = "what does the thread that draws pay for 20,000 cases?"
CASES = int(os.environ.get("CASES", "20000"))
PULL = int(os.environ.get("PULL", "10000"))
SMALL = os.environ.get("SMALL", "") not in ("", "0")
SLOW = float(os.environ.get("SLOW", "2" if SMALL else "1"))
SMALL_BYTES, SMALL_TURN_S = 2 << 30, 0.01       # 2 GB; a hundredth of a second on, one off
# ms (MB for memory)
TARGETS = {"start to usable list": 3000, "search": 100, "filter": 150, "one page more": 150, "home": 150, "a case, usable": 150,
           "longest frame of a case": 100, "register": 150, "longest frame of a pull": 100, "memory": 300}
Row = list[float | str | None]
SQL = "bare SQL: "
_PAGE = "SELECT * FROM cases WHERE holder = :office AND settled = 0 ORDER BY due_date LIMIT 50"
BARE = {"start to usable list": _PAGE, "filter": "SELECT * FROM cases ORDER BY updated_hlc DESC LIMIT 50",
        "search": "SELECT * FROM cases WHERE summary LIKE '%第77件%' ORDER BY updated_hlc DESC LIMIT 50",
        "one page more": "SELECT * FROM cases ORDER BY updated_hlc DESC LIMIT 50 OFFSET 50",
        "home": "SELECT count(*) FROM cases WHERE holder = :office AND settled = 0",
        "a case, usable": "SELECT * FROM events WHERE case_id = :case"}


def run() -> None:
    from tests.bench.bench_support import number, table, verdict

    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        _filled(folder)
        bound, found = _slowed(_child("bound", folder)), _slowed(_child("app", folder))
    sql = {what.removeprefix(SQL): found.pop(what) for what in list(found) if what.startswith(SQL)}
    rows: list[Row] = [[what, spent, bound.get(what), sql.get(what), TARGETS.get(what)] for what, spent in found.items()]
    profile = ", half a core and 2 GB" if SMALL else ""
    table(f"window with {number(CASES)} cases{profile}", ["", "ms of CPU (MB)", "empty window", "bare SQL", "target"], rows)
    for what, spent in found.items():
        if what in TARGETS:
            print(verdict(what, spent, TARGETS[what], most=True))


def _filled(folder: Path) -> None:
    """The HOMEs of this size, from where they are kept or made now; `homes` names them, relative to the folder."""
    from tests.bench import bench_app
    from village_node import composition

    keep = os.environ.get("KEEP", "")
    kept = Path(keep) / f"{CASES}-{bench_app.CLOSED}-{PULL}" if keep else None
    if kept is not None and (kept / "homes").exists():
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        _at_home(folder)
        with composition.open_desk(folder / (folder / "homes").read_text().splitlines()[0]) as desk:
            desk.lists.numbers()                # tables of another version are made anew here, not by the window
        return
    _fill(folder)
    if kept is not None:
        shutil.copytree(folder, kept, dirs_exist_ok=True)


def _at_home(folder: Path) -> None:
    """The copies of kept HOMEs are told that they lie where they lay: else their tables are made anew, which no morning does."""
    from sync.storage import open_file
    from village_node.point.home import Home

    for name in (folder / "homes").read_text().splitlines():
        home = Home(folder / name)
        for path in home.root.rglob("*.replica"):
            db = open_file(path, home.database_key(), timeout_s=10)
            db.execute("UPDATE meta SET value = ? WHERE name = 'home'", (str(path.stat().st_ino),))
            db.close()


def _fill(folder: Path) -> None:
    """A HOME as `bench_app` makes it, and the records of a second device of the office, to be pulled."""
    from tests.bench import bench_app
    from tests.support.village_node.node_world import World

    bench_app.CASES = CASES
    world = World(folder / "world")
    home = world.home()
    bench_app._fill(world, home)
    with world.desk(home) as desk:
        desk.lists.numbers()                    # the tables are made, as on every morning but the first
    second = world.home(name="second")
    with world.desk(second) as desk:
        for start in range(0, PULL // 2, bench_app.BATCH):      # two records a case
            bench_app._write(desk.node, CASES + start, min(bench_app.BATCH, PULL // 2 - start), every=1)
    (folder / "homes").write_text(f"{home.relative_to(folder)}\n{second.relative_to(folder)}")


def _child(what: str, folder: Path) -> dict[str, float]:
    words = [sys.executable, "-m", "tests.bench.bench_window", what, str(folder)]
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as failed:
        child = subprocess.Popen(words, text=True, stdout=said, stderr=failed)
        while SMALL and child.poll() is None:
            for order in (signal.SIGSTOP, signal.SIGCONT):
                child.send_signal(order)
                time.sleep(SMALL_TURN_S)
        child.wait()
        said.seek(0)
        failed.seek(0)
        if child.returncode:
            raise RuntimeError(failed.read()[-2000:])
        return dict(json.loads(said.read().strip().splitlines()[-1]))


def _slowed(found: dict[str, float]) -> dict[str, float]:
    as_it_is = ("memory", "clock") if SMALL else ("memory",)         # what was really slowed is on the clock slow already
    return {what: spent * (1.0 if any(word in what for word in as_it_is) else SLOW) for what, spent in found.items()}


def _memory_mb(which: str = "VmRSS") -> float:
    status = Path("/proc/self/status").read_text("ascii")
    return int(next(line for line in status.splitlines() if line.startswith(which)).split()[1]) / 1024


def _memory() -> dict[str, float]:
    """Resident, and of it what is the process' own and what are mapped files (55 MB are the software renderer's LLVM)."""
    own, shared = _memory_mb("RssAnon"), _memory_mb("RssShmem")
    return {"memory": _memory_mb(), "memory, the program's own": own + shared, "memory, mapped files": _memory_mb("RssFile")}


def _bound() -> dict[str, float]:
    """An empty window with this font: its start, one more frame, its memory."""
    cpu = time.thread_time()
    from kivy.base import runTouchApp
    from kivy.uix.label import Label

    from tests.support.village_node.app_driver import EventLoop

    EventLoop.ensure_window()
    runTouchApp(Label(text="说事"), embedded=True)
    for _ in range(3):
        EventLoop.idle()
    started, cpu = time.thread_time() - cpu, time.thread_time()
    EventLoop.idle()
    return {"start to usable list": 1e3 * started, "longest frame of a pull": 1e3 * (time.thread_time() - cpu),
            "memory at its most": _memory_mb("VmHWM"), **_memory()}


def _app(home: Path, second: Path) -> dict[str, float]:
    cpu = time.thread_time()
    from tests.support.village_node import app_driver
    from village_node.ui.app import ShuoshiApp
    from village_node.ui.start import services_for

    services = services_for(home, sync=False)
    app_driver.PATIENCE = 600.0             # of a busy machine; what is measured is CPU
    driver = app_driver.Driver(ShuoshiApp(services), real_time=True)
    app, found = driver.app, dict[str, float]()
    person = next(p for p in services.desk.staff() if "mediator" in p.roles)

    def spent(what: str, act: Callable[[], Any], shown: Callable[[], Any], since: float | None = None) -> None:
        start = time.thread_time() if since is None else since
        app.garbage.touched()               # somebody taps: it does not tidy up now
        act()
        driver.until(shown, what)
        driver.frames(2)
        found[what] = 1e3 * (time.thread_time() - start)

    def listed() -> bool:
        return not app.asking.busy and driver.look(cls="CaseCard") is not None

    spent("start to usable list", lambda: (app.on_start(), app.sit_down(person), app.open_list("mine")), listed, since=cpu)
    spent("filter", lambda: app.open_list("all"), listed)

    def search() -> None:
        app.cases.ids.search.text = "第77件"
        app.cases.search_now()

    spent("search", search, listed)
    app.cases.ids.search.text = ""
    app.cases.search_now()
    driver.settle()

    def more() -> None:
        app.cases.ids.list.scroll_y = 0.05

    spent("one page more", more, lambda: not app.asking.busy and len(app.cases.ids.list.data) > 50)
    spent("home", lambda: app.open_tab("home"), lambda: not app.asking.busy)
    from tests.support.village_node.node_world import DRAFT

    rows = services.desk.lists.page("mine").rows
    opened = []
    for row in rows[:6]:
        opened.append(_case_opened(driver, row.id))
        app.open_tab("home")
        driver.settle()
    found |= {f"first {what}": ms for what, ms in opened[0].items()}
    found |= {what: statistics.median(one[what] for one in opened[1:]) for what in opened[0]}
    draft = {**DRAFT, "summary": "DEMO 新的一件"}
    for what in ("first register", "register"):
        spent(what, lambda: services.desk.register(person.id, draft), lambda: not app.asking.busy)
    app.open_tab("home")
    driver.settle()
    found["longest frame of a pull"], found["the same, on the clock"] = _frames_of_a_pull(driver, services.desk, second)
    found["memory at its most"] = _memory_mb("VmHWM")
    quiet = time.monotonic() + 4            # nobody touches it: it tidies up
    while time.monotonic() < quiet:
        driver.frames(1)
    found |= _memory()
    found |= _bare(services.desk, rows[0].id)
    driver.close()
    services.desk.close()
    return found


def _case_opened(driver: Any, case: str) -> dict[str, float]:
    """What opening a case costs until header and next step are drawn, until all of it is, and in its longest frame."""
    app, frames, usable = driver.app, list[float](), 0.0
    app.garbage.touched()                   # somebody taps: it does not tidy up now
    started = time.thread_time()
    app.open_case(case)
    while app.asking.busy or not usable:
        cpu = time.thread_time()
        driver.frames(1)
        frames.append(time.thread_time() - cpu)
        if not usable and any(type(widget).__name__ == "PrimaryButton" for widget in app.case.walk()):
            driver.frames(1)
            usable = time.thread_time() - started
    driver.frames(2)
    return {"a case, usable": 1e3 * usable, "a case, whole": 1e3 * (time.thread_time() - started),
            "longest frame of a case": 1e3 * max(frames)}


def _bare(desk: Any, case: str) -> dict[str, float]:
    """The same rows without anything above them, each asked twice: the second time counts."""
    spent: dict[str, float] = {}
    with desk.node.tables.reader() as db:
        for _ in range(2):
            for what, sql in BARE.items():
                cpu = time.thread_time()
                db.execute(sql, {"office": desk.node.config.office, "case": case}).fetchall()
                spent[SQL + what] = 1e3 * (time.thread_time() - cpu)
    return spent


def _frames_of_a_pull(driver: Any, desk: Any, second: Path) -> tuple[float, float]:
    """The longest frames while another thread pulls the second device's records, and until their tables are there: ms of the
    drawing thread's CPU, and by the clock, which counts the work of others on this machine too."""
    from sync.replicator import Replicator
    from village_node import composition
    from village_node.point import limits

    pulled: list[int] = []

    def pull() -> None:
        with composition.open_node(second) as other:
            pull = Replicator(other.office, desk.node.office, local="target", batch_size=limits.PULL_ROWS)
            pulled.append(pull.run().docs_written)
        driver.app.changed()

    worker = threading.Thread(target=pull)
    before, longest, waited = desk.lists.numbers()["all"], 0.0, 0.0
    worker.start()
    end = time.monotonic() + 600
    while worker.is_alive() or driver.app.asking.busy or not pulled:
        started, cpu = time.perf_counter(), time.thread_time()
        driver.frames(1)
        longest, waited = max(longest, time.thread_time() - cpu), max(waited, time.perf_counter() - started)
        assert time.monotonic() < end, "the pull does not end"
    worker.join()
    assert pulled[0] >= PULL * 0.9, pulled
    assert desk.lists.numbers()["all"] > before
    return 1e3 * longest, 1e3 * waited


if __name__ == "__main__":
    what, place = sys.argv[1], Path(sys.argv[2])
    if SMALL:
        resource.setrlimit(resource.RLIMIT_AS, (SMALL_BYTES, SMALL_BYTES))
    homes = [place / name for name in (place / "homes").read_text().splitlines()]
    print(json.dumps(_bound() if what == "bound" else _app(*homes)))
