"""Where: villages and groups to tap, found by a part of the name or its pinyin initials, and free words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from shared.disputes.rules.grids import Grid
from shared.ledger.looked_for import looked_for
from shared.ledger.texts import t
from village_node.point.values import OfficeView

MOST = 60               # villages that a sheet shows at once; typing narrows
GROUPS = 10             # offered by number where the county has published no grids
Choice = tuple[str, str]


def villages(offices: Iterable[OfficeView], here: OfficeView) -> tuple[Choice, ...]:
    """(id, name): where a matter of this office may lie. Its own place, then those below it, then its neighbours below the same
    parent; a village names its parent where the list holds more than one township."""
    known = [o for o in offices if o.level in ("village", "township")]
    near = [o for o in known if here.id in (o.id, o.parent)]
    beside = [o for o in known if here.level == "village" and o.parent == here.parent and o.id != here.id]
    rest = [o for o in known if o not in near and o not in beside]
    ordered = [*sorted(near, key=lambda o: (o.id != here.id, o.id)), *sorted(beside, key=lambda o: o.id),
               *sorted(rest, key=lambda o: o.id)]
    return tuple((o.id, o.name) for o in ordered)


def found(choices: Sequence[Choice], typed: str) -> tuple[tuple[Choice, ...], int]:
    """The first that have the typed words in their name or its initials, and how many have them."""
    fit = looked_for(choices, typed)
    return tuple(fit[:MOST]), len(fit)


def groups(office: str, grids: Iterable[Grid], day: str) -> tuple[str, ...]:
    """The groups of a village as the county published them, else by number."""
    published = sorted((g.group, g.name) for g in grids if g.tier == "group" and g.office == office and g.valid_on(day))
    if published:
        return tuple(_group(int(group)) for group in dict.fromkeys(group for group, _ in published))
    return tuple(_group(n) for n in range(1, GROUPS + 1))


def _group(number: int) -> str:
    """三组, as it is spoken and written on the gates."""
    digits, tens, ones = t("intake.place.digits"), number // 10, number % 10
    spoken = ("" if tens <= 1 else digits[tens]) + (digits[10] if tens else "") + (digits[ones] if ones else "")
    return t("intake.place.group", n=spoken)


def text(answers: Mapping[str, Any]) -> str:
    """三组 井台西侧: the group that was tapped, then the words."""
    return " ".join(part for part in (answers["group"], answers["place"].strip()) if part)


def lives(office_name: str, group: str) -> str:
    """东渠村 三组."""
    return " ".join(part for part in (office_name, group) if part)


def line(answers: Mapping[str, Any], name_of: Callable[[str], str]) -> str:
    return " ".join(part for part in (name_of(answers["office"]), text(answers)) if part)
