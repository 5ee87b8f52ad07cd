"""What one case can show: the six haves (六有, the promise of the system) and the papers its file must
hold (卷内目录).

Pure questions to a `CaseState`. Names are in the catalogue section `checklist` and in the code table
`document`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shared.disputes.case.papers import ROWS
from shared.disputes.case.state import CaseState
from shared.ledger import codes
from shared.ledger.days import full_day
from shared.ledger.texts import t


@dataclass(frozen=True, slots=True)
class Have:
    """One of the six. `wanted` is False where the case does not need it (an expert for a simple matter)."""

    code: str
    name: str
    has: bool
    wanted: bool = True
    shown: str = ""


def six_haves(case: CaseState, name: Callable[[str], str] = str) -> tuple[Have, ...]:
    """DOMAIN.md 1.1: platform intake, a handler, a guiding judge, experts, social forces, tracking. `name` gives the name of a
    person or an office by its id; what is no id is a name already."""
    def named(*kinds: str) -> list[str]:
        return [name(who) for kind, who in case.levels.advised if kind in kinds]

    major = case.difficulty in ("difficult", "major")
    handlers = case.mediators or case.handlers
    kinds = {name(who): codes.name("helper_kind", kind) for kind, who in case.levels.helpers}
    forces = [name(office) for office in case.custody.co_handlers] + [
        t("checklist.helper", kind=kinds[who], name=who) if who in kinds else who for who in named("social")]
    found = (
        ("platform", bool(case.number), True, [case.number] if case.number else []),
        ("handler", bool(handlers), True, [name(who) for who in handlers]),
        ("judge", "judge" in case.advisers or "guiding_judge" in case.participant_roles, True, named("judge")),
        ("expert", "expert" in case.advisers, major, named("expert")),
        ("social", bool(forces), True, forces),
        ("tracking", bool(case.clocks), True, _tracking(case)),
    )
    return tuple(Have(code, t(f"checklist.{code}"), has, wanted, "、".join(shown)) for code, has, wanted, shown in found)


def _tracking(case: CaseState) -> list[str]:
    clock = case.next_clock()
    shown = [f"{codes.name('clock', clock.kind)} {full_day(clock.due_date)}"] if clock else []
    return shown + [codes.name("supervision_level", s.level) for s in case.supervisions]


def must_documents(case: CaseState) -> tuple[str, ...]:
    """Codes of the papers this case's file must hold (DOMAIN.md 4), in file order: application or register, notice of rights,
    identity, record, agreement. Cover, index and back are made with the file; what is there "if any" is no must."""
    return tuple(row.code for row in ROWS if row.must(case))


def present_documents(case: CaseState) -> frozenset[str]:
    """Papers the case has: recorded acts count as their form, copies by their code, what was written as a record under one."""
    acted = {row.code for row in ROWS if row.present(case)}
    return frozenset(acted | {file.document for file in case.files if file.document} | case.levels.papers)


def lacking_documents(case: CaseState) -> tuple[str, ...]:
    """Must-papers that are not there: what stands between the case and the archive."""
    present = present_documents(case)
    return tuple(code for code in must_documents(case) if code not in present)
