"""What the benchmarks share: documents, servers, contestants in processes of their own, medians and tables.

A figure says nothing without its machine and its rivals: every table names the contestants of one run, measured in turn on the
same server, several rounds, medians. Nothing here is a test.
"""

from __future__ import annotations

import base64
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sync.replica import LocalReplica
from sync.revisions import new_revision
from tests.support.ports import free_port
from tests.support.sync.server import subprocess_server

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "tests" / "peers" / "node_modules"
Doc = dict[str, Any]

# --- documents -----------------------------------------------------------------------------------------------------

_WORDS = [
    "两户因水渠改道发生争执", "村委会到场查看", "双方同意先行通水", "土地承包经营权证", "邻里宅基地界址", "羊只踩踏苜蓿地",
    "拖欠工资", "赡养老人", "婚约彩礼", "灌溉用水次序", "修路占地补偿", "草场边界",
    "树木遮挡采光", "排水沟堵塞", "损坏围栏赔偿", "借款到期未还", "次日上午再次调解", "双方情绪平稳",
    "已拍照留存", "需要司法所指导", "约定秋收后付清", "请包村干部到场见证",
]  # fmt: skip


def _text(choose: random.Random, characters: int) -> str:
    text = ""
    while len(text) < characters:
        text += choose.choice(_WORDS) + choose.choice("，。；")
    return text[:characters]


def _speech(choose: random.Random, characters: int) -> str:
    """Text that compresses about as real sentences do: common characters, the frequent ones more often."""
    return "".join(_COMMON[min(int(choose.expovariate(1 / 40)), len(_COMMON) - 1)] for _ in range(characters))


_COMMON = (
    "的一是不了人我在有他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没日于"
    "起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明"
    "其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化"
)


def _hash(choose: random.Random) -> str:
    return base64.b32encode(choose.randbytes(17)).decode().lower()[:26]


def note(number: int) -> Doc:
    """A plain document of about 600 bytes of JSON, mostly Chinese text."""
    choose = random.Random(number)
    doc = {
        "_id": f"note:{_hash(choose)}", "kind": "note", "office": "150822100203", "n": number,
        "text": _text(choose, 130), "place": "旧地村三组", "written": 1_780_000_000_000 + number * 977,
    }
    return {**doc, "_rev": new_revision(doc)}


def event(number: int, device: str = "150822100203-001") -> Doc:
    """The shape and weight of a signed event (about 850 bytes): hashes and signature do not compress, as real ones."""
    choose = random.Random(f"{device} {number}")
    hlc = f"{1_780_000_000_000 + number * 60_977:012x}0000"
    ulid = base64.b32encode(choose.randbytes(16)).decode()[:26]
    doc = {
        "_id": f"case:{ulid}:{hlc}:{_hash(choose)}", "kind": "case.noted", "schema": 1, "alg": "ed25519/sha256/1",
        "app": "shuoshi/0.1.0", "case": ulid, "office": "150822100203", "actor": "staff-17", "role": "mediator",
        "custody_epoch": 0, "device": device, "device_seq": number, "prev": _hash(choose), "after": [_hash(choose)],
        "directory": ["0001-1a2b3c4d", 12, "c" * 64], "hlc": hlc,
        "device_time": 1_780_000_000_000 + number * 60_977, "clock_offset_ms": 412,
        "legal_date": "2026-11-23", "body": {"text": _text(choose, 16) + _speech(choose, 50), "place": "旧地村三组"},
        "sig": base64.b64encode(choose.randbytes(64)).decode(),
    }
    return {**doc, "_rev": new_revision(doc)}


def fill(path: Path, docs: Sequence[Doc]) -> None:
    """Write a replica file; a server that serves its folder sees it."""
    with LocalReplica.open(path) as replica:
        for start in range(0, len(docs), 1000):
            assert replica.bulk_docs(docs[start : start + 1000], new_edits=False) == []


# --- servers -------------------------------------------------------------------------------------------------------


@dataclass
class Server:
    """A running server. `root` is the folder of its replicas when it is ours. `url(db)` has credentials if it needs them."""

    name: str
    base: str
    root: Path | None = None
    pid: int | None = None
    made: list[str] = field(default_factory=list)

    def url(self, db: str) -> str:
        return f"{self.base}/{db}"

    def create(self, db: str, docs: Sequence[Doc] = ()) -> str:
        """A database with these documents (`new_edits=false`)."""
        if self.root is not None:
            fill(self.root / f"{db}.replica", docs)
            return self.url(db)
        http(self.url(db), "PUT")
        self.made.append(db)
        for start in range(0, len(docs), 500):
            http(f"{self.url(db)}/_bulk_docs", "POST", {"docs": docs[start : start + 500], "new_edits": False})
        return self.url(db)

    def clean(self) -> None:
        for db in self.made:
            http(self.url(db), "DELETE")


def http(url: str, method: str = "GET", body: Any = None) -> Any:
    """One plain request, for preparing and checking, not for measuring."""
    parts = urlsplit(url)
    headers = {"Content-Type": "application/json"}
    if parts.username:
        token = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
        headers["Authorization"] = f"Basic {token}"
        url = url.replace(f"{parts.username}:{parts.password}@", "", 1)
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=120) as answer:
        return json.load(answer)


def connection(url: str) -> tuple[HTTPConnection, str, dict[str, str]]:
    """A bare client for measuring: the connection, the path of the database, and the headers that its credentials need."""
    parts = urlsplit(url)
    headers = {}
    if parts.username:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
    return HTTPConnection(parts.hostname or "", parts.port, timeout=300), parts.path, headers


@contextmanager
def ours(folder: Path) -> Iterator[Server]:
    root = folder / "served"
    root.mkdir(exist_ok=True)
    with subprocess_server(root) as served:
        yield Server("our endpoint", served.url, root, served.process.pid)


@contextmanager
def pouchdb_server(folder: Path) -> Iterator[Server]:
    port = free_port()
    data = folder / "pouchdb-server"
    data.mkdir()
    command = ["node", str(PEERS / ".bin" / "pouchdb-server"), "--port", str(port), "--dir", str(data),
               "--config", str(data / "config.json"), "--no-color", "--no-stdout-logs"]  # fmt: skip
    process = subprocess.Popen(command, cwd=data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/")
        yield Server("pouchdb-server 4.2", f"http://127.0.0.1:{port}", None, process.pid)
    finally:
        process.kill()
        process.wait(20)


@contextmanager
def couchdb() -> Iterator[Server]:
    pid = int(os.environ.get("COUCHDB_PID", "0"))       # of its process, where it runs on this machine
    server = Server("Apache CouchDB", os.environ["COUCHDB_URL"].rstrip("/"), None, pid)
    try:
        yield server
    finally:
        server.clean()


@contextmanager
def servers(folder: Path) -> Iterator[list[Server]]:
    """Every server that is there: ours, pouchdb-server if it is installed, CouchDB if COUCHDB_URL names one."""
    with ExitStack() as stack:
        found = [stack.enter_context(ours(folder))]
        if (PEERS / ".bin" / "pouchdb-server").exists():
            found.append(stack.enter_context(pouchdb_server(folder)))
        if os.environ.get("COUCHDB_URL"):
            found.append(stack.enter_context(couchdb()))
        yield found


def _wait_for(url: str, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


# --- contestants -----------------------------------------------------------------------------------------------------


def sync_command(*words: str, timeout: float = 900) -> dict[str, Any]:
    """`python -m sync ... --json` in a process of its own: its object, with `wall_s` of the whole command."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "sync", *words, "--json"], cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False
    )
    wall = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"sync {words[0]} failed: {done.stderr[-2000:]}")
    return {**json.loads(done.stdout.strip().splitlines()[-1]), "wall_s": wall}


class Pouch:
    """PouchDB 9 on leveldb in a node process; `ask` sends one command of pouch_peer.js."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            ["node", str(Path(__file__).with_name("pouch_peer.js"))],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )

    def ask(self, do: str, folder: Path, **more: Any) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"do": do, "folder": str(folder), **more}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(f"PouchDB {do}: {answer['error']}")
        return answer

    def __enter__(self) -> Pouch:
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.kill()
        self._process.wait(20)


def pouch_installed() -> bool:
    return (PEERS / "pouchdb").is_dir()


# --- figures ---------------------------------------------------------------------------------------------------------


class Rounds:
    """Figures by contestant, one list entry a round."""

    def __init__(self) -> None:
        self._figures: dict[str, list[dict[str, float]]] = {}

    def add(self, contestant: str, **figures: float) -> None:
        self._figures.setdefault(contestant, []).append(figures)

    def contestants(self) -> list[str]:
        return list(self._figures)

    def median(self, contestant: str, figure: str) -> float:
        return statistics.median(one[figure] for one in self._figures[contestant])

    def span(self, contestant: str, figure: str) -> str:
        values = [one[figure] for one in self._figures[contestant]]
        return f"{number(min(values))}-{number(max(values))}"


def number(value: float | str | None) -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[float | str | None]]) -> None:
    cells = [list(columns)] + [[number(cell) for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in cells) for at in range(len(columns))]
    print(f"\n### {title}\n", flush=True)
    for index, row in enumerate(cells):
        print("| " + " | ".join(_aligned(cell, widths[at], at) for at, cell in enumerate(row)) + " |")
        if index == 0:
            print("|" + "|".join("-" * (width + 1) + ("-" if at == 0 else ":") for at, width in enumerate(widths)) + "|")
    sys.stdout.flush()


def _aligned(cell: str, width: int, at: int) -> str:
    return cell.ljust(width) if at == 0 else cell.rjust(width)


def verdict(what: str, value: float, target: float, *, most: bool) -> str:
    """One line below a table: the target of the question and whether it holds."""
    held = value <= target if most else value >= target
    bound = "at most" if most else "at least"
    return f"{'held  ' if held else 'MISSED'} {what}: {number(value)} (target: {bound} {number(target)})"


def machine() -> str:
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), platform.machine()
    )
    memory = next((line.split()[1] for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), "0")
    versions = [f"Python {platform.python_version()}", f"SQLite {_sqlite()}"]
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    load = os.getloadavg()
    return (
        f"{os.cpu_count()} cores ({model}), {int(memory) / 1e6:.0f} GB, {platform.system()} {platform.release()}; "
        f"{', '.join(versions)}, node {node or 'missing'}; load when started {load[0]:.1f}; disk: one fsync {fsync_ms():.2f} ms"
    )


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _sqlite() -> str:
    import sqlite3

    return sqlite3.sqlite_version


def fsync_ms() -> float:
    with tempfile.NamedTemporaryFile() as file:
        times = []
        for _ in range(20):
            file.write(b"x" * 4096)
            file.flush()
            started = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - started)
    return 1000 * statistics.median(times)

