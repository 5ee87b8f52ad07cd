"""What a node lets go of after a round, and takes back (DESIGN.md 4.4, 5.1): withdrawn cases, and receipts that newer ones say.

Only by `evict`, never by a tombstone, and only what is safe: every own event of the case is signed for by the hub, and the
withdrawal itself is the hub's. Which ids were evicted is kept in `_local/evicted-<case>`; a later grant brings them back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.ledger.errors import Refused
from shared.ledger.published import receipts
from shared.ledger.published.edges import believed_keys
from shared.ledger.published.leaves import leaves_between
from sync.replicator import Replicator
from village_node.point import delivery
from village_node.point.node import Node
from village_node.point.own_events import OwnEvent, evicted_note, links_of
from village_node.point.trust import signed_by_one

if TYPE_CHECKING:
    from threading import Event

KEEP_RECEIPTS = 10          # a few of each signer, so that a relay's newest is never among the evicted


def tidy(node: Node) -> int:
    """Returns how many documents were evicted."""
    book, leaving = delivery.book(node), list[str]()
    for case in said_of_cases(node)[0]:
        ids, own = node.tables.ids_of(case), [event for event in book.own if event.case == case]
        if ids and all(book.signed_for(event) for event in own):
            _remember(node, case, ids, own)
            leaving += ids
    if leaving:
        node.home.update_state(rebuild=True)     # the tables do not notice an eviction; a crash in between must not hide it
        node.office.evict(leaving)
        node.tables.rebuild()
        node.home.update_state(rebuild=False)
    return len(leaving) + node.office.evict(old_receipts(node))


def take_back(node: Node, peer: Any, cancel: Event) -> None:
    """Read again the cases that were evicted and have been granted anew. A cut leaves the note, so the next round goes on."""
    for case in said_of_cases(node)[1]:
        note = node.office.get_local(evicted_note(case))
        if note is None:
            continue
        node.office.readmit(note["ids"])
        Replicator(peer, node.office, local="target", doc_ids=note["ids"], cancel=cancel).run()
        if not cancel.is_set():
            node.office.delete_local(evicted_note(case), note["_rev"])


def said_of_cases(node: Node) -> tuple[list[str], list[str]]:
    """(cases whose newest word from the hub is a withdrawal from this office, those that were granted again after one)."""
    said: dict[str, tuple[int, bool]] = {}                 # case -> (issued_at, is a grant)
    withdrawn: set[str] = set()
    for word, granted in _words(node):
        withdrawn |= set() if granted else {word.case}
        # A withdrawal and a grant of one time: the grant stands, for keeping a case too long harms less.
        said[word.case] = max((word.issued_at, granted), said.get(word.case, (-1, False)))
    gone = [case for case, (_, granted) in said.items() if not granted]
    return gone, sorted(withdrawn - set(gone))


def _words(node: Node) -> list[tuple[Any, bool]]:
    """Grants and withdrawals for this office that the hub, or an edge of it, has signed; withdrawals of those edges alone that
    ever answered for the office: who is granted a case too much only reads it again."""
    found: list[tuple[Any, bool]] = []
    hub = node.directory.hub_key or node.config.hub_public_key
    for kind, parse, of in (("withdraw", receipts.parse_withdraw, node.config.office), ("grant", receipts.parse_grant, "")):
        keys = {hub, *believed_keys(node.directory, of).values()}
        for doc in leaves_between(node.office, f"{kind}:", f"{kind}:\uffff"):
            try:
                word = parse(doc)
            except Refused:
                continue
            if word.office == node.config.office and signed_by_one(keys, doc):
                found.append((word, kind == "grant"))
    return found


def _remember(node: Node, case: str, ids: list[str], own: list[OwnEvent]) -> None:
    """Keep the links of the own chain that leave, so that receipts still speak for what came before them."""
    with node.office.transaction() as tx:
        known = tx.get_local(evicted_note(case)) or {"ids": [], "own": []}
        merged = {link[0]: link for link in (*known["own"], *links_of(own))}
        tx.put_local(evicted_note(case), {**known, "ids": sorted({*known["ids"], *ids}), "own": list(merged.values())})


def old_receipts(node: Node) -> list[str]:
    """Receipts of this HOME's devices beyond the newest few of each issuer."""
    old: list[str] = []
    for device in node.devices:
        ids = [row.id for row in node.office.all_docs(startkey=f"receipt:{device}:", endkey=f"receipt:{device}:\uffff")]
        kept = {id for few in receipts.newest_ids(ids, KEEP_RECEIPTS).values() for id in few}
        old += [id for id in ids if id not in kept]
    return old
