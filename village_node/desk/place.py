"""This service point as the counter sees it (`shared.disputes.acts.place`): its cases, folds, clock, keys. Writes nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from shared.disputes.acts.refusal import Refusal
from shared.disputes.acts.sealed_acts import Keys
from shared.disputes.case.state import CaseState
from shared.disputes.case.tracks import SealedRef
from shared.disputes.records import aggregates
from shared.ledger.authoring import Act, DeviceIdentity, Prepared
from shared.ledger.formats.envelope import Event
from shared.ledger.published.directory_heads import Directory, Staff
from shared.ledger.texts import t
from village_node.desk import store
from village_node.desk.devices import Devices
from village_node.point.errors import InvalidDraft, NodeError, NotHere, Refused, UsageError

if TYPE_CHECKING:
    from village_node.point.node import Node


class Folds(Protocol):
    """What is asked of `village_node.desk.cases.Cases`, which itself stands at the counter."""

    def today(self) -> str: ...

    def fold(self, events: list[Event], *, history: bool = True) -> CaseState: ...


class DeskPlace:
    """One per desk; keeps nothing."""

    def __init__(self, node: Node, cases: Folds) -> None:
        self._node, self._cases = node, cases

    @property
    def device(self) -> DeviceIdentity:
        config = self._node.config
        return DeviceIdentity(config.device, int(config.slot), config.office, self._node.device_key)

    @property
    def directory(self) -> Directory:
        return self._node.directory

    def today(self) -> str:
        return self._cases.today()

    def now(self) -> int:
        return self._node.now()

    def random(self, count: int) -> bytes:
        return self._node.random(count)

    def find(self, text: str) -> list[str]:
        return store.find(self._node, text)

    def events(self, aggregate: str, subject: str) -> list[Event]:
        return self._node.tables.events_of(aggregate, subject)

    def fold_case(self, events: Sequence[Event], *, history: bool = True) -> CaseState:
        return self._cases.fold(list(events), history=history)

    def fold_record(self, aggregate: str, events: Sequence[Event], today: str | None = None) -> aggregates.State:
        told, absent = self._node.tables.notices(events[0].subject, aggregate)
        return aggregates.fold(aggregate, events, store.rules(self._node), told, today or self.today(), absent=absent)

    def prepare(self, acts: Sequence[Act]) -> Prepared:
        return self._node.author.prepare(acts)

    def keys(self, person: Staff | None) -> Keys:
        return Keys(self._node.sealing_keys(), person.id if person else "", person.roles if person else ())

    def confirmed(self, devices: Mapping[str, str]) -> dict[str, str]:
        return self._node.recipients.confirmed(devices)

    def left_out(self, devices: Sequence[str]) -> str:
        """One sentence about those of these devices that wait for an answer; "" when none does."""
        found = [one for one in Devices(self._node).waiting() if one.id in devices]
        return t("sealing.left_out", count=len(found), devices="、".join(one.words for one in found[:6])) if found else ""

    def sealed_docs(self, refs: Sequence[SealedRef]) -> dict[str, Mapping[str, Any]]:
        keys = sorted({f"sealed:{ref.sha256}" for ref in refs})
        rows = self._node.closed.all_docs(keys=keys, include_docs=True) if keys else []
        return {row.id.partition(":")[2]: row.doc for row in rows if row.doc is not None}


_ERRORS: dict[str, type[NodeError]] = {"usage": UsageError, "closed": Refused, "absent": NotHere}


@contextlib.contextmanager
def in_words() -> Iterator[None]:
    """The counter's refusal as an error of this program, with its exit code."""
    try:
        yield
    except Refusal as no:
        raise InvalidDraft(no.sentence, no.fields) if no.sort == "draft" else _ERRORS[no.sort](no.sentence) from no
