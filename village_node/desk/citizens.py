"""The citizen's code at the desk (一案一码): shown where it was made, and the case of one that somebody brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.disputes.acts import citizen_codes
from shared.disputes.case.citizen_slip import Slip, slip
from shared.ledger.formats.ids import parse_number
from shared.ledger.published.office_periods import names_ever
from shared.ledger.published.telephones import phone_of
from shared.ledger.texts import t
from village_node.desk.place import DeskPlace, in_words
from village_node.desk.present import office_name
from village_node.point.errors import NotHere

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

    def opened_by(self, text: str, number: str = "", /) -> str:
        """The case of a slip that somebody brings. Where it is not here, the sentence names the office to ask and its telephone:
        the one whose number it bears, which has had the case from its first day. Raises UsageError, NotHere."""
        directory = self._node.directory
        offices = ((office.id, names_ever(directory, office.id)) for office in directory.offices())
        with in_words():
            code = citizen_codes.read(text, number, offices)
        if not self._place.find(code.number):
            county, office = directory.county(), parse_number(code.number).office
            phone = phone_of(directory, county.id if county else "", office)
            raise NotHere(t("citizen.ask_there", office=office_name(directory, office), phone=phone))
        return self.case_of(text, number)

    def case_of(self, text: str, number: str = "", /) -> str:
        """The case whose code was scanned, or typed beside its number. Raises UsageError, NotHere."""
        directory = self._node.directory
        offices = ((office.id, names_ever(directory, office.id)) for office in directory.offices())
        with in_words():
            return citizen_codes.case_of(self._place, citizen_codes.read(text, number, offices)).id
