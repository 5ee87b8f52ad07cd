"""The printed papers of a case at this service point: what `shared.disputes.papers` needs, taken from the node.

Names come from the directory, pictures from the files that are here, the day from the corrected clock. Nothing is
written into the case by printing. Must not know: argparse, Kivy.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.disputes.acts import identities, sealed_acts
from shared.disputes.case.citizen_slip import slip
from shared.disputes.case.papers import BY_CODE
from shared.disputes.case.state import CaseState
from shared.disputes.papers import catalogue
from shared.disputes.papers.sheets.context import FormContext
from shared.ledger.os_words import os_reason
from shared.ledger.published.directory_heads import Directory
from shared.ledger.texts import t
from shared.whole_file import write_whole
from village_node.desk.acts import Acts
from village_node.desk.cases import Cases
from village_node.desk.present import office_name
from village_node.desk.sealed import SealedDesk
from village_node.point import files as desk_files
from village_node.point.errors import NodeError, NotHere, StorageTrouble, UsageError

if TYPE_CHECKING:
    from village_node.point.node import Node

_LIBRARY = ("fpdf", "fontTools", "PIL")        # what draws a paper; an extra


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person may choose: the font file, the court, who binds and checks the file, a DEMO watermark. `staff`: who prints;
    what this person may read of sealed records is printed, and nothing sealed without."""

    font: str | None = None
    court: str = ""
    keeper: str = ""
    checker: str = ""
    telephone: str = ""
    demo: bool = False
    staff: str = ""


class Printing:
    """Papers of the cases of one opened node. Raises NotHere, UsageError, NodeError (no library, no font)."""

    def __init__(self, node: Node, wishes: Wishes | None = None) -> None:
        self._node, self._cases, self._wishes = node, Cases(node), wishes or Wishes()
        if any(find_spec(name) is None for name in _LIBRARY):
            raise NodeError(t("forms.cli.no_library"))

    @cached_property
    def _forms(self) -> _Library:
        """Read when the first paper is drawn: 25 MB that a list of papers does without."""
        return _library()

    def documents(self, case: str, codes: Sequence[str]) -> bytes:
        """One PDF with these papers (D00..D17, E01..E10), in the order given."""
        known = catalogue.DOCUMENTS
        for code in codes:
            if code not in known:
                raise UsageError(t("forms.cli.unknown", document=code, known="、".join(known)))
        state, context = self.of(case)
        for code in codes:
            if reason := BY_CODE[code].refused(state):
                raise UsageError(reason)
        return self._made(lambda: self._forms.case_file.documents(state, context, codes))

    def case_file(self, case: str) -> bytes:
        return self._made(lambda: self._forms.case_file.case_file(*self.of(case)))

    def court_package(self, case: str, consents: Sequence[int]) -> bytes:
        """`consents`: numbers of the parties who agreed that the mediation record goes too."""
        state, context = self.of(case)
        numbers = [p.no for p in state.parties]
        for value in consents:
            if value not in numbers:
                raise UsageError(t("forms.cli.bad_consent", value=value, last=max(numbers, default=0)))
        return self._made(lambda: self._forms.case_file.court_package(state, context, consents))

    def needs(self, case: str) -> list[dict[str, Any]]:
        """Every paper the file of the case should hold: code, name, must, present, remark."""
        return [dataclasses.asdict(need) for need in catalogue.needs(*self.of(case))]

    def missing(self, case: str) -> list[dict[str, str]]:
        return [{"code": code, "name": catalogue.name(code)} for code in catalogue.missing_documents(self.of(case)[0])]

    def of(self, case: str) -> tuple[CaseState, FormContext]:
        """The folded case and everything its papers quote."""
        node, wishes, directory = self._node, self._wishes, self._node.directory
        events = self._cases.events(self._cases.resolve(case))
        state, refused = self._cases.fold(events), self._cases.book().refusals()
        files = {ref.sha256: ref for ref in state.files}
        office = directory.office(node.config.office)
        rules, calendar = self._cases.clock_rules()
        demo = wishes.demo or bool((directory.setting("demo") or {}).get("on"))     # a county founded for trying prints so
        context = FormContext(
            font=wishes.font or default_font(), printed_on=self._cases.today(),
            events=tuple(e for e in events if e.id not in refused),
            offices={o.id: office_name(directory, o.id) for o in directory.offices()},
            name_on=lambda office, on: office_name(directory, office, on),
            staff={s.id: s.name for o in directory.offices() for s in directory.staff_of(o.id)},
            committee=str(office.committee or "") if office is not None else "", court=wishes.court,
            committee_on=lambda on: _committee(directory, node.config.office, on), keeper=wishes.keeper,
            checker=wishes.checker, demo=demo, file_bytes=lambda sha256: self._bytes(files, sha256),
            office=node.config.office, telephone=wishes.telephone, rules=rules, calendar=calendar,
            slip=slip(state, node.sealing_keys().values(), directory), sealed_body=self._opened(state).get,
        )
        return state, context

    def _opened(self, state: CaseState) -> dict[str, Mapping[str, Any]]:
        """Sealed bodies that who prints has written or opened, on record: sha256 -> body."""
        if not self._wishes.staff or not state.sealed:
            return {}
        acts = Acts(self._node, self._cases)
        person = acts.person(self._wishes.staff)
        states = SealedDesk(acts.place).states(state, person)
        return {one.ref.sha256: one.body for one in states if sealed_acts.seen_by(one, person.id)}

    def unopened(self, case: str) -> bool:
        """Are there whole identity numbers of this case that were not opened for this printing?"""
        state, context = self.of(case)
        return any(ref.kind == identities.KIND for ref in state.sealed) and not context.material.identity_numbers()

    def _bytes(self, files: dict[str, Any], sha256: str) -> bytes | None:
        """None while chunks are missing or damaged: the paper then names the file by its hash."""
        ref = files.get(sha256)
        if ref is None:
            return None
        try:
            return desk_files.assemble(self._node.files, dataclasses.asdict(ref))
        except (NotHere, StorageTrouble):
            return None

    def _made(self, make: Callable[[], bytes]) -> bytes:
        font = self._wishes.font or default_font()
        if not Path(font).is_file():
            raise UsageError(t("forms.cli.no_font", path=font))
        try:
            return make()
        except self._forms.font_errors as error:
            raise UsageError(t("forms.cli.no_font", path=font)) from error


def _committee(directory: Directory, office: str, on: str) -> str:
    then = directory.office_then(office, on)
    return str(then.committee or "") if then is not None else ""


@dataclass(frozen=True, slots=True)
class _Library:
    case_file: Any
    font_errors: tuple[type[Exception], ...]


def _library() -> _Library:
    """The PDF library is an extra: a headless point need not have it."""
    from fontTools.ttLib import TTLibError

    from shared.disputes.papers import case_file

    return _Library(case_file, (TTLibError,))


def default_font() -> str:
    """Song type that travels with the program, under the OFL. Raises NodeError when it is not installed."""
    try:
        from shared.disputes.papers.kit.fonts import official

        return str(official())
    except ImportError as error:
        raise NodeError(t("forms.cli.no_library")) from error


def save(path: str | Path, pdf: bytes) -> None:
    """Whole or not at all; an earlier file of that name is replaced. Raises UsageError."""
    try:
        write_whole(Path(path), (pdf,))
    except OSError as error:
        raise UsageError(t("forms.cli.cannot_write", path=path, reason=os_reason(error))) from error
