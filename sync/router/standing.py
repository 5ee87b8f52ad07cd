"""Who is heard on a subject: of what the judge has nothing against, only what has standing goes on, the rest is held.

    accepted items of a step ──standing(doc, row)──> heard: the row grows by them ──> whoever is heard now ──> until nothing moves
                                                     not heard: held, goes to nobody

The rules say of a document and a row whether it is heard; rows only grow, so what is accepted in the end is the same whatever
came first. What was held of a subject before is judged again in the same step as soon as its row grows. A document that a
person released is heard. Nothing is written here: a step that crashes is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from sync.router.quarantine import Custody
from sync.router.rules import Audience, RouterDatabases, Rules
from sync.router.store import RouterStore
from sync.router.work import Item, again, attempt


class Standing:
    """See the module. `judge(items)` gives each its decision, those of people included."""

    def __init__(
        self,
        databases: RouterDatabases,
        rules: Rules,
        store: RouterStore,
        custody: Custody,
        judge: Callable[[Sequence[Item]], None],
    ) -> None:
        self._databases, self._rules, self._store = databases, rules, store
        self._custody, self._judge = custody, judge
        self._rows: dict[str, tuple[int, Audience | None]] = {}     # of this step's subjects, as they will be

    def admit(self, items: Sequence[Item]) -> list[Item]:
        """Hold those of `items` that nobody hears; returns what was held before and is heard now, to go on with them."""
        groups: dict[str, list[Item]] = {}
        self._rows.clear()
        for item in items:
            if item.accepted:
                groups.setdefault(item.subject, []).append(item)
        more = [found for subject, group in groups.items() for found in self._subject(subject, group)]
        for item in (*items, *more):
            if item.kept:
                self._hear(item)
        return more

    def _hear(self, item: Item) -> None:
        """A held document is shown to nobody whose author is not heard. It adds nobody to the row: it is not accepted."""
        n, row = self._rows.get(item.subject) or self._store.numbered_audience(item.subject)

        def look(item: Item) -> None:
            unheard = self._rules.standing(item.doc, row)
            if unheard:
                item.line, item.reason, item.row_n = (), unheard, n

        attempt([item], look, "standing")

    def _subject(self, subject: str, group: Sequence[Item]) -> list[Item]:
        n, before = self._store.numbered_audience(subject)
        row, unheard = self._let_in(before, group, n)
        self._rows[subject] = n, row
        if row == before:
            return []
        here = {(item.key, item.source) for item in group}
        old = [again(self._databases, waiting) for waiting in self._store.held(subject)]
        old = [item for item in old if (item.key, item.source) not in here]
        for item in old:
            item.subject = subject
        self._judge(old)
        candidates = [item for item in old if item.accepted]
        row, _ = self._let_in(row, [*unheard, *candidates], n)
        self._rows[subject] = n, row
        # What stays held stands in the store already; what a person or the judge refused meanwhile leaves it.
        return [item for item in old if item.accepted or item.kept or item.decision == "refuse"]

    def _let_in(self, row: Audience | None, items: Sequence[Item], n: int) -> tuple[Audience | None, list[Item]]:
        """The row after everybody who is heard, and who is not: they are held."""
        waiting, asked = sorted(items, key=lambda item: str(item.doc["_id"])), False
        while waiting:
            heard = list[Item]()
            for item in waiting:
                attempt([item], partial(self._look, row=row), "standing")
                if item.accepted:
                    heard.append(item)
            if not heard and asked:
                break
            if not heard:
                self._custody.decide([item for item in waiting if not item.error])
                asked = True
            for item in heard:
                row = self._grown(item, row)
            waiting = [item for item in waiting if item.decision == "hold" and not item.error]
        for item in waiting:
            item.row_n = n
        return row, waiting

    def _look(self, item: Item, row: Audience | None) -> None:
        if not item.preset:
            item.reason = self._rules.standing(item.doc, row)
            item.decision = "hold" if item.reason else "accept"

    def _grown(self, item: Item, row: Audience | None) -> Audience | None:
        grown = row

        def route(item: Item) -> None:
            nonlocal grown
            grown = self._rules.route(item.doc, row)
            item.grown = row, grown

        attempt([item], route, "routing")
        return grown
