"""The page 送到没有 in words: what has arrived, what waits, what was refused, room, line. No Kivy, no SQL.

It claims nothing but what `village_node.desk.sending` has proven: "arrived" is the county's receipt, a share of a file what the
county's server has taken.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.ledger.days import moment
from shared.ledger.files.prepared import CHUNK_BYTES
from shared.ledger.texts import t
from village_node.desk.sending.outgoing import Contact, FileOnItsWay, Matter, Outgoing, RefusedRecord
from village_node.point.upkeep.wishes import CADENCES
from village_node.point.values import NodeStatus, SyncProgress
from village_node.view_models.case_list import DeliveryModel, delivery_model

_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000
_FRESH = 10 * _MINUTE          # so long a contact counts as "through"
_OFFICE_ICONS = {"county": "office-building", "township": "home-group", "village": "home-outline"}


@dataclass(frozen=True, slots=True)
class ContactLine:
    name: str
    icon: str
    when: str
    mark: str
    tone: str
    fault: str


@dataclass(frozen=True, slots=True)
class MatterLine:
    id: str
    aggregate: str
    title: str
    line: str
    mark: DeliveryModel
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RefusedLine:
    record: RefusedRecord
    title: str
    reason: str
    remedy: str
    button: str


@dataclass(frozen=True, slots=True)
class Running:
    """What is going on now. `fraction` 0..1; `pause` words of the left button, "" none."""

    words: str
    pace: str
    fraction: float
    running: bool
    pause: str
    now: str


@dataclass(frozen=True, slots=True)
class SyncPageModel:
    head: str
    head_line: str
    head_tone: str
    contacts: tuple[ContactLine, ...]
    waiting: str
    matters: tuple[MatterLine, ...]
    more: str
    refused: str
    refusals: tuple[RefusedLine, ...]
    files_on_wifi: bool
    wifi_note: str
    space: str
    space_left: str
    freeable: int
    freed: int               # matters whose files lie at the county alone
    free_words: str
    free_yes: str
    cadence: str
    cadences: tuple[tuple[str, str], ...]
    help: str
    phone: str


def sync_page(status: NodeStatus, out: Outgoing, now_ms: int, level: str) -> SyncPageModel:
    head, line, tone = _head(status, out, now_ms)
    size = size_words(out.space.freeable)
    return SyncPageModel(
        head, line, tone, tuple(_contact(c, now_ms) for c in out.contacts),
        t("sending.waiting", n=out.matters_total) if out.matters_total else t("sending.waiting_none"),
        tuple(_matter(m, n, out, level) for n, m in enumerate(out.matters, 1)),
        t("sending.more", n=out.matters_total - len(out.matters)) if out.matters_total > len(out.matters) else "",
        t("sending.refused", n=out.refused_total) if out.refused_total else "", tuple(map(_refusal, out.refused)),
        out.wishes.files_on_wifi, _wifi(out),
        t("sending.space", used=size_words(out.space.used), free=size) if out.space.files
        else t("sending.space_none", used=size_words(out.space.used)),
        t("sending.space_left", left=size_words(out.space.left)) if out.space.left is not None else "",
        out.space.files, out.freed,
        t("sending.free_words", n=out.space.files, size=size), t("sending.free_yes", n=out.space.files),
        str(out.wishes.cadence_s), tuple((str(s), cadence_words(s)) for s in CADENCES),
        t("sending.help" if out.help_phone else "sending.help_none", name=out.help_name), out.help_phone)


def upto_words(upto: int | None, now_ms: int) -> str:
    """The last line of a sync now; "" where nothing has arrived yet."""
    return t("sending.upto", when=when_words(upto, now_ms)) if upto is not None else ""


def running(progress: SyncProgress, worker: str, cadence_s: int) -> Running:
    going = progress.stage not in ("idle", "done", "failed", "paused")
    if going:
        words = (t("sending.running_n", label=progress.label, done=progress.done, total=progress.total) if progress.total
                 else t("sending.running", label=progress.label))
        share = min(progress.done / progress.total, 1.0) if progress.total else 0.0
        return Running(words, _pace(progress), share, True, t("sending.pause"), t("sending.busy"))
    if worker == "paused":
        return Running(t("sending.paused"), "", 0.0, False, t("sending.resume"), t("sending.now"))
    if worker == "elsewhere":
        return Running(t("sending.elsewhere"), "", 0.0, False, "", "")
    if worker == "stopped":
        return Running(t("sending.idle"), "", 0.0, False, "", "")
    words = t("sending.idle_next", minutes=cadence_s // 60)
    return Running(words, "", 0.0, False, t("sending.pause"), t("sending.now"))


def _pace(progress: SyncProgress) -> str:
    if not progress.per_s:
        return ""
    pace = (t("sending.pace_files", kb=max(1, round(progress.per_s * CHUNK_BYTES / 1024))) if progress.stage == "files"
            else t("sending.pace_records", n=max(1, round(progress.per_s))))
    left = progress.seconds_left
    if left is None:
        return pace
    return f"{pace}，{t('sending.left_minutes', n=round(left / 60)) if left >= 60 else t('sending.left_soon')}"


def _head(status: NodeStatus, out: Outgoing, now_ms: int) -> tuple[str, str, str]:
    if status.identity_fault:
        return status.identity_fault, "", "bad"
    if out.upto is None:
        if not status.events.total:
            return t("sending.nothing"), t("sending.nothing_line"), "plain"
        refused = t("sending.refused_line", n=out.refused_total) if out.refused_total else ""
        return t("sending.none_yet"), refused + t("sending.none_yet_line"), "warn"
    return upto_words(out.upto, now_ms), _exceptions(out) or t("sending.all_line"), "good"


def _exceptions(out: Outgoing) -> str:
    return "".join((
        t("sending.refused_line", n=out.refused_total) if out.refused_total else "",
        t("sending.later_line", n=out.records_waiting) if out.records_waiting else "",
        t("sending.files_line", n=out.files_waiting) if out.files_waiting else ""))


def _contact(contact: Contact, now_ms: int) -> ContactLine:
    icon = _OFFICE_ICONS.get(contact.level, "office-building")
    if contact.fault:
        mark, tone = t("sending.not_through"), "bad"
    elif contact.at is None:
        mark, tone = t("sending.never"), "plain"
    elif now_ms - contact.at < _FRESH:
        mark, tone = t("sending.through"), "good"
    else:
        mark, tone = ago_words(now_ms - contact.at), "warn"
    when = when_words(contact.at, now_ms) if contact.at is not None else ""
    return ContactLine(contact.name, icon, when, mark, tone, contact.fault)


def _matter(matter: Matter, place: int, out: Outgoing, level: str) -> MatterLine:
    parts = [t("sending.records", n=matter.records)] if matter.records else []
    return MatterLine(matter.id, matter.aggregate, matter.title or t("sending.unnamed"),
                      "　".join([*parts, t("sending.order", n=place)]), delivery_model(matter.state, level),
                      tuple(_file(file, out) for file in matter.files))


def _file(file: FileOnItsWay, out: Outgoing) -> str:
    name = f"{t(f'node.purpose.{file.purpose}')} {file.name}"
    if file.done == file.chunks:
        return t("sending.file_there", name=name)
    if out.wishes.files_on_wifi and out.line == "mobile":
        return t("sending.file_wifi", name=name)
    return t("sending.file_share", name=name, done=file.done, chunks=file.chunks)


def _refusal(record: RefusedRecord) -> RefusedLine:
    again = record.aggregate == "case" and record.kind != "case.registered"
    reason = t("sending.unsaid") if record.reason.isascii() else record.reason        # a code says nothing to a clerk
    return RefusedLine(record, "　".join(part for part in (record.title, record.what) if part),
                       t("sending.refused_reason", reason=reason), t("sending.refused_remedy", remedy=record.remedy),
                       t("sending.rewrite") if again else t("sending.open"))


def _wifi(out: Outgoing) -> str:
    if not out.wishes.files_on_wifi:
        return ""
    return {"mobile": t("sending.wifi_waits"), "unknown": t("sending.wifi_unknown")}.get(out.line, "")


def when_words(instant_ms: int, now_ms: int) -> str:
    """今天 08:12 · 昨天 17:40 · 11月21日 17:40, Chinese time."""
    then, now = moment(instant_ms), moment(now_ms)
    days = (now.date() - then.date()).days
    if days == 0:
        return f"{t('app.today')} {then:%H:%M}"
    if days == 1:
        return t("sending.yesterday", time=f"{then:%H:%M}")
    return t("sending.date", month=then.month, day=then.day, time=f"{then:%H:%M}")


def ago_words(ms: int) -> str:
    if ms < _HOUR:
        return t("sending.ago_minutes", n=ms // _MINUTE)
    return t("sending.ago_hours", n=ms // _HOUR) if ms < 2 * _DAY else t("sending.ago_days", n=ms // _DAY)


def cadence_words(seconds: int) -> str:
    return t("sending.cadence_minutes", n=seconds // 60) if seconds < 3600 else t("sending.cadence_hours", n=seconds // 3600)


def size_words(size: int) -> str:
    if size >= 1 << 30:
        return t("sending.size_gb", n=f"{size / (1 << 30):.1f}")
    if size >= 1 << 20:
        return t("sending.size_mb", n=f"{size / (1 << 20):.0f}")
    return t("sending.size_kb", n=max(1, size >> 10) if size else 0)
