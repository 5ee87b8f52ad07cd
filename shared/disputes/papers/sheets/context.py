"""What the papers need beside the folded case: names, the day of printing, the font, the bytes of pictures.

A value that the caller fills once; nothing here reads a clock, a disk or a database. `file_bytes` answers
None for a picture that has not arrived, and the paper then says so in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from shared.disputes.case.citizen_slip import Slip
from shared.disputes.case.material import Material
from shared.disputes.rules.clocks import ClockRules, default_rules
from shared.ledger.errors import Refused
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.ids import parse_number
from shared.ledger.published.office_periods import given_on
from shared.ledger.workdays import DEFAULT, Calendar


def _no_file(_sha256: str) -> bytes | None:
    return None


def _no_sealed(_sha256: str) -> Mapping[str, Any] | None:
    return None


@dataclass(frozen=True)
class FormContext:
    """`events`: the accepted events of the case (refused ones left out); records, evidence and consents are
    read from them. `sealed_body` opens a closed record for those who may read it. Dates are ISO."""

    font: str | Path
    printed_on: str
    events: tuple[Event, ...] = ()
    offices: Mapping[str, str] = field(default_factory=dict)        # id -> full name, on the day of printing
    name_on: Callable[[str, str], str] | None = None                # (id, ISO date) -> full name on that day
    staff: Mapping[str, str] = field(default_factory=dict)          # id -> name
    office: str = ""                    # id of the printing office
    committee: str = ""                 # of the printing office, when the case names none
    committee_on: Callable[[str], str] | None = None                # the same on an ISO date
    court: str = ""                     # the court that would confirm
    telephone: str = ""                 # where the office is reached
    file_bytes: Callable[[str], bytes | None] = _no_file
    sealed_body: Callable[[str], Mapping[str, Any] | None] = _no_sealed
    keeper: str = ""                    # 立卷人
    checker: str = ""                   # 检查人
    retention: str = ""                 # 永久 | 30年 | 10年, as the county's archives rule decides; "" leaves it to be ticked
    demo: bool = False                  # draws the DEMO watermark
    slip: Slip | None = None            # the citizen's code, where it was made on this device
    rules: ClockRules = field(default_factory=default_rules)        # the county's clocks and calendar in force
    calendar: Calendar = DEFAULT

    @cached_property
    def material(self) -> Material:
        """The events, parsed once."""
        return Material.gather(self.events, self.sealed_body)

    def office_name(self, office: str, on: str | None = "") -> str:
        """The name on the day of a paper (`on`); without a day, of the day of printing."""
        if on and self.name_on is not None:
            return self.name_on(office, on)
        return self.offices.get(office, office)

    def committee_name(self, on: str | None = None) -> str:
        """Of the printing office's committee on the day of a paper; without a day, of the day of printing."""
        return self.committee_on(on) if on and self.committee_on is not None else self.committee

    def staff_name(self, staff: str) -> str:
        """Of a member of staff; a name that was written instead of an id stays."""
        return self.staff.get(staff, staff)

    def number(self, number: str) -> str:
        """The platform number as printed, `旧地村〔2026〕001-0012-7`, with the name of the day on which it was given; an alien
        one as it is."""
        try:
            parsed = parse_number(number)
        except Refused:
            return number
        given = given_on(self.events[0].subject) if self.events else ""
        return str(parsed.short(self.office_name(parsed.office, given)))
