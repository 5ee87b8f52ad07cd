"""What the law makes every screen of a case say: banners of the matter, and where an excluded one must go.

One place for tablet, console and both command lines. Pure words from a folded case; the rules are `guards`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.disputes.case import guards
from shared.disputes.case.state import CaseState
from shared.ledger import codes
from shared.ledger.days import said_day
from shared.ledger.texts import t


def notices(case: CaseState) -> tuple[str, ...]:
    """Chinese sentences, the gravest first; empty for a case of an ordinary matter."""
    vulnerable = any(party.vulnerable for party in case.parties)
    found = [t(f"banner.{key}") for key in guards.banners(case.category, case.subcategory, vulnerable=vulnerable)]
    channel = guards.right_channel(case.category, case.subcategory)
    if channel and case.is_open:
        found.append(t("banner.channel", channel=codes.name("outcome", channel)))
    return tuple(found)


def meeting_words(meeting: Mapping[str, Any] | None, today: str) -> str:
    """When and where the parties meet next, in a sentence; "" where nothing is planned. `meeting`: as in the state's values."""
    return "" if not meeting else t("banner.meeting", date=said_day(meeting["date"], today), time=meeting["time"],
                                    place=meeting["place"], mode=codes.name("meeting_mode", meeting["mode"]))
