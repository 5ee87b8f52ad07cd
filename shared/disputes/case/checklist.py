"""What one case can show: the six haves (六有, the promise of the system) and the papers its file must
hold (卷内目录).

Pure questions to a `CaseState`. Names are in the catalogue section `checklist` and in the code table
`document`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shared.disputes.case.state import CaseState
from shared.ledger import codes
from shared.ledger.texts import t

# Sources with an application of a party; the other cases begin with the register.
APPLIED = frozenset({"by_application", "window", "online", ""})


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
    social = bool(case.custody.co_handlers) or any(
        role in case.participant_roles for role in ("invited", "lawyer", "interpreter", "representative"))
    found = (
        ("platform", bool(case.number), True, [case.number] if case.number else []),
        ("handler", bool(handlers), True, [name(who) for who in handlers]),
        ("judge", "judge" in case.advisers or "guiding_judge" in case.participant_roles, True, named("judge")),
        ("expert", "expert" in case.advisers, major, named("expert")),
        ("social", social, True, [name(office) for office in case.custody.co_handlers] + named("social")),
        ("tracking", bool(case.clocks), True, _tracking(case)),
    )
    return tuple(Have(code, t(f"checklist.{code}"), has, wanted, "、".join(shown)) for code, has, wanted, shown in found)


def _tracking(case: CaseState) -> list[str]:
    clock = case.next_clock()
    shown = [f"{codes.name('clock', clock.kind)} {clock.due_date}"] if clock else []
    return shown + [codes.name("supervision_level", s.level) for s in case.supervisions]


# Documents of the file that the events themselves prove; the rest comes as files with a document code.
def must_documents(case: CaseState) -> tuple[str, ...]:
    """Codes of the papers this case's file must hold (DOMAIN.md 4, file order): application or register, notice of rights,
    identity, record, agreement. Cover, index and back are made with the file; what is there "if any" is no must. A matter
    settled on the spot, before any acceptance, has its register and the register of what was agreed by word."""
    if case.outcome == "on_spot_settled":
        return ("D03", "D11")
    first = "D02" if case.source in APPLIED else "D03"
    if case.accepted_on is None:
        return (first,)
    papers = [first, "D04", "D05", "D09"]
    if case.agreement is not None:
        papers.append("D10" if case.agreement.form == "written" else "D11")
        if any(p.role == "agent" for no, by in case.agreement.signed_by for p in case.parties if p.no == by):
            papers.append("D06")        # who signed for another shows by what right
    return tuple(papers)


def present_documents(case: CaseState) -> frozenset[str]:
    """Papers the case has: recorded acts count as their form, scanned papers by their code. Of what only others can give, an
    identity paper, the copy must be there: its digits are no paper."""
    found = {file.document for file in case.files if file.document}
    found.add("D03")                                    # the registration itself
    found.add("D02")                                    # an oral application is noted by it
    if case.accepted_on is not None:
        found.add("D04")                                # acceptance is refused without the rights told
    if case.sessions:
        found.add("D09")
    if case.agreement is not None:
        found.add("D10" if case.agreement.form == "written" else "D11")
    elif case.outcome == "on_spot_settled":
        found.add("D11")                                # every party's yes is in the act
    if case.visits:
        found.add("D13")
    found |= case.levels.papers                         # written as a record, e.g. D15 on what the file lacks
    return frozenset(found)


def lacking_documents(case: CaseState) -> tuple[str, ...]:
    """Must-papers that are not there: what stands between the case and the archive."""
    present = present_documents(case)
    return tuple(code for code in must_documents(case) if code not in present)
