"""The path of documents: judged, consolidated, admitted to their audience, copied, settled. The order is law.

    (a) judge, then standing: who is not heard is held          a refusal or a hold leaves the path here
    (b) write to the consolidated database                      same revision, new_edits=false
    (c) then read the audience row                              (and grow it: `growth`)
    (d) copy to each member of the audience
    (e) quarantine, receipts, and then move the checkpoint

Why: whoever grows an audience commits the row first and reads the consolidated database then; whoever
brings a document writes there first and reads the row then. Whichever comes second sees the other, so no
copy is missed, whatever happens at the same time. Every step may be repeated; a crash repeats from the
checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sync.errors import SyncError
from sync.router import tuning
from sync.router.growth import Growth
from sync.router.own import OwnRows
from sync.router.quarantine import Custody
from sync.router.rules import Audience, RouterDatabases, Rules
from sync.router.standing import Standing
from sync.router.store import RouterStore
from sync.router.values import Mark, Settlement, Waiting, WaitingState, Wanted
from sync.router.work import Item, Wrote, attempt, copy, log


class EventPath:
    """See the module. `on_step(name)` is called after each step: tests crash there."""

    def __init__(
        self,
        databases: RouterDatabases,
        rules: Rules,
        store: RouterStore,
        clock: Callable[[], float],
        worker: str,
        on_step: Callable[[str], None],
        mine: Callable[[str], bool] = lambda subject: True,
    ) -> None:
        self._databases, self._rules, self._store, self._clock = databases, rules, store, clock
        self._worker, self._on_step = worker, on_step
        self.custody = Custody(databases, rules, store, clock)
        self.growth = Growth(databases, rules, store, clock, on_step, mine)
        self._standing = Standing(databases, rules, store, self.custody, self._judge)

    def run(self, items: Sequence[Item], marks: Sequence[Mark], horizon: str, echoes: int = 0) -> None:
        """All steps for these items, of one source or of several. Raises SyncError when the consolidated or quarantine database
        fails: then nothing is settled, and the same items come again."""
        self._judge(items)
        items = [*items, *self._standing.admit(items)]
        attempt([item for item in items if item.accepted], self._name_files, "naming files")
        self._on_step("judged")
        own = OwnRows(lambda name: self._store.mark(name, self._worker))
        self._consolidate(items, own)
        self._on_step("consolidated")
        self._admit(items)
        self._on_step("admitted")
        self.growth.run()
        copied = self._distribute(items, own)
        self._on_step("distributed")
        settlement, refused = self._dispose(items, marks, horizon)
        settlement.counts.update(copied=copied, echoes=echoes)
        self.custody.put(refused)
        self._on_step("quarantined")
        if items:
            self._rules.settled([item.outcome for item in items])
            settlement.woken = list(self._rules.woken())
        self._on_step("told")
        # Shown only now that their outcome is published: nobody may take what is shown for accepted.
        self._show([item for item in items if item.kept])
        self._on_step("shown")
        settlement.marks = own.marks(settlement.marks)
        self._store.settle(settlement, self._worker)
        self._on_step("settled")

    # --- (a) --------------------------------------------------------------------------------------

    def _judge(self, items: Sequence[Item]) -> None:
        def judge(item: Item) -> None:
            verdict = self._rules.judge(item.doc, item.source)
            item.decision, item.reason, item.line = verdict.decision, verdict.reason, verdict.line

        attempt([item for item in items if not (item.preset or item.error)], judge, "judging")
        self.custody.decide([item for item in items if item.decision in ("refuse", "hold")])
        for item in items:
            if item.preset:
                item.decision = "accept"

    def _name_files(self, item: Item) -> None:
        item.chunks = list(self._rules.files(item.doc))

    # --- (b) --------------------------------------------------------------------------------------

    def _consolidate(self, items: Sequence[Item], own: OwnRows) -> None:
        consolidated = self._rules.consolidated
        fresh = {item.key: item for item in items if item.accepted and item.source != consolidated}
        if not fresh:
            return
        failed = copy(self._databases, consolidated, [item.stored() for item in fresh.values()], own.wrote)
        for item in items:
            reason = failed.get((item.doc["_id"], item.doc["_rev"])) if failed else None
            if reason is not None and item.source != consolidated:
                item.error = f"{consolidated} does not take it: {reason}"

    # --- (c) --------------------------------------------------------------------------------------

    def _admit(self, items: Sequence[Item]) -> None:
        groups: dict[str, list[Item]] = {}
        for item in items:
            if item.accepted:
                groups.setdefault(item.subject, []).append(item)
        if not groups:
            return

        def change(subject: str, row: Audience | None) -> Audience | None:
            def route(item: Item) -> None:
                nonlocal row
                if item.grown is not None and item.grown[0] == row:
                    row = item.grown[1]
                    return
                grown = self._rules.route(item.doc, row)
                assert all(isinstance(name, str) for name in grown["databases"])
                row = grown

            # By id: the rules meet the documents of one batch in one order, whatever the order of the feed.
            attempt(sorted(groups[subject], key=lambda item: str(item.doc["_id"])), route, "routing")
            return row

        rows = self._store.admit(
            sorted(groups), change, lambda: [item.key for item in items if item.accepted]
        )
        for subject, row in rows.items():
            for item in groups[subject]:
                item.audience = row

    # --- (d) --------------------------------------------------------------------------------------

    def _distribute(self, items: Sequence[Item], own: OwnRows) -> int:
        targets: dict[str, dict[bytes, Item]] = {}
        for item in items:
            if item.accepted:
                for name in item.audience["databases"]:
                    if name not in (item.source, self._rules.consolidated):
                        targets.setdefault(name, {})[item.key] = item
        return sum(self._copy(name, list(group.values()), own.wrote) for name, group in sorted(targets.items()))

    def _copy(self, target: str, items: Sequence[Item], wrote: Wrote | None = None) -> int:
        try:
            failed = copy(self._databases, target, [item.stored() for item in items], wrote)
        except SyncError as error:
            # One database that fails must not stop the others: its documents wait until it works again.
            log.warning("%s does not take copies: %s", target, error)
            for item in items:
                item.copy_error, item.outage = f"{target} fails: {error}", True
            return 0
        for item in items:
            reason = failed.get((item.doc["_id"], item.doc["_rev"])) if failed else None
            if reason is not None:
                item.copy_error = f"{target} does not take it: {reason}"
        return len(items) - len(failed)

    def _show(self, items: Sequence[Item]) -> None:
        """Held documents to those who get them nevertheless. What fails comes again when the document is judged again."""
        targets: dict[str, dict[bytes, Item]] = {}
        for item in items:
            for name in item.line:
                if name != item.source:
                    targets.setdefault(name, {})[item.key] = item
        for name, group in sorted(targets.items()):
            self._copy(name, list(group.values()))

    # --- (e) --------------------------------------------------------------------------------------

    def _dispose(
        self, items: Sequence[Item], marks: Sequence[Mark], horizon: str
    ) -> tuple[Settlement, list[Item]]:
        """What is to be written, and what goes to quarantine."""
        end, refused = Settlement(marks), list[Item]()
        counts = end.counts
        for item in items:
            if item.waited is not None:
                end.done.append(item.waited.key)
            if item.error or (item.accepted and item.copy_error):
                self._try_again(item, end, refused, horizon)
            if item.accepted:
                end.settled.append(item.key)
                end.wanted += self._wanted(item)
            elif item.decision == "refuse":
                refused.append(item)
            elif item.decision == "hold" and not item.error:
                end.waiting.append(self._waiting(item, "held", item.reason, 0, tuning.ROUTER_HELD_RETRY_S, horizon))
            if item.decision is not None and not item.error:
                counts[item.outcome.decision] = counts.get(item.outcome.decision, 0) + 1
        return end, refused

    def _try_again(self, item: Item, end: Settlement, refused: list[Item], horizon: str) -> None:
        """A failed item waits for another try; after the last one a person has to look."""
        tries = (item.waited.tries if item.waited is not None else 0) + 1
        reason = item.error or item.copy_error
        state: WaitingState = "copy" if not item.error else "released" if item.preset else "retry"
        end.counts["failures"] = end.counts.get("failures", 0) + 1
        if tries < tuning.ROUTER_TRIES or item.outage:
            wait = tuning.ROUTER_RETRY_S * 2 ** min(tries - 1, tuning.ROUTER_TRIES)
            end.waiting.append(self._waiting(item, state, reason, tries, wait, horizon))
            return
        given_up = f"given up after {tries} tries: {reason}"
        if item.error:
            item.decision, item.reason, item.error = "refuse", given_up, ""
        else:
            # It is accepted and consolidated, only a copy cannot be made: that is a matter for a person, no
            # refusal.
            refused.append(Item(item.source, item.doc, subject=item.subject, reason=given_up))
        end.counts["given_up"] = end.counts.get("given_up", 0) + 1

    def _waiting(
        self, item: Item, state: WaitingState, reason: str, tries: int, wait: float, horizon: str
    ) -> Waiting:
        now = self._clock()
        since = item.waited.since if item.waited is not None else now
        row_n = item.row_n if state == "held" else None
        return Waiting(item.source, item.subject, item.doc, state, reason, tries, horizon, since, now + wait, row_n)

    def _wanted(self, item: Item) -> list[Wanted]:
        if not item.chunks:
            return []
        origin = self._rules.files_database(self._rules.home(item.doc, item.source))
        targets = {self._rules.files_database(name) for name in (self._rules.consolidated, *item.audience["databases"])}
        if origin is None:
            return []
        return [Wanted(origin, chunk, t) for chunk in item.chunks for t in sorted(targets - {None, origin}, key=str) if t]
