"""Writing documents inside one open transaction: `Batch` stages them in memory and flushes them with few
statements.

    incoming -> state of its id (prefetched) -> merged tree -> flush: new seq, winner's body into docs, others into bodies

Knows the tables and the revision tree; knows nothing of locks, threads and transactions' ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from sync import errors, revisions, revtree, tuning
from sync.peer import Doc
from sync.replica.attachments import AttachmentWriter
from sync.replica.connection import Connection
from sync.replica.incoming import Incoming, encode_body
from sync.replica.values import Validator
from sync.revtree import RevTree

_ids_json = msgspec.json.Encoder().encode


@dataclass(slots=True)
class _State:
    """What is known of one document while a batch runs. `tree` None means: the one revision `rev`."""

    seq: int | None = None
    rev: str = ""
    deleted: bool = False
    tree: RevTree | None = None
    stored_rev: str | None = None
    stored_deleted: bool = False
    staged: dict[str, bytes] = field(default_factory=dict)
    tree_changed: bool = False
    leaves_changed: bool = False

    def grow(self, tree: RevTree) -> None:
        self.tree = tree if len(tree.parents) > 1 else None
        self.tree_changed = True
        self.rev = revtree.winner(tree)
        self.deleted = self.rev in tree.deleted

    def full_tree(self) -> RevTree:
        return self.tree if self.tree is not None else revtree.from_path([self.rev], deleted=self.deleted)


class Batch:
    """One group of documents. Call `prefetch`, then `store_replicated`/`store_edit` per document, then
    `flush`."""

    def __init__(self, connection: Connection, *, revs_limit: int, validators: Sequence[Validator]) -> None:
        self._db = connection
        self._revs_limit = revs_limit
        self._validators = validators
        self._states: dict[str, _State] = {}
        self._known: set[str] = set()
        self._evicted: set[str] = set()
        self._attachments = AttachmentWriter(connection)
        self.seqs: tuple[int, int] | None = None    # after a flush that only added documents: see `peer.WriteResults`

    def prefetch(self, ids: Iterable[str]) -> None:
        """Look up what is stored of `ids`, many with one query."""
        wanted = list({id: None for id in ids if id not in self._known})
        self._known.update(wanted)
        for start in range(0, len(wanted), tuning.PREFETCH_IDS):
            given = _ids_json(wanted[start : start + tuning.PREFETCH_IDS]).decode()
            for seq, id, rev, deleted, tree in self._db.execute(
                "SELECT seq, id, rev, deleted, tree FROM docs WHERE id IN (SELECT value FROM json_each(?))",
                (given,),
            ):
                self._states[id] = _State(
                    seq, rev, bool(deleted), revtree.load(tree) if tree else None, rev, bool(deleted)
                )
            self._evicted.update(
                row[0] for row in self._db.execute(
                    "SELECT id FROM evicted WHERE id IN (SELECT value FROM json_each(?))", (given,)
                )
            )

    # --- new_edits=false --------------------------------------------------------------------------

    def store_replicated(self, incoming: Incoming) -> None:
        """Store exactly this revision. Repeating it changes nothing; an evicted document stays away.

        Raises BadRequest for a history that contradicts the stored one, PreconditionFailed (missing_stub).
        """
        if incoming.id in self._evicted:
            return
        path = incoming.path
        state = self._states.get(incoming.id)
        if state is None:
            body = self._body(incoming, path[0], path[1:], None) if incoming.attachments else incoming.body
            tree = None if len(path) == 1 else self._stemmed(revtree.from_path(path, deleted=incoming.deleted))
            self._states[incoming.id] = _State(
                None, path[0], incoming.deleted, tree, staged={path[0]: body}, tree_changed=True
            )
        elif state.tree is not None or path != [state.rev]:
            self._graft(state, incoming)

    def _graft(self, state: _State, incoming: Incoming) -> None:
        tree, path = state.full_tree(), incoming.path
        if path[0] in tree:  # known already: at most its ancestors are news
            merged = self._stemmed(revtree.merge(tree, revtree.from_path(path)))
            leaves = revtree.leaves(merged)
            if merged != tree and leaves <= revtree.leaves(tree):   # else it contradicts what is stored here
                state.leaves_changed |= leaves != revtree.leaves(tree)  # what stood apart turns out to be its ancestor
                state.grow(merged)
            return
        merged = self._stemmed(revtree.merge(tree, revtree.from_path(path, deleted=incoming.deleted)))
        if not revtree.leaves(merged) <= revtree.leaves(tree) | {path[0]}:
            raise errors.BadRequest(f"The history of revision {path[0]} contradicts the one stored here")
        body = self._body(incoming, path[0], path[1:], state) if incoming.attachments else incoming.body
        self._adopt(state, merged, path[0], body)

    # --- new_edits=true ---------------------------------------------------------------------------

    def store_edit(self, incoming: Incoming) -> str:
        """Store a new revision on top of `incoming.path`. Returns it. Raises Conflict, Forbidden,
        PreconditionFailed."""
        state = self._states.get(incoming.id)
        parent = self._parent_of_edit(state, incoming)
        ancestors = [] if state is None or parent is None else revtree.path_to_root(state.full_tree(), parent)
        entries = self._attachments.resolve(incoming, generation_after(parent), ancestors, self._body_at(state), edit=True)
        content: Doc = {"_id": incoming.id, **incoming.content}
        digests = {name: entry["digest"] for name, entry in entries.items()}
        try:
            rev = revisions.new_revision(content, parent=parent, deleted=incoming.deleted, attachments=digests)
        except ValueError as fault:
            raise errors.BadRequest(f"Document is not JSON: {fault}") from None
        if self._validators:
            self.validate_with(self._validators, incoming, rev, entries)
        body = encode_body({**incoming.content, "_attachments": entries}) if entries else incoming.body
        self._attachments.claim(incoming, rev, entries)
        if incoming.id in self._evicted:  # written anew here on purpose
            self._evicted.discard(incoming.id)
            self._db.execute("DELETE FROM evicted WHERE id = ?", (incoming.id,))
        if state is None:
            self._states[incoming.id] = _State(
                None, rev, incoming.deleted, staged={rev: body}, tree_changed=True
            )
            return rev
        branch = revtree.from_path([rev] if parent is None else [rev, parent], deleted=incoming.deleted)
        self._adopt(state, self._stemmed(revtree.merge(state.full_tree(), branch)), rev, body)
        return rev

    def _parent_of_edit(self, state: _State | None, incoming: Incoming) -> str | None:
        conflict = errors.Conflict("Document update conflict.")
        if state is None:
            if incoming.path:
                raise conflict
            return None
        if not incoming.path:
            # Creating over a tombstone continues its tree, so that the deletion does not win elsewhere.
            if not state.deleted or incoming.deleted:
                raise conflict
            return state.rev
        if incoming.path[0] not in revtree.leaves(state.full_tree()):
            raise conflict
        return incoming.path[0]

    # --- both -------------------------------------------------------------------------------------

    @staticmethod
    def validate_with(
        validators: Sequence[Validator], incoming: Incoming, rev: str, entries: Doc | None = None
    ) -> None:
        """Show the document as it would be stored to every validator. Raises Forbidden."""
        doc: Doc = {"_id": incoming.id, "_rev": rev, **incoming.content}
        if incoming.deleted:
            doc["_deleted"] = True
        if entries:
            doc["_attachments"] = entries
        elif incoming.attachments:
            doc["_attachments"] = {name: {"stub": True} for name in incoming.attachments}
        for validator in validators:
            validator(doc)

    def _stemmed(self, tree: RevTree) -> RevTree:
        return revtree.stem(tree, self._revs_limit)

    def _body(self, incoming: Incoming, rev: str, ancestors: list[str], state: _State | None) -> bytes:
        number = revisions.generation(rev)
        entries = self._attachments.resolve(incoming, number, ancestors, self._body_at(state), edit=False)
        body = encode_body({**incoming.content, "_attachments": entries})
        self._attachments.claim(incoming, rev, entries)
        return body

    def _body_at(self, state: _State | None) -> dict[str, bytes]:
        return {} if state is None else state.staged

    def _adopt(self, state: _State, tree: RevTree, rev: str, body: bytes) -> None:
        state.staged[rev] = body
        state.grow(tree)

    # --- to the tables ----------------------------------------------------------------------------

    def flush(self) -> bool:
        """Write what is staged. Returns whether the changes feed moved."""
        seq, count, deleted_count = self._db.execute(
            "SELECT update_seq, doc_count, doc_del_count FROM counters"
        ).fetchone()
        before = seq
        fresh = []
        for id, state in self._states.items():
            if state.staged or state.leaves_changed:
                seq += 1
                if state.seq is None:
                    fresh.append(self._fresh_row(id, state, seq))
                else:
                    self._move(id, state, seq)
                    gone = state.stored_deleted
                    count, deleted_count = count - (not gone), deleted_count - gone
                count, deleted_count = count + (not state.deleted), deleted_count + state.deleted
            elif state.tree_changed:
                self._db.execute("UPDATE docs SET tree = ? WHERE seq = ?", (_dump(state), state.seq))
        if fresh:
            self._db.executemany(
                "INSERT INTO docs (seq, id, rev, deleted, tree, body) VALUES (?, ?, ?, ?, ?, ?)", fresh
            )
        if seq != before:
            self._db.execute(
                "UPDATE counters SET update_seq = ?, doc_count = ?, doc_del_count = ?", (seq, count, deleted_count)
            )
        self.seqs = (before, seq) if len(fresh) == seq - before else None
        self._states, self._known = {}, set()
        return bool(seq != before)

    def _fresh_row(self, id: str, state: _State, seq: int) -> tuple[int, str, str, int, str | None, bytes]:
        if len(state.staged) > 1:
            self._keep(id, state)
        return seq, id, state.rev, int(state.deleted), _dump(state), state.staged[state.rev]

    def _move(self, id: str, state: _State, seq: int) -> None:
        """The stored row goes to its new seq; the winner's body is inline, the former winner's goes to
        `bodies`."""
        if state.rev == state.stored_rev:
            self._db.execute("UPDATE docs SET seq = ?, tree = ? WHERE seq = ?", (seq, _dump(state), state.seq))
            self._keep(id, state)
            return
        self._db.execute(
            "INSERT OR REPLACE INTO bodies (id, rev, body) SELECT id, rev, body FROM docs WHERE seq = ?",
            (state.seq,),
        )
        body = state.staged.get(state.rev)
        if body is None:  # another leaf won, because the former winner was deleted
            row = self._db.execute("SELECT body FROM bodies WHERE id = ? AND rev = ?", (id, state.rev)).fetchone()
            if row is None:
                raise errors.Corrupt(f"the body of {id} {state.rev} is missing; run verify")
            body = row[0]
            self._db.execute("DELETE FROM bodies WHERE id = ? AND rev = ?", (id, state.rev))
        self._keep(id, state)
        self._db.execute(
            "UPDATE docs SET seq = ?, rev = ?, deleted = ?, tree = ?, body = ? WHERE seq = ?",
            (seq, state.rev, int(state.deleted), _dump(state), body, state.seq),
        )

    def _keep(self, id: str, state: _State) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO bodies (id, rev, body) VALUES (?, ?, ?)",
            [(id, rev, body) for rev, body in state.staged.items() if rev != state.rev],
        )


def generation_after(parent: str | None) -> int:
    return 1 if parent is None else revisions.generation(parent) + 1


def _dump(state: _State) -> str | None:
    return None if state.tree is None else revtree.dump(state.tree)
