"""A hub's rules for the router: what a subject is, who judges, who gets it, what the hub publishes about it.

This module only joins `shared` (envelope, judge, route, receipts) with `sync.router`; it decides nothing itself. An
event's subject is `<aggregate>:<ulid>`; the consolidated database is the county office's own, so events that county
officers write come from there and are judged like everybody's.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from county_hub.hub.backing.store import Backing
from county_hub.hub.chains.book import ChainBook, Stated
from county_hub.hub.chains.files import FileBook
from county_hub.hub.edges import Answering
from county_hub.hub.ingress import DROP, QUARANTINE
from county_hub.hub.published.directory_office import DirectoryOffice
from county_hub.hub.published.notice_office import NoticeOffice
from county_hub.hub.published.receipt_office import ReceiptOffice
from shared.ledger.audience import NOT_IN_AUDIENCE, is_heard, offices_above, route
from shared.ledger.domain import Domain
from shared.ledger.errors import Refused
from shared.ledger.formats.checked import once
from shared.ledger.formats.documents import Doc, check_chunk
from shared.ledger.formats.envelope import PUBLISHED, Event, family_of, split_event_id, subject_range
from shared.ledger.formats.hlc import hlc_ms
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.judge import CHAIN_GAP, CHAIN_OPEN, UNJUDGED, judge
from shared.ledger.judge import Verdict as Judged
from shared.ledger.published.directory_heads import DirectoryHistory
from shared.ledger.published.edges import Signers
from shared.ledger.published.receipts import build_grant, build_withdraw, set_hash
from sync.databases import Databases
from sync.router import Router
from sync.router.rules import Audience, Outcome, Verdict
from sync.router.store import RouterStore

_OTHER = frozenset({*PUBLISHED, "chunk", "sealed"})
MALFORMED = "malformed"
OF_ANOTHER = "of_another_edge"      # a record that another edge let in and this one would not have
# Reasons that came up later do not count against what was accepted before.
_ONCE_ACCEPTED = (
    "device_lost", "device_retired", CHAIN_OPEN, CHAIN_GAP, "not_permitted", "office_closed",
)
# A county's own device is judged by these for the first time here.
_OF_THE_ACT = (CHAIN_GAP, "not_permitted", "office_closed")


@lru_cache(maxsize=2_000)       # asked of each record of a step again: whose is it, before and after it is read
def _subject(name: str) -> str | None:
    if name.partition(":")[0] in _OTHER:
        return None
    try:
        aggregate, ulid, _, _ = split_event_id(name)
    except Refused:
        # No ingress of ours lets it in; a foreign server might. The judge refuses it, so it is kept and seen.
        return MALFORMED
    return f"{aggregate}:{ulid}"


class HubRules:
    """`sync.router.rules.Rules` of a hub and its product. `hub` gives (hub id, epoch)."""

    quarantine = QUARANTINE

    def __init__(
        self,
        county: str,
        databases: Databases,
        directory: DirectoryOffice,
        key: DeviceKey,
        receipts: ReceiptOffice,
        *,
        hub: Callable[[], tuple[str, str]],
        clock: Callable[[], int],
        domain: Domain,
        chains: ChainBook,
        files: FileBook | None = None,
        backing: Backing | None = None,
        answering: Answering | None = None,
    ) -> None:
        self.consolidated, self._backing = f"office-{county}", backing
        self._answering = answering or Answering(directory.latest, "", lambda: True)
        self._chains, self._files, self._woken = chains, files, list[str]()
        self._databases, self._directory, self._key, self._receipts = databases, directory, key, receipts
        self._hub, self._clock, self._domain = hub, clock, domain
        self._known: DirectoryHistory | None = None
        # An update of the program is news to the judge as a new head of the directory is.
        self._schemas = zlib.crc32(json.dumps(dict(domain.schemas), sort_keys=True).encode())
        self._notices = NoticeOffice(databases, key, consolidated=self.consolidated, audience=self._audience_of, line=self._line,
                                     signers=Signers(directory.latest))

    # --- databases -------------------------------------------------------------------------------------------------

    def lineage(self) -> str:
        # another key, and another store behind, tell everything again
        behind = (self._backing.lineage(),) if self._backing is not None else ()
        return ":".join((*self._hub(), self._key.public, self._chains.identity(), *behind))

    def is_source(self, database: str) -> bool:
        # Every edge follows the consolidated one: there it hears of what the others let in, and whom that adds to a case.
        if database in (DROP, self.consolidated):
            return database != DROP or not self._answering.edge
        return family_of(database) == "office" and self._answering.serves(_office(database))

    def files_database(self, database: str) -> str | None:
        # A device that was revoked leaves records and photographs in one place.
        return DROP if database == DROP else f"{database}-files"

    def home(self, doc: Doc, source: str) -> str:
        return DROP if source == DROP else f"office-{doc['office']}"

    # --- subjects --------------------------------------------------------------------------------------------------

    def subject(self, doc: Doc) -> str | None:
        return _subject(str(doc.get("_id", "")))

    def subject_range(self, subject: str) -> tuple[str, str]:
        aggregate, _, ulid = subject.partition(":")
        return subject_range(aggregate, ulid)

    # --- judgement and audience --------------------------------------------------------------------------------------

    def horizon(self) -> str:
        # The router asks once a step; every document of the step is judged by this one history.
        self._known = self._directory.history()
        self._chains.begin()
        return ":".join(map(str, (*self._known.latest.cited, self._schemas)))

    def _history(self) -> DirectoryHistory:
        return self._known if self._known is not None else self._directory.history()

    def judge(self, doc: Doc, source: str) -> Verdict:
        history = self._history()
        found = judge(doc, history, self._clock(), domain=self._domain, complete=True, chains=self._chains)
        if (found.raised or found.code in _ONCE_ACCEPTED) and self._accepted_before(doc, source, found):
            found = judge(doc, history, self._clock(), domain=self._domain, already_accepted=True, complete=True)
        if found.decision == "refuse" and self._of_another(doc, source):
            return Verdict("hold", f"{OF_ANOTHER}: the edge that answers for {doc.get('office')} has the word; here: {found}")
        if found.genuine:
            self._note(doc, found, history)
        line = self._line(str(doc["office"])) if found.code == UNJUDGED else ()
        return Verdict(found.decision, "" if found.accepted else str(found), line)

    def _of_another(self, doc: Doc, source: str) -> bool:
        """Found where all edges write, by the author of an office that another one answers for."""
        return source == self.consolidated and not self._answering.serves(str(doc.get("office")))

    def _note(self, doc: Doc, found: Judged, history: DirectoryHistory) -> None:
        event = once(doc, "event", Event.trusted)
        self._chains.note(event, place_known=history.rank(event.directory) is not None)
        if found.code in (CHAIN_GAP, CHAIN_OPEN):
            self._chains.doubt(event, below=found.code == CHAIN_GAP)

    def _line(self, office: str) -> tuple[str, ...]:
        """Where an unjudged event is kept: with its author's office and those above it, the county among them."""
        above = offices_above(office, self._history().latest)
        return tuple(sorted({self.consolidated, *(f"office-{one}" for one in (office, *above))}))

    def _accepted_before(self, doc: Doc, source: str, found: Judged) -> bool:
        """Was the event accepted before its device was revoked, or before the policy became stricter? Only the router writes
        others' events to the consolidated database, and the county's own devices lost the right to write there with the
        revocation; while they have it, what lies there proves nothing about theirs."""
        if self._notices.unjudged(str(doc["_id"]), str(doc.get("office"))):
            return False        # it was shown there, not accepted
        if source == self.consolidated:
            of_the_act = found.raised or found.code in _OF_THE_ACT
            return not of_the_act or f"office-{doc.get('office')}" != self.consolidated
        with self._databases.lease(self.consolidated) as replica:
            rows = replica.all_docs(keys=[doc["_id"]])
        here = any(row.rev == doc.get("_rev") for row in rows)
        # A store behind may be written by others than this router: there only what a receipt says was accepted.
        return here and (self._backing is None or self._receipts.has_accepted(Event.trusted(doc)))

    def standing(self, doc: Doc, audience: Audience | None) -> str:
        if is_heard(doc, audience):
            return ""
        return f"{NOT_IN_AUDIENCE}: office {doc.get('office')} was not named by anybody who is heard on {self.subject(doc)}"

    def route(self, doc: Doc, audience: Audience | None) -> Audience:
        latest = self._history().latest
        row = route(doc, audience, latest, domain=self._domain)
        return {**row, "databases": [f"office-{office}" for office in row["offices"]]}

    # --- files -----------------------------------------------------------------------------------------------------

    def files(self, doc: Doc) -> Sequence[str]:
        found = dict[str, None]()
        if not self._answering.serves(str(doc.get("office"))):
            return ()       # the files, too, are brought by the edge of their author's office
        for manifest in manifests(doc.get("body")):
            for digest in manifest["chunks"]:
                if isinstance(digest, str):
                    found[f"chunk:{digest}"] = None
        return list(found)

    def judge_chunk(self, doc: Doc) -> bool:
        try:
            check_chunk(doc)
        except Refused:
            return False
        return True

    # --- what the hub publishes --------------------------------------------------------------------------------------

    def granted(self, subject: str, n: int, database: str, docs: Sequence[Doc]) -> Doc | None:
        ids = [doc["_id"] for doc in docs]
        self._notices.bring(_ulid(subject), database)
        return build_grant(_ulid(subject), number_of(ids), _office(database), ids, newest_ms(ids), self._key)

    def withdrawn(self, subject: str, n: int, database: str, ids: Sequence[str]) -> Doc | None:
        return build_withdraw(_ulid(subject), number_of(ids), _office(database), "not_accepted", newest_ms(ids) + 1, self._key)

    def settled(self, outcomes: Sequence[Outcome]) -> None:
        outcomes = [outcome for outcome in outcomes if not self._of_another(outcome.doc, outcome.source)]
        if self._backing is not None:
            self._backing.durable(outcomes)
        self._woken += self._chains.flush()      # first: receipts say which numbers were given twice
        self._name_files(outcomes)
        self._receipts.tell(outcomes)
        self._notices.tell(outcomes)

    def _name_files(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            if self._files is not None and outcome.decision == "accept":
                found = manifests(outcome.doc.get("body"))
                self._files.named(str(outcome.doc["device"]), int(outcome.doc["device_seq"]), found)

    def chunks_came(self, database: str, chunks: Sequence[str]) -> None:
        if self._files is not None and database == self.files_database(self.consolidated):
            self._receipts.tell_files(self._files.came(chunks))

    def woken(self) -> Sequence[str]:
        woken, self._woken = self._woken, []
        return woken

    def _audience_of(self, aggregate: str, ulid: str) -> Sequence[str]:
        """The subject's audience by what lies in the consolidated database: the rule is the same in any order."""
        first, last = subject_range(aggregate, ulid)
        with self._databases.lease(self.consolidated) as replica:
            rows = replica.all_docs(startkey=first, endkey=last, include_docs=True)
        row: Audience | None = None
        for doc in (found.doc for found in rows if found.doc is not None):
            if self._domain.judges(str(doc.get("kind")), int(doc.get("schema", 0))):
                row = self.route(doc, row)
        return row["databases"] if row is not None else ()


def number_of(ids: Sequence[str]) -> int:
    """The number of a grant or withdrawal of these documents: of the set alone, so that two hubs write one name."""
    return int(set_hash(ids)[:8], 16) % 999_999 + 1


def newest_ms(ids: Sequence[str]) -> int:
    """The newest time that one of these events bears: of the set alone, no clock."""
    return max((hlc_ms(split_event_id(id)[2]) for id in ids), default=0)


def manifests(value: object) -> list[Mapping[str, Any]]:
    """Every file manifest in a body, wherever the kind keeps it: an object with `sha256` and a list of `chunks`."""
    found: list[Mapping[str, Any]] = []
    todo = [value]
    while todo:
        here = todo.pop()
        if isinstance(here, dict):
            if isinstance(here.get("chunks"), list) and isinstance(here.get("sha256"), str):
                found.append(here)
            todo += [one for one in here.values() if isinstance(one, dict | list)]
        elif isinstance(here, list):
            todo += [one for one in here if isinstance(one, dict | list)]
    return found


def open_router(
    county: str,
    databases: Databases,
    directory: DirectoryOffice,
    key: DeviceKey,
    *,
    hub: Callable[[], tuple[str, str]],
    clock: Callable[[], int],
    path: Path,
    domain: Domain,
    stated: Stated = lambda device: (),
    ready: Callable[[], bool] = lambda: True,
    wrote: Callable[[int], None] = lambda n: None,
    backing: Backing | None = None,
    file_key: bytes | None = None,
    shard: tuple[int, int] = (0, 1),
    answering: Answering | None = None,
) -> Router:
    """The county's router with its rules and receipts, for the events of `domain`; `hub` gives (hub id, epoch), `clock`
    milliseconds since 1970 UTC, `path` is the router's own file, `stated` what devices have stated (`Statements.stated`), `ready`
    and `wrote` as of `ReceiptOffice`, `backing` what stands behind caches, `answering` for whom, `file_key` what both files are
    encrypted under. Close it with `close()`."""
    chains = ChainBook(chains_beside(path), stated, file_key)
    files = FileBook(chains_beside(path), lambda ids: chunks_in(databases, f"office-{county}-files", ids), file_key)
    receipts = ReceiptOffice(
        databases, key, consolidated=f"office-{county}", hub=hub, directory=directory.latest, clock=clock,
        ready=ready, forked=chains.forks_at, files=files.complete, wrote=wrote,
        began=backing.began if backing is not None else lambda: 0,
        issuer=answering.edge if answering is not None else "",
        serves=answering.serves if answering is not None else lambda office: True,
    )
    rules = HubRules(county, databases, directory, key, receipts, hub=hub, clock=clock, domain=domain, chains=chains,
                     files=files, backing=backing, answering=answering)

    def close() -> None:
        chains.close()
        files.close()

    targets = databases if backing is None else backing.targets
    return Router(targets, rules, RouterStore(path, file_key), clock=lambda: clock() / 1000, shard=shard, on_close=close)


def chunks_in(databases: Databases, name: str, ids: Sequence[str]) -> list[str]:
    """Those of these chunks that the database holds."""
    if not ids or not databases.exists(name):
        return []
    with databases.lease(name) as replica:
        return [row.id for row in replica.all_docs(keys=list(ids)) if row.rev is not None and not row.deleted]


def chains_beside(router: Path) -> Path:
    """The file of the chain book that goes with a router's file: both are made again together."""
    return router.with_name(f"{router.stem}-chains.sqlite")


def _ulid(subject: str) -> str:
    return subject.partition(":")[2]


def _office(database: str) -> str:
    return database.removeprefix("office-")
