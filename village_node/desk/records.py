"""Hazards, sweeps, talk items, appointments and all else beside cases at the desk, petitions and legal aid among them.

The steps and their rules are `shared.disputes.records.aggregates`; whoever may is `shared.disputes.rules.policy`; whether a
step has an effect is found by
folding the record with the step added, as for cases. Written as cases are: files first, then one signed event, durable.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shared.disputes.acts.sealing_rules import around_record
from shared.disputes.kinds import registry as bodies
from shared.disputes.records import aggregates
from shared.disputes.records.machine import kind_title
from shared.disputes.rules import policy
from shared.disputes.tables import due as read_model_matters
from shared.ledger.errors import Refused as BadEvent
from shared.ledger.formats.envelope import Event, check_event, subject_range
from shared.ledger.formats.ids import is_ulid
from shared.ledger.texts import t
from village_node.desk import forms as desk_forms
from village_node.desk import rules as desk_rules
from village_node.desk import store
from village_node.desk.acts import with_files
from village_node.desk.forms import PLACEHOLDER
from village_node.point import chain_check
from village_node.point import files as desk_files
from village_node.point.errors import NotHere, Refused, UsageError, after_saving
from village_node.point.files import FileDraft

log = logging.getLogger("village_node.records")

if TYPE_CHECKING:
    from shared.ledger.published.directory_heads import Staff
    from village_node.desk.acts import Acts
    from village_node.point.node import Node


class Records:
    """One per desk."""

    def __init__(self, node: Node, acts: Acts) -> None:
        self._node, self._acts = node, acts

    # ---- reads

    def rows(self, aggregate: str = "", *, open_only: bool = False, limit: int = 200, offset: int = 0,
             case: str = "") -> list[dict[str, Any]]:
        if aggregate and aggregate not in aggregates.NAMES:
            raise UsageError(t("recordcli.no_aggregate", value=aggregate, known="、".join(aggregates.NAMES)))
        with self._node.tables.reader() as db:
            return read_model_matters.rows(db, aggregate, open_only=open_only, limit=limit, offset=offset, case=case)

    def due(self, today: str, now: int | None) -> list[dict[str, Any]]:
        """Everything that is due, cases included."""
        with self._node.tables.reader() as db:
            return read_model_matters.all_due(db, today, now=now)

    def warnings(self, today: str, now: int) -> list[dict[str, Any]]:
        with self._node.tables.reader() as db:
            return read_model_matters.warnings(db, today, now)

    def show(self, record: str, today: str) -> aggregates.State:
        aggregate, events = self.events(record)
        return self.fold(aggregate, events, today)

    def events(self, record: str) -> tuple[str, list[Event]]:
        """(aggregate, every event of the record that is here). Raises NotHere."""
        for aggregate in aggregates.NAMES if is_ulid(record) else ():
            start, end = subject_range(aggregate, record)
            rows = self._node.office.all_docs(startkey=start, endkey=end, include_docs=True)
            events = [event for event in (_event(row.doc) for row in rows) if event is not None]
            if events:
                return aggregate, events
        raise NotHere(t("recordcli.unknown", id=record))

    def opened(self, record: str, person: Staff) -> dict[str, Any]:
        """See `Desk.opened`. Who asked is written to the log of this HOME."""
        _, events = self.events(record)
        found = self._acts.sealed.open_events(record, events, person)
        if found:
            log.warning("%s has opened %d sealed steps of %s", person.id, len(found), record)
        return found

    def fold(self, aggregate: str, events: list[Event], today: str) -> aggregates.State:
        told, absent = self._node.tables.notices(events[0].subject, aggregate)
        return aggregates.fold(aggregate, events, store.rules(self._node), told, today, absent=absent)

    # ---- writes

    def write(self, kind: str, staff_id: str, record: str | None, draft: Mapping[str, Any], *,
              files: Sequence[FileDraft] = (), legal_date: str | None = None, today: str) -> aggregates.State:
        """Open a record (`record` None) or take a step on one that is here. Raises UsageError, NotHere, InvalidDraft, Refused."""
        aggregate = aggregates.aggregate_of_kind(kind)
        if not aggregate:
            raise UsageError(t("recordcli.no_kind", value=kind))
        opens = kind == aggregates.opening(aggregate)
        if opens != (record is None):
            raise UsageError(t("recordcli.opens" if opens else "recordcli.which", kind=kind_title(kind)))
        person = self._acts.person(staff_id)
        date = self._acts.date(legal_date)
        role = self._role(kind, person, date)
        chain_check.before_write(self._node)
        prepared = desk_files.prepare_all(files)
        body = desk_forms.check(kind, with_files(self._filled(kind, draft), prepared))
        subject, events = (aggregates.NOT_YET, []) if record is None else (record, self._of(aggregate, record))
        heads = self.fold(aggregate, events, today).heads if events else ()
        here = around_record(self.fold(aggregate, events, today) if events else None)
        [write] = self._acts.sealed.writes(kind, body, subject, role, here)
        body = dict(write.body)
        desk_rules.require_open(self._node, kind, body, date)
        number = kind in aggregates.NUMBERED
        tried = {**body, "number": PLACEHOLDER} if number else body
        self._require_effect(aggregate, kind, subject, tried, events, heads, person, role, date, today)
        desk_files.store(self._node.files, prepared)
        self._acts.sealed.store([write])
        subject = self._node.author.write(kind, record, body, actor=person.id, role=role, legal_date=date,
                                          after=heads or None, number=number).subject
        chain_check.after_write(self._node)
        with after_saving(subject):
            return self.show(subject, today)

    def _of(self, aggregate: str, record: str) -> list[Event]:
        """The events of a record of this aggregate. Raises NotHere also when it is one of another."""
        found, events = self.events(record)
        if found != aggregate:
            raise NotHere(t("recordcli.unknown", id=record))
        return events

    def _role(self, kind: str, person: Staff, date: str) -> str:
        level = policy.level_in(self._node.config.office, self._node.directory)
        for role in person.roles:
            if person.may_act(role, date) and policy.allows(kind, level, role):
                return role
        serves = any(policy.allows(kind, level, role) for role in person.roles)
        reason = t("effect.not_serving" if serves else "effect.role_not_allowed", date=date)
        raise Refused(t("node.case.not_allowed", action=kind_title(kind), reason=reason))

    def _filled(self, kind: str, draft: Mapping[str, Any]) -> dict[str, Any]:
        """A place without an office lies here."""
        if not isinstance(draft, Mapping):
            raise UsageError(t("node.form.not_object"))
        made = dict(draft)
        if isinstance(made.get("case"), str) and made["case"] and not is_ulid(made["case"]):
            found = store.find(self._node, made["case"])
            if len(found) != 1:
                raise NotHere(t("node.case.unknown", case=made["case"]))
            made["case"] = found[0]
        if "place" in bodies.BODIES[kind, bodies.CURRENT[kind]].model_fields and not isinstance(made.get("place"), str):
            made["place"] = {"office": self._node.config.office, **(made.get("place") or {})}
        return made

    def _require_effect(self, aggregate: str, kind: str, subject: str, body: Mapping[str, Any], events: list[Event],
                        heads: Sequence[str], person: Staff, role: str, date: str, today: str) -> None:
        """Raises Refused in words when the step would be kept but move nothing."""
        node = self._node
        trial = aggregates.trial(
            kind, subject, body, heads=heads, office=node.config.office, actor=person.id, role=role, device=node.config.device,
            directory=node.directory, legal_date=date, now=node.clock())
        reason = aggregates.why_not(self.fold(aggregate, [*events, trial], today), trial.id)
        if reason:
            raise Refused(t("node.case.not_allowed", action=kind_title(kind), reason=reason))


def _event(doc: Mapping[str, Any] | None) -> Event | None:
    if doc is None:
        return None
    try:
        return check_event(doc)
    except BadEvent:
        return None
