"""The county's own numbers and calendars, and who is over whom there, as its directory publishes them, for
`fold_case(rules=..., calendar=...)`.

    table "limits"      {"duplicate_days": {"value": 45, "source": "..."}}            single rows of limits.toml
    table "risk"        {"items": {...}, "levels": {...}}                            single items and levels of risk.toml
    table "clocks"      {"visit": {"amount": 14, "unit": "day", "source": "..."}}     overlays single rows of clocks.toml
    calendar "2027"     {"year": 2027, "holidays": [...], "workdays": [...]}

A broken row must not stop a clerk's tablet: it is left out, the shipped default holds, and `problems`
says why.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared.disputes.rules import limits, risk_score, statutory
from shared.disputes.rules.clocks import ClockRules, default_rules, overlaid, under
from shared.ledger.published.lineage import Lineage
from shared.ledger.texts import t
from shared.ledger.workdays import Calendar, calendar_from
from shared.ledger.wrong_table import told


class Publishes(Protocol):
    """What is asked of a directory."""

    def table(self, key: str) -> Mapping[str, Any] | None: ...
    def calendar(self, key: str) -> Mapping[str, Any] | None: ...
    def keys(self, op: str) -> list[str]: ...

    @property
    def lineage(self) -> Lineage: ...


class VersionedDirectory(Publishes, Protocol):
    today: str

    @property
    def cited(self) -> tuple[str, int, str]: ...


@dataclass(frozen=True)
class CountyRules:
    """Make it once per directory version and keep it: deadlines are cached per object."""

    rules: ClockRules
    calendar: Calendar
    problems: tuple[str, ...] = ()
    digest: int = 0          # names the county's own numbers; 0 = none. Calendars are apart: a new one touches few cases
    matters: ClockRules = field(default_factory=statutory.default_rules)     # statutory clocks of petitions and legal aid
    documents: tuple[Mapping[str, Any], ...] = ()                         # the calendars that the directory publishes


def county_rules(directory: Publishes) -> CountyRules:
    problems: list[str] = []
    rows: dict[str, Mapping[str, Any]] = {}
    of_matters: dict[str, Mapping[str, Any]] = {}
    for kind, row in (directory.table("clocks") or {}).items():
        is_statutory = kind in statutory.default_rules().rules
        try:
            (statutory.overlaid if is_statutory else overlaid)({kind: row})
        except (ValueError, TypeError, AttributeError) as wrong:
            problems.append(t("rulescli.left_out", name=f"clocks.{kind}", reason=told(wrong)))
        else:
            (of_matters if is_statutory else rows)[kind] = row
    documents: list[Mapping[str, Any]] = []
    for key in directory.keys("calendar"):
        document = directory.calendar(key) or {}
        try:
            calendar_from([document])
        except (ValueError, TypeError, AttributeError) as wrong:
            problems.append(t("rulescli.left_out", name=f"calendar {key}", reason=told(wrong)))
        else:
            documents.append(document)
    own_limits = _table(directory, "limits", limits.overlaid, problems)
    own_risk = _table(directory, "risk", risk_score.overlaid, problems)
    own = {name: said for name, said in (("clocks", {**rows, **of_matters}), ("limits", own_limits), ("risk", own_risk)) if said}
    said = json.dumps(own, sort_keys=True, ensure_ascii=True).encode() if own else b""
    made = overlaid(rows, limits=limits.overlaid(own_limits), risk=risk_score.overlaid(own_risk)) if own else default_rules()
    matters = statutory.overlaid(of_matters) if of_matters else statutory.default_rules()
    return CountyRules(
        under(made, directory.lineage), calendar_from(documents), tuple(problems), zlib.crc32(said),
        under(matters, directory.lineage), tuple(documents),
    )


def _table(directory: Publishes, name: str, made: Callable[[Mapping[str, Any]], object],
           problems: list[str]) -> Mapping[str, Any]:
    """The county's table, whole or not at all: its rows belong together."""
    said = directory.table(name) or {}
    try:
        made(said)
    except (ValueError, TypeError, AttributeError) as wrong:
        problems.append(t("rulescli.left_out", name=name, reason=told(wrong)))
        return {}
    return said


class RulesBook:
    """The rules of the directory as it is whenever one asks; made once per version and day. Thread-safe by replacing one
    value."""

    def __init__(self, directory: Callable[[], VersionedDirectory]) -> None:
        self._directory = directory
        self._made: tuple[tuple[object, str], CountyRules] | None = None

    def __call__(self) -> CountyRules:
        directory = self._directory()
        made = self._made
        key = (directory.cited, directory.today)
        if made is None or made[0] != key:
            made = self._made = (key, county_rules(directory))
        return made[1]
