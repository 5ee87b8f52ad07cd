"""Two depots and a hub, three processes over HTTP: `python -m tests.examples.relief_depot`. Ends with a table.

The line is cut in the middle of the story: the hub's process is ended, both depots go on, and nothing is lost.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.examples.relief_depot import hub
from tests.examples.relief_depot.domain import DEPOT
from village_node.point import opening
from village_node.point.clock import real_clock

ROOT = Path(__file__).resolve().parents[3]


class Process:
    def __init__(self, module: str, *arguments: str) -> None:
        command = [sys.executable, "-m", f"tests.examples.relief_depot.{module}", *arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def ask(self, order: str, *values: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([order, *values]) + "\n")
        self._process.stdin.flush()
        return json.loads(self.line())

    def end(self) -> None:
        self._process.terminate()
        self._process.communicate()


def serve(home: str, port: str = "0") -> tuple[Process, str]:
    """The hub's process and its address."""
    process = Process("hub", home, port)
    return process, process.line().removeprefix("listening on ").rstrip("/")


def story(folder: Path) -> dict[str, Any]:
    """What was seen on the way, by the sentence of the table."""
    seen: dict[str, Any] = {}
    codes, homes = hub.found(str(folder / "hub")), {hub.EAST: str(folder / "east"), hub.WEST: str(folder / "west")}
    centre, url = serve(str(folder / "hub"))
    for office, home in homes.items():
        opening.enrol(home, url, codes[office], DEPOT, clock=real_clock(), random=secrets.token_bytes)
    east, west = (Process("depot", home) for home in homes.values())
    try:
        east.ask("write", "li", "depot.opened", {"place": "DEMO 小学操场"})
        centre.end()                                                             # the line is gone
        parcel, _ = east.ask("write", "wang", "parcel.received", {"goods": "棉被", "pieces": 100})
        east.ask("write", "wang", "parcel.handed_out", {"pieces": 40, "to": "DEMO 一组"}, parcel)
        east.ask("write", "li", "parcel.handed_out", {"pieces": 25, "to": "DEMO 西库", "depot": hub.WEST}, parcel)
        seen["what a helper may not write"] = east.ask("write", "wang", "stock.counted", {"goods": "棉被", "pieces": 1})
        seen["a round without a line"] = east.ask("sync")
        seen["stock of the east, offline"] = east.ask("stock")
        seen["words offline"] = sorted({word for _, word in east.ask("delivered")})
        centre, _ = serve(str(folder / "hub"), url.rpartition(":")[2])           # the line is back
        seen["a round with the hub"] = east.ask("sync")
        seen["words after the round"] = sorted({word for _, word in east.ask("delivered")})
        west.ask("sync")
        [[subject, event, goods, pieces]] = west.ask("arrived")
        west.ask("write", "zhao", "parcel.received", {"goods": goods, "pieces": pieces, "of": [event]}, subject)
        west.ask("write", "zhao", "stock.counted", {"goods": goods, "pieces": 24})
        west.ask("sync")
        east.ask("sync")
        seen["stock of the west, one short"] = west.ask("stock")
        seen["the east's records"] = east.ask("delivered")
    finally:
        for process in (east, west, centre):
            process.end()
    return seen


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        seen = story(Path(folder))
    for sentence, value in seen.items():
        print(f"{sentence:30} {json.dumps(value, ensure_ascii=False)}")
    return 0 if seen["the east's records"][-1][1] == "对方已阅" else 1


if __name__ == "__main__":
    sys.exit(main())
