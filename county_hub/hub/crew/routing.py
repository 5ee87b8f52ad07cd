"""What the server needs of who routes: a router in its own process, or a crew of workers."""

from __future__ import annotations

from typing import Protocol

from sync.router.router import RouterStatus
from sync.router.store import RouterStore
from sync.router.sweep import SweepReport


class Routing(Protocol):
    """As the methods of `sync.router.Router` with these names."""

    @property
    def store(self) -> RouterStore: ...

    @property
    def caught_up(self) -> bool: ...

    def behind(self) -> tuple[int, float]: ...
    def status(self) -> RouterStatus: ...
    def housekeeping(self) -> int: ...
    def sweep(self) -> SweepReport: ...
    def close(self) -> None: ...
