"""The pages of the five zones but the board: what they show is read from the tables, what is done stands on pages of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from county_hub.console import render
from county_hub.console.case_rows import case_row
from county_hub.console.forms.record_acts import rows_of
from county_hub.console.frame import Console, frame, unsent_of
from county_hub.console.paged import Paged, asked_page, href_of, paged, paged_read, place
from county_hub.console.session import Visitor, address_of
from county_hub.console.tabs import tabs
from county_hub.console.zones.offered import Offered, may_register, of_holder, offered
from county_hub.county.book import boards, red_cards, sessions
from county_hub.hub.problems import HubProblem
from shared.disputes.acts.refusal import act_title
from shared.disputes.records import aggregates
from shared.disputes.tables import cases as case_list
from shared.disputes.tables import due, meetings, records
from shared.disputes.tables.cases import Filter
from shared.disputes.tables.pairs import MAX_PAIRS
from shared.ledger import codes
from shared.ledger.days import later, local_time
from shared.ledger.texts import t

ROWS = 12
DUE_ROWS = 40
LATE_ROWS = 15
DECIDES_DOUBLES = ("case.merged", "case.absorbed", "case.duplicate_dismissed")
DOUBLES = 20            # each is folded from its events
AHEAD_DAYS = 14
HELD_DAYS = 14


def _rows(console: Console, rows: Sequence[Any]) -> list[dict[str, Any]]:
    organisation, now = console.officers.organisation(), console.officers.now()
    return [case_row(row, organisation, now) for row in rows]


def _records(console: Console, aggregate: str) -> tuple[list[dict[str, Any]], int]:
    """The first of those that go on, and how many do."""
    with console.officers.read() as db:
        rows = due.rows(db, aggregate, open_only=True, limit=ROWS)
        return rows_of(console.officers, rows), due.count(db, aggregate, open_only=True)


def _cases(console: Console, request: Request, name: str, chosen: Filter) -> Paged[dict[str, Any]]:
    """A card's own pages, `name` in the address."""
    officers = console.officers
    with officers.read() as db:
        return paged_read(request, name, case_list.total(db, chosen, officers.moment()), ROWS, lambda skip, size: _rows(
            console, case_list.find(db, chosen, officers.moment(), limit=size, offset=skip)))


def _openings(console: Console, visitor: Visitor, wanted: Sequence[str]) -> list[tuple[str, str]]:
    """What this officer may begin here: (address, words)."""
    if not visitor.staff:
        return []
    able = console.acts().openings(visitor.staff)
    return [(f"/console/records/new/{aggregates.opening(name)}", t(f"zones.begin.{name}")) for name in wanted if name in able]


# -- intake --


def intake(console: Console, request: Request, visitor: Visitor, **more: Any) -> Response:
    acts = console.acts()
    here = acts.place.device.office
    with console.officers.read() as db:
        moment, triage = console.officers.moment(), boards.LANES["triage"]
        mine, asked = Filter(holders=[here], states=triage, taking=False, open_only=True), Filter(pending_to=here, open_only=True)
        waiting, waits = case_list.find(db, mine, moment, limit=DUE_ROWS), case_list.total(db, mine, moment)
        handed, hands = case_list.find(db, asked, moment, limit=DUE_ROWS), case_list.total(db, asked, moment)
    values = frame(console, visitor, "intake", t("console.nav.intake"))
    values["tabs"], values["tab"] = tabs("intake"), "intake"
    return render.page("intake.html", {
        **values, "waiting": _rows(console, waiting), "handed": _rows(console, handed),
        "offers": offered(console, visitor, [row.case_id for row in waiting], ("triage", "assign")),
        "may_register": may_register(console, visitor),
        "here": here, "waits": waits, "hands": hands,
        "begin": _openings(console, visitor, ("petition", "legal_aid", "appointment", "online_consultation")),
        "online": _records(console, "online_consultation"), "appointments": _records(console, "appointment"),
        "petitions": _records(console, "petition"), "legal_aid": _records(console, "legal_aid"), "typed_code": "", "number": "",
        **more,
    }, 400 if more.get("notice_kind") == "bad" else 200)


def by_code(console: Console, request: Request, visitor: Visitor) -> Response:
    """The case of a citizen's code, as scanned, or as typed beside a number."""
    code, number = request.query_params.get("code", "")[:400], request.query_params.get("number", "")[:60]
    try:
        case = console.desk().citizens.case_of(code, number)
    except HubProblem as problem:
        return intake(console, request, visitor, notice=problem.sentence, notice_kind="bad", typed_code=code, number=number)
    console.accounts.audit.note(visitor.account, "case", case, address_of(request))
    return RedirectResponse(f"/console/cases/{case}", status_code=303)


# -- mediation --


def mediation(console: Console, request: Request, visitor: Visitor) -> Response:
    today, officers = console.officers.today(), console.officers
    last, back, year = later(today, AHEAD_DAYS), later(today, -HELD_DAYS), later(today, -366)
    with officers.read() as db:
        ahead, planned = meetings.planned(db, today, last), meetings.planned_total(db, today, last)
        judges = meetings.guided(db)
        held = paged_read(request, "held", sessions.total(db, "held", back), ROWS,
                          lambda skip, size: sessions.held(db, back, size, skip))
        confirming = paged_read(request, "confirming", sessions.total(db, "confirmations", year), ROWS, lambda skip, size: (
            _confirming(console, sessions.confirmations(db, year, size, skip))))
        court_in = paged_read(request, "court_in", sessions.total(db, "from_court"), ROWS, lambda skip, size: (
            _rows(console, _found(console, sessions.from_court(db, size, skip)))))
        failed = paged_read(request, "failed", sessions.total(db, "failed"), ROWS, lambda skip, size: (
            _rows(console, _found(console, sessions.failed(db, size, skip)))))
    values = frame(console, visitor, "mediation", t("console.nav.mediation"))
    values["tabs"], values["tab"] = tabs("mediation"), "mediation"
    named = {"name": officers.staff_name}
    running = _cases(console, request, "running", Filter(state="mediating", open_only=True))
    return render.page("mediation.html", {
        **values, **named, "held": held, "may_register": may_register(console, visitor),
        "offers": _offered(console, visitor, {"plan_session": running, "confirm_mediator": court_in, "transfer_out": failed}),
        "ahead": _calendar(console, ahead, today), "ahead_days": AHEAD_DAYS,
        "unshown": planned - len(ahead), "held_days": HELD_DAYS,
        "running": running,
        "agreed": _cases(console, request, "agreed", Filter(state="agreed", open_only=True)),
        "confirming": confirming, "court_in": court_in, "failed": failed,
        "judges": paged(request, "judges", [(who, officers.staff_name(who), n) for who, n in judges], ROWS),
        "panels": _records(console, "consultation"), "rooms": _records(console, "online_consultation"),
        "begin": _openings(console, visitor, ("consultation", "online_consultation")),
    })


def _offered(console: Console, visitor: Visitor, listed: Mapping[str, Paged[dict[str, Any]]]) -> Offered:
    """By verb the cases beside which it stands. What another office holds is looked at here and done there: no row says so, and
    where the holder alone may it is not asked."""
    county, made = console.officers.county(), dict[str, dict[str, str]]()
    for verb, found in listed.items():
        asked = [row for row in found.rows if row["holder"] == county or not of_holder(verb)]
        here = {str(row["case_id"]): row["holder"] == county for row in asked}
        for case, said in offered(console, visitor, here, (verb,)).items():
            made.setdefault(case, {}).update({one: why for one, why in said.items() if here[case] or not why})
    return made


def _calendar(console: Console, planned: Sequence[meetings.Planned], today: str) -> list[dict[str, Any]]:
    """The days ahead on which somebody meets, each with its sessions in order of time."""
    name, days = console.officers.staff_name, dict[str, list[dict[str, Any]]]()
    for one in planned:
        days.setdefault(one.date, []).append({
            "case": one.case, "time": one.time, "place": one.place, "mode": codes.name("meeting_mode", one.mode),
            "names": one.names, "summary": one.summary, "office": console.officers.office_name(one.office),
            "people": "、".join([*map(name, one.mediators), *map(name, one.invited)])})
    return [{"date": day, "weekday": date.fromisoformat(day).weekday(), "today": day == today, "sessions": found}
            for day, found in days.items()]


def _found(console: Console, ids: Sequence[str]) -> list[Any]:
    with console.officers.read() as db:
        return case_list.find(db, Filter(ids=list(ids)), console.officers.moment(), limit=ROWS) if ids else []


def _confirming(console: Console, listed: Sequence[tuple[str, str, str]]) -> list[dict[str, Any]]:
    rows = {row.case_id: row for row in _found(console, [case for case, _, _ in listed])}
    return [{"case": case, "names": rows[case].party_names, "summary": rows[case].summary, "on": day,
             "state": codes.name("confirmation", status) if status else t("zones.mediation.waits")}
            for case, day, status in listed if case in rows]


# -- monitoring --


def monitor(console: Console, request: Request, visitor: Visitor) -> Response:
    officers = console.officers
    with officers.read() as db:
        asked = red_cards.waiting(db, officers.case)
        # a card takes the place of its own clock, so a few clocks more than are shown
        most = LATE_ROWS + len(asked)
        late = due.all_due(db, officers.today(), now=officers.now(), most_cases=most)
        clocks = case_list.alarms_total(db, officers.moment())
        supervised = case_list.total(db, Filter(supervised=True), officers.moment())
        cards = [one for one in asked if one.level == red_cards.RED]
        beside = len(cards) - red_cards.among_due(db, cards, officers.today())
    rows = _with_cards(console, [_due(console, row) for row in late[:most]], asked)
    total = len(late) + max(0, clocks - most) + beside
    values = frame(console, visitor, "monitor", t("console.nav.monitor"))
    values["tabs"], values["tab"] = tabs("monitor"), "monitor"
    return render.page("monitor.html", {
        **values, "late": rows[:LATE_ROWS], "late_total": total, "supervised": supervised, "looked_into": red_cards.MOST,
        "offers": offered(console, visitor, [row["case"] for row in rows[:LATE_ROWS] if row["case"]], ("supervise",)),
        "hazards": _records(console, "hazard"), "sweeps": _records(console, "sweep"),
        "services": _records(console, "small_service"), "talks": _records(console, "talk_item"),
        "begin": _openings(console, visitor, ("hazard", "sweep", "small_service", "talk_item")),
    })


def _due(console: Console, row: Mapping[str, Any]) -> dict[str, Any]:
    case, owner = row["aggregate"] == "case", str(row["owner"] or "")
    return {**row, "clock": codes.name("clock", str(row["kind"])), "owner_name": console.officers.office_name(owner),
            "red": False, "href": f"/console/{'cases' if case else 'records'}/{row['id']}",
            "case": row["id"] if case else ""}


def _with_cards(console: Console, late: Sequence[dict[str, Any]], asked: Sequence[red_cards.Asked]) -> list[dict[str, Any]]:
    """Red cards first, from the day they are given; and the answer to any supervision stands with the office that owes it, which
    need not be the one that holds the case."""
    today, name = console.officers.today(), console.officers.office_name
    owed = {(one.case, one.due): one for one in asked}
    cards = [{"title": one.title, "number": "", "clock": codes.name("supervision_level", one.level), "red": True,
              "owner_name": name(one.to), "due_date": one.due, "overdue": bool(one.due) and one.due < today, "rings": False,
              "href": f"/console/cases/{one.case}#supervision", "case": one.case}
             for one in asked if one.level == red_cards.RED]
    rest: list[dict[str, Any]] = []
    for row in late:
        one = owed.get((row["id"], row["due_date"])) if row["kind"] == "supervision_reply" else None
        if one is None or one.level != red_cards.RED:
            rest.append(row if one is None else {**row, "owner_name": name(one.to)})
    return [*cards, *rest]


# -- psychological service --


def psych(console: Console, request: Request, visitor: Visitor) -> Response:
    """Referrals and counselling. Who is helped and why is sealed: the list tells nobody's story, a counsellor opens it."""
    if visitor.staff and not {"counsellor", "dispatcher", "supervisor", "dept_leader"} & console.officers.roles_of(visitor.staff):
        raise HubProblem(t("zones.psych.not_yours"))
    values = frame(console, visitor, "psych", t("console.nav.psych"))
    size = console.page_size
    with console.officers.read() as db:
        total, ended_total = (records.count_of(db, "referral", "service", "counselling", ended=ended) for ended in (False, True))
        page, pages = place(total, size, asked_page(request))
        ended_page, ended_pages = place(ended_total, ROWS, asked_page(request, "ended"))
        going = records.some_of(db, "referral", "service", "counselling", ended=False, limit=size, offset=(page - 1) * size)
        ended = records.some_of(db, "referral", "service", "counselling", ended=True, limit=ROWS, offset=(ended_page - 1) * ROWS)
    return render.page("psych.html", {
        **values, "open": Paged(rows_of(console.officers, going), total, page, pages, href_of(request)),
        "ended": Paged(ended, ended_total, ended_page, ended_pages, href_of(request, "ended")),
        "duties": paged(request, "duties", [
            d for d in console.desk().appointment_office.duties()
            if d.data.get("service") == "counsellor" and str(d.data.get("date", "")) >= console.officers.today()], ROWS),
        "begin": _openings(console, visitor, ("referral",)), "name": console.officers.staff_name,
    })


# -- duplicates, everything else --


def duplicates(console: Console, request: Request, visitor: Visitor, **more: Any) -> Response:
    case, officers = request.query_params.get("case", "")[:40], console.officers
    organisation = officers.organisation()
    rows = [{**row, "primary_text": officers.short_number(organisation, row["primary_number"], row["primary"]),
             "other_text": officers.short_number(organisation, row["other_number"], row["other"])}
            for row in console.desk().duplicates(case, most=DOUBLES)]
    values = frame(console, visitor, "dispatch", t("zones.duplicates.title"))
    values["tabs"], values["tab"] = tabs("dispatch"), "duplicates"
    if request.query_params.get("done"):
        values["notice"] = t("zones.duplicates.done")
    typed, told = unsent_of(console, request, visitor)
    pair = typed.get("case", ""), typed.get("other", "")
    total = console.desk().duplicates_count(MAX_PAIRS) if len(rows) == DOUBLES and not case else len(rows)
    values["left_out"] = len(rows) < total and t(
        "zones.duplicates.first_of_many" if total == MAX_PAIRS else "zones.duplicates.first", n=DOUBLES, total=total)
    shown = {**values, "rows": rows, "typed": {pair: typed.get("reason", "")}, **told, **more}
    return render.page("duplicates.html", shown, 400 if more else 200)


def decide(console: Console, request: Request, visitor: Visitor, form: Mapping[str, str]) -> Response:
    """Merge, or say that they are two. What was typed comes back with the reason why not."""
    if not visitor.staff:
        raise HubProblem(t("acting.readonly"))
    case, other, reason = (form.get(name, "").strip()[:1000] for name in ("case", "other", "reason"))
    word = request.path_params["word"]
    try:
        if not reason:
            raise HubProblem(t("app.form.missing", field=t("form.field.reason")))
        desk = console.desk()
        with console.one_act:
            _still_doubtful(console, case, other, reason)
            (desk.merge_cases if word == "merge" else desk.dismiss_duplicate_of)(visitor.staff, case, other, reason)
    except HubProblem as problem:
        return duplicates(console, request, visitor, notice=problem.sentence, notice_kind="bad", typed={(case, other): reason},
                          errors={} if reason else {f"{case} {other}": problem.sentence})
    console.accounts.audit.note(visitor.account, "merge" if word == "merge" else "dismiss_duplicate", case, address_of(request))
    return RedirectResponse("/console/duplicates?done=1", status_code=303)


def _still_doubtful(console: Console, case: str, other: str, reason: str) -> None:
    """Raises `HubProblem` that says who has decided about this pair, with the words that were not used."""
    for id in (case, other):        # it was listed among the closest of all, or among those of one of the two
        if any({row["primary"], row["other"]} == {case, other} for row in console.desk().duplicates(id, most=DOUBLES)):
            return
    done = [line for id in (case, other) for line in console.acts().state(id).timeline if line.kind in DECIDES_DOUBLES]
    if not done:
        raise HubProblem(t("zones.duplicates.no_pair"))
    last = max(done, key=lambda line: line.hlc)
    raise HubProblem(t("zones.duplicates.decided", who=console.officers.staff_name(last.actor),
                       at=local_time(last.device_time), what=act_title(last.kind), reason=reason))


def more(console: Console, request: Request, visitor: Visitor) -> Response:
    """Everything that is somewhere, for a narrow screen and for who looks for a page."""
    values = frame(console, visitor, "more", t("console.nav.more"))
    groups = [(t(f"console.nav.{key}"), [(words, href) for _, words, href in tabs(key)] or [(t(f"console.nav.{key}"), href)])
              for key, href in render.NAV]
    return render.page("more.html", {**values, "groups": groups})
