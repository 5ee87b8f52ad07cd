"""Reading documents with one connection: winner, revision, leaves, bulk_get, revs_diff, all_docs. Knows no
locks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from sync import errors, revisions, revtree, tuning
from sync.peer import AllDocs, BulkGetResult, Doc, RevsDiff, Row
from sync.replica.attachments import inline, read_blob
from sync.replica.connection import Connection
from sync.replica.incoming import StoredDoc
from sync.replica.values import Attachment
from sync.revtree import RevTree

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_COLUMNS = "seq, id, rev, deleted, tree, body"


@dataclass(frozen=True, slots=True)
class Stored:
    """One row of `docs`. `tree_text` is None when the document has one revision."""

    seq: int
    id: str
    rev: str
    deleted: bool
    tree_text: str | None
    body: bytes

    def tree(self) -> RevTree:
        if self.tree_text is None:
            return revtree.from_path([self.rev], deleted=self.deleted)
        return revtree.load(self.tree_text)


@dataclass(frozen=True, slots=True)
class GetOptions:
    """What a reader wants of a document beside its body (of a row of `all_docs`: beside id and revision); the names are CouchDB's
    query parameters."""

    conflicts: bool = False
    deleted_conflicts: bool = False
    revs: bool = False
    revs_info: bool = False
    local_seq: bool = False
    attachments: bool = False
    atts_since: tuple[str, ...] = ()
    include_docs: bool = True

    @classmethod
    def of_rows(cls, asked: AllDocs) -> GetOptions:
        if not asked.get("include_docs"):
            return NO_DOCS
        conflicts, attachments = asked.get("conflicts", False), asked.get("attachments", False)
        return cls(conflicts=conflicts, attachments=attachments) if conflicts or attachments else PLAIN


PLAIN = GetOptions()
NO_DOCS = GetOptions(include_docs=False)


def make_doc(id: str, rev: str, deleted: bool, body: bytes) -> Doc:
    """The document as readers see it."""
    doc: Doc = {"_id": id, "_rev": rev, **_decode(body)}
    if deleted:
        doc["_deleted"] = True
    return doc


def stored(connection: Connection, id: str) -> Stored | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM docs WHERE id = ?", (id,)).fetchone()
    return None if row is None else Stored(*row)


def stored_many(connection: Connection, ids: Sequence[str]) -> dict[str, Stored]:
    """Rows by id, many with one query."""
    found: dict[str, Stored] = {}
    for start in range(0, len(ids), tuning.PREFETCH_IDS):
        given = _encode(list(ids[start : start + tuning.PREFETCH_IDS])).decode()
        for row in connection.execute(
            f"SELECT {_COLUMNS} FROM docs WHERE id IN (SELECT value FROM json_each(?))", (given,)
        ):
            found[row[1]] = Stored(*row)
    return found


def body_of(connection: Connection, row: Stored, rev: str) -> bytes | None:
    """The body of any revision of this document, None when it is not held."""
    if rev == row.rev:
        return row.body
    found = connection.execute("SELECT body FROM bodies WHERE id = ? AND rev = ?", (row.id, rev)).fetchone()
    return None if found is None else found[0]


def read_rev(connection: Connection, row: Stored, tree: RevTree, rev: str, options: GetOptions) -> Doc | None:
    """The document of one revision with what `options` ask for; None when its body is not held."""
    body = body_of(connection, row, rev)
    if body is None:
        return None
    doc = make_doc(row.id, rev, rev in tree.deleted, body)
    if options is PLAIN:
        return doc
    if options.attachments and "_attachments" in doc:
        doc = inline(connection, doc, options.atts_since, revtree.path_to_root(tree, rev))
    if options.revs:
        doc["_revisions"] = revisions.to_revisions(revtree.path_to_root(tree, rev))
    if options.revs_info:
        doc["_revs_info"] = _revs_info(connection, row, tree, rev)
    if options.conflicts and (found := revtree.conflicts(tree)):
        doc["_conflicts"] = found
    if options.deleted_conflicts and (found := revtree.deleted_conflicts(tree)):
        doc["_deleted_conflicts"] = found
    if options.local_seq:
        doc["_local_seq"] = row.seq
    return doc


def _revs_info(connection: Connection, row: Stored, tree: RevTree, rev: str) -> list[dict[str, str]]:
    held = {row.rev, *(found[0] for found in connection.execute("SELECT rev FROM bodies WHERE id = ?", (row.id,)))}

    def status(rev: str) -> str:
        if rev not in held:
            return "missing"
        return "deleted" if rev in tree.deleted else "available"

    return [{"rev": rev, "status": status(rev)} for rev in revtree.path_to_root(tree, rev)]


def get(connection: Connection, id: str, rev: str | None, latest: bool, options: GetOptions) -> Doc:
    """Raises NotFound (missing, deleted), BadRequest (rev is no revision)."""
    row = stored(connection, id)
    if row is None:
        raise errors.NotFound("missing")
    if rev is None:
        if row.deleted:
            raise errors.NotFound("deleted")
        rev = row.rev
    tree = row.tree()
    check_rev(rev)
    if latest and rev in tree:
        rev = revtree.leaves_below(tree, rev)[0]
    doc = read_rev(connection, row, tree, rev, options) if rev in tree else None
    if doc is None:
        raise errors.NotFound("missing")
    return doc


def check_rev(rev: Any) -> None:
    """Raises BadRequest."""
    try:
        revisions.parse(rev)
    except (ValueError, AttributeError, TypeError):
        raise errors.BadRequest(f"Invalid rev format: {str(rev)[:60]!r}") from None


def open_revs(
    connection: Connection, row: Stored | None, wanted: Sequence[str] | None, latest: bool, options: GetOptions
) -> list[Doc | str]:
    """Documents of `wanted` (None: all leaves) in that order; a missing revision stays text."""
    for rev in wanted or ():
        check_rev(rev)
    if row is None:
        return list(wanted or ())
    tree = row.tree()
    if wanted is None:
        revs = revtree.order(tree, revtree.leaves(tree))
    elif latest:
        revs = list(dict.fromkeys(
            leaf for rev in wanted for leaf in (revtree.leaves_below(tree, rev) if rev in tree else [rev])
        ))
    else:
        revs = list(wanted)
    return [(read_rev(connection, row, tree, rev, options) if rev in tree else None) or rev for rev in revs]


def bulk_get(
    connection: Connection, wanted: Sequence[Mapping[str, Any]], latest: bool, options: GetOptions
) -> list[BulkGetResult]:
    """See `Peer.bulk_get`; without `rev` all leaves, as CouchDB does."""
    if not all(isinstance(one, Mapping) for one in wanted):
        raise errors.BadRequest("every entry of docs must be an object with an id")
    rows = stored_many(connection, [one["id"] for one in wanted if isinstance(one.get("id"), str)])
    return [_bulk_get_one(connection, rows, one, latest, options) for one in wanted]


def bulk_get_stored(connection: Connection, wanted: Sequence[Mapping[str, Any]]) -> list[BulkGetResult]:
    """As `bulk_get` of revisions, without their history: those that are their document's only one come as `StoredDoc`."""
    rows, options = stored_many(connection, [one["id"] for one in wanted]), GetOptions(attachments=True)
    return [_stored_doc(rows.get(one["id"]), one["rev"]) or _bulk_get_one(connection, rows, one, False, options)
            for one in wanted]


def _stored_doc(row: Stored | None, rev: str) -> BulkGetResult | None:
    if row is None or row.tree_text is not None or row.rev != rev:
        return None
    content = _decode(row.body)
    return None if "_attachments" in content else BulkGetResult(row.id, (StoredDoc(row.id, rev, row.deleted, content, row.body),))


def _bulk_get_one(
    connection: Connection, rows: Mapping[str, Stored], one: Mapping[str, Any], latest: bool, options: GetOptions
) -> BulkGetResult:
    id, rev, since = one.get("id"), one.get("rev"), one.get("atts_since")
    if not isinstance(id, str):
        return BulkGetResult(str(id), errors=({"rev": rev, "error": "bad_request", "reason": "id must be a string"},))
    if since:
        options = replace(options, atts_since=tuple(str(known) for known in since))
    try:
        found = open_revs(connection, rows.get(id), None if rev is None else [rev], latest, options)
    except errors.BadRequest as fault:
        return BulkGetResult(id, errors=({"rev": str(rev), "error": fault.error, "reason": fault.reason},))
    if id not in rows and rev is None:
        found = ["undefined"]
    docs = tuple(doc for doc in found if not isinstance(doc, str))
    missing = tuple(
        {"rev": lost, "error": "not_found", "reason": "missing"} for lost in found if isinstance(lost, str)
    )
    return BulkGetResult(id, docs, missing)


def revs_diff(connection: Connection, revs: Mapping[str, Sequence[str]]) -> dict[str, RevsDiff]:
    """See `Peer.revs_diff`. Evicted documents lack nothing."""
    result: dict[str, RevsDiff] = {}
    ids = list(revs)
    for start in range(0, len(ids), tuning.PREFETCH_IDS):
        chunk = ids[start : start + tuning.PREFETCH_IDS]
        given = _encode(chunk).decode()
        known = {
            id: (rev, tree) for id, rev, tree in connection.execute(
                "SELECT id, rev, tree FROM docs WHERE id IN (SELECT value FROM json_each(?))", (given,)
            )
        }
        evicted = {row[0] for row in connection.execute(
            "SELECT id FROM evicted WHERE id IN (SELECT value FROM json_each(?))", (given,)
        )}
        for id in chunk:
            if id not in evicted:
                diff = _diff_one(revs[id], known.get(id))
                if diff.missing:
                    result[id] = diff
    return result


def _diff_one(asked: Sequence[str], known: tuple[str, str | None] | None) -> RevsDiff:
    if isinstance(asked, str) or not isinstance(asked, Sequence):
        raise errors.BadRequest("revs_diff wants a list of revisions for every id")
    for rev in asked:
        check_rev(rev)
    if known is None:
        return RevsDiff(tuple(asked))
    rev, text = known
    tree = revtree.load(text) if text else revtree.from_path([rev])
    missing = revtree.missing(tree, asked)
    if not missing:
        return RevsDiff(())
    top = max(revisions.generation(rev) for rev in missing)
    possible = sorted(leaf for leaf in revtree.leaves(tree) if revisions.generation(leaf) < top)
    return RevsDiff(tuple(missing), tuple(possible))


def get_attachment(connection: Connection, id: str, name: str, rev: str | None) -> Attachment:
    """Raises NotFound."""
    doc = get(connection, id, rev, False, PLAIN)
    entry = doc.get("_attachments", {}).get(name)
    if entry is None:
        raise errors.NotFound("Document is missing attachment")
    data = read_blob(connection, entry["digest"])
    return Attachment(name, entry["content_type"], entry["digest"], entry["revpos"], data)


# --- all_docs -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Range:
    """Which documents: those of `keys` in the order given, else from `startkey` to `endkey`; with `descending`, `startkey` is the
    greater end."""

    startkey: str | None = None
    endkey: str | None = None
    keys: Sequence[str] | None = None
    limit: int | None = None
    skip: int = 0
    descending: bool = False
    inclusive_end: bool = True

    @classmethod
    def asked(cls, asked: AllDocs) -> Range:
        """Raises TypeError for a name that `all_docs` does not know."""
        return cls(**{name: value for name, value in asked.items() if name not in _OF_ROWS})   # type: ignore[arg-type]


_OF_ROWS = frozenset({"include_docs", "conflicts", "attachments"})


def all_docs(connection: Connection, span: Range, options: GetOptions) -> list[Row]:
    """Undeleted documents in the order of their ids (bytes of UTF-8); of `keys`, one row per key."""
    if span.keys is not None:
        return _docs_of_keys(connection, span.keys, span, options)
    start, end = (">=", "<=") if not span.descending else ("<=", ">=")
    where, values = ["deleted = 0"], []
    if span.startkey is not None:
        where.append(f"id {start} ?")
        values.append(span.startkey)
    if span.endkey is not None:
        where.append(f"id {end if span.inclusive_end else end[0]} ?")
        values.append(span.endkey)
    columns = _COLUMNS if options.include_docs else "seq, id, rev, deleted, NULL, NULL"
    rows = connection.execute(
        f"SELECT {columns} FROM docs WHERE {' AND '.join(where)} ORDER BY id {'DESC' if span.descending else ''}"
        " LIMIT ? OFFSET ?",
        (*values, -1 if span.limit is None else span.limit, span.skip),
    )
    return [_row(connection, Stored(*row), options) for row in rows]


def count_docs(connection: Connection, low: str | None, high: str | None, most: int) -> int | None:
    """See `LocalReplica.count_docs`: it looks at each of them, so it stops at `most`."""
    row = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM docs WHERE deleted = 0 AND (?1 IS NULL OR id >= ?1) AND (?2 IS NULL OR id < ?2)"
        " LIMIT ?3)",
        (low, high, most + 1),
    ).fetchone()
    return None if row[0] > most else int(row[0])


def _docs_of_keys(connection: Connection, keys: Sequence[str], span: Range, options: GetOptions) -> list[Row]:
    """Unknown ones carry an error."""
    keys = list(reversed(keys)) if span.descending else list(keys)
    keys = keys[span.skip :] if span.limit is None else keys[span.skip : span.skip + span.limit]
    found = stored_many(connection, keys)
    return [
        _row(connection, found[key], options) if key in found else Row(key, None, error="not_found")
        for key in keys
    ]


def _row(connection: Connection, row: Stored, options: GetOptions) -> Row:
    if row.deleted or not options.include_docs:
        return Row(row.id, row.rev, bool(row.deleted))
    return Row(row.id, row.rev, False, read_rev(connection, row, row.tree(), row.rev, options))
