"""In words: where a file is that is not on this device, and how far it is on its way back. No Kivy, no SQL."""

from __future__ import annotations

from dataclasses import dataclass

from shared.ledger.texts import t
from village_node.desk.sending.fetching import Freed, OnTheWay
from village_node.point.values import NodeStatus
from village_node.view_models.sync_page import size_words


@dataclass(frozen=True, slots=True)
class FetchModel:
    """`button` "" while there is nothing to tap. `fraction` 0..1 of the file is here; None: no bar."""

    words: str
    tone: str = "info"
    button: str = ""
    fraction: float | None = None


def fetching(way: OnTheWay, status: NodeStatus, size: int, *, asked: bool, looked: bool) -> FetchModel:
    """`asked`: somebody tapped here; `looked`: a round has ended since."""
    again = t("fetching.button")
    if not way.wanted:
        if asked and looked:
            return FetchModel(t("fetching.nowhere"), "warn", again)
        return FetchModel(t("fetching.at_county", size=size_words(size)), "info", again)
    share = way.here / way.chunks if way.chunks else 0.0
    if way.waits_for_wifi:
        return FetchModel(t("fetching.wifi"), "warn", "", share)
    if status.worker == "elsewhere":
        return FetchModel(t("fetching.elsewhere"), "info", "", share)
    rests = status.progress.stage in ("idle", "done", "failed", "paused")
    if rests and looked and (status.no_line or status.last_error):
        why = t("fetching.no_line") if status.no_line else t("fetching.failed", why=status.last_error.rstrip("。"))
        return FetchModel(why, "warn", again, share)
    return FetchModel(t("fetching.coming", here=way.here, chunks=way.chunks), "info", "", share)


def freed_line(freed: Freed) -> tuple[str, str]:
    """(what stands below the title, the word of the button, "" where all of it is coming)."""
    words = t("fetching.files", n=freed.files, size=size_words(freed.size))
    if freed.wanted == freed.files:
        return f"{words}　{t('fetching.on_the_list')}", ""
    return words, t("fetching.button")
