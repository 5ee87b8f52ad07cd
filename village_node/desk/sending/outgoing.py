"""What has not arrived and what has, by office, by matter, by file: everything that the page 送到没有 says.

    upto     a moment: all that was saved here before it, records and files, the county has signed for, but for what it refused
Each word rests on the proofs of `village_node.point.delivery`. Must not know: widgets, sentences of the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.disputes.acts.refusal import act_title
from shared.disputes.tables.cases import Filter
from shared.ledger.published.telephones import phone_of
from village_node.desk.present import office_name
from village_node.desk.sending import rows
from village_node.desk.sending.fetching import Fetching
from village_node.desk.sending.rows import Brought
from village_node.point.delivery import DeliveryBook
from village_node.point.own_events import OwnEvent
from village_node.point.upkeep import line as lines
from village_node.point.upkeep import space
from village_node.point.upkeep.space import Held, Space
from village_node.point.upkeep.wishes import Wishes, wish, wishes_of

if TYPE_CHECKING:
    from village_node.desk.cases import Cases
    from village_node.point.node import Node

SHOWN = 30          # matters, and refused records, of one look; nobody reads further, and the counts are true
_WAITING = frozenset({"saved", "sent", "township"})


@dataclass(frozen=True, slots=True)
class Contact:
    """When an office was last heard of (ms), None: never. `fault`: what is wrong with the line to it, in words."""

    office: str
    name: str
    level: str
    at: int | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class FileOnItsWay:
    """`done` of `chunks` have been taken by the county's server; `state` as of a delivery."""

    sha256: str
    name: str
    purpose: str
    done: int
    chunks: int
    state: str


@dataclass(frozen=True, slots=True)
class Matter:
    """A case or record of which something waits. `state`: the least proven of what waits."""

    id: str
    aggregate: str
    title: str
    records: int
    state: str
    files: tuple[FileOnItsWay, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    id: str
    subject: str
    aggregate: str
    title: str
    what: str                    # which act, in words
    kind: str
    reason: str
    remedy: str
    at: int | None
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outgoing:
    contacts: tuple[Contact, ...]
    matters: tuple[Matter, ...]
    matters_total: int
    records_waiting: int
    files_waiting: int
    refused: tuple[RefusedRecord, ...]
    refused_total: int
    upto: int | None
    wishes: Wishes
    line: lines.Line
    space: Space
    freed: int                   # matters whose files were let go of and lie at the county
    help_phone: str
    help_name: str


class Sending:
    """One per desk."""

    def __init__(self, node: Node, cases: Cases) -> None:
        self._node, self._cases = node, cases
        self.fetching = Fetching(node, cases, self._titles)

    def look(self) -> Outgoing:
        node, book = self._node, self._cases.book()
        deliveries = {event.id: book.of(event) for event in book.own}
        brought = rows.brought(node)
        waiting = [event for event in book.own if deliveries[event.id].state in _WAITING]
        refused = [event for event in book.own if deliveries[event.id].state == "refused"]
        files = self._files(book, brought)
        matters, total = self._matters(waiting, deliveries, files)
        county = node.directory.county()
        return Outgoing(
            self._contacts(book), matters, total, len(waiting), sum(1 for _, file in files if file.state in _WAITING),
            self._refused(refused[-SHOWN:][::-1], deliveries), len(refused), self._upto(book, waiting, files),
            wishes_of(node.home), lines.kind(), space.look(node, self._held(brought)), self.fetching.freed()[1],
            phone_of(node.directory, county.id if county else ""), office_name(node.directory, county.id) if county else "")

    def upto(self) -> int | None:
        """As `Outgoing.upto`, alone."""
        book = self._cases.book()
        waiting = [event for event in book.own if book.of(event).state in _WAITING]
        return self._upto(book, waiting, self._files(book, rows.brought(self._node)))

    def oldest_waiting(self) -> int | None:
        """When the oldest own record was saved that the county has not signed for; None where none waits."""
        return self._cases.by_book("oldest waiting", self._oldest)

    def _oldest(self, book: DeliveryBook) -> int | None:
        if not book.event_summary().waiting:
            return None
        # what the county has signed for waits no more, whatever is to be said of it, but for its sealed body
        open_ones = (event for event in book.own if event.id not in book.signed or event.id in book.bodies_here)
        first = next((event.id for event in open_ones if book.of(event).state in _WAITING), None)
        return rows.saved_at(self._node, [first]).get(first) if first is not None else None

    def wishes(self) -> Wishes:
        return wishes_of(self._node.home)

    def wish(self, wanted: Wishes) -> None:
        wish(self._node.home, wanted)

    # ---- room on the device

    def let_go(self) -> Space:
        """Photographs and papers of what has ended leave this device, if the county has them whole."""
        return space.let_go(self._node, self._held(rows.brought(self._node)))

    def _held(self, brought: Iterable[Brought]) -> list[Held]:
        ended, devices = rows.ended(self._node), set(self._node.devices)
        return [Held(b.sha256, b.chunks, b.size, b.device in devices, b.subject not in ended) for b in brought]

    # ---- pieces

    def _contacts(self, book: DeliveryBook) -> tuple[Contact, ...]:
        """The offices above that this device exchanges with: the county, and the township where a relay of it has signed."""
        node, state = self._node, self._node.home.state()
        directory, county = node.directory, node.directory.county()
        parent = getattr(directory.office(node.config.office), "parent", None)
        made = []
        if parent and county is not None and parent != county.id and book.relayed:
            made.append(Contact(parent, office_name(directory, parent), "township", max(book.relayed.values())))
        if county is not None:
            made.append(Contact(county.id, office_name(directory, county.id), "county", state.get("last_success"),
                                str(state.get("last_error") or "")))
        return tuple(made)

    def _files(self, book: DeliveryBook, brought: Sequence[Brought]) -> list[tuple[Brought, FileOnItsWay]]:
        made = []
        for b in brought:
            if b.device not in book.devices:
                continue
            state = book.of_file(b.chunks, b.device, b.sha256).state
            ids = {f"chunk:{chunk}" for chunk in b.chunks}
            done = len(ids) if state == "accepted" else len(ids & book.chunks_sent)
            made.append((b, FileOnItsWay(b.sha256, b.name, b.purpose, done, len(ids), state)))
        return made

    def _upto(self, book: DeliveryBook, waiting: Sequence[OwnEvent], files: Sequence[tuple[Brought, FileOnItsWay]]) -> int | None:
        saved = rows.saved_at(self._node, [event.id for event in waiting])
        late = [*saved.values(), *(b.at for b, file in files if file.state in _WAITING)]
        if not late:
            return self._node.now() if book.signed else None
        earliest = min(late)
        return earliest if rows.accepted_before(self._node, book.signed, earliest) else None

    def _matters(self, waiting: Sequence[OwnEvent], deliveries: Mapping[str, Any],
                 files: Sequence[tuple[Brought, FileOnItsWay]]) -> tuple[tuple[Matter, ...], int]:
        """In the order in which they were written, which is that in which they go."""
        records: dict[str, list[OwnEvent]] = {}
        for event in waiting:
            records.setdefault(event.case, []).append(event)
        coming: dict[str, list[FileOnItsWay]] = {}
        kinds = {event.case: event.id.partition(":")[0] for event in waiting}
        for b, file in files:
            if file.state in _WAITING:
                coming.setdefault(b.subject, []).append(file)
                kinds.setdefault(b.subject, b.aggregate)
        subjects = [*dict.fromkeys([*records, *coming])]
        titles = self._titles({s: kinds[s] for s in subjects[:SHOWN]})
        order = ("saved", "sent", "township")
        made = tuple(Matter(
            s, kinds[s], titles[s], len(records.get(s, ())),
            min([*(deliveries[e.id].state for e in records.get(s, ())), *(f.state for f in coming.get(s, ()))], key=order.index),
            tuple(coming.get(s, ()))) for s in subjects[:SHOWN])
        return made, len(subjects)

    def _refused(self, events: Sequence[OwnEvent], deliveries: Mapping[str, Any]) -> tuple[RefusedRecord, ...]:
        titles = self._titles({event.case: event.id.partition(":")[0] for event in events})
        found = self._node.office.all_docs(keys=[e.id for e in events], include_docs=True) if events else []
        docs = {row.id: row.doc for row in found}
        made = []
        for event in events:
            doc, said = docs.get(event.id) or {}, deliveries[event.id]
            kind = str(doc.get("kind") or "")
            made.append(RefusedRecord(event.id, event.case, event.id.partition(":")[0], titles[event.case],
                                      act_title(kind) if kind else "", kind, said.reason, said.remedy, said.at,
                                      doc.get("body") or {}))
        return tuple(made)

    def _titles(self, subjects: Mapping[str, str]) -> dict[str, str]:
        """People and matter of a case, what a record is called; a name before any number."""
        cases = [id for id, aggregate in subjects.items() if aggregate == "case"]
        found = {row.id: " ".join(part for part in (row.parties, row.summary) if part)
                 for row in self._cases.page(Filter(ids=cases), limit=len(cases) or 1, offset=0)}
        found |= rows.titles(self._node, [id for id in subjects if id not in found])
        return {id: found.get(id, "") for id in subjects}
