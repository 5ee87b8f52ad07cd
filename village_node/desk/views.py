"""What the desk returns to a screen or a command line: frozen values with Chinese labels already filled in.

Must not know: Kivy, SQL, replicas. `shared.commands.output.plain` turns any of them into plain JSON.
Dates are "YYYY-MM-DD" (Asia/Shanghai), instants are ms since 1970 UTC, money is in fen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.disputes.case.checklist import Have
from village_node.point.values import Delivery, DeliverySummary


@dataclass(frozen=True, slots=True)
class PartyView:
    index: int
    name: str
    role: str
    role_label: str
    phone: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileView:
    """One file of a case. `here` of `chunks` are on this device; bytes only when complete."""

    sha256: str
    name: str
    type: str
    size: int
    purpose: str                 # photo | signature | paper
    purpose_label: str
    party: int | None
    thumb: bytes | None
    event_id: str
    chunks: int
    here: int
    delivery: Delivery

    @property
    def complete(self) -> bool:
        return self.here == self.chunks


@dataclass(frozen=True, slots=True)
class DeadlineView:
    case_id: str
    number: str
    kind: str
    label: str
    start_date: str
    due_date: str
    warn_date: str
    days_left: int               # negative: overdue by so many days
    level: str                   # ok | warn | ring | overdue
    sentence: str                # "受理期限还剩 1 天"
    provisional: bool = False
    summary: str = ""
    stopped: bool = False
    alarm_at: int = 0            # instant of an alarm within the day, ms; 0 = none


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    id: str
    kind: str
    title: str                   # "登记", "上报乡镇"
    text: str                    # one line of content
    office: str
    office_name: str
    actor: str
    actor_name: str
    role: str
    legal_date: str
    device_time: int
    delivery: Delivery
    own: bool                    # written on this device
    body: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[FileView, ...] = ()
    refused: str = ""            # struck through, with the reason
    no_effect: str = ""          # kept, but it moved nothing, and why: another office had acted before
    newer: bool = False          # written by a newer version: kept, shown, not understood
    sealed: str = ""             # of a sealed record: open (shown here), else why it is not: no_key | absent | role | damaged


@dataclass(frozen=True, slots=True)
class ActionView:
    """One thing that may be done now. `verb` is what `Desk.act` and `village-node case VERB` take."""

    verb: str
    kind: str
    label: str
    enabled: bool = True
    reason: str = ""             # why it is not enabled, in words


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One step of a record. `why`: why it moved nothing, in words; "" when it had its effect."""

    id: str
    office: str
    legal_date: str
    title: str
    actor_name: str
    why: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record, petition or legal-aid matter as it stands. `state` is the folded state, `findings` sentences for a person."""

    id: str
    aggregate: str
    state_label: str
    state: Mapping[str, Any]
    timeline: tuple[RecordLine, ...]
    actions: tuple[ActionView, ...]
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of a list."""

    id: str
    number: str
    file_no: str
    state: str
    state_label: str
    category: str
    category_label: str
    source: str
    summary: str
    place: str
    parties: str
    origin: str
    holder: str
    holder_name: str
    held_here: bool
    pending_kind: str            # "" | escalate | assign ...
    pending_to: str
    pending_to_name: str
    registered_at: str
    risk: str
    risk_label: str
    due_date: str
    due_label: str
    alarm: str                   # ok | warn | ring | overdue | ""
    incomplete: int
    needs_review: bool
    provisional: bool
    unread: bool                 # handed to this office and not yet opened (acknowledged) here
    updated_hlc: str
    delivery: DeliverySummary
    files: DeliverySummary
    waits_for: str = ""          # what an agreement that is not in force lacks: sign | seal
    pending_due: str = ""        # by when the receiver must answer the hand-over
    asks_here: str = ""          # what the case asks of this office: asked | returned | unread
    pending_level: str = ""      # county | township | village: of whom it waits for
    own_level: str = ""          # of the office that looks
    returned_by: str = ""        # who gave back what this office had handed on, while it has not acted since
    returned_reason: str = ""


@dataclass(frozen=True, slots=True)
class CaseView:
    row: CaseRow
    description: str
    parties: tuple[PartyView, ...]
    timeline: tuple[TimelineEntry, ...]
    actions: tuple[ActionView, ...]
    files: tuple[FileView, ...]
    deadlines: tuple[DeadlineView, ...]
    banners: tuple[str, ...]     # incomplete, needs review, status quo, disputed ...: one sentence each
    state: Mapping[str, Any]     # the folded case as JSON values, for forms that need more
    haves: tuple[Have, ...] = ()    # the six haves (六有): which the case has, and who or what shows it
    particulars: tuple[str, ...] = ()   # people and money involved, language, numbers elsewhere: one sentence each
    age: str = ""                   # how long it has been going on, in words

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def number(self) -> str:
        return self.row.number
