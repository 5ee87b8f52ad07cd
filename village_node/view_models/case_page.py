"""One case as the screen shows it: header, next step, people, agreement, six haves, acts by group, timeline. No Kivy, no SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shared.ledger import codes
from shared.ledger.days import moment
from shared.ledger.texts import has, t
from village_node.desk.views import ActionView, CaseView, FileView, PartyView, TimelineEntry
from village_node.view_models.case_list import (
    ALARM_ICONS,
    ALARM_TONES,
    RISK_TONES,
    DeliveryModel,
    deadline_words,
    delivery_model,
    pill_words,
    risk_words,
    status_words,
)
from village_node.view_models.next_step import NextStep, day_words, next_step


@dataclass(frozen=True, slots=True)
class MarkModel:
    words: str
    tone: str
    icon: str = ""
    level: int = 0


@dataclass(frozen=True, slots=True)
class EntryModel:
    title: str
    who: str
    text: str
    mark: DeliveryModel
    icon: str
    tone: str
    struck: str              # why the record was refused; empty when it counts
    no_effect: str           # why it moved nothing, though it counts
    files: tuple[FileView, ...]


@dataclass(frozen=True, slots=True)
class PartyModel:
    role: str
    name: str
    line: str
    phone: str


@dataclass(frozen=True, slots=True)
class ItemModel:
    what: str
    amount: str
    due: str
    state: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class GroupModel:
    name: str
    icon: str
    offered: tuple[ActionView, ...]
    forbidden: tuple[ActionView, ...]


@dataclass(frozen=True, slots=True)
class CasePageModel:
    title: str
    deadline: MarkModel
    marks: tuple[MarkModel, ...]
    lines: tuple[str, ...]
    description: str
    banners: tuple[str, ...]
    next: NextStep
    parties: tuple[PartyModel, ...]
    agreement_title: str
    agreement_day: str
    items: tuple[ItemModel, ...]
    haves: tuple[tuple[str, bool], ...]
    haves_line: str
    clocks: tuple[MarkModel, ...]
    groups: tuple[GroupModel, ...]
    entries: tuple[EntryModel, ...]
    files: tuple[FileView, ...]
    captions: Mapping[str, str]         # sha256 of a picture -> whose signature it is, of which day
    way: str                            # which word names the offices on a record's way


def case_page(view: CaseView, today: str, office: str, staff_name: Callable[[str], str] = lambda staff: "") -> CasePageModel:
    """`staff_name`: of a staff id; who has the case in hand is named in the header."""
    row = view.row
    words, tone, icon = deadline_words(row, today)
    title, day, items = agreement(view, today)
    return CasePageModel(
        title=row.parties or row.summary, deadline=MarkModel(words, tone, icon),
        marks=(MarkModel(*status_words(row, office)),
               MarkModel(risk_words(row.risk), RISK_TONES.get(row.risk, "plain"),
                         level=int(row.risk) if row.risk in RISK_TONES else 0)),
        lines=(row.number, _holder(view, staff_name)),
        description="\n".join(dict.fromkeys(part for part in (
            f"{row.category_label}　{row.place}", view.description or row.summary, "；".join(view.particulars)) if part)),
        banners=view.banners, next=next_step(view, today, office), parties=tuple(map(party, view.parties)),
        agreement_title=title, agreement_day=day, items=items,
        haves=tuple((have.name, have.has) for have in view.haves if have.wanted), haves_line=haves_line(view),
        clocks=tuple(MarkModel(f"{d.label}　{t('app.deadline.stopped') if d.stopped else pill_words(d.due_date, d.level, today)}",
                               "plain" if d.stopped else ALARM_TONES.get(d.level, "plain"),
                               "pause-circle-outline" if d.stopped else ALARM_ICONS.get(d.level, ""))
                     for d in view.deadlines if not d.stopped),
        groups=groups(view.actions), entries=tuple(entry_model(e, row.own_level, today) for e in reversed(view.timeline)),
        files=view.files, captions=captions(view, today),
        way="legend_way" if row.own_level == "village" else "legend_way_township",
    )


def _holder(view: CaseView, staff_name: Callable[[str], str]) -> str:
    """承办：东渠村 演示陈桂芳　自首次登记已 4 天."""
    people = [staff_name(staff) for staff in view.state.get("mediators") or view.state.get("handlers") or ()]
    who = " ".join(part for part in (view.row.holder_name, "、".join(filter(None, people))) if part)
    return t("app.list.holder", name=who) + (f"　{view.age}" if view.age else "")


def captions(view: CaseView, today: str) -> dict[str, str]:
    """Under each signature who signed, and when."""
    names = {p.index: p.name for p in view.parties}
    days = {entry.id: entry.legal_date for entry in view.timeline}
    return {f.sha256: t("app.case.signed_by", name=names[f.party], day=day_words(days[f.event_id], today).partition("（")[0])
            for f in view.files if f.purpose == "signature" and f.party in names and f.event_id in days}


def party(found: PartyView) -> PartyModel:
    raw = found.raw
    age = f"{raw['age']}岁" if raw.get("age") else ""
    gender = t(f"intake.person.{raw['gender']}") if raw.get("gender") else ""
    line = " ".join(str(part) for part in (gender, age, raw.get("address") or "") if part)
    role = t(f"intake.role.{found.role}") if has(f"intake.role.{found.role}") else found.role_label
    return PartyModel(role, found.name, line, found.phone)


def agreement(view: CaseView, today: str) -> tuple[str, str, tuple[ItemModel, ...]]:
    """(title, day, items) of the agreement in force or under way; nothing without one."""
    made = view.state.get("agreement")
    if not made:
        return "", "", ()
    signed = made.get("parties_signed_on")
    day = t("app.case.agreement_signed", day=day_words(signed, today)) if signed else t(
        "app.case.reached", day=day_words(made["reached_on"], today))
    items = []
    for item in made["items"]:
        done, late = item["status"] in ("performed", "performed_on_spot"), item["status"] in ("overdue", "refused")
        amount = t("app.case.money", yuan=yuan(item["amount_fen"])) if item.get("amount_fen") else "—"
        items.append(ItemModel(
            item["what"], amount, day_words(item["due_date"], today) if item.get("due_date") else "—",
            codes.name("performance", item["status"]), "good" if done else "bad" if late else "plain",
            "check-circle" if done else "alert" if late else "checkbox-blank-circle-outline"))
    return t("app.case.agreement", n=len(items)), day, tuple(items)


def yuan(fen: int) -> str:
    """1,200 · 1,200.50."""
    whole, rest = divmod(fen, 100)
    return f"{whole:,}" + (f".{rest:02d}" if rest else "")


def haves_line(view: CaseView) -> str:
    """The six haves in one line: how many, and what is still wanted."""
    wanted = [have for have in view.haves if have.wanted]
    if not wanted:
        return ""
    lacking = "、".join(have.name for have in wanted if not have.has)
    return t("app.case.haves", n=sum(have.has for have in wanted), of=len(wanted), lacking=lacking or t("app.case.haves_all"))


# group -> (icon, its verbs); every other verb of a case stands under "other"
GROUPS: dict[str, tuple[str, frozenset[str]]] = {
    "parties": ("account-group", frozenset({
        "add_party", "correct_party", "party_refuse", "party_consent", "withdraw", "object", "choose", "rate",
        "request_erasure", "answer_erasure"})),
    "mediate": ("scale-balance", frozenset({
        "settle_on_spot", "triage", "accept", "reject_acceptance", "plan_session", "call_off_session", "hold_session",
        "suspend", "resume", "extend",
        "reach_agreement", "sign_agreement", "seal", "perform_item", "dispute_performance", "terminate", "visit", "close",
        "reopen", "confirm_mediator", "reject_mediator", "recuse_mediator", "change_type", "take_type", "decline_type",
        "confirm_difficulty", "raise_risk", "lower_risk",
        "assess_risk", "report_risk", "name_handler", "resolve_review", "merge", "absorb", "dismiss_duplicate"})),
    "hand": ("swap-horizontal", frozenset({
        "escalate", "accept_escalation", "return_escalation", "assign", "acknowledge_assignment", "return_assignment", "recall",
        "request_recall", "decline_recall", "transfer_out", "receive_transfer", "add_co_handler", "assign_grid", "supervise_grid",
        "pass_up_grid", "take_from_grid", "return_to_grid", "supervise", "supervise_reply", "judge_supervision"})),
    "papers": ("file-document-outline", frozenset({
        "add_evidence", "add_note", "add_record", "archive", "apply_confirmation", "decide_confirmation", "record_printed",
        "renumber", "correct_date", "read_sealed", "share_sealed", "note_outside"})),
}
OTHER = ("other", "dots-horizontal")


def groups(actions: Sequence[ActionView]) -> tuple[GroupModel, ...]:
    """Every act in its place, those that are forbidden now with their reason. `acknowledge` happens by opening the case."""
    shown = [a for a in actions if a.verb != "acknowledge"]
    named = {verb for _, verbs in GROUPS.values() for verb in verbs}
    made = [_group(name, icon, [a for a in shown if a.verb in verbs]) for name, (icon, verbs) in GROUPS.items()]
    made.append(_group(*OTHER, [a for a in shown if a.verb not in named]))
    return tuple(group for group in made if group.offered or group.forbidden)


def _group(name: str, icon: str, actions: Sequence[ActionView]) -> GroupModel:
    return GroupModel(t(f"app.case.group_{name}"), icon, tuple(a for a in actions if a.enabled),
                      tuple(a for a in actions if not a.enabled))


ICONS = {
    "registered": "pencil", "note_added": "pencil", "evidence_added": "camera", "agreement_reached": "handshake-outline",
    "agreement_signed": "draw", "sealed": "stamper", "session_held": "account-group", "triaged": "scale-balance",
    "accepted": "check", "settled_on_spot": "handshake-outline", "escalate_requested": "swap-horizontal",
    "escalate_accepted": "swap-horizontal", "escalate_returned": "undo-variant", "assigned": "swap-horizontal",
    "assignment_acknowledged": "swap-horizontal", "assignment_returned": "undo-variant", "acknowledged": "eye-outline",
    "supervised": "bullhorn-outline", "supervision_replied": "bullhorn-outline", "item_performed": "check-circle",
    "visited": "phone", "closed": "check-circle", "archived": "file-document-outline", "risk_raised": "shield-alert-outline",
}


def entry_model(entry: TimelineEntry, level: str, today: str) -> EntryModel:
    then = moment(entry.device_time)
    struck = ""
    if entry.refused:
        struck = t("app.case.refused", reason=entry.refused)
    elif entry.delivery.state == "refused":
        struck = t("app.case.refused", reason=f"{entry.delivery.reason} {entry.delivery.remedy}".strip())
    return EntryModel(
        title=entry.title, who=f"{entry.actor_name}　{entry.office_name}　{day_words(entry.legal_date, today)} {then:%H:%M}",
        text=t("app.case.newer") if entry.newer else entry.text, mark=delivery_model(entry.delivery.state, level),
        icon="alert" if struck else ICONS.get(entry.kind.partition(".")[2], "pencil"), tone="bad" if struck else "info",
        struck=struck, no_effect=t("app.case.no_effect", reason=entry.no_effect) if entry.no_effect and not struck else "",
        files=entry.files,
    )
