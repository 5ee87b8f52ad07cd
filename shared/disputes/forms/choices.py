"""Where the choices of a question come from: offices, people, records of this case, other cases. All of it from the desk, and of
long lists, where the page can be asked for more (`Setting.seeker`), the part that was looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from shared.disputes.forms.form import Setting
from shared.disputes.forms.sought import NOTHING, OFFERED, Choice, Offered, Sought, part
from shared.disputes.rules import excluded_matters as matters
from shared.disputes.rules import mediation_types
from shared.ledger.days import said_day
from shared.ledger.texts import t

Choices = tuple[Choice, ...]
SHOWN_CASES = 100       # other cases of the desk that are listed where nobody can look for more, the latest first
SHOWN_EVENTS = 40       # records of this case, the same


def _offices(setting: Setting) -> Choices:
    """Open ones, own first, then by level downward."""
    here = setting.desk.office().id
    return tuple((o.id, o.name) for o in sorted(setting.desk.offices(), key=lambda o: (o.id != here, o.id)))


def _office_above(setting: Setting) -> Choices:
    office = setting.desk.office()
    return ((office.parent, office.parent_name),) if office.parent else ()


def _offices_below(setting: Setting) -> Choices:
    """Those below this one, at any depth."""
    offices = setting.desk.offices()
    below = {setting.desk.office().id}
    for _ in range(3):                              # county, township, village
        below |= {o.id for o in offices if o.parent in below}
    return tuple((o.id, o.name) for o in offices if o.id in below and o.id != setting.desk.office().id)


def _offices_to_assign(setting: Setting) -> Choices:
    """Not the one that has the case already."""
    return tuple(choice for choice in _offices_below(setting) if choice[0] != setting.view.row.holder)


def _staff(setting: Setting) -> Choices:
    return tuple((s.id, s.name) for s in setting.desk.staff())


def _mediators(setting: Setting) -> Choices:
    """Those of the case before all, then who sits here, then the roster of this office and those above."""
    state = setting.view.state
    named = [*state.get("mediators", ()), *(state.get("choice") or {}).get("proposed", ()), *state.get("handlers", ())]
    people = {staff: setting.desk.staff_name(staff) for staff in named}
    people |= {s.id: s.name for s in setting.desk.staff() if s.id not in people}
    people |= {m.staff: m.name for m in setting.desk.roster() if m.staff not in people}
    return tuple(people.items())


def _events(setting: Setting) -> Choices:
    lines = [line for line in setting.view.timeline if not line.refused][::-1]
    return tuple((line.id, t("form.record", date=said_day(line.legal_date, setting.today), title=line.title, who=line.actor_name))
                 for line in (lines if setting.seeker else lines[:SHOWN_EVENTS]))


def _events_to_correct(setting: Setting) -> Choices:
    """Of this office and those below it; nobody corrects what an office above wrote."""
    mine = {setting.desk.office().id, *(id for id, _ in _offices_below(setting))}
    offices = {line.id: line.office for line in setting.view.timeline}
    return tuple(choice for choice in _events(setting) if offices[choice[0]] in mine)


def _claimants(setting: Setting) -> Choices:
    """Who has not claimed the subsidy of this case, or whose claim was returned."""
    subsidy = setting.view.state.get("subsidy") or {}
    claimed = {claim["mediator"] for claim in subsidy.get("claims", ())} if subsidy.get("state") != "returned" else set()
    return tuple(choice for choice in _mediators(setting) if choice[0] not in claimed)


def _agreement_items(setting: Setting) -> Choices:
    return tuple((str(item["no"]), str(item["what"])) for item in setting.agreement().get("items", ()))


def _findings(review: bool) -> Callable[[Setting], Choices]:
    def found(setting: Setting) -> Choices:
        waiting = (f for f in setting.view.state.get("findings", ()) if bool(f["review"]) == review and not f["resolved"])
        return tuple({f["code"]: str(f["text"]) for f in waiting}.items())

    return found


def _cases(setting: Setting, sought: Sought) -> Offered:
    if setting.seeker is None:
        rows = setting.desk.list_cases(limit=SHOWN_CASES)
        total = sum(row.id != setting.view.id for row in rows)
    else:
        rows, total = setting.seeker.cases(sought, setting.view.id)
    return Offered(tuple((row.id, t("form.case_line", parties=row.parties, number=row.number, summary=row.summary[:20]))
                         for row in rows if row.id != setting.view.id), total)


def _records(aggregate: str) -> Callable[[Setting, Sought], Offered]:
    def found(setting: Setting, sought: Sought) -> Offered:
        if setting.seeker is None:
            rows = setting.desk.records(aggregate, limit=SHOWN_CASES)
            total = sum(row["record_id"] != setting.view.id for row in rows)
        else:
            rows, total = setting.seeker.records(aggregate, sought, setting.view.id)
        return Offered(tuple((str(row["record_id"]), _record_line(row)) for row in rows if row["record_id"] != setting.view.id),
                       total)

    return found


def _record_line(row: Mapping[str, Any]) -> str:
    return str(row["title"] or row.get("number") or row["opened_on"])


def _commitments(setting: Setting) -> Choices:
    """Those of a project that are not kept yet, by their place."""
    rows = (setting.view.state.get("data") or {}).get("commitments", ())
    return tuple((str(no), str(row["text"])) for no, row in enumerate(rows) if row["kept_on"] is None)


def _became(setting: Setting, sought: Sought) -> Mapping[str, Offered]:
    return {name: LONG[f"{name}_records" if name != "case" else name](setting, sought) for name in ("hazard", "case", "referral")}


def _restricted(setting: Setting) -> Choices:
    return tuple((str(p.index), p.name) for p in setting.view.parties if p.raw.get("restricted"))


def _risks(higher: bool) -> Callable[[Setting], Choices]:
    def found(setting: Setting) -> Choices:
        now = str(setting.view.row.risk or "1")
        return tuple(choice for choice in setting.table("risk") if (choice[0] > now if higher else choice[0] < now))

    return found


def _channels(setting: Setting) -> Choices:
    """Where a matter can go that is not mediated here."""
    return tuple(choice for choice in setting.table("outcome") if choice[0].startswith("to_"))


def _channels_from_here(setting: Setting) -> Choices:
    """Without those that the county alone sends to."""
    closed = () if setting.desk.office().level == "county" else matters.table().county_transfers
    return tuple(choice for choice in _channels(setting) if choice[0] not in closed)


def _subcategories(setting: Setting, sought: Sought) -> Mapping[str, Offered]:
    names = dict(setting.table("subcategory"))
    table: Any = matters.table()
    return {category: part([(code, names[code]) for code in table.of_category(category) if code in names])
            for category, _ in setting.table("category")}


def _types_at(setting: Setting, sought: Sought) -> Mapping[str, Offered]:
    """To which other kinds of mediation a case may go, by the office that would take it."""
    state = setting.view.state
    facts: dict[str, Any] = {"entrusting_body": state.get("entrusting_body", ""), "petitions": state.get("petitions", ())}
    kinds = [choice for choice in setting.table("mediation_type") if choice[0] != state.get("mediation_type")]
    return {office.id: part([kind for kind in kinds if not mediation_types.not_competent(kind[0], office.level, **facts)])
            for office in setting.desk.offices()}


# by the name in forms.toml, or by the control of the field
SOURCES: dict[str, Callable[[Setting], Choices]] = {
    "party": lambda setting: setting.parties,
    "office": _offices,
    "office_above": _office_above,
    "offices_below": _offices_below,
    "offices_to_assign": _offices_to_assign,
    "staff": _staff,
    "mediators": _mediators,
    "event": _events,
    "events_to_correct": _events_to_correct,
    "claimants": _claimants,
    "agreement_items": _agreement_items, "item": _agreement_items,
    "findings_to_decide": _findings(True),
    "findings_to_note": _findings(False),
    "commitments": _commitments,
    "restricted_parties": _restricted,
    "channels": _channels,
    "channels_from_here": _channels_from_here,
    "higher_risks": _risks(True),
    "lower_risks": _risks(False),
}
# the same of lists that are never read whole
LONG: dict[str, Callable[[Setting, Sought], Offered]] = {
    "case": _cases,
    "cases": _cases,
    "petitions": _records("petition"),
    **{f"{name}_records": _records(name) for name in ("hazard", "sweep", "duty", "referral")},
}
# choices that depend on another answer
NARROWED: dict[str, Callable[[Setting, Sought], Mapping[str, Offered]]] = {
    "subcategories": _subcategories, "types_at": _types_at, "became": _became}


def offered(source: str, setting: Setting, question: str, most: int = OFFERED) -> Offered | None:
    """What is offered to a question, at most so much of a list at hand; None where the source is none of ours."""
    sought = setting.seeker.of(question) if setting.seeker is not None else NOTHING
    if source in LONG:
        return LONG[source](setting, sought)
    if source not in SOURCES:
        return None
    found = SOURCES[source](setting)
    return part(found, sought, most) if setting.seeker is not None else Offered(found, len(found))


def narrowed(source: str, setting: Setting, question: str) -> Mapping[str, Offered]:
    return NARROWED[source](setting, setting.seeker.of(question) if setting.seeker is not None else NOTHING)
