"""The bar at the foot of every screen: what has reached the county, what has not, and what runs now.

Never claims more than the desk has proven: the words come from counts of delivery states, not from the last round's outcome.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.ledger.days import moment
from shared.ledger.texts import t
from village_node.point.values import NodeStatus


@dataclass(frozen=True, slots=True)
class SyncBarModel:
    words: str
    tone: str
    detail: str
    running: bool
    fraction: float          # 0..1 of the running stage; 0 when not known
    short: str = ""          # the same in a few words, on the pill of every screen
    icon: str = ""
    narrow: str = ""         # fewer words yet: how many records wait or were refused


def sync_bar(status: NodeStatus, now_ms: int) -> SyncBarModel:
    progress = status.progress
    running = progress.stage not in ("idle", "done", "failed", "paused")
    words, tone = _counts(status)
    if running:
        words, tone = _running(status), "info"
    fraction = progress.done / progress.total if running and progress.total else 0.0
    short, icon = _short(status, min(fraction, 1.0) if running else None)
    number = status.events.refused or status.events.waiting
    narrow = t("app.sync.narrow", n=number) if number and not running else short
    return SyncBarModel(words, tone, _detail(status, now_ms), running, min(fraction, 1.0), short, icon, narrow)


def _short(status: NodeStatus, fraction: float | None) -> tuple[str, str]:
    """What is true, in a few words, and its icon. Never "synchronised"."""
    events = status.events
    if fraction is not None:
        percent = f" {int(fraction * 100)}%" if fraction else ""
        return t("app.sync.short_running", percent=percent), "cloud-sync-outline"
    if events.refused:
        return t("app.sync.short_refused", n=events.refused), "alert"
    if events.waiting and status.no_line:
        return t("app.sync.short_no_line", n=events.waiting), "cloud-off-outline"
    if events.waiting:
        return t("app.sync.short_waiting", n=events.waiting), "cloud-upload-outline"
    if not events.total:
        return t("app.sync.short_nothing"), "cloud-outline"
    return t("app.sync.short_all"), "cloud-check-outline"


def _counts(status: NodeStatus) -> tuple[str, str]:
    events = status.events
    if events.refused:
        return t("app.sync.refused", n=events.refused), "bad"
    if not events.total:
        return t("app.sync.nothing"), "plain"
    if events.waiting:
        return t("app.sync.waiting", n=events.waiting, total=events.total), "warn"
    return t("app.sync.all_accepted", total=events.total), "good"


def _running(status: NodeStatus) -> str:
    progress = status.progress
    if progress.total:
        return t("app.sync.running_n", label=progress.label, done=progress.done, total=progress.total)
    return t("app.sync.running", label=progress.label)


def _detail(status: NodeStatus, now_ms: int) -> str:
    parts = [
        t("app.sync.last", when=when(status.last_success, now_ms)) if status.last_success else t("app.sync.never"),
        t("app.sync.failed", reason=status.last_error) if status.last_error else "",
        status.clock_sentence,
        status.identity_fault,
    ]
    return "　".join(part for part in parts if part)


def when(instant_ms: int, now_ms: int) -> str:
    """`今天 08:12` or `11-21 17:40`, Chinese time."""
    then = moment(instant_ms)
    if then.date() == moment(now_ms).date():
        return f"{t('app.today')} {then:%H:%M}"
    return f"{then:%m-%d %H:%M}"
