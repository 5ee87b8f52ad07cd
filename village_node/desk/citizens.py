"""The citizen's code at the desk (一案一码): shown where it was made, and the case of one that somebody brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.disputes.acts import citizen_codes
from shared.disputes.case.citizen_slip import Slip, slip
from shared.ledger.published.office_periods import names_ever
from village_node.desk.place import DeskPlace, in_words

if TYPE_CHECKING:
    from village_node.desk.cases import Cases
    from village_node.point.node import Node


class Citizens:
    def __init__(self, node: Node, cases: Cases) -> None:
        self._node, self._cases, self._place = node, cases, DeskPlace(node, cases)

    def slip(self, case: str, /) -> Slip | None:
        """The code in force, where it was made in this HOME (before a renewal too). Raises NotHere, UsageError."""
        state = self._cases.fold(self._cases.events(self._cases.resolve(case)))
        return slip(state, self._node.sealing_keys().values(), self._node.directory)

    def case_of(self, text: str, number: str = "", /) -> str:
        """The case whose code was scanned, or typed beside its number. Raises UsageError, NotHere."""
        directory = self._node.directory
        offices = ((office.id, names_ever(directory, office.id)) for office in directory.offices())
        with in_words():
            return citizen_codes.case_of(self._place, citizen_codes.read(text, number, offices)).id
