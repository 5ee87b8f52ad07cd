"""Hazards, sweeps, small services, talk items, appointments and the other small aggregates at the desk: list, show, write a step.

The steps and their rules are `shared.records_machines`; whoever may is `shared.policy`; whether a step has an effect is found by
folding the record with the step added, as for cases. Written as cases are: files first, then one signed event, durable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shared import bodies, policy
from shared.envelope import Event, check_event, subject_range
from shared.errors import Refused as BadEvent
from shared.ids import is_ulid, new_ulid
from shared.read_model_records import list_records, warnings
from shared.records import Machine, RecordState, fold_record, kind_title
from shared.records_machines import MACHINES
from shared.texts import has, t
from village_node import chain_check, desk_files, desk_forms
from village_node.desk_acts import with_files
from village_node.desk_files import FileDraft
from village_node.errors import NotHere, Refused, UsageError, after_saving

if TYPE_CHECKING:
    from shared.directory import Staff
    from village_node.desk_acts import Acts
    from village_node.node import Node


class Records:
    """One per desk."""

    def __init__(self, node: Node, acts: Acts) -> None:
        self._node, self._acts = node, acts

    # ---- reads

    def rows(self, aggregate: str = "", *, open_only: bool = False, limit: int = 200, offset: int = 0) -> list[dict[str, Any]]:
        if aggregate and aggregate not in MACHINES:
            raise UsageError(t("recordcli.no_aggregate", value=aggregate, known="、".join(MACHINES)))
        with self._node.cases.tables() as db:
            return list_records(db, aggregate, open_only=open_only, limit=limit, offset=offset)

    def warnings(self, today: str) -> list[dict[str, Any]]:
        with self._node.cases.tables() as db:
            return warnings(db, today)

    def show(self, record: str, today: str) -> RecordState:
        machine, events = self._events(record)
        return self._fold(machine, events, today)

    def _events(self, record: str) -> tuple[Machine, list[Event]]:
        """Every event of the record that is here. Raises NotHere."""
        for machine in MACHINES.values() if is_ulid(record) else ():
            start, end = subject_range(machine.aggregate, record)
            rows = self._node.office.all_docs(startkey=start, endkey=end, include_docs=True)
            events = [event for event in (_event(row.doc) for row in rows) if event is not None]
            if events:
                return machine, events
        raise NotHere(t("recordcli.unknown", id=record))

    def _fold(self, machine: Machine, events: list[Event], today: str) -> RecordState:
        told, absent = self._node.cases.notices(events[0].subject, machine.aggregate)
        ours = self._node.cases.rules()
        return fold_record(machine, events, told, today, rules=ours.rules, calendar=ours.calendar, absent=absent)

    # ---- writes

    def write(self, kind: str, staff_id: str, record: str | None, draft: Mapping[str, Any], *,
              files: Sequence[FileDraft] = (), legal_date: str | None = None, today: str) -> RecordState:
        """Open a record (`record` None) or take a step on one that is here. Raises UsageError, NotHere, InvalidDraft, Refused."""
        machine = MACHINES.get(kind.partition(".")[0])
        if machine is None or kind not in (machine.opens, *machine.steps):
            raise UsageError(t("recordcli.no_kind", value=kind))
        if (kind == machine.opens) != (record is None):
            raise UsageError(t("recordcli.opens" if kind == machine.opens else "recordcli.which", kind=kind_title(kind)))
        person = self._acts.person(staff_id)
        date = self._acts.date(legal_date)
        role = self._role(kind, person, date)
        chain_check.before_write(self._node)
        prepared = desk_files.prepare_all(files)
        body = desk_forms.check(kind, with_files(self._filled(kind, draft), prepared))
        subject, events = (new_ulid(max(self._node.now(), 0), self._node.random(10)), []) if record is None else (record, None)
        if events is None:
            _, events = self._events(subject)
        heads = self._fold(machine, events, today).heads if events else ()
        self._require_effect(machine, kind, subject, body, events, heads, person, role, date, today)
        desk_files.store(self._node.files, prepared)
        self._node.author.write(kind, subject, body, actor=person.id, role=role, legal_date=date, after=heads)
        chain_check.after_write(self._node)
        with after_saving(subject):
            return self.show(subject, today)

    def _role(self, kind: str, person: Staff, date: str) -> str:
        level = policy.level_in(self._node.config.office, self._node.directory)
        for role in person.roles:
            if person.may_act(role, date) and policy.allows(kind, level, role):
                return role
        raise Refused(t("node.case.not_allowed", action=kind_title(kind), reason=t("effect.role_not_allowed")))

    def _filled(self, kind: str, draft: Mapping[str, Any]) -> dict[str, Any]:
        """A place without an office lies here."""
        if not isinstance(draft, Mapping):
            raise UsageError(t("node.form.not_object"))
        made = dict(draft)
        if "place" in bodies.BODIES[kind, bodies.CURRENT[kind]].model_fields and not isinstance(made.get("place"), str):
            made["place"] = {"office": self._node.config.office, **(made.get("place") or {})}
        return made

    def _require_effect(self, machine: Machine, kind: str, subject: str, body: Mapping[str, Any], events: list[Event],
                        heads: tuple[str, ...], person: Staff, role: str, date: str, today: str) -> None:
        """Raises Refused in words when the step would be kept but move nothing."""
        node = self._node
        trial = Event(
            id=f"{machine.aggregate}:{subject}:{'f' * 16}:{'a' * 26}", rev="", kind=kind, schema=1, alg="", app="",
            aggregate=machine.aggregate, subject=subject, office=node.config.office, actor=person.id, role=role, custody_epoch=0,
            device=node.config.device, device_seq=0, prev=None, after=heads, directory=node.directory.cited, hlc="f" * 16,
            device_time=node.clock(), clock_offset_ms=node.offset_ms(), legal_date=date, body=dict(body), sig="",
        )
        step = next(s for s in self._fold(machine, [*events, trial], today).steps if s.event == trial.id)
        if step.effect == "none":
            reason = t(f"effect.{step.note}") if has(f"effect.{step.note}") else step.note
            raise Refused(t("node.case.not_allowed", action=kind_title(kind), reason=reason))


def _event(doc: Mapping[str, Any] | None) -> Event | None:
    if doc is None:
        return None
    try:
        return check_event(doc)
    except BadEvent:
        return None
