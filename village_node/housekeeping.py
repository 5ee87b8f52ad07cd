"""What a node lets go of after a round (DESIGN.md 4.4, 5.1): cases withdrawn from this office, and receipts that newer ones say.

Only by `evict`, never by a tombstone, and only what is safe: every own event of the case is signed for by the hub, and the
withdrawal itself is the hub's. A later grant brings the case back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared import receipts
from shared.documents import check_signature
from shared.envelope import subject_range
from shared.errors import Refused

if TYPE_CHECKING:
    from village_node.node import Node

KEEP_RECEIPTS = 10          # a few of each signer, so that a relay's newest is never among the evicted


def tidy(node: Node) -> int:
    """Returns how many documents were evicted."""
    book = node.book()
    gone = [*old_receipts(node)]
    for case in withdrawn_cases(node):
        if all(book.signed_for(event) for event in book.own if event.case == case):
            gone += _ids_of(node, case)
    return node.office.evict(gone) if gone else 0


def withdrawn_cases(node: Node) -> list[str]:
    """Cases whose newest word from the hub is a withdrawal from this office. Readmits those that were granted again."""
    said: dict[str, tuple[int, str]] = {}
    for kind, parse in (("withdraw", receipts.parse_withdraw), ("grant", receipts.parse_grant)):
        for row in node.office.all_docs(startkey=f"{kind}:", endkey=f"{kind}:\uffff", include_docs=True):
            try:
                word = parse(row.doc or {})
                check_signature(row.doc or {}, node.directory.hub_key or node.config.hub_public_key)
            except Refused:
                continue
            # A withdrawal and a grant of one time: the grant stands, for keeping a case too long harms less.
            if word.office == node.config.office and (word.issued_at, kind == "grant") >= _order(said.get(word.case)):
                said[word.case] = (word.issued_at, kind)
    return [case for case, (_, kind) in said.items() if kind == "withdraw"]


def _order(said: tuple[int, str] | None) -> tuple[int, bool]:
    return (said[0], said[1] == "grant") if said is not None else (-1, False)


def _ids_of(node: Node, case: str) -> list[str]:
    start, end = subject_range("case", case)
    return [row.id for row in node.office.all_docs(startkey=start, endkey=end)]


def old_receipts(node: Node) -> list[str]:
    """Receipts of this HOME's devices beyond the newest few."""
    old = []
    for device in node.devices:
        rows = node.office.all_docs(startkey=f"receipt:{device}:\uffff", endkey=f"receipt:{device}:", descending=True)
        old += [row.id for row in rows[KEEP_RECEIPTS:]]
    return old


__all__ = ["old_receipts", "tidy", "withdrawn_cases"]
