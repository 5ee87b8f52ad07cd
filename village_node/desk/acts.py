"""Writing at the desk: who, what is filled in, may it be done, files first, then one signed event, durable.

    person -> fold -> own chain checked -> body checked -> allowed? -> chunks committed -> event committed -> anchor moved
Nothing is written unless everything before it holds. Must not know: views, network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shared.disputes.acts import sealing_rules
from shared.disputes.acts.verbs import REGISTER, VERBS, Here, fill, verb_of
from shared.disputes.case.state import CaseState
from shared.ledger.authoring import Act
from shared.ledger.published.directory_heads import Staff
from shared.ledger.texts import t
from village_node.desk import forms as desk_forms
from village_node.desk import rules as desk_rules
from village_node.desk.sealed import CASE_KINDS, SealedDesk
from village_node.point import chain_check
from village_node.point import files as desk_files
from village_node.point.errors import InvalidDraft, NotEnrolled, UsageError
from village_node.point.files import FileDraft, PreparedFile

if TYPE_CHECKING:
    from village_node.desk.cases import Cases
    from village_node.point.node import Node


class Acts:
    def __init__(self, node: Node, cases: Cases) -> None:
        self._node = node
        self._cases = cases
        self.sealed = SealedDesk(node)

    def person(self, staff_id: str) -> Staff:
        """The active member of this office. Raises UsageError naming who may be meant."""
        directory, office = self._node.directory, self._node.config.office
        if directory.version == 0:
            raise NotEnrolled(t("node.staff.no_directory"))
        found = directory.staff(staff_id)
        if found is None or found.office != office:
            raise UsageError(t("node.staff.unknown", staff=staff_id))
        if not found.active:
            raise UsageError(t("node.staff.inactive", staff=staff_id, name=found.name))
        return found

    def register(self, staff_id: str, draft: Mapping[str, Any], files: Sequence[FileDraft], legal_date: str | None) -> str:
        """Returns the id of the new case."""
        person = self.person(staff_id)
        chain_check.before_write(self._node)
        office = self._node.config.office
        filled = {"place": {"office": office}, **draft} if isinstance(draft, Mapping) else draft
        place = filled.get("place") if isinstance(filled, Mapping) else None
        if isinstance(place, Mapping) and "office" not in place:
            filled = {**filled, "place": {"office": office, **place}}
        prepared = desk_files.prepare_all(files)
        body = desk_forms.check(REGISTER, with_files(filled, prepared))
        role = desk_rules.role_to_register(self._node, REGISTER, person, self.date(legal_date))
        desk_rules.require_open(self._node, REGISTER, body, self.date(legal_date))
        desk_files.store(self._node.files, prepared)
        event = self._node.author.write(
            REGISTER, None, body, actor=person.id, role=role, legal_date=self.date(legal_date), number=True)
        chain_check.after_write(self._node)
        return event.subject

    def act(self, verb: str, staff_id: str, case: str, draft: Mapping[str, Any], files: Sequence[FileDraft],
            legal_date: str | None, seal: str = "") -> None:
        known = verb_of(verb)
        if known is None:
            raise UsageError(t("node.case.no_verb", verb=verb))
        kind, person, date = VERBS[known], self.person(staff_id), self.date(legal_date)
        chain_check.before_write(self._node)
        events = self._cases.events(case)
        state = self._cases.fold(events)
        role = desk_rules.role_for(self._node, kind, person, state, date)
        prepared = desk_files.prepare_all(files)
        body = desk_forms.check(kind, with_files(self._filled(kind, self._meant(kind, draft), state, person), prepared))
        if kind == "case.acknowledged" and not body.get("of"):
            raise UsageError(t("node.case.nothing_to_acknowledge"))
        if kind in desk_rules.UNITES:
            other = self._cases.fold(self._cases.events(body[desk_rules.UNITES[kind]]), history=False)
            desk_rules.require_merge(kind, state, other, self._node.config.office)
        writes = self.sealed.writes(kind, body, case, role, sealing_rules.around_case(state), seal)
        desk_rules.require_effect(kind, writes[0].body, state, events, self._node, person, role, date, self._cases.fold)
        desk_files.store(self._node.files, prepared)
        self.sealed.store(writes)
        # What goes aside is written in the same transaction and cites the act it belongs to.
        self._node.author.write_many([
            Act(write.kind, case, write.body, person.id, role, state.custody.epoch, date,
                after=(state.heads or None) if write is writes[0] else None, file_no=self._file_no(write.kind, write.body))
            for write in writes
        ])
        chain_check.after_write(self._node)

    def _meant(self, kind: str, draft: Mapping[str, Any]) -> Mapping[str, Any]:
        """The other case of a merger may be named by its number."""
        field = desk_rules.UNITES.get(kind)
        if field is None or not isinstance(draft, Mapping) or not isinstance(draft.get(field), str):
            return draft
        return {**draft, field: self._cases.resolve(draft[field])}

    def _filled(self, kind: str, draft: Mapping[str, Any], state: CaseState, person: Staff) -> Mapping[str, Any]:
        if not isinstance(draft, Mapping):
            raise UsageError(t("node.form.not_object"))
        if kind in CASE_KINDS:
            return {**draft, **self.sealed.body(kind, state, person, draft.get("text"))}
        office = self._node.directory.office(self._node.config.office)
        committee = str(office.committee or t("node.case.committee", office=office.name)) if office else ""
        return fill(kind, draft, Here(
            state, self._node.config.office, office.parent if office else None, person.id, committee, self._cases.today()
        ))

    def date(self, legal_date: str | None) -> str:
        today = self._cases.today()
        if legal_date is not None and legal_date > today:
            raise InvalidDraft(t("node.case.future", date=legal_date, today=today), {"legal_date": legal_date})
        return legal_date or today

    def _file_no(self, kind: str, body: Mapping[str, Any]) -> Any:
        """卷号 is per committee and year, so only the one device that holds the register gives it (DESIGN.md 3.8); the county
        names it in the setting `file_register:<office>`, and an office's only device needs no naming."""
        if kind != "case.accepted" or body.get("file_no"):
            return None
        node = self._node
        named = (node.directory.setting(f"file_register:{node.config.office}") or {}).get("device")
        active = [d.id for d in node.directory.devices_of(node.config.office) if d.status == "active"]
        if named != node.config.device and (named is not None or active != [node.config.device]):
            return None
        office = node.directory.office(node.config.office)
        name = office.name if office else node.config.office
        return lambda year, counter: t("node.case.file_no", year=year, office=name, n=counter)


def with_files(draft: Mapping[str, Any], prepared: Sequence[PreparedFile]) -> dict[str, Any]:
    """The draft with the manifests, and each party's signature image named in its signature."""
    if not isinstance(draft, Mapping):
        raise UsageError(t("node.form.not_object"))
    if not prepared:
        return dict(draft)
    manifests = [p.manifest for p in prepared]
    made = {**draft, "files": [*draft.get("files", ()), *manifests]}
    images = {m["party"]: m["sha256"] for m in manifests if m["purpose"] == "signature" and m["party"] is not None}
    signatures = made.get("signatures")
    if images and isinstance(signatures, list):
        made["signatures"] = [
            {**s, "file": images[s["party"]]}
            if isinstance(s, Mapping) and not s.get("file") and s.get("party") in images else s
            for s in signatures
        ]
    return made
