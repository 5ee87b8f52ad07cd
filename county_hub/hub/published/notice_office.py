"""Tells the whole audience of a case about events that were refused, or let in after all (`shared.ledger.published.notices`).

The refused event itself stays in quarantine; its notice goes to every database of the audience, so that honest children of the
event do not leave the case incomplete there (but not that of an office that is not heard there: a stranger sends nobody mail).
An event that nobody can judge yet is told of alike, reason `unjudged`, to those who do not get it; accepted, it is lifted.
Order of the steps: the consolidated database first, then the audience is read and copied to; who joins later gets the notices
with the grant (`bring`). Written before or after the event that widens the audience, nobody is missed. Notices have no time and
no counter: telling again writes nothing. Two hubs may write one name, and a key in wrong hands may: of every leaf it is asked who
signed it. Nothing is judged here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from shared.ledger.errors import Refused
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.envelope import PUBLISHED, Event
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.judge import UNJUDGED
from shared.ledger.published.edges import Signers
from shared.ledger.published.leaves import leaves_between, leaves_of
from shared.ledger.published.notices import build_refused, build_released, notice_id
from sync.databases import Databases
from sync.errors import DAMAGED
from sync.router.rules import Outcome

log = logging.getLogger("county_hub.notices")

_KINDS = ("refused", "released")


class NoticeOffice:
    """Thread-safe. `audience(aggregate, ulid)` gives the databases that get the subject's documents, `line(office)` those that
    get what nobody can judge yet of this office; `signers`: of whose events an edge may speak."""

    def __init__(
        self, databases: Databases, key: DeviceKey, *, consolidated: str, audience: Callable[[str, str], Sequence[str]],
        line: Callable[[str], Sequence[str]], signers: Signers,
    ) -> None:
        self._databases, self._key, self._consolidated, self._audience = databases, key, consolidated, audience
        self._line, self._signers = line, signers

    def tell(self, outcomes: Sequence[Outcome]) -> int:
        """Write what these outcomes call for; returns how many notices were new. Raises SyncError."""
        found = ((outcome, _event(outcome.doc)) for outcome in outcomes if _is_told(outcome))
        told = {event.id: (event, o.reason, o.decision == "hold") for o, event in found if event is not None}
        standing = self._standing({id: event.office for id, (event, _, _) in told.items()})
        made = [standing.get(id) or build_refused(event, reason, self._key) for id, (event, reason, _) in told.items()]
        made += [build_released(id, self._key) for id in self._lifted(outcomes)]
        for doc in made:
            self._write(self._consolidated, [doc])
            aggregate, _, rest = doc["event"].partition(":")
            audience = self._audience(aggregate, rest.partition(":")[0])
            event, _, kept = told[doc["event"]] if doc["kind"] == "refused" else (None, "", False)
            if event is not None and f"office-{event.office}" not in audience:
                continue        # a stranger to the case: nobody there can have seen the event, so none of theirs follows it
            have = set(self._line(event.office)) if event is not None and kept else set()
            for database in audience:
                if database not in (self._consolidated, *have) and self._databases.exists(database):
                    try:
                        self._write(database, [doc])
                    except DAMAGED as damage:       # the others must hear of it all the same; `bring` tells this one
                        log.warning("no notice in %s: %s", database, damage)
        return len(made)

    def unjudged(self, event: str, office: str) -> bool:
        """Does a notice say that nobody could judge this event of the office, and nobody lift it?"""
        if not _is_event(event) or not self._databases.exists(self._consolidated):
            return False
        said = [doc for doc in self._found([notice_id(event, released=False), notice_id(event, released=True)])
                if self._counts(doc, office)]
        return {doc.get("reason") for doc in said} == {UNJUDGED}

    def _standing(self, offices: Mapping[str, str]) -> dict[str, Doc]:
        """Notices that are there and count, by event; `offices`: whose events they are. What nobody could judge and is refused
        now keeps its first one, since the name is the same."""
        found = self._found([notice_id(event, released=False) for event in offices])
        return {str(doc["event"]): doc for doc in found if self._counts(doc, offices[str(doc["event"])])}

    def _counts(self, doc: Doc, office: str) -> bool:
        """May whoever signed this speak of events of the office?"""
        return self._signers.may_speak(self._signers.edge_behind(doc), office)

    def _found(self, names: Sequence[str]) -> list[Doc]:
        if not names or not self._databases.exists(self._consolidated):
            return []
        with self._databases.lease(self._consolidated) as replica:
            return leaves_of(replica, names)

    def bring(self, subject: str, database: str) -> None:
        """Copy the subject's notices (its ULID) to a database that has just joined the audience."""
        docs: list[Doc] = []
        with self._databases.lease(self._consolidated) as replica:
            for kind in _KINDS:
                docs += leaves_between(replica, f"{kind}:{subject}:", f"{kind}:{subject}:\uffff")
        if docs:
            self._write(database, docs)

    def _lifted(self, outcomes: Sequence[Outcome]) -> list[str]:
        """Accepted events that a notice calls refused."""
        if not self._databases.exists(self._consolidated):
            return []
        with self._databases.lease(self._consolidated) as replica:
            if not replica.all_docs(startkey="refused:", endkey="refused:\uffff", limit=1):
                return []       # nobody was ever refused here: no name of a notice is made for each record
            accepted = {notice_id(o.id, released=False): o.id for o in outcomes if o.decision == "accept" and _is_event(o.id)}
            rows = replica.all_docs(keys=sorted(accepted)) if accepted else ()
        return [accepted[row.id] for row in rows if row.rev is not None and not row.deleted]

    def _write(self, database: str, docs: Iterable[Doc]) -> None:
        with self._databases.lease(database) as replica:
            replica.bulk_docs(list(docs), new_edits=False)


def _is_told(outcome: Outcome) -> bool:
    return outcome.decision == "refuse" or (outcome.decision == "hold" and outcome.reason.startswith(f"{UNJUDGED}:"))


def _is_event(id: str) -> bool:
    return id.partition(":")[0] not in (*PUBLISHED, "chunk", "sealed") and id.count(":") == 3


def _event(doc: Doc) -> Event | None:
    """The refused event, if the document is one by its shape; whatever else was refused has no children."""
    try:
        return Event.from_doc(doc)
    except Refused:
        return None
