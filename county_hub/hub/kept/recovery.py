"""The county's recovery key: offline, made at `init`, needed when the hub's key changes or a restored hub begins a new epoch.

    HOME/recovery.json   {"what", "hub_id", "alg", "public_key", "secret"}   mode 600, until `county-hub recovery moved`

Its public half stands in the first head of the directory. A backup does not hold the file: whoever steals backups or the hub's
machine cannot begin a new epoch. And what the hub remembers of its own heads (`HeadMemory`), so that it never publishes beside
one that is not its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from county_hub.hub.kept.home import HubHome
from county_hub.hub.kept.registry import Registry
from county_hub.hub.problems import HubProblem
from county_hub.hub.safe.private_file import write_private
from shared.ledger.errors import Refused
from shared.ledger.formats import loose_json
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.texts import t

_WHAT = "county-hub recovery key"
_PUBLISHED, _NEXT = "directory_head", "directory_head_next"


def make(home: HubHome, hub_id: str, random: Callable[[int], bytes]) -> DeviceKey:
    """The key in HOME, made when there is none."""
    if home.recovery_file.exists():
        return read(home.recovery_file)
    key = DeviceKey.generate(random)
    write_private(home.recovery_file, text_of(key, hub_id).encode())
    return key


def text_of(key: DeviceKey, hub_id: str) -> str:
    """What the file holds, and the QR code."""
    return json.dumps({"what": _WHAT, "hub_id": hub_id, "alg": key.alg, "public_key": key.public, "secret": key.save()},
                      separators=(",", ":"))


def read(path: Path) -> DeviceKey:
    """The key in a file. Raises `HubProblem`."""
    try:
        value = loose_json.read(path)
        key = DeviceKey.load(value["secret"], value["alg"])
    except (OSError, ValueError, KeyError, TypeError, Refused):
        raise HubProblem(t("recovery.no_key", file=path)) from None
    return key


class HeadMemory:
    """The newest head of the directory that this hub has published, and the one it was about to publish: a crash between the two
    must not make its own head a stranger's."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def is_own(self, hash: str | None) -> bool:
        """True too for a hub that remembers none."""
        known = self._registry.noted((_PUBLISHED, _NEXT))
        return not any(known) or hash in known

    def newest(self) -> str | None:
        """The hash of the newest head that it has published."""
        return self._registry.noted((_PUBLISHED,))[0]

    def publishing(self, hash: str) -> None:
        self._registry.set_meta({_NEXT: hash})

    def published(self, hash: str) -> None:
        self._registry.set_meta({_PUBLISHED: hash, _NEXT: hash})
