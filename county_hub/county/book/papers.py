"""The papers of a case drawn at the county: the same sheets as at a service point, with the county's names, files and day.

Nothing is written into the case by drawing. Raises `HubProblem` without the PDF library or its font.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from county_hub.county.acts import CountyActs
from county_hub.hub.problems import HubProblem, UsageProblem
from shared.disputes.case.citizen_slip import slip
from shared.disputes.case.papers import BY_CODE
from shared.disputes.case.state import CaseState
from shared.disputes.rules.county import county_rules
from shared.ledger.texts import t

if TYPE_CHECKING:
    from shared.disputes.papers.sheets.context import FormContext


class CasePapers:
    def __init__(self, acts: CountyActs) -> None:
        self._acts = acts

    def needs(self, state: CaseState) -> list[dict[str, Any]]:
        """Every paper the file of the case should hold: {code, name, must, present}."""
        from shared.disputes.papers import catalogue

        return [{"code": need.code, "name": need.name, "must": need.must, "present": need.present}
                for need in catalogue.needs(state, self._context(state))]

    def draw(self, state: CaseState, codes: Sequence[str]) -> bytes:
        from shared.disputes.papers import case_file

        for code in codes:
            paper = BY_CODE.get(code)
            if paper is None:
                raise UsageProblem(t("forms.cli.unknown", document=code[:8], known="、".join(BY_CODE)))
            if reason := paper.refused(state):
                raise UsageProblem(reason)
        return case_file.documents(state, self._context(state), codes)

    def volume(self, state: CaseState) -> bytes:
        """The whole file, with cover and index."""
        from shared.disputes.papers import case_file

        return case_file.case_file(state, self._context(state))

    def _context(self, state: CaseState) -> FormContext:
        try:
            from pylopdf_fonts_zh_cn import sans_path

            from shared.disputes.papers.sheets.context import FormContext
        except ImportError:
            raise HubProblem(t("forms.cli.no_library")) from None
        acts, hub, officers = self._acts, self._acts.hub, self._acts.officers
        latest = hub.directory.latest()
        office, ours = latest.office(acts.place.device.office), county_rules(latest)
        files = {ref.sha256 for ref in state.files}

        def read(sha256: str) -> bytes | None:
            found = officers.file(state.id, sha256) if sha256 in files else None
            return found[2] if found is not None else None

        refused = {entry.event for entry in state.timeline if entry.refused}
        return FormContext(
            font=str(sans_path()), printed_on=acts.today(),
            events=tuple(e for e in acts.place.events("case", state.id) if e.id not in refused),
            offices={o.id: officers.office_name(o.id) for o in latest.offices()}, name_on=officers.office_name,
            staff={s.id: s.name for s in latest.all_staff()}, committee=str(office.committee or "") if office else "",
            demo=officers.demo(), file_bytes=read, office=acts.place.device.office, rules=ours.rules, calendar=ours.calendar,
            slip=slip(state, [hub.own_device.key], latest))
