"""The home of a person at the desk: greeting, what waits, how much of it. No Kivy, no SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.ledger.days import date_of, moment
from shared.ledger.texts import t

# (list of `village_node.desk.lists`, icon, tone), in the order of the tiles
TILES = (
    ("warn", "clock-alert-outline", "warn"),
    ("overdue", "alert", "bad"),
    ("new", "inbox-arrow-down", "info"),
    ("waiting", "cloud-upload-outline", "plain"),
)
# (what it opens: an aggregate, or "figures", icon, tone)
GRID = (
    ("hazard", "shield-alert-outline", "warn"),
    ("small_service", "sprout", "good"),
    ("talk_item", "forum-outline", "info"),
    ("appointment", "calendar-clock", "info"),
    ("consultation", "chat-outline", "good"),
    ("petition", "email-outline", "warn"),
    ("legal_aid", "gavel", "info"),
    ("referral", "swap-horizontal", "good"),
    ("sweep", "magnify", "warn"),
    ("online_consultation", "video-outline", "info"),
    ("public_qa", "bullhorn-outline", "good"),
    ("figures", "chart-bar", "plain"),
    ("all", "dots-grid", "plain"),
)


@dataclass(frozen=True, slots=True)
class HomeModel:
    greeting: str
    line: str
    numbers: Mapping[str, int]
    refused: str                 # a sentence, or ""


def home(name: str, numbers: Mapping[str, int], today: str, now_ms: int) -> HomeModel:
    hour = moment(now_ms).hour
    part = "morning" if hour < 11 else "noon" if hour < 13 else "afternoon" if hour < 18 else "evening"
    day = date_of(today)
    date = t("app.home.date", month=day.month, day=day.day, weekday=t("app.weekdays")[day.weekday()])
    near, over = numbers["warn"], numbers["overdue"]
    if over:
        said = t("app.home.first_overdue", n=near + over, over=over)
    else:
        said = t("app.home.due", n=near) if near else t("app.home.nothing")
    refused = t("app.home.refused", n=numbers["refused"]) if numbers["refused"] else ""
    return HomeModel(t(f"app.home.{part}", name=name), f"{date}　{said}", dict(numbers), refused)
