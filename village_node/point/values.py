"""What a service point tells of delivery and of its rounds: frozen values with Chinese labels already filled in.

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
