"""The table of forms: kind of event -> the form a screen shows for it. One small function per kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from shared.disputes.case import guards
from shared.disputes.rules import excluded_matters as matters
from shared.ledger.texts import t
from village_node.view_models.action_forms import (
    ActionForm,
    Answers,
    FieldSpec,
    Make,
    Setting,
    fen,
    kept,
    long_text,
    mediator_signature,
    party_signatures,
    yes_no,
)

Builder = Callable[[Setting, str], ActionForm]


def form_for(kind: str, label: str, setting: Setting) -> ActionForm:
    """The form of `kind`; a kind without a form of its own asks for one paragraph."""
    return replace(FORMS.get(kind, _text)(setting, label), kind=kind)


def _form(label: str, fields: tuple[FieldSpec, ...], make: Make, **more: Any) -> ActionForm:
    done = t("app.action.done", label=label)
    return ActionForm("", fields, make, **({"yes": t("app.save"), "done": done} | more))


def _text(setting: Setting, label: str) -> ActionForm:
    return _form(label, (long_text(),), lambda v, _s: kept(v, "text"))


def _note(setting: Setting, label: str) -> ActionForm:
    return _form(label, (long_text(required=True),), lambda v, _s: kept(v, "text"), photos=True)


def _evidence(setting: Setting, label: str) -> ActionForm:
    fields = (FieldSpec("title", t("app.action.title"), required=True), long_text())
    return _form(label, fields, lambda v, _s: kept(v, "title", "text"), photos=True)


def _settle(setting: Setting, label: str) -> ActionForm:
    everyone = [p.index for p in setting.view.parties]
    return _form(
        label, (long_text(label=t("app.action.settled_how"), required=True),),
        lambda v, _s: kept(v, "text") | {"agreed_by": everyone},
        words=t("app.action.settle_words"), photos=True, signers=_pads(setting),
    )


def _triage(setting: Setting, label: str) -> ActionForm:
    row = setting.view.row
    fields = (
        _choice(setting, "category", "category", row.category),
        _subcategory(setting),
        _choice(setting, "difficulty", "difficulty", str(setting.view.state.get("difficulty") or "simple")),
        _choice(setting, "risk", "risk", str(row.risk or "1")),
        _choice(setting, "mediation_type", "mediation_type", "people"),
        long_text(),
    )
    return _form(label, fields, lambda v, _s: kept(v, "category", "subcategory", "difficulty", "mediation_type", "text")
                 | {"risk": int(v["risk"])})


def _subcategory(setting: Setting) -> FieldSpec:
    """Those of the case's category; for another one the desk says which belong to it."""
    names, offered = dict(setting.table("subcategory")), matters.table().of_category(setting.view.row.category)
    value = str(setting.view.state.get("subcategory") or "")
    choices = tuple((code, names[code]) for code in offered if code in names)
    return FieldSpec("subcategory", t("app.action.subcategory"), "choice", False, value, "", choices)


def _accept(setting: Setting, label: str) -> ActionForm:
    fields = (
        FieldSpec("committee", t("app.action.committee"), required=True, value=f"{setting.codes.office().name}人民调解委员会"),
        yes_no("rights_told"),
        yes_no("parties_willing"),
        long_text(),
    )

    def make(values: Answers, _signed: object) -> dict[str, Any]:
        return kept(values, "committee", "text") | {
            "mediators": [setting.staff],
            "rights_told": values["rights_told"] == "yes",
            "parties_willing": values["parties_willing"] == "yes",
        }

    return _form(label, fields, make)


def _session(setting: Setting, label: str) -> ActionForm:
    fields = (
        FieldSpec("place", t("app.action.place"), required=True, value=t("app.title")),
        yes_no("rights_told"),
        long_text("summary", t("app.action.session_summary"), required=True),
        long_text("result", t("app.action.result")),
    )

    def make(values: Answers, _signed: object) -> dict[str, Any]:
        told = values["rights_told"] == "yes"
        return kept(values, "place", "summary", "result") | {"mediators": [setting.staff], "rights_told": told}

    return _form(label, fields, make, photos=True)


def _agreement(setting: Setting, label: str) -> ActionForm:
    forms = (("written", t("app.action.written")), ("oral", t("app.action.oral")))
    fields = (
        FieldSpec("form", t("app.action.agreement_form"), "choice", True, "written", "", forms),
        long_text("facts", t("app.action.facts"), required=True),
        FieldSpec("who", t("app.action.who"), "choice", True, "", "", setting.parties),
        long_text("what", t("app.action.what"), required=True),
        FieldSpec("amount", t("app.action.amount"), "money"),
        FieldSpec("due_date", t("app.action.due_date"), "date"),
    )

    def make(values: Answers, signed: Any) -> dict[str, Any]:
        item: dict[str, Any] = {"who": int(values["who"]), "what": values["what"]} | kept(values, "due_date")
        if values.get("amount"):
            item["amount_fen"] = fen(values["amount"])
        signatures = [*party_signatures(setting, signed), mediator_signature(setting)]
        return kept(values, "form", "facts") | {"items": [item], "signatures": signatures}

    return _form(label, fields, make, signers=_pads(setting))


def _signed(setting: Setting, label: str) -> ActionForm:
    of = setting.agreement().get("event", "")
    return _form(label, (), lambda _v, s: {"of": of, "signatures": party_signatures(setting, s)}, signers=_pads(setting))


def _sealed(setting: Setting, label: str) -> ActionForm:
    of = setting.agreement().get("event", "")
    committee = str(setting.view.state.get("committee") or f"{setting.codes.office().name}人民调解委员会")
    fields = (
        FieldSpec("sealed_on", t("app.action.sealed_on"), "date", True, setting.today),
        FieldSpec("committee", t("app.action.committee"), required=True, value=committee),
    )
    return _form(label, fields, lambda v, _s: kept(v, "sealed_on", "committee") | {"of": of})


def _escalate(setting: Setting, label: str) -> ActionForm:
    office = setting.codes.office()
    upper = (office.parent or "", office.parent_name)
    reasons = tuple((words, words) for words in (t(f"app.escalate.reason_choices_{n}") for n in range(1, 5)))
    fields = (
        FieldSpec("to", t("app.escalate.to"), "choice", True, upper[0], "", (upper,)),
        FieldSpec("reason", t("app.escalate.reason"), "choice", True, "", "", reasons),
        long_text("more", t("app.escalate.more")),
    )

    def make(values: Answers, _signed: object) -> dict[str, Any]:
        return {"to": values["to"], "reason": "。".join(part for part in (values["reason"], values.get("more", "")) if part)}

    return _form(label, fields, make, words=t("app.escalate.words"), yes=t("app.escalate.yes"), done=t("app.escalate.done"))


def _take(field_name: str) -> Builder:
    def build(setting: Setting, label: str) -> ActionForm:
        made = {field_name: setting.pending(), "handler": setting.staff}
        return _form(label, (), lambda _v, _s: made, words=t("app.action.take_words"), yes=t("app.confirm"))

    return build


def _give_back(field_name: str) -> Builder:
    def build(setting: Setting, label: str) -> ActionForm:
        fields = (long_text("reason", t("app.action.reason"), required=True),)
        return _form(label, fields, lambda v, _s: kept(v, "reason") | {field_name: setting.pending()})

    return build


def _assign(setting: Setting, label: str) -> ActionForm:
    here = setting.codes.office().id
    below = tuple((o.id, o.name) for o in setting.codes.offices() if o.parent == here)
    fields = (
        FieldSpec("to", t("app.action.to"), "choice", True, "", "", below),
        FieldSpec("due", t("app.action.due_date"), "date"),
        long_text(),
    )
    return _form(label, fields, lambda v, _s: kept(v, "to", "due", "text"))


def _party_says(setting: Setting, label: str) -> ActionForm:
    fields = (FieldSpec("party", t("app.action.who"), "choice", True, "", "", setting.parties), long_text())
    return _form(label, fields, lambda v, _s: kept(v, "text") | {"party": int(v["party"])})


def _objects(setting: Setting, label: str) -> ActionForm:
    fields = (FieldSpec("party", t("app.action.who"), "choice", True, "", "", setting.parties), long_text(required=True))
    return _form(label, fields, lambda v, _s: kept(v, "text") | {"party": int(v["party"])})


def _reason(setting: Setting, label: str) -> ActionForm:
    return _form(label, (long_text("reason", t("app.action.reason"), required=True),), lambda v, _s: kept(v, "reason"))


def _to_grid(setting: Setting, label: str) -> ActionForm:
    roles = tuple(choice for choice in setting.table("role") if choice[0] in ("grid_member", "group_grid_leader"))
    fields = (FieldSpec("to_role", t("app.action.to"), "choice", True, "grid_member", "", roles), long_text(required=True))
    return _form(label, fields, lambda v, _s: kept(v, "to_role", "text"))


def _reject(setting: Setting, label: str) -> ActionForm:
    """Where an excluded matter must go stands there already."""
    right = guards.right_channel(setting.view.row.category, str(setting.view.state.get("subcategory") or ""))
    channel = FieldSpec("channel", t("app.action.channel"), "choice", True, right, "", setting.table("outcome"))
    fields = (channel, long_text("reason", t("app.action.reason"), required=True))
    return _form(label, fields, lambda v, _s: kept(v, "channel", "reason"))


def _transfer(setting: Setting, label: str) -> ActionForm:
    fields = (
        FieldSpec("to", t("app.action.channel"), "choice", True, "", "", setting.table("outcome")),
        FieldSpec("body", t("app.action.body"), required=True),
        FieldSpec("receipt_on", t("app.action.receipt_on"), "date"),
        long_text(),
    )
    return _form(label, fields, lambda v, _s: kept(v, "to", "body", "receipt_on", "text"))


def _coded(code_field: str, table: str) -> Builder:
    def build(setting: Setting, label: str) -> ActionForm:
        return _form(label, (_choice(setting, code_field, table, ""), long_text()), lambda v, _s: kept(v, code_field, "text"))

    return build


def _terminate(setting: Setting, label: str) -> ActionForm:
    fields = (
        _choice(setting, "reason", "terminate_reason", ""),
        yes_no("remedies_told"),
        yes_no("escalation_checked"),
        long_text(),
    )

    def make(values: Answers, _signed: object) -> dict[str, Any]:
        told = {name: values[name] == "yes" for name in ("remedies_told", "escalation_checked")}
        return kept(values, "reason", "text") | told

    return _form(label, fields, make)


def _extend(setting: Setting, label: str) -> ActionForm:
    fields = (FieldSpec("until", t("app.action.until"), "date", True), long_text())

    def make(values: Answers, signed: Any) -> dict[str, Any]:
        return kept(values, "until", "text") | {"consents": [{"party": p, "signed_on": setting.today} for p in signed]}

    return _form(label, fields, make, words=t("app.action.extend_words"), signers=_pads(setting))


def _perform(setting: Setting, label: str) -> ActionForm:
    agreement = setting.agreement()
    items = tuple((str(i["no"]), str(i["what"])) for i in agreement.get("items", ()))
    fields = (
        FieldSpec("item", t("app.action.item"), "choice", True, items[0][0] if len(items) == 1 else "", "", items),
        yes_no("complete"), FieldSpec("amount", t("app.action.amount"), "money"), long_text(),
    )

    def make(values: Answers, signed: Any) -> dict[str, Any]:
        made = kept(values, "text") | {"of": agreement.get("event", ""), "item": int(values["item"]),
                                       "complete": values["complete"] == "yes", "confirmed_by": list(signed)}
        return made | ({"amount_fen": fen(values["amount"])} if values.get("amount") else {})

    return _form(label, fields, make, photos=True, signers=_pads(setting))


def _visit(setting: Setting, label: str) -> ActionForm:
    satisfaction = FieldSpec("satisfaction", t("app.action.satisfaction"), "choice", False, "", "", setting.table("satisfaction"))
    fields = (
        _choice(setting, "method", "visit_method", ""),
        _choice(setting, "result", "visit_result", ""),
        satisfaction,
        long_text(),
    )

    def make(values: Answers, _signed: object) -> dict[str, Any]:
        made = kept(values, "method", "result", "text")
        return made | ({"satisfaction": int(values["satisfaction"])} if values.get("satisfaction") else {})

    return _form(label, fields, make, photos=True)


def _risk(setting: Setting, label: str) -> ActionForm:
    fields = (_choice(setting, "level", "risk", ""), long_text("reason", t("app.action.reason"), required=True))
    return _form(label, fields, lambda v, _s: kept(v, "reason") | {"level": int(v["level"])})


def _reply(setting: Setting, label: str) -> ActionForm:
    open_ones = [s for s in setting.view.state.get("supervisions", ()) if not s.get("replied_on")]
    of = str(open_ones[-1]["event"]) if open_ones else ""
    words = str(open_ones[-1]["text"]) if open_ones else ""
    return _form(label, (long_text(required=True),), lambda v, _s: kept(v, "text") | {"of": of}, words=words)


def _choice(setting: Setting, name: str, table: str, value: str) -> FieldSpec:
    return FieldSpec(name, t(f"app.action.{name}"), "choice", True, value, "", setting.table(table))


def _pads(setting: Setting) -> tuple[tuple[int, str], ...]:
    return tuple((p.index, t("app.action.signature_of", name=p.name)) for p in setting.view.parties[:4])


FORMS: dict[str, Builder] = {
    "case.note_added": _note,
    "case.evidence_added": _evidence,
    "case.settled_on_spot": _settle,
    "case.triaged": _triage,
    "case.accepted": _accept,
    "case.session_held": _session,
    "case.agreement_reached": _agreement,
    "case.agreement_signed": _signed,
    "case.sealed": _sealed,
    "case.escalate_requested": _escalate,
    "case.escalate_accepted": _take("request"),
    "case.escalate_returned": _give_back("request"),
    "case.assigned": _assign,
    "case.assignment_acknowledged": _take("assignment"),
    "case.assignment_returned": _give_back("assignment"),
    "case.party_refused": _party_says,
    "case.party_consented": _party_says,
    "case.withdrawn": _party_says,
    "case.party_objected": _objects,
    "case.recalled": _reason,
    "case.recall_requested": _reason,
    "case.recall_declined": _reason,
    "case.grid_assigned": _to_grid,
    "case.grid_supervised": _to_grid,
    "case.acceptance_rejected": _reject,
    "case.transferred_out": _transfer,
    "case.suspended": _coded("reason", "suspend_reason"),
    "case.reopened": _coded("reason", "reopen_reason"),
    "case.closed": _coded("outcome", "outcome"),
    "case.terminated": _terminate,
    "case.extended": _extend,
    "case.item_performed": _perform,
    "case.visited": _visit,
    "case.risk_raised": _risk,
    "case.risk_lowered": _risk,
    "case.supervision_replied": _reply,
}
