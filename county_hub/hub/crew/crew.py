"""The workers of a server: so many routers, each with the subjects of its shard, and beside several of them who makes the tables.

To the rest of the server a crew looks like one router (`county_hub.hub.routing`): how far behind, caught up or not, the sweep.
Whatever the server checks or somebody commits to is told to all; what a worker commits to is told to the server's feeds and to
the others. On an edge each worker writes CouchDB by itself (`county_hub.couchdb.edge_behind`).
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from county_hub.hub.crew.member import Member
from county_hub.hub.hub import Hub
from county_hub.hub.kept.home import HubHome
from county_hub.hub.safe.private_file import write_private
from shared.json_log import log_again
from shared.ledger.formats import loose_json
from shared.ledger.formats.checked import CHECKED
from sync.errors import ServerError
from sync.router.router import RouterStatus
from sync.router.store import RouterStore
from sync.router.sweep import SweepReport

log = logging.getLogger("county_hub.workers")
ANSWER_S = 6 * 3600.0       # a sweep reads everything
LOOK_ANSWER_S = 600.0
TABLES_FROM = 2


@dataclass(frozen=True, slots=True)
class Workers:
    """How many worker processes, and the command that starts one on a HOME."""

    count: int
    command: Sequence[str]


@dataclass(slots=True)
class _Question:
    life: int
    answered: threading.Event
    answer: dict[str, Any]


class NotAnswered(ServerError):
    """A worker that begins, has died or takes too long."""


class Crew:
    """See the module. `start`, then `stop` and `join`."""

    def __init__(self, hub: Hub, workers: Workers) -> None:
        self._hub, key = hub, hub.file_key.hex() if hub.file_key is not None else None
        self.store = RouterStore(hub.home.router, hub.file_key)
        self._guard, self._number, self._questions = threading.Lock(), 0, dict[int, _Question]()
        self._deaths = dict[str, dict[str, Any]]()
        # On two cores the server has the time for the tables, and another process would only cost its 100 MB.
        self.makes_tables = workers.count >= TABLES_FROM

        def member(name: str, shard: Sequence[int] | None, tables: bool) -> Member:
            first = {"key": key, "name": name, "shard": shard, "tables": tables, "server": os.getpid(),
                     "store": hub.backing.for_workers() if hub.backing is not None else None}
            return Member(name, [*workers.command, str(hub.home.root)], first, self._hear, self._died)

        self.routers = [member(f"router {n}/{workers.count}", [n, workers.count], False) for n in range(workers.count)]
        self.members = [*self.routers, *([member("projector", None, True)] if self.makes_tables else [])]

    def start(self) -> None:
        self._note()
        CHECKED.listen(self._checked)
        for member in self.members:
            member.start()

    def stop(self) -> None:
        CHECKED.listen(None)
        for member in self.members:
            member.stop()

    def join(self, timeout_s: float) -> None:
        until = time.monotonic() + timeout_s
        for member in self.members:
            if not member.join(max(0.0, until - time.monotonic())):
                log.warning("%s did not stop in time and was killed", member.name)

    def close(self) -> None:
        self.store.close()

    # --- to the workers

    def committed(self, name: str) -> None:
        """For `Databases.on_commit`."""
        for member in self.members:
            if not member.is_listening():
                member.outbox.dirty(name)

    def _checked(self, mark: bytes) -> None:
        for member in self.routers:
            member.outbox.mark(mark)

    def _ask(self, member: Member, what: str) -> tuple[int, _Question]:
        with self._guard:
            self._number += 1
            number, question = self._number, _Question(member.lives, threading.Event(), {})
            self._questions[number] = question
        member.outbox.say(ask=what, n=number)
        return number, question

    def _answer(self, member: Member, number: int, question: _Question, timeout_s: float, cancel: threading.Event) -> Any:
        until = time.monotonic() + timeout_s
        try:
            while not question.answered.wait(0.2):
                if cancel.is_set() or member.lives != question.life or member.down_s() or time.monotonic() > until:
                    raise NotAnswered(f"{member.name} has not answered")
        finally:
            with self._guard:
                self._questions.pop(number, None)
        if "error" in question.answer:
            raise ServerError(f"{member.name}: {question.answer['error']}")
        return question.answer.get("value")

    # --- from the workers

    def _hear(self, member: Member, line: dict[str, Any]) -> None:
        for name in line.get("dirty", ()):
            self._hub.databases.notify(name)
        if line.get("receipts"):
            self._hub.told.update(receipts=line["receipts"])
        if "caught_up" in line:
            member.state = {**line, "at": time.monotonic()}
        if "log" in line:
            log_again(line["log"], member.name)
        with self._guard:
            question = self._questions.get(line.get("answer", 0))
        if question is not None:
            question.answer = line
            question.answered.set()

    def _died(self, member: Member, code: int) -> None:
        was = self._deaths.get(member.name, {"times": 0})
        self._deaths[member.name] = {"at": self._hub.clock(), "code": code, "times": was["times"] + 1, "in_a_row": member.deaths}
        self._note()

    def _note(self) -> None:
        """For `doctor`, which is another process."""
        try:
            write_private(self._hub.home.workers, json.dumps(self._deaths).encode())
        except OSError as fault:
            log.warning("deaths of workers are not noted: %s", fault)

    # --- as a router

    @property
    def caught_up(self) -> bool:
        return all(member.state.get("caught_up") for member in self.routers)

    def behind(self) -> tuple[int, float]:
        """Of the worker that is furthest behind; one that does not run is behind for as long."""
        told = [(1, down) if (down := member.down_s()) else member.state.get("behind", (0, 0.0)) for member in self.routers]
        return max(int(n) for n, _ in told), max(float(s) for _, s in told)

    def status(self) -> RouterStatus:
        return RouterStatus(self.store.counters(), self.store.sizes(), self.store.waiting())

    def run_pending(self, cancel: threading.Event | None = None) -> int:
        """Everything there is to do now, by all workers. Raises `NotAnswered` when one does not come to an end."""
        return sum(self._of_each("pending", ANSWER_S, int, cancel))

    def ask_sweep(self, database: str) -> None:
        for n in range(len(self.routers)):
            self.store.ask_sweep(f"{database} {n}/{len(self.routers)}")

    def housekeeping(self) -> int:
        return sum(self._of_each("look", LOOK_ANSWER_S, int))

    def sweep(self) -> SweepReport:
        """Each worker compares the subjects of its shard. Raises ServerError when one does not come to an end."""
        whole = SweepReport()
        for told in self._of_each("sweep", ANSWER_S, lambda value: value):
            whole.subjects += told["subjects"]
            whole.documents = max(whole.documents, told["documents"])
            for name, count in told["repaired"].items():
                whole.repaired[name] = whole.repaired.get(name, 0) + count
        return whole

    def _of_each(self, what: str, timeout_s: float, read: Callable[[Any], Any], cancel: threading.Event | None = None
                 ) -> list[Any]:
        asked, never = [(member, *self._ask(member, what)) for member in self.routers], cancel or threading.Event()
        return [read(self._answer(member, number, question, timeout_s, never)) for member, number, question in asked]


def deaths(home: HubHome) -> dict[str, dict[str, Any]]:
    """Workers that have died since the newest server began: {name: {"at": ms, "code", "times", "in_a_row"}}."""
    try:
        found = loose_json.read(home.workers)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
