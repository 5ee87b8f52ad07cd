"""Pages about this office: who mediates, helpers, grids; duty posts and appointments; what is due; what waits for a decision."""

from __future__ import annotations

from typing import Any

from shared.disputes.rules import helpers
from shared.ledger import codes
from shared.ledger.days import between, said_day
from shared.ledger.texts import has, t
from village_node.view_models.around.cards import MOST, Button, CardPage, InfoCard
from village_node.view_models.case_list import ALARM_ICONS, ALARM_TONES, due_pill, pill_words


def people(desk: Any) -> CardPage:
    cards = [_mediator(desk, m) for m in desk.roster()]
    pool = helpers.pool(desk.node.directory.table(helpers.TABLE), desk.node.config.office, desk.node.directory.lineage)
    cards += [InfoCard(one.name, (desk.office_name(one.office),), codes.name("helper_kind", one.kind), "info", "account-group")
              for one in pool]
    cards += [_grid(desk, grid) for grid in desk.grids()]
    return CardPage(t("around.people"), tuple(cards), t("around.no_people"))


def _mediator(desk: Any, m: Any) -> InfoCard:
    load = t("roster.load", n=m.load)           # stands as the card's mark
    lines = (desk.office_name(m.office), "、".join(codes.name("category", code) for code in m.specialities),
             "　".join(part for part in ("、".join(m.languages), m.grade) if part),
             "；".join(reason for reason in m.reasons if reason != load))
    return InfoCard(m.name, tuple(line for line in lines if line), t("around.load", n=m.load),
                    "good" if not m.conflict else "plain", "account-tie")


def _grid(desk: Any, grid: Any) -> InfoCard:
    lines = [t("around.leader", name=desk.staff_name(grid.leader))] if grid.leader else []
    lines += [t("around.member", name=desk.staff_name(m.staff), n=len(m.households)) for m in grid.members]
    lines += [f"{codes.name('grid_officer_slot', slot)}　{desk.staff_name(staff)}" for slot, staff in grid.officers]
    return InfoCard(grid.name, tuple(lines), t("around.households", n=grid.households), "plain", "home-group")


def calendar(desk: Any, staff: str) -> CardPage:
    """The duty posts, each with free seats and a button; below them the appointments, each with what is true of it now."""
    may_ask = any(a.kind == "appointment.requested" for a in desk.record_forms.openings(staff))
    rows = desk.calendar()
    own = {row["duty"] for row in rows if row["own_free"]}
    posts = [_post(row, may_ask, desk.staff_name(str(row["person"] or "")), desk.today()) for row in rows]
    all_asked = desk.appointments()
    asked = [_appointment(row, own) for row in all_asked[:MOST]]
    return CardPage(t("around.calendar"), (*posts, *asked), t("around.no_calendar"), _more(len(all_asked)))


def _appointment(row: dict[str, Any], own: set[str]) -> InfoCard:
    """`own`: duty posts with numbered seats of this office; one is given by a tap, with a line or without."""
    give = row["state"] in ("requested", "waitlisted") and row["duty"] in own
    return InfoCard("　".join(str(part) for part in (row["asker"], row["topic"]) if part), (row["sentence"],),
                    _service(row["service"]), "warn" if row["clash"] else "info", "calendar-clock",
                    (Button(t("around.open"), "record", (row["id"],)),
                     *((Button(t("around.give_seat"), "seat", (row["id"],), primary=True),) if give else ())))


def _post(row: dict[str, Any], may_ask: bool, person: str, today: str) -> InfoCard:
    lines = ["　".join(str(part) for part in (person, row["place"]) if part), row["sentence"]]
    if row["own"]:
        lines.append(t("around.own_seats", n=row["own"], free=len(row["own_free"])))
    ask = (Button(t("around.ask"), "step", ("appointment.requested", "", f"duty={row['duty']}"), "calendar-clock", True),)
    when = f"{said_day(str(row['date']), today)}　{row['start']}–{row['end']}"
    return InfoCard(when, tuple(line for line in lines if line),
                    _service(row["service"]), "good" if row["own_free"] else "plain", "calendar-clock",
                    (*(ask if may_ask else ()), Button(t("around.open"), "record", (row["duty"],))))


def _service(code: Any) -> str:
    return str(codes.names("clinic_service").get(str(code), code or ""))


def due(desk: Any) -> CardPage:
    """Everything that is due of all kinds, what rings first: one card a matter, with each of its clocks."""
    (matters, total), today = desk.matters_due(MOST), desk.today()
    return CardPage(t("around.due", n=total), tuple(_due(rows, today) for rows in matters), t("around.nothing_due"), _more(total))


def _due(rows: list[dict[str, Any]], today: str) -> InfoCard:
    """The first clock of a matter is its gravest: it is the mark of the card."""
    first, level = rows[0], _level(rows[0])
    clocks = [(codes.name("clock", row["kind"]), _until(row, today)) for row in rows]
    lines = [_kind(first["aggregate"]), *("　".join(part for part in parts if part) for parts in clocks)]
    tone, icon = ALARM_TONES[level], ALARM_ICONS[level]
    return InfoCard(first["title"] or first["number"], tuple(lines), "", tone, icon,
                    (Button(t("around.open"), "case" if first["aggregate"] == "case" else "record", (first["id"],)),),
                    (_until(first, today), tone, icon))


def _level(row: dict[str, Any]) -> str:
    return "overdue" if row["overdue"] else "ring" if row["rings"] else "warn"


def _until(row: dict[str, Any], today: str) -> str:
    level = _level(row)
    return pill_words(row["due_date"], level, today) if between(today, row["due_date"]) >= 0 or level == "overdue" else ""


def _more(found: int) -> str:
    return t("around.more", n=found - MOST) if found > MOST else ""


def _kind(aggregate: str) -> str:
    key = f"app.home.{aggregate}"
    return t(key) if has(key) else t("around.case")


def tasks(desk: Any, staff: str) -> CardPage:
    """What waits for this office: findings to decide, hand-overs and supervisions to answer."""
    mine = {(row["case"], row["code"]) for row in desk.tasks(staff_id=staff)}
    rows, cards = desk.tasks(), []
    for row in rows[:MOST]:
        may = (row["case"], row["code"]) in mine
        act = Button(t("around.decide_now") if row["verb"] == "resolve_review" else t("around.open"),
                     "decide" if row["verb"] == "resolve_review" else "case", (row["case"], row["code"])[:2 if row["verb"] ==
                                                                                                         "resolve_review" else 1])
        cards.append(InfoCard(row["text"], (row["number"], "" if may else t("around.not_yours", who=row["adjudicator_name"])),
                              "", "warn", "inbox-arrow-down",
                              (act,) if may else (Button(t("around.look"), "case", (row["case"],)),),
                              due_pill(row["due"] or "", desk.today())))
    return CardPage(t("around.tasks"), tuple(cards), t("around.no_tasks"), _more(len(rows)))
