"""Who mediates, asked when it is written: the body is one of the office's own and competent for this kind of mediation.

Nobody is moved from one kind to another without saying yes (人民调解法 Art 17). Rules: `shared.disputes.rules.mediation_types`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.disputes.acts.actions import needs
from shared.disputes.case.state import CaseState
from shared.disputes.kinds import policy
from shared.disputes.rules import committees, mediation_types
from shared.disputes.rules.states import BEFORE_AGREEMENT
from shared.ledger.authoring import DeviceIdentity
from shared.ledger.published.directory import Office
from shared.ledger.published.directory_heads import Directory
from shared.ledger.published.lineage import Lineage
from shared.ledger.texts import t

SIDES = frozenset({"applicant", "respondent"})
_NAMES = {"case.accepted": "committee", "case.sealed": "committee", "case.type_taken": "body"}


@needs("case.type_changed")
def _may_ask(c: CaseState, office: str, lines: Lineage) -> str:
    if not c.is_open or c.holder != office:
        return "not_holder"
    if c.state not in BEFORE_AGREEMENT:
        return "wrong_state"
    return "type_asked" if c.choice.type_asked is not None else ""


@needs("case.type_taken")
def _may_take(c: CaseState, office: str, lines: Lineage) -> str:
    if c.choice.type_asked is None or c.choice.type_asked.to != office:
        return "no_such_request"
    return "" if c.state in BEFORE_AGREEMENT else "wrong_state"


@needs("case.type_declined")
def _may_decline(c: CaseState, office: str, lines: Lineage) -> str:
    asked = c.choice.type_asked
    return "" if asked is not None and office in (asked.to, asked.by) else "no_such_request"


def body_here(code: str, office: str, directory: Directory) -> str:
    """What the body of this kind is called at this office today; "" where it is none of ours."""
    own = directory.office(office)
    return mediation_types.own_body(code, own.name, _committee(own, directory)) if own else ""


def refusal(kind: str, body: Mapping[str, Any], state: CaseState, office: str, directory: Directory, date: str) -> str:
    """Why this act may not be written, in words; "" when nothing forbids it."""
    if kind == "case.type_changed":
        return _change(body, state, office, directory, date)
    if kind not in _NAMES:
        return ""
    asked = state.choice.type_asked
    code = asked.mediation_type if kind == "case.type_taken" and asked is not None else state.mediation_type
    why = "" if kind == "case.sealed" else _not_competent(code, state, office, directory)
    known = _known(code, office, directory)
    if kind == "case.sealed" and state.committee:       # that of the acceptance was asked then
        known = list(dict.fromkeys([*known, state.committee]))
    return why or mediation_types.wrong_body(code, str(body.get(_NAMES[kind], "")), known)


def _change(body: Mapping[str, Any], state: CaseState, office: str, directory: Directory, date: str) -> str:
    code, to = str(body.get("mediation_type", "")), str(body.get("to") or office)
    if code == state.mediation_type:
        return t("mediation.refused.same", kind=mediation_types.of(code).name)
    why = _not_competent(code, state, to, directory) or mediation_types.wrong_body(
        code, str(body.get("body", "")), _known(code, to, directory))
    if why:
        return why
    said = {c["party"] for c in body.get("consents", ()) if str(c.get("signed_on", "")) <= date}
    silent = [p.name for p in state.parties if p.role in SIDES and p.no not in said]
    return t("mediation.refused.consents", names="、".join(silent)) if silent else ""


def _not_competent(code: str, state: CaseState, office: str, directory: Directory) -> str:
    return mediation_types.not_competent(code, policy.level_in(office, directory), entrusting_body=state.entrusting_body,
                                         petitions=state.petitions)


def _known(code: str, office: str, directory: Directory) -> list[str]:
    """The names that the body of this kind has, and had, at this office: of today first."""
    now = directory.office(office)
    periods = [*([now] if now else []), *reversed(directory.office_history(office))]
    made = [mediation_types.own_body(code, one.name, name) for one in periods for name in _committees(one, directory)]
    return list(dict.fromkeys(name for name in made if name))


def _committee(office: Office, directory: Directory) -> str:
    return _committees(office, directory)[0]


def _committees(office: Office, directory: Directory) -> list[str]:
    """As the office's entry calls it, else the county's table, else by the office's name."""
    published = committees.of_table(office.id, directory.table(committees.TABLE + office.id))
    named = [str(office.committee or ""), published.name if published else "", t("node.case.committee", office=office.name)]
    return list(dict.fromkeys(name for name in named if name))


def numbering(kind: str, body: Mapping[str, Any], state: CaseState, directory: Directory,
              device: DeviceIdentity) -> dict[str, Any]:
    """`file_no` and `file_series` of the act that begins a file (卷号).

    It is per body, kind and year, so only the one device that holds the register gives it. The county names it in the setting
    `file_register:<office>`; an office's only device needs no naming."""
    if kind not in ("case.accepted", "case.type_taken") or body.get("file_no") or not _holds_register(directory, device):
        return {}
    if kind == "case.type_taken" and state.accepted_on is None:
        return {}                       # nothing was accepted yet: acceptance begins the file
    asked = state.choice.type_asked
    code = asked.mediation_type if kind == "case.type_taken" and asked is not None else state.mediation_type
    office = directory.office(device.office)
    name = office.name if office else device.office
    return {"file_no": lambda year, counter: mediation_types.file_no(code, year, name, counter),
            "file_series": mediation_types.series(code)}


def _holds_register(directory: Directory, device: DeviceIdentity) -> bool:
    named = (directory.setting(f"{committees.REGISTER}{device.office}") or {}).get("device")
    active = [known.id for known in directory.devices_of(device.office) if known.status == "active"]
    return bool(named == device.device or (named is None and active == [device.device]))
