"""The sweep: is everything where it must be? It compares, repairs, and counts; the count should be zero.

Two directions: every document of a source is settled, waiting or refused (else it is sent on its path now);
every settled document of a subject is in every database of the audience (else it is copied now). Rows that
are being moved by others at this moment are left to them, so a repair always is a fault of the router or of
a database. Documents that a database has beyond its audience are left alone: they are their author's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sync.errors import StorageError
from sync.router import tuning
from sync.router.growth import accepted_items
from sync.router.path import EventPath
from sync.router.rules import RouterDatabases, Rules
from sync.router.store import RouterStore
from sync.router.work import Item, copy, log, read_page


@dataclass(slots=True)
class SweepReport:
    """`repaired`: database -> documents copied or sent on their path that should have been there before."""

    subjects: int = 0
    documents: int = 0
    repaired: dict[str, int] = field(default_factory=dict)

    @property
    def repairs(self) -> int:
        return sum(self.repaired.values())


class Sweep:
    """See the module. `unsettled(source, leaves)` reads those leaves that the router has not done with."""

    def __init__(
        self,
        databases: RouterDatabases,
        rules: Rules,
        store: RouterStore,
        path: EventPath,
        unsettled: Callable[[str, Iterable[tuple[str, str]]], list[Item]],
        mine: Callable[[str], bool] = lambda subject: True,
    ) -> None:
        self._databases, self._rules, self._store = databases, rules, store
        self._path, self._unsettled, self._mine = path, unsettled, mine

    def source(self, source: str, drain: Callable[[], int], horizon: str, report: SweepReport) -> None:
        """Read the whole feed of `source` again. What is unsettled before and after the normal steps was
        lost."""
        suspects = list[tuple[str, str]]()
        mark = None
        while True:
            with self._databases.lease(source) as peer:
                page = read_page(peer, source, mark, tuning.ROUTER_BATCH)
            if not page.rows:
                break
            mark = page.mark
            report.documents += len(page.leaves)
            suspects += [(item.doc["_id"], item.doc["_rev"]) for item in self._unsettled(source, page.leaves)]
        drain()
        waiting = {(w.doc["_id"], w.doc.get("_rev")) for w in self._store.waiting()} if suspects else set()
        for start in range(0, len(suspects), tuning.ROUTER_BATCH):
            part = [leaf for leaf in suspects[start : start + tuning.ROUTER_BATCH] if leaf not in waiting]
            items = self._unsettled(source, part)
            self._path.run(items, (), horizon)
            self._note(report, source, sum(item.accepted for item in items))

    def audiences(self, report: SweepReport, only: str | None = None) -> None:
        """Compare the consolidated database with the audience of each subject (`only`: with that member)."""
        waiting = {w.doc["_id"] for w in self._store.waiting()}
        after = ""
        while subjects := self._store.subjects(after):
            for subject in filter(self._mine, subjects):
                self._audience(subject, waiting, report, only)
            after = subjects[-1]

    def _audience(self, subject: str, waiting: set[str], report: SweepReport, only: str | None) -> None:
        row, moving = self._store.audience_with_changes(subject)
        members = set(row["databases"]) - moving - {self._rules.consolidated} if row else set()
        if only is not None:
            members &= {only}
        if not members:
            return
        report.subjects += 1
        items = accepted_items(self._databases, self._rules, self._store, subject, settled=True)
        items = [item for item in items if item.doc["_id"] not in waiting]
        for member in sorted(members):
            try:
                missing = self._missing(member, subject, items)
                if missing:
                    copy(self._databases, member, [item.stored() for item in missing])
            except StorageError as error:
                if only is not None:
                    raise
                log.warning("%s cannot be compared: %s", member, error)
                continue
            self._note(report, member, len(missing))

    def _missing(self, member: str, subject: str, items: list[Item]) -> list[Item]:
        if not self._databases.exists(member):
            return items
        start, end = self._rules.subject_range(subject)
        with self._databases.lease(member) as peer:
            there = {(row.id, row.rev) for row in peer.all_docs(startkey=start, endkey=end)}
            doubtful = [item for item in items if (item.doc["_id"], item.doc["_rev"]) not in there]
            if not doubtful:
                return []
            # Another leaf may have won there: ask for the revision itself.
            lacking = peer.revs_diff({item.doc["_id"]: [item.doc["_rev"]] for item in doubtful})
        return [item for item in doubtful if item.doc["_id"] in lacking]

    def _note(self, report: SweepReport, database: str, repairs: int) -> None:
        if repairs:
            report.repaired[database] = report.repaired.get(database, 0) + repairs
            self._store.swept([], {"repairs": repairs})
