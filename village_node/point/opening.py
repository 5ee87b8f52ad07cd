"""Opens the HOME of a service point for a product, or makes one by enrolment. Clock and randomness are handed in.

A database key comes from a key file or the environment variable SYNC_KEY (64 hex digits; never from the command line).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shared.ledger.domain import Domain
from shared.ledger.formats.envelope import ingress_validator
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.texts import t
from sync import private
from sync.errors import Forbidden, SyncError
from sync.replica import LocalReplica
from sync.replicator import Replicator
from village_node.point.enrol import Enrolled
from village_node.point.enrol import enrol as enrol_with
from village_node.point.errors import UsageError, words_for
from village_node.point.home import Home
from village_node.point.node import KINDS, Node


def database_key(key_file: str | Path | None) -> bytes | None:
    """The raw SQLCipher key, or None. Raises UsageError naming the file or variable."""
    source, text = str(key_file or "SYNC_KEY"), os.environ.get("SYNC_KEY", "").strip()
    if key_file:
        try:
            text = Path(key_file).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(t("node.error.key_file", path=source)) from error
    if not text and not key_file:
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise UsageError(t("node.error.key_file", path=source))
    return key


def open_replicas(home: Home, key: bytes | None) -> dict[str, LocalReplica]:
    """The three replicas, created when new. Raises StorageTrouble and the like."""
    opened: dict[str, LocalReplica] = {}
    try:
        for kind in KINDS:
            check = ingress_validator(Forbidden, kind)
            opened[kind] = LocalReplica.open(home.replica(kind), key=key, validators=[check])
    except (SyncError, OSError) as error:
        for replica in opened.values():
            replica.close()
        raise words_for(error) from error
    return opened


def open_node(home: str | Path, domain: Domain, *, clock: Callable[[], int], random: Callable[[int], bytes],
              key_file: str | Path | None = None) -> Node:
    """Open an enrolled HOME, for the events of `domain`. Raises NotEnrolled, StorageTrouble, UsageError."""
    place = Home(home)
    config, key = place.config(), database_key(key_file)
    private.from_now_on()
    private.only_owner(place.root)
    return Node(
        place, config, device_key=DeviceKey.load(place.identity(config.device)["device_key"]), clock=clock,
        random=random, replicas=open_replicas(place, key), key=key, domain=domain,
    )


def enrol(home: str | Path, url: str, code: str, domain: Domain, *, clock: Callable[[], int],
          random: Callable[[int], bytes], key_file: str | Path | None = None, renew: bool = False) -> Enrolled:
    """Make HOME a service point, or give it a fresh identity. Raises UsageError, EnrolFailed, HubAbsent."""
    database_key(key_file)                               # nor a key file that cannot be read
    private.from_now_on()

    def opened() -> Node:
        return open_node(home, domain, clock=clock, random=random, key_file=key_file)

    def first_pull(place: Home, hub: Any) -> int:
        with opened() as node, hub.peer("directory") as peer:
            try:
                Replicator(peer, node.directory_replica, local="target").run()
            except SyncError as error:
                raise words_for(error) from error
            node.reload_directory()
            return node.directory.version

    place = Home(home)
    if renew and place.enrolled:
        opened().close()       # a wrong key must not cost the code
    return enrol_with(place, url, code, random=random, clock=clock, first_pull=first_pull,
                      renew=renew)
