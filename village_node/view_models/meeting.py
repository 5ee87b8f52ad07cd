"""A meeting online that this office was asked to, or that an appointment here led to: its link, and whether it can be opened now.
No Kivy, no SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from shared.disputes.papers.kit.codes import qr
from shared.disputes.records.machine import RecordState
from shared.ledger.texts import t
from village_node.desk import present
from village_node.desk.desk import Desk
from village_node.desk.views import RecordView
from village_node.view_models.next_step import day_words

MOST = 50           # open meetings that are looked through for that of an appointment
_AHEAD = frozenset({"scheduled", "in_session"})


@dataclass(frozen=True, slots=True)
class MeetingModel:
    """`squares`: rows of the link as a QR code, 1 dark; `blocked`: why it can hardly be opened now, with what to do, or ""."""

    link: str
    when: str
    squares: tuple[tuple[int, ...], ...]
    blocked: str


def meeting(desk: Desk, view: RecordView) -> MeetingModel | None:
    """None when there is none, it is over, or what stands there is no link (a number of another system)."""
    found = _state(desk, view)
    link = str(found.get("data", {}).get("join", "")) if found is not None else ""
    if found is None or not _has_host(link) or found["state"] not in _AHEAD:
        return None
    data = found["data"]
    day = day_words(str(data["date"]), desk.today())
    return MeetingModel(link, t("around.meeting_when", date=day, start=data.get("start", "")),
                        tuple(tuple(row) for row in qr(link)), _blocked(desk))


def _has_host(link: str) -> bool:
    try:
        return link.startswith(("http://", "https://")) and bool(urlsplit(link).hostname)
    except ValueError:      # half of an IPv6 address, in an accepted record
        return False


def _state(desk: Desk, view: RecordView) -> Mapping[str, Any] | None:
    if view.aggregate == "online_consultation":
        return view.state
    if view.aggregate != "appointment":
        return None
    rows = desk.records("online_consultation", open_only=True, limit=MOST)
    states = (one for one in (desk.record(row["record_id"]) for row in rows) if isinstance(one, RecordState))
    return next(({"state": one.state, "data": one.data} for one in states
                 if one.data.get("appointment") == view.id and one.state in _AHEAD), None)


def _blocked(desk: Desk) -> str:
    if not desk.status().no_line:
        return ""
    phone = present.help_desk(desk.node.directory)
    return t("around.meeting_no_line", phone=phone) if phone else t("around.meeting_no_line_no_phone")
