"""Which device may open which database: the hub's `sync.endpoint.auth.Authoriser`.

    device            opens                                            for
    active            office-<its office>, -files, -closed             read, write
    active, relay     office-<village>, -files below its township      read, write
    active            directory                                        read; write only its replicator's checkpoints
    retired, lost     drop                                             write only, so that unsent work can leave
    anybody else      nothing: quarantine and drop are never readable over HTTP, nobody administers over HTTP

A credential says who the device is; the newest directory says whether it still may. Documents are not looked at here:
`ingress` refuses what only the hub may write, in `directory` every document that is not the hub's own.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from county_hub.hub.devices.contacts import Contacts
from county_hub.hub.ingress import DIRECTORY, DROP
from county_hub.hub.kept.registry import Registry
from sync.endpoint.auth import Access, Principal, basic_credentials

# A right token is believed for this long without asking the registry again, and no longer than until this process gives another:
# only a repeated enrolment replaces tokens.
_BELIEVE_MS = 60_000
RELAY = "relay"


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What the newest directory says about a device."""

    office: str
    role: str
    status: str         # active | retired | lost


class Facts(Protocol):
    """The two questions to the directory."""

    def device(self, device: str) -> DeviceFacts | None: ...

    def covers(self, upper: str, lower: str) -> bool:
        """Is `upper` an ancestor of the existing office `lower`?"""
        ...


class HubAuthoriser:
    """`admits(office)`: does this hub let devices of that office in? An edge lets in those that it answers for."""

    def __init__(self, registry: Registry, facts: Facts, contacts: Contacts, clock: Callable[[], int],
                 admits: Callable[[str], bool] = lambda office: True) -> None:
        self._admits = admits
        self._registry, self._facts, self._contacts, self._clock = registry, facts, contacts, clock
        self._lock = threading.Lock()
        self._believed: dict[str, tuple[bytes, int]] = {}
        self._tokens_given = registry.tokens_given

    def authenticate(self, headers: Mapping[str, str]) -> Principal | None:
        given = basic_credentials(headers)
        if given is None or not self._right(*given):
            return None
        facts = self._facts.device(given[0])
        if facts is None or not self._admits(facts.office):
            return None
        self._contacts.saw(given[0], facts.office, headers.get("user-agent", ""))
        return Principal(given[0], frozenset({f"office:{facts.office}", f"device:{facts.status}"}))

    def may(self, principal: Principal | None, db: str | None, access: Access) -> bool:
        facts = self._facts.device(principal.name) if principal is not None else None
        if facts is None or access == "admin":
            return False
        if facts.status != "active":
            return db == DROP and access == "write"
        if db is None:
            return access == "read"
        if db == DIRECTORY:
            # `_local` checkpoints of a pull are writes; documents of devices are refused by `ingress`.
            return True
        return self._opens(facts, db)

    def credential_stamp(self, name: str) -> str:
        """Changes when the device gets another token, another office, or is retired or lost."""
        facts = self._facts.device(name)
        return f"{self._registry.token_of(name)} {facts}" if facts is not None else ""

    def _opens(self, facts: DeviceFacts, db: str) -> bool:
        prefix, _, rest = db.partition("-")
        office, _, part = rest.partition("-")
        if prefix != "office" or part not in ("", "files", "closed"):
            return False
        if office == facts.office:
            return True
        # A relay carries villages' records and photographs, never what only the case team may read.
        return facts.role == RELAY and part != "closed" and self._facts.covers(facts.office, office)

    def _right(self, device: str, token: str) -> bool:
        digest, now = hashlib.sha256(token.encode()).digest(), self._clock()
        with self._lock:
            if self._tokens_given != self._registry.tokens_given:
                self._tokens_given = self._registry.tokens_given
                self._believed.clear()
            known = self._believed.get(device)
        if known is not None and known[0] == digest and 0 <= now - known[1] < _BELIEVE_MS:
            return True
        if not self._registry.check_token(device, token):
            return False
        with self._lock:
            self._believed[device] = (digest, now)
        return True
