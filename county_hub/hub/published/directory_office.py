"""Publishes the directory: signed versions for offices, staff, devices, settings. The only writer of `directory`.

Reading the newest head, building the next and writing it is one `BEGIN IMMEDIATE` transaction on the directory's file,
so `serve` and the command line may publish at the same time. A publication that would change nothing writes nothing.
It must not know codes, credentials or HTTP.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from county_hub.hub.devices.authoriser import DeviceFacts
from county_hub.hub.ingress import DIRECTORY
from county_hub.hub.kept.recovery import HeadMemory
from county_hub.hub.problems import HubProblem
from county_hub.hub.published.offered_heads import OfferedHeads
from shared.ledger.authoring import corrected_date
from shared.ledger.errors import shown
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.keys import ED25519, DeviceKey
from shared.ledger.published.directory_heads import Directory, DirectoryHistory, build_head, change, head_hash, heads_in
from shared.ledger.published.head_chain import believe
from shared.ledger.published.offices import Organisation, organisation_of
from shared.ledger.texts import has, t
from sync.databases import Databases

log = logging.getLogger("county_hub.directory")


class DirectoryOffice:
    """Thread-safe. `clock` gives milliseconds since 1970 UTC; `epoch` the hub's present epoch; `trusted` is the key with which
    this hub began, where it has another one now, or that of the publisher, beside whom an edge (`publishes` False) only reads."""

    def __init__(
        self, databases: Databases, key: DeviceKey, *, epoch: Callable[[], str], clock: Callable[[], int],
        memory: HeadMemory | None = None, trusted: str = "",
        offered: OfferedHeads | None = None, publishes: bool = True,
    ) -> None:
        self._databases, self._key, self._epoch, self._clock, self._memory = databases, key, epoch, clock, memory
        self._trusted, self._offered, self._publishes = trusted or key.public, offered, publishes
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._history = DirectoryHistory.load((), self._trusted)
        self._dated: Directory | None = None
        self._organisation: tuple[Directory, Organisation] | None = None

    # -- reading --

    def history(self) -> DirectoryHistory:
        """Every verified version, and those of a lost life that devices brought back; read again only when there are others."""
        with self._databases.lease(DIRECTORY) as replica:
            seen = replica.update_seq(), self._offered.stamp() if self._offered is not None else 0
            with self._lock:
                if seen == self._seen:
                    return self._history
            history = self._joined(heads_in(replica), ())
        with self._lock:
            self._seen, self._history = seen, history
        return history

    def with_offered(self, heads: Sequence[Mapping[str, Any]]) -> DirectoryHistory:
        """As `history`, with these heads beside what is kept."""
        with self._databases.lease(DIRECTORY) as replica:
            return self._joined(heads_in(replica), heads)

    def _joined(self, docs: Sequence[Doc], more: Sequence[Mapping[str, Any]]) -> DirectoryHistory:
        """The hub's own heads and, where they change nothing of what is newest, those that were offered."""
        own = DirectoryHistory.load(docs, self._trusted)
        offered = [*(self._offered.heads() if self._offered is not None else ()), *more]
        if not offered:
            return own
        both = DirectoryHistory.load([*docs, *offered], self._trusted, held=own.newest_hash)
        same = (both.newest, both.newest_hash, both.forks) == (own.newest, own.newest_hash, own.forks)
        return both if same else own

    def latest(self) -> Directory:
        """The newest version, with the names of today."""
        latest, today = self.history().latest, corrected_date(self._clock()).isoformat()
        with self._lock:
            if self._dated is None or self._dated.today != today or self._dated.cited != latest.cited:
                self._dated = latest.dated(today)
            return self._dated

    def cited(self) -> tuple[str, int, str]:
        """What an event written now cites."""
        return self.latest().cited

    def organisation(self) -> Organisation:
        """Offices as they are called now, as `shared.ledger.published.offices` knows them."""
        latest = self.latest()
        with self._lock:
            if self._organisation is not None and self._organisation[0] is latest:
                return self._organisation[1]
        offices = latest.offices()
        history = {office.id: [past.raw for past in latest.office_history(office.id)] for office in offices}
        made = organisation_of(((office.id, office.raw) for office in offices), history)
        with self._lock:
            self._organisation = (latest, made)
        return made

    def device(self, device: str) -> DeviceFacts | None:
        """For the authoriser."""
        found = self.latest().device(device)
        return DeviceFacts(found.office, found.role, found.status) if found is not None else None

    def end_of(self, device: str | None) -> Mapping[str, Any] | None:
        """{device, seq, hash} that a retired device ended with: what its successor `continues`."""
        found = self.latest().device(device) if device else None
        return {"device": found.id, "seq": found.final_seq or 0, "hash": found.final_hash} if found is not None else None

    def covers(self, upper: str, lower: str) -> bool:
        """For the authoriser: is `upper` above the known office `lower`?"""
        return upper in self.latest().ancestors(lower)

    def holder_of(self, public_key: str) -> str | None:
        """The device that has this key, whatever became of it, or None."""
        return next((device.id for device in self.latest().devices() if device.public_key == public_key), None)

    # -- writing --

    def publish(self, changes: Iterable[Mapping[str, Any]]) -> tuple[str, int]:
        """One new version with these changes; those that say what already stands are left out. Returns (epoch, version)
        of the newest head. Raises `Refused` for a change of wrong shape."""
        return self.revise(lambda latest: changes)

    def revise(
        self, changes_for: Callable[[Directory], Iterable[Mapping[str, Any]]], *, recovery: DeviceKey | None = None
    ) -> tuple[str, int]:
        """As `publish`, for changes that depend on what stands: `changes_for` is asked inside the transaction. `recovery` signs
        the head too. Raises `HubProblem` beside a newest head that is not this hub's own, for an epoch without `recovery`, and on
        an edge."""
        if not self._publishes:
            raise HubProblem(t("edges.not_here"))
        with self._databases.lease(DIRECTORY) as replica, replica.transaction() as tx:
            docs = heads_in(replica)
            history = self._own(DirectoryHistory.load(docs, self._trusted), docs, recovery)
            latest = history.latest
            changes = [c for c in changes_for(latest) if latest.value(c["op"], c["key"]) != c["value"]]
            epoch = self._epoch()
            if not changes and latest.epoch == epoch:
                return latest.place
            _check_recovery(latest, epoch, recovery)
            # The epoch that began last is the newest: a clock set back must not make the hub's next life an old one.
            issued = max([self._clock(), *(doc["issued_at"] + 1 for doc in docs)])
            head = build_head(latest if latest.version else None, changes, key=self._key, epoch=epoch, issued_at=issued,
                              recovery=recovery)
            _check_believed([*docs, head], self._trusted)
            if self._memory is not None:
                self._memory.publishing(head_hash(head))
            tx.put_rev(head)
        if self._memory is not None:
            self._memory.published(head_hash(head))
        return head["epoch"], head["version"]

    def _own(self, history: DirectoryHistory, docs: Sequence[Doc], recovery: DeviceKey | None) -> DirectoryHistory:
        """What to publish after. With the recovery key it is this hub's own newest head, whatever somebody has put after it: of
        the two every reader keeps the one that the recovery key signs. Raises `HubProblem`."""
        if self._memory is None or self._memory.is_own(history.newest_hash):
            return history
        own = DirectoryHistory.load(_leading_to(docs, self._memory.newest()), self._trusted)
        if recovery is None or own.newest is None:
            raise HubProblem(t("recovery.foreign_head", version=history.latest.version))
        return own

    def add_device(
        self, device: str, *, office: str, slot: str, public_key: str, role: str,
        continues: Mapping[str, Any] | None = None,
    ) -> None:
        """Publish an enrolled device; again with the same key changes nothing."""

        def changes(latest: Directory) -> list[Doc]:
            known = latest.device(device)
            if known is not None and known.public_key == public_key:
                return []
            value: dict[str, Any] = {
                "office": office, "slot": int(slot), "public_key": public_key, "alg": ED25519,
                "status": "active", "final_seq": None,
                "role": role, "enrolled_at": self._clock(),
            }
            if continues is not None:
                value["continues"] = dict(continues)
            return [change("device", device, value)]

        self.revise(changes)

    def revoke_device(self, device: str, *, status: str, final_seq: int | None, final_hash: str | None = None) -> bool:
        """Mark a device `lost` or `retired` (with the last event it declared). False when it is not known."""
        found = False

        def changes(latest: Directory) -> list[Doc]:
            nonlocal found
            known = latest.device(device)
            if known is None:
                return []
            found = True
            end = {"final_seq": final_seq, "final_hash": final_hash}
            return [change("device", device, {**known.raw, "status": status, **end})]

        self.revise(changes)
        return found

    def lend_device(self, device: str, staff: str, *, by: str = "", on: str = "") -> None:
        """Let this person use this device on the word of `by` from the day `on`; without `by` no longer. Both must be known."""

        def changes(latest: Directory) -> list[Doc]:
            known = latest.device(device)
            assert known is not None
            users = {id: told for id, told in (known.raw.get("users") or {}).items() if id != staff}
            if by:
                users[staff] = {"by": by, "on": on}
            return [change("device", device, {**{k: v for k, v in known.raw.items() if k != "users"},
                                              **({"users": users} if users else {})})]

        self.revise(changes)

    def add_staff(self, people: Iterable[tuple[str, str, str, tuple[str, ...]]], since: str,
                  starts: Mapping[str, str] | None = None) -> None:
        """(id, name, office, roles) of each; an existing person is changed, one who left comes back. Service begins on `since` (a
        day) where it has not begun; `starts` gives the day of those for whom one was named, also when it had begun."""
        named = starts or {}

        def changes(latest: Directory) -> Iterable[Doc]:
            for staff, name, office, roles in people:
                known = latest.staff(staff)
                start = named.get(staff) or (known.raw.get("from") if known is not None and known.active else since)
                yield change("staff", staff, {
                    "name": name, "office": office, "roles": list(roles), "active": True, "from": start, "to": None,
                })

        self.revise(changes)

    def revoke_staff(self, staff: str, until: str | None = None) -> bool:
        """End a person's service: at once, or with a last day, up to whose end the person still acts. False when there is no such
        person."""
        found, today = False, corrected_date(self._clock()).isoformat()
        serves = until is not None and until >= today

        def changes(latest: Directory) -> list[Doc]:
            nonlocal found
            known = latest.staff(staff)
            if known is None:
                return []
            found = True
            active = known.raw.get("active", True) and serves
            return [change("staff", staff, {**known.raw, "active": active, "to": until or today})]

        self.revise(changes)
        return found


def _leading_to(docs: Sequence[Doc], hash: str | None) -> list[Doc]:
    """The head with this hash and those before it."""
    by_hash, found = {head_hash(doc): doc for doc in docs}, list[Doc]()
    while hash is not None and hash in by_hash:
        found.append(by_hash[hash])
        hash = by_hash[hash]["prev"]
    return found


def _check_believed(docs: Sequence[Doc], key: str) -> None:
    """What no reader would believe is not published: nothing could follow it. Raises `HubProblem`."""
    history, newest = DirectoryHistory.load(docs, key), head_hash(docs[-1])
    if history.newest_hash != newest:
        log.warning("a head that no reader would believe is not published: %s", history.problems)
        why = believe(docs, key).why.get(newest)
        known = why is not None and has(f"recovery.head.{why.code}")
        words = t(f"recovery.head.{why.code}", field=why.field, value=shown(why.value)) if why is not None and known else ""
        raise HubProblem(t("recovery.not_believed", why=words or t("recovery.head.other")))


def _check_recovery(latest: Directory, epoch: str, recovery: DeviceKey | None) -> None:
    if recovery is not None and recovery.public != latest.recovery_key:
        raise HubProblem(t("recovery.not_this_county"))
    if recovery is None and latest.recovery_key is not None and latest.epoch != epoch:
        raise HubProblem(t("recovery.needed"))
