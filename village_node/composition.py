"""The one place of `village_node` that makes the real clock and randomness, and says which product this is: disputes.

    open_node(home)  -> Node           replicas open, shared validators at their ingress
    open_desk(home)  -> Desk           the use cases on such a node
    enrol(home, urls, code)
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

from shared.disputes.domain import DISPUTES
from village_node.desk.desk import Desk
from village_node.point import clock as clocks
from village_node.point import opening
from village_node.point.enrol import Enrolled
from village_node.point.node import Node
from village_node.point.opening import open_replicas
from village_node.point.safe.means import Given, means_of


def open_node(home: str | Path, *, key_file: Given = None) -> Node:
    """Open an enrolled HOME; `key_file`: a path, or other means. Raises NotEnrolled, Locked, StorageTrouble, UsageError."""
    return opening.open_node(home, DISPUTES, clock=clocks.real_clock(), random=secrets.token_bytes, key_file=key_file)


def open_desk(home: str | Path, *, key_file: Given = None) -> Desk:
    """The use cases of an enrolled HOME; closing the desk closes everything."""
    return Desk(open_node(home, key_file=key_file), ask=means_of(key_file).ask)


def enrol(home: str | Path, urls: str | Sequence[str], code: str, *, key_file: Given = None,
          renew: bool = False) -> Enrolled:
    """Make HOME a service point, or give it a fresh identity. `code` as it was scanned, pasted or typed; `urls` are tried before
    the addresses that stand in it. Raises UsageError, EnrolFailed, HubAbsent."""
    return opening.enrol(home, urls, code, DISPUTES, clock=clocks.real_clock(), random=secrets.token_bytes,
                         key_file=key_file, renew=renew)


__all__ = ["enrol", "open_desk", "open_node", "open_replicas"]
