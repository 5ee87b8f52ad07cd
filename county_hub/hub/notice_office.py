"""Tells the whole audience of a case about events that were refused, or let in after all (`shared.ledger.published.notices`).

The refused event itself stays in quarantine; its notice goes to every database of the audience, so that honest children of the
event do not leave the case incomplete there (but not that of an office that is not heard there: a stranger sends nobody mail).
Order of the steps: the consolidated database first, then the audience is read and copied to; who joins later gets the notices
with the grant (`bring`). Written before or after the event that widens the audience, nobody is missed. Notices have no time and
no counter: telling again writes nothing. Nothing is judged here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

from shared.ledger.errors import Refused
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.envelope import PUBLISHED, Event
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.notices import build_refused, build_released, notice_id
from sync.databases import Databases
from sync.errors import DAMAGED
from sync.router.rules import Outcome

log = logging.getLogger("county_hub.notices")

_KINDS = ("refused", "released")


class NoticeOffice:
    """Thread-safe. `audience(aggregate, ulid)` gives the databases that get the subject's documents."""

    def __init__(
        self, databases: Databases, key: DeviceKey, *, consolidated: str, audience: Callable[[str, str], Sequence[str]]
    ) -> None:
        self._databases, self._key, self._consolidated, self._audience = databases, key, consolidated, audience

    def tell(self, outcomes: Sequence[Outcome]) -> int:
        """Write what these outcomes call for; returns how many notices were new. Raises SyncError."""
        refused = {e.id: (e, o.reason) for o in outcomes if o.decision == "refuse" and (e := _event(o.doc)) is not None}
        made = [build_refused(event, reason, self._key) for event, reason in refused.values()]
        made += [build_released(id, self._key) for id in self._lifted(outcomes)]
        for doc in made:
            self._write(self._consolidated, [doc])
            aggregate, _, rest = doc["event"].partition(":")
            audience = self._audience(aggregate, rest.partition(":")[0])
            event = refused[doc["event"]][0] if doc["kind"] == "refused" else None
            if event is not None and f"office-{event.office}" not in audience:
                continue        # a stranger to the case: nobody there can have seen the event, so none of theirs follows it
            for database in audience:
                if database != self._consolidated and self._databases.exists(database):
                    try:
                        self._write(database, [doc])
                    except DAMAGED as damage:       # the others must hear of it all the same; `bring` tells this one
                        log.warning("no notice in %s: %s", database, damage)
        return len(made)

    def bring(self, subject: str, database: str) -> None:
        """Copy the subject's notices (its ULID) to a database that has just joined the audience."""
        docs: list[Doc] = []
        with self._databases.lease(self._consolidated) as replica:
            for kind in _KINDS:
                rows = replica.all_docs(startkey=f"{kind}:{subject}:", endkey=f"{kind}:{subject}:\uffff", include_docs=True)
                docs += [row.doc for row in rows if row.doc is not None]
        if docs:
            self._write(database, docs)

    def _lifted(self, outcomes: Sequence[Outcome]) -> list[str]:
        """Accepted events that a notice calls refused."""
        accepted = {notice_id(o.id, released=False): o.id for o in outcomes if o.decision == "accept" and _is_event(o.id)}
        if not accepted or not self._databases.exists(self._consolidated):
            return []
        with self._databases.lease(self._consolidated) as replica:
            rows = replica.all_docs(keys=sorted(accepted))
        return [accepted[row.id] for row in rows if row.rev is not None and not row.deleted]

    def _write(self, database: str, docs: Iterable[Doc]) -> None:
        with self._databases.lease(database) as replica:
            replica.bulk_docs(list(docs), new_edits=False)


def _is_event(id: str) -> bool:
    return id.partition(":")[0] not in (*PUBLISHED, "chunk", "sealed") and id.count(":") == 3


def _event(doc: Doc) -> Event | None:
    """The refused event, if the document is one by its shape; whatever else was refused has no children."""
    try:
        return Event.from_doc(doc)
    except Refused:
        return None
