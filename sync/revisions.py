"""Revisions: their text `N-digest`, and how a new one is made. Pure; knows nothing of trees and storage.

A revision is deterministic: the same edit of the same parent gives the same revision on every replica, so
two devices that do the same thing offline do not conflict. For a document of generation 1 without
attachments it is exactly

    1-<md5 hex of the canonical JSON of the document with `_id`, without `_rev`>

which others can recompute from the document alone. Later generations, and documents with attachments, also
hash the parent, the deleted flag and the attachments' digests.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sync import canonical, tuning

# Members that speak about the revision or the answer, not about the content.
_NOT_CONTENT = frozenset(
    {"_rev", "_revisions", "_attachments", "_conflicts", "_deleted_conflicts", "_revs_info", "_local_seq"}
)
_DIGEST = re.compile(r"[A-Za-z0-9._~+/=:-]+")


# Of one document it is asked a few times in a row, of the next another one: 4,096 were 1.5 MB, kept from one batch to another.
@lru_cache(maxsize=256)
def parse(rev: str) -> tuple[int, str]:
    """`"3-abc"` -> `(3, "abc")`. Raises ValueError when it is no revision."""
    generation, dash, digest = rev.partition("-")
    good = dash and digest and generation.isascii() and generation.isdigit() and generation[0] != "0"
    # Digests are hex by custom only; what could break a header or a query string is refused.
    if not good or len(rev) > tuning.MAX_REV_CHARS or not _DIGEST.fullmatch(digest):
        raise ValueError(f"Invalid rev format: {rev[:60]!r}, expected N-digest")
    return int(generation), digest


def generation(rev: str) -> int:
    """The N of `N-digest`."""
    return parse(rev)[0]


def to_revisions(path: Sequence[str]) -> dict[str, Any]:
    """`["3-c", "2-b"]` (newest first) -> `{"start": 3, "ids": ["c", "b"]}`."""
    return {"start": generation(path[0]), "ids": [parse(rev)[1] for rev in path]}


def from_revisions(value: Any) -> list[str]:
    """`_revisions` -> revisions, newest first. Raises ValueError for any other shape."""
    if not isinstance(value, dict):
        raise ValueError("_revisions must be an object with start and ids")
    start, ids = value.get("start"), value.get("ids")
    if not isinstance(start, int) or isinstance(start, bool) or not isinstance(ids, list) or not ids:
        raise ValueError("_revisions needs a number start and a list ids")
    if len(ids) > tuning.MAX_REVISIONS_IDS:
        raise ValueError(f"_revisions lists {len(ids)} revisions, more than {tuning.MAX_REVISIONS_IDS}")
    if not all(isinstance(digest, str) for digest in ids):
        raise ValueError("_revisions.ids must be strings")
    if start < len(ids):
        raise ValueError(f"_revisions lists {len(ids)} revisions but starts at generation {start}")
    path = [f"{start - age}-{digest}" for age, digest in enumerate(ids)]
    for rev in path:
        parse(rev)
    return path


def new_revision(
    doc: Mapping[str, Any],
    *,
    parent: str | None = None,
    deleted: bool = False,
    attachments: Mapping[str, str] | None = None,
) -> str:
    """The revision of `doc` (with `_id`) as a child of `parent`. `attachments` maps name -> digest
    (`md5-...`).

    Raises ValueError when the document is no JSON value.
    """
    content = {name: value for name, value in doc.items() if name not in _NOT_CONTENT}
    content.pop("_deleted", None)
    if deleted:
        content["_deleted"] = True
    if parent is None and not attachments:
        return f"1-{_md5(content)}"
    number = 1 if parent is None else generation(parent) + 1
    named = sorted((attachments or {}).items())
    return f"{number}-{_md5([parent, deleted, content, [list(pair) for pair in named]])}"


def _md5(value: Any) -> str:
    return hashlib.md5(canonical.encode(value), usedforsecurity=False).hexdigest()
