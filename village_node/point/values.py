"""What a service point tells of itself, its people, its rounds and of delivery: frozen values with Chinese labels filled in.

Must not know: replicas, what a record means. Instants are ms since 1970 UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# The order is the order of proof; `refused` stands apart.
DELIVERY_STATES = ("saved", "sent", "township", "accepted", "seen")


@dataclass(frozen=True, slots=True)
class Delivery:
    """Proven state of one record or file. `state` is one of DELIVERY_STATES, "refused" or "received" (from
    another device: nothing of ours to deliver)."""

    state: str
    label: str
    reason: str = ""             # refused: why, in words
    remedy: str = ""             # refused: what to do
    at: int | None = None        # ms, when the proof was given (receipt, acknowledgement)


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """Counts of this device's own records (or files) per state; `worst` is the least proven, or "none"."""

    saved: int = 0
    sent: int = 0
    township: int = 0
    accepted: int = 0
    seen: int = 0
    refused: int = 0
    total: int = 0
    worst: str = "none"
    label: str = ""

    @property
    def waiting(self) -> int:
        """Records of which the county's acceptance is not proven."""
        return self.saved + self.sent + self.township


@dataclass(frozen=True, slots=True)
class SyncProgress:
    stage: str                   # idle | directory | events | receipt | files | done | failed | paused
    label: str
    done: int = 0
    total: int | None = None     # None: not known yet
    per_s: float = 0.0           # documents a second; 0: not known yet
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class SyncRound:
    """Outcome of one round. `databases`: name -> {"pull", "push"}: docs, requests, bytes, seconds."""

    ok: bool
    started_at: int
    finished_at: int
    sentence: str
    error: str = ""              # short English word: "", unreachable, unauthorized, identity ...
    databases: Mapping[str, Any] = field(default_factory=dict)
    delivery: DeliverySummary = field(default_factory=DeliverySummary)
    files: DeliverySummary = field(default_factory=DeliverySummary)
    session: str = ""            # names this round in the hub's log, too


@dataclass(frozen=True, slots=True)
class StaffView:
    id: str
    name: str
    office: str
    office_name: str
    roles: tuple[str, ...]
    role_labels: tuple[str, ...]
    active: bool = True
    has_pin: bool = False


@dataclass(frozen=True, slots=True)
class OfficeView:
    id: str
    name: str                    # display name, with parent where names repeat
    level: str                   # county | township | village
    parent: str | None
    parent_name: str = ""


@dataclass(frozen=True, slots=True)
class JobView:
    """A job of the scheduler: its next run, None while the program that runs it does not."""

    name: str
    label: str
    next: int | None             # ms
    last: int | None             # ms
    failed: bool


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """The banner at the top of every screen."""

    office: OfficeView
    device: str
    slot: str
    hub_url: str
    hub_name: str
    directory_version: int
    events: DeliverySummary
    files: DeliverySummary
    cases: int
    last_success: int | None     # ms of the last whole round
    last_error: str              # Chinese sentence or ""
    clock_offset_ms: int | None  # hub minus this device; None: never measured
    clock_sentence: str          # "" or a warning about the clock
    worker: str                  # running | paused | stopped | elsewhere
    progress: SyncProgress
    sentence: str                # "3 条未上报，最近一次成功：今天 08:12"
    identity_fault: str = ""
    disk_free: int | None = None
    no_line: bool = False        # the last round did not reach the hub
    jobs: tuple[JobView, ...] = ()   # what the program does by the clock
    session: str = ""            # of the last round, as the county's log names it
    update: str = ""             # a sentence about a newer release that the county offers
