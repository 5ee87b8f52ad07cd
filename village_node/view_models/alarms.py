"""What rings now, as one sentence and one number: never ten notices for ten cases. No Kivy.

    rings     a clock of hours (a red case) that has run out             overdue, due   cases this office holds
    unsent    days since the oldest own record that is not at the county  silent        days since the last whole round
Told once when it begins or grows, and again on another day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.ledger.texts import t
from village_node.desk.township.town import silent_days

_DAY = 86_400_000
Ring = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Alarms:
    """`rings`: (case, clock), the soonest due first. Days are 0 where nothing is to be told."""

    day: str
    rings: tuple[Ring, ...] = ()
    overdue: int = 0
    due: int = 0
    unsent: int = 0
    silent: int = 0

    @property
    def badge(self) -> int:
        return self.overdue + self.due + bool(self.unsent) + bool(self.silent)


def alarms(desk: Any) -> Alarms:
    """Numbers alone: a thousand overdue deadlines are counted, none is put into words."""
    numbers, now, most = desk.lists.due(), desk.node.now(), silent_days(desk.node.directory.setting("silent_days"))
    last, oldest = desk.node.home.state().get("last_success"), desk.sending.oldest_waiting()
    silent = (now - last) // _DAY if isinstance(last, int) else 0
    unsent = (now - oldest) // _DAY if oldest is not None else 0
    return Alarms(desk.today(), tuple(desk.ringing()), numbers["overdue"], numbers["warn"], unsent if unsent >= most else 0,
                  silent if silent >= most else 0)


def ring_words(desk: Any, ring: Ring) -> str:
    """The sentence of one; "" when it has ended since."""
    found = desk.alarm(*ring)
    return t("app.rings", sentence=found.sentence, number=found.number) if found is not None else ""


def told(before: Alarms | None, now: Alarms, words: Callable[[Ring], str]) -> str:
    """The one sentence for what began or grew since the last look; "" when nothing did. `words` is asked for the first ring that
    is new and for no other."""
    known = before if before is not None and before.day == now.day else Alarms(now.day)
    parts = []
    rang = frozenset(before.rings) if before is not None else frozenset()
    new = [ring for ring in now.rings if ring not in rang]
    if first := next((said for ring in new if (said := words(ring))), ""):
        parts.append(t("alarm.several", first=first, n=len(new) - 1) if len(new) > 1 else first)
    if now.overdue > known.overdue and not new:
        parts.append(t("alarm.overdue", n=now.overdue))
    if now.due > known.due and not new:
        parts.append(t("alarm.due", n=now.due))
    if now.unsent and not known.unsent:
        parts.append(t("alarm.unsent", days=now.unsent))
    if now.silent and not known.silent:
        parts.append(t("alarm.silent", days=now.silent))
    return t("alarm.join").join(parts)


def is_grave(now: Alarms) -> bool:
    return bool(now.rings or now.overdue)
