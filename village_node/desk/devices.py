"""Devices of the directory, and whether a person here has said to know them: only those get keys of sealed bodies.

    Devices(node).listed() -> every active one, those that wait first;  confirm(device, staff), refuse(device, staff)

Nothing waits for an answer: what is written meanwhile is sealed for the others, and can be passed on afterwards.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.ledger.published.directory import Device
from shared.ledger.texts import t
from village_node.desk.present import office_name
from village_node.point.clock import moment_of
from village_node.point.errors import UsageError
from village_node.point.safe.recipients import CONFIRMED, REFUSED, WAITING

if TYPE_CHECKING:
    from village_node.point.node import Node

OWN = "own"


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """`status`: own | confirmed | refused | waiting. `since`, `at`: ms. `mark`: of the public key, to compare by telephone.
    `near`: of this office, one above or below it, or of a neighbour with the same parent."""

    id: str
    office: str
    office_name: str
    slot: str
    status: str
    since: int
    by: str
    at: int
    mark: str
    near: bool

    @property
    def words(self) -> str:
        return t("sealing.device.words", device=self.id, office=self.office_name, slot=self.slot, since=moment_of(self.since))


class Devices:
    """One per desk; keeps nothing."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def listed(self) -> list[DeviceLine]:
        """Active ones: those that wait first, near ones before others."""
        lines = [self._line(device) for device in self._node.directory.devices() if device.status == "active"]
        return sorted(lines, key=lambda one: (one.status != WAITING, not one.near, one.id))

    def waiting(self, *, near: bool = False) -> list[DeviceLine]:
        return [one for one in self.listed() if one.status == WAITING and (one.near or not near)]

    def confirm(self, device: str, staff: str) -> DeviceLine:
        """A key may be wrapped for it from now on. Raises UsageError."""
        return self._answer(device, staff, CONFIRMED)

    def refuse(self, device: str, staff: str) -> DeviceLine:
        """None any more, also where it was confirmed before; keys that it was given stay given. Raises UsageError."""
        return self._answer(device, staff, REFUSED)

    def own_mark(self) -> str:
        return mark_of(self._node.device_key.public)

    def _answer(self, id: str, staff: str, status: str) -> DeviceLine:
        found = self._node.directory.device(id)
        if id in self._node.devices:
            raise UsageError(t("sealing.device.is_own", device=id))
        directory, own = self._node.directory, self._node.config
        person = directory.staff(staff)
        if person is None or not person.active or not (person.office == own.office or directory.may_use(own.device, staff)):
            raise UsageError(t("counter.no_person", staff=staff))
        if found is None or found.status != "active":
            raise UsageError(t("sealing.device.unknown", device=id))
        self._node.recipients.answer(id, found.public_key, status, staff)
        return self._line(found)

    def _line(self, device: Device) -> DeviceLine:
        directory, known = self._node.directory, self._node.recipients.of(device.id, device.public_key)
        status = OWN if device.id in self._node.devices else known.status
        return DeviceLine(device.id, device.office, office_name(directory, device.office), f"{device.slot:03d}", status,
                          known.since, known.by, known.at, mark_of(device.public_key), self._near(device.office))

    def _near(self, office: str) -> bool:
        directory, here = self._node.directory, self._node.config.office
        above = directory.ancestors(here)
        return office in above or directory.is_within(office, here) or bool(above and office in directory.children(above[0]))


def mark_of(public_key: str) -> str:
    """Eight letters of the key's SHA-256, in two groups."""
    mark = hashlib.sha256(public_key.encode()).hexdigest()[:8].upper()
    return f"{mark[:4]}-{mark[4:]}"
