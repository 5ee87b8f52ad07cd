"""How the people of a device want it to send: how often, and photographs only where the line costs nothing. Kept in state.json.

Must not know: screens, what a record means.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from village_node.point import limits
from village_node.point.upkeep import line as lines

if TYPE_CHECKING:
    from village_node.point.home import Home

_KEY = "sending"
CADENCES = (limits.CADENCE_S, 10 * 60, 30 * 60, 2 * 60 * 60)      # seconds; the last is for who pays by the hour


@dataclass(frozen=True, slots=True)
class Wishes:
    files_on_wifi: bool = False
    cadence_s: int = limits.CADENCE_S


def wishes_of(home: Home) -> Wishes:
    """What was wished last; what is no wish (an older or a broken file) is the default."""
    kept = home.state().get(_KEY)
    kept = kept if isinstance(kept, dict) else {}
    cadence = kept.get("cadence_s")
    return Wishes(kept.get("files_on_wifi") is True, cadence if cadence in CADENCES else limits.CADENCE_S)


def wish(home: Home, wanted: Wishes) -> None:
    home.update_state(**{_KEY: asdict(wanted)})


def files_may_go(home: Home, line: Callable[[], lines.Line] = lines.kind) -> bool:
    """Is now the time for photographs?"""
    return not wishes_of(home).files_on_wifi or line() in lines.FREE
