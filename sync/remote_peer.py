"""`RemotePeer`: a CouchDB database somewhere on the network, as a `Peer`. (Signatures first; the bodies follow.)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync.peer import BulkGetResult, CancelFlag, ChangesFeed, ChangesRequest, Doc, PeerInfo, RevsDiff, WriteResult


@dataclass(slots=True)
class Traffic:
    """What went over the line: requests, and bytes of bodies and headers as transferred (below TLS they are a little more)."""

    requests: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0


class RemotePeer:
    """`url` is the database's, `http(s)://[user:password@]host[:port]/db`. The password is never shown again.

    `auth` is (name, password), or None: then from the url, then from the environment variable SYNC_AUTH (name:password).
    `ca` is a file of trusted certificates. Timeouts are in seconds. `set_cancel(flag)` makes every wait of this peer end with
    `Cancelled` soon after the flag is set.
    """

    url: str        # without credentials
    traffic: Traffic

    def __init__(
        self,
        url: str,
        *,
        auth: tuple[str, str] | None = None,
        ca: str | None = None,
        connect_timeout_s: float = 10.0,
        read_timeout_s: float = 10.0,
    ) -> None:
        raise NotImplementedError

    def set_cancel(self, flag: CancelFlag | None) -> None:
        raise NotImplementedError

    def create(self) -> bool:
        """`PUT /db`. True if it was created, False if it was there already."""
        raise NotImplementedError

    def info(self) -> PeerInfo:
        raise NotImplementedError

    def changes(self, request: ChangesRequest, *, cancel: CancelFlag | None = None) -> ChangesFeed:
        raise NotImplementedError

    def revs_diff(self, revs: Mapping[str, Sequence[str]]) -> dict[str, RevsDiff]:
        raise NotImplementedError

    def bulk_get(
        self, wanted: Sequence[Mapping[str, Any]], *, revs: bool = True, latest: bool = False, attachments: bool = True
    ) -> list[BulkGetResult]:
        raise NotImplementedError

    def bulk_docs(self, docs: Sequence[Doc], *, new_edits: bool = True) -> list[WriteResult]:
        raise NotImplementedError

    def get_local(self, local_id: str) -> Doc | None:
        raise NotImplementedError

    def put_local(self, local_id: str, doc: Mapping[str, Any]) -> str:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError
