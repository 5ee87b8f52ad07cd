"""The setting of a form beside cases: a record, petition or legal-aid matter, or one that is not there yet.

The same questions are asked as of a case; what a case alone has (parties, a holder) is left empty here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.disputes.forms.form import DeskPart, LinePart, Setting
from shared.disputes.forms.sought import Choice, Seeker

Known = Callable[[str], Mapping[str, Any]]      # kind -> what is filled in by itself


@dataclass(frozen=True, slots=True)
class _Row:
    """The part of a case's row that choices ask."""

    holder: str
    risk: int = 1


@dataclass(frozen=True, slots=True)
class _View:
    """The part of a case's view that choices ask."""

    id: str
    row: _Row
    state: Mapping[str, Any]
    timeline: Sequence[LinePart] = ()
    parties: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordSetting(Setting):
    """What a form is made from, of a record. `fills`: what the counter knows of a step by itself."""

    fills: Known

    @property
    def parties(self) -> tuple[Choice, ...]:
        """Who asked, where consents are wanted."""
        asker = data_of(self.view.state).get("asker")
        return (("0", str(asker)),) if asker else ()

    def known(self, kind: str) -> Mapping[str, Any]:
        return self.fills(kind)


def setting_of(record: str, state: Mapping[str, Any], timeline: Sequence[LinePart], desk: DeskPart, today: str, staff: str,
               staff_name: str, fills: Known, seeker: Seeker | None = None) -> RecordSetting:
    """`record` "" and an empty `state`: one that is not there yet."""
    holder = str(state.get("handler") or state.get("origin") or "")
    return RecordSetting(_View(record, _Row(holder), state, timeline), desk, today, staff, staff_name, fills, seeker=seeker)


def data_of(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was said of it, wherever its machine keeps that."""
    data: Mapping[str, Any] = state.get("data") or state
    return data
