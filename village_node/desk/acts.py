"""Writing at the desk: the own chain checked, the counter asked, files first, then signed events in one transaction, durable.

Who may do what, and in which words not, is `shared.disputes.acts.counter`. Nothing is written unless it found nothing against
it. Must not know: views, network.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shared.disputes.acts import drafts
from shared.disputes.acts.choosing import with_choices
from shared.disputes.acts.counter import Counter
from shared.disputes.acts.decided import Decided, write
from shared.disputes.advice import duplicate_list
from shared.ledger.formats.documents import Doc
from shared.ledger.published.directory_heads import Staff
from shared.ledger.texts import t
from village_node.desk.place import DeskPlace, in_words
from village_node.point import chain_check
from village_node.point import files as desk_files
from village_node.point.errors import NodeError, NotEnrolled
from village_node.point.files import FileDraft, PreparedFile

if TYPE_CHECKING:
    from village_node.desk.cases import Cases
    from village_node.point.node import Node


class Acts:
    def __init__(self, node: Node, cases: Cases) -> None:
        self._node = node
        self.place = DeskPlace(node, cases)
        self._counter = Counter(self.place)

    @property
    def counter(self) -> Counter:
        """To ask, not to write by."""
        return self._counter

    def words(self) -> contextlib.AbstractContextManager[None]:
        """What the counter refuses, as an error of this program."""
        return in_words()

    def person(self, staff_id: str) -> Staff:
        """The active member of this office. Raises UsageError."""
        self._require_directory()
        with in_words():
            return self._counter.person(staff_id)

    def register(self, staff_id: str, draft: Mapping[str, Any], files: Sequence[FileDraft], legal_date: str | None,
                 choices: Sequence[Mapping[str, Any]] = ()) -> str:
        """Returns the id of the new case. `choices`: what its parties chose, bodies of `case.choice_made`."""
        with self._asking() as counter:
            found = _Files(files)
            decided = with_choices(counter.register(staff_id, draft, legal_date, found.attach), choices)
            return self._save([decided], found.prepared)

    def act(self, verb: str, staff_id: str, case: str, draft: Mapping[str, Any], files: Sequence[FileDraft],
            legal_date: str | None, seal: str = "") -> None:
        with self._asking() as counter:
            found = _Files(files)
            decided = counter.act(verb, staff_id, case, draft, date=legal_date, seal=seal, attach=found.attach)
            self._save([decided], found.prepared)

    def would_take(self, verb: str, staff_id: str, case: str, draft: Mapping[str, Any], files: Sequence[FileDraft]) -> None:
        """Raises what `act` would; nothing is stored."""
        with in_words():
            self._counter.act(verb, staff_id, case, draft, attach=_Files(files).attach, rehearse=True)

    def known(self, kind: str, staff_id: str, case: str) -> dict[str, Any]:
        with in_words():
            return dict(self._counter.known(kind, staff_id, case))

    def record(self, kind: str, staff_id: str, record: str | None, draft: Mapping[str, Any], files: Sequence[FileDraft],
               legal_date: str | None) -> str:
        """Opens a record or takes a step on one; returns its id."""
        with self._asking() as counter:
            found = _Files(files)
            decided = counter.record(kind, staff_id, record, draft, legal_date, found.attach)
            return self._save([decided], found.prepared)

    def merge(self, staff_id: str, primary: str, other: str, reason: str) -> None:
        """Both events or none."""
        with self._asking() as counter:
            self._save(duplicate_list.decide_merge(counter, staff_id, primary, other, reason))

    def dismiss(self, staff_id: str, case: str, other: str, reason: str) -> None:
        with self._asking() as counter:
            self._save([counter.dismiss(staff_id, case, other, reason)])

    @contextlib.contextmanager
    def _asking(self) -> Iterator[Counter]:
        """The counter of a HOME that may write. Raises IdentityFault, and in words what the counter refuses."""
        self._require_directory()
        chain_check.before_write(self._node)
        with in_words():
            yield self._counter

    def _require_directory(self) -> None:
        if self._node.directory.version == 0:
            raise NotEnrolled(t("node.staff.no_directory"))

    def _save(self, decided: Sequence[Decided], prepared: Sequence[PreparedFile] = ()) -> str:
        """All of it or nothing; the subject of the first act."""
        desk_files.store(self._node.files, prepared)
        self._store_sealed([doc for one in decided for doc in one.sealed])
        # What goes aside is written in the same transaction and cites the act it belongs to.
        events = write(self._node.author, decided)
        chain_check.after_write(self._node)
        return events[0].subject

    def _store_sealed(self, docs: Sequence[Doc]) -> None:
        """Durable before the event that cites them."""
        for result in self._node.closed.bulk_docs(docs, new_edits=False) if docs else ():
            if not result.ok:
                raise NodeError(t("node.error.storage"))


class _Files:
    """Files that come with an act: read and cut into chunks once the act itself was found open."""

    def __init__(self, files: Sequence[FileDraft]) -> None:
        self._files = files
        self.prepared: list[PreparedFile] = []

    def attach(self, draft: Mapping[str, Any]) -> dict[str, Any]:
        self.prepared = list(desk_files.prepare_all(self._files))
        return with_files(draft, self.prepared)


def with_files(draft: Mapping[str, Any], prepared: Sequence[PreparedFile]) -> dict[str, Any]:
    """The draft with the manifests, and each party's signature image named in its signature."""
    if not isinstance(draft, Mapping):
        raise drafts.not_object()
    if not prepared:
        return dict(draft)
    manifests = [p.manifest for p in prepared]
    made = {**draft, "files": [*draft.get("files", ()), *manifests]}
    images = {m["party"]: m["sha256"] for m in manifests if m["purpose"] == "signature" and m["party"] is not None}
    signatures = made.get("signatures")
    if images and isinstance(signatures, list):
        made["signatures"] = [
            {**s, "file": images[s["party"]]}
            if isinstance(s, Mapping) and not s.get("file") and s.get("party") in images else s
            for s in signatures
        ]
    return made
