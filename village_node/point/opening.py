"""Opens the HOME of a service point for a product, or makes one by enrolment. Clock and randomness are handed in.

Everything of a HOME is encrypted under its data key (`shared.ledger.vault`); `safe.unlock` comes by it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from shared.ledger.domain import Domain
from shared.ledger.errors import DomainError
from shared.ledger.formats.envelope import ingress_validator
from shared.ledger.formats.keys import DeviceKey
from sync import private
from sync.errors import Forbidden, SyncError
from sync.replica import LocalReplica
from sync.replica.limits import ReplicaLimits
from sync.replicator import Replicator
from village_node.point import limits
from village_node.point.enrol import Enrolled
from village_node.point.enrol import enrol as enrol_with
from village_node.point.errors import NodeError, words_for
from village_node.point.home import Home
from village_node.point.node import KINDS, Node
from village_node.point.safe.means import Given, file_key, means_of
from village_node.point.safe.unlock import unlock

_SMALL = ReplicaLimits(cache_kib=limits.PAGE_CACHE_KIB)


def open_replicas(home: Home, key: bytes | None) -> dict[str, LocalReplica]:
    """The three replicas, created when new. Raises StorageTrouble and the like."""
    opened: dict[str, LocalReplica] = {}
    try:
        for kind in KINDS:
            check = ingress_validator(Forbidden, kind)
            opened[kind] = LocalReplica.open(home.replica(kind), key=key, validators=[check], limits=_SMALL)
    except (SyncError, OSError) as error:
        for replica in opened.values():
            replica.close()
        raise words_for(error) from error
    return opened


def open_node(home: str | Path, domain: Domain, *, clock: Callable[[], int], random: Callable[[int], bytes],
              key_file: Given = None) -> Node:
    """Open an enrolled HOME, for the events of `domain`. `key_file`: a path, or other means to open it. Raises NotEnrolled,
    Locked, StorageTrouble, UsageError."""
    place = Home(home)
    config = place.config()
    private.from_now_on()
    private.only_owner(place.root)
    unlock(place, key_file, random)
    key = place.database_key()
    node = Node(
        place, config, device_key=DeviceKey.load(place.identity(config.device)["device_key"]), clock=clock,
        random=random, replicas=open_replicas(place, key), key=key, domain=domain,
    )
    with contextlib.suppress(NodeError, DomainError):       # a directory at fault is told where it is used, not here
        node.recipients.look(node.directory)
    return node


def enrol(home: str | Path, urls: str | Sequence[str], code: str, domain: Domain, *, clock: Callable[[], int],
          random: Callable[[int], bytes], key_file: Given = None, renew: bool = False) -> Enrolled:
    """Make HOME a service point, or give it a fresh identity. `code` as it was scanned, pasted or typed; `urls` are tried before
    the addresses that stand in it. Raises UsageError, EnrolFailed, HubAbsent."""
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
    file_key(means_of(key_file).key_file)               # a key file that cannot be read must not cost the code
    if renew and place.enrolled:
        opened().close()       # nor a wrong key
    return enrol_with(place, [urls] if isinstance(urls, str) else urls, code, random=random, clock=clock, first_pull=first_pull,
                      founding=lambda: unlock(place, key_file, random), renew=renew)
