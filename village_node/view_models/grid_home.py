"""What somebody of the grid sees at home: households, five buttons, sweeps, reports and who has them, the rooms. No Kivy.

Households are numbers: the directory that every device reads holds no names (PIPL Art 6, `shared.disputes.rules.grids`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.disputes.case.chain import Asked, Link
from shared.disputes.rules import rooms
from shared.disputes.rules.grids import Grid, Member
from shared.ledger import codes
from shared.ledger.days import date_of
from shared.ledger.texts import t
from village_node.view_models.around.cards import Button, CardPage, InfoCard
from village_node.view_models.around.households import is_late, own_grids, waiting
from village_node.view_models.case_list import due_pill
from village_node.view_models.next_step import day_words

# (code of `five_small`, icon, tone): three buttons, below them two
FIVE = (
    ("small_hazard", "shield-alert-outline", "warn"),
    ("small_sign", "eye", "info"),
    ("small_dispute", "forum-outline", "bad"),
    ("small_service", "sprout", "good"),
    ("small_difficulty", "home-group", "plain"),
)
SHOWN = 5           # cards of a kind and lines of the rooms: the rest is one tap away, in its list
LOOKED = 40         # open cases whose way is looked at, the most urgent first
# (words, verb) of the buttons of a report, the last one the primary
_UP = (("hand_up", "pass_up_grid"),)
_ANSWERS = (("give_back", "return_to_grid"), ("take", "take_from_grid"))
_NEAR = 3           # days before the end of a sweep from which it is yellow


@dataclass(frozen=True, slots=True)
class FiveButton:
    """One of the five small matters: a tap opens its form with everything filled in that must be."""

    code: str
    words: str
    icon: str
    tone: str
    button: Button


@dataclass(frozen=True, slots=True)
class GridHome:
    five: tuple[FiveButton, ...]
    page: CardPage


def grid_home(desk: Any, staff: str) -> GridHome:
    """For this person, of the desk's office."""
    known = desk.grids()
    own = own_grids(desk, staff)
    led = [grid for grid in known if grid.leader == staff and grid.valid_on(desk.today())]
    cards = (*_households(desk, known, own, led), *_sweeps(desk, staff, own, led), *_reports(desk, staff, known), _rooms(desk))
    return GridHome(_five(desk, staff, own, led), CardPage(t("grid_home.title"), cards))


# --- households


def _households(desk: Any, known: Sequence[Grid], own: Sequence[tuple[Grid, Member]], led: Sequence[Grid]
                ) -> Iterable[InfoCard]:
    for grid, member in own:
        lines = [grid.name, t("grid_home.spans", spans=spans(member.households)), *_above(desk, known, grid, member.staff)]
        late = sum(is_late(day, desk.today()) for day, _ in waiting(desk, grid, member))
        words = t("households.open", n=late) if late else t("households.open_none")
        yield InfoCard(t("grid_home.mine", n=len(member.households)), tuple(lines), "", "info", "home-group",
                       (Button(words, "page", ("households",), primary=bool(late)),))
    for grid in led:
        lines = [grid.name, *(t("around.member", name=desk.staff_name(m.staff), n=len(m.households)) for m in grid.members),
                 *_above(desk, known, grid, grid.leader)]
        yield InfoCard(t("grid_home.led", n=grid.households), tuple(lines), "", "info", "home-group")
    if not own and not led:
        yield InfoCard(t("grid_home.title"), (t("grid_home.none"),), "", "plain", "home-group")


def spans(households: Iterable[int]) -> str:
    """1–10、15: numbers that follow one another drawn together."""
    runs: list[list[int]] = []
    for number in sorted(households):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return "、".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)


def _above(desk: Any, known: Sequence[Grid], grid: Grid, staff: str) -> list[str]:
    """Who a matter is handed to from here: the leader of the own grid, then that of the village."""
    parent = next((one for one in known if one.id == grid.parent), None)
    roles = {"group": "group_grid_leader", "village": "village_grid_leader"}
    return [t("grid_home.leader", role=codes.name("role", roles[one.tier]), name=desk.staff_name(one.leader))
            for one in (grid, parent) if one is not None and one.tier in roles and one.leader and one.leader != staff]


# --- the five small matters


def _five(desk: Any, staff: str, own: Sequence[tuple[Grid, Member]], led: Sequence[Grid]) -> tuple[FiveButton, ...]:
    kind = "small_service.recorded"
    if not any(action.kind == kind for action in desk.record_forms.openings(staff)):
        return ()
    names = codes.names("five_small")
    grid = next((one.id for one in (*(grid for grid, _ in own), *led)), "")
    return tuple(
        FiveButton(code, t(f"grid_home.{code}"), icon, tone, Button(t(f"grid_home.{code}"), "step", (
            kind, "", f"type={code}", f"text={names[code]}", *((f"grid={grid}",) if grid else ()))))
        for code, icon, tone in FIVE if code in names)


# --- sweeps


def _sweeps(desk: Any, staff: str, own: Sequence[tuple[Grid, Member]], led: Sequence[Grid]) -> list[InfoCard]:
    here, cards = desk.office().id, []
    shares = {grid.id: (grid, len(member.households)) for grid, member in own}
    for grid in led:
        shares.setdefault(grid.id, (grid, grid.households))
    for row in desk.records("sweep", open_only=True):
        asked = row["data"].get("grids") or ()
        if here not in row["data"].get("offices", ()):
            continue
        mine = [(grid, next((word for word in (grid.id, grid.name) if word in asked), grid.id), n)
                for grid, n in shares.values() if not asked or grid.id in asked or grid.name in asked]
        if mine:
            cards.append(_sweep(desk, row, mine))
    return cards[:SHOWN] or [InfoCard(t("grid_home.sweeps"), (t("grid_home.no_sweeps"),), "", "good", "magnify")]


def _sweep(desk: Any, row: Mapping[str, Any], mine: Sequence[tuple[Grid, str, int]]) -> InfoCard:
    """`mine`: (grid, the word by which the sweep names it, households to look at)."""
    due, lines = str(row["data"].get("due") or ""), list[str]()
    buttons: list[Button] = []
    for grid, word, households in mine:
        items = [item for item in row["data"].get("items", ()) if item["grid"] == word]
        done, found = sum(item.get("households") or 0 for item in items), sum(len(item.get("hazards") or ()) for item in items)
        lines.append(t("grid_home.swept", grid=grid.name, done=done, all=grid.households)
                     + (t("grid_home.hazards", n=found) if found else ""))
        if done < grid.households:
            left = min(households, grid.households - done)
            buttons.append(Button(t("grid_home.sweep_now", grid=grid.name), "step", (
                "sweep.item_done", str(row["record_id"]), f"grid={word}", f"households={left}"), "magnify", not buttons))
    return InfoCard(str(row["title"]), tuple(lines), "", "info" if buttons else "good", "magnify" if buttons else "check-circle",
                    tuple(buttons), due_pill(due if buttons else "", desk.today(), _NEAR))


# --- what this person reported, and what is handed up to them


def _reports(desk: Any, staff: str, known: Sequence[Grid]) -> list[InfoCard]:
    """Open cases that wait for this person's answer, then those that they have or had within the grid, each with who has it."""
    rows = desk.list_cases(open_only=True, limit=LOOKED)
    roles = next((person.roles for person in desk.staff() if person.id == staff), ())
    asked, own = list[InfoCard](), list[InfoCard]()
    for row in rows:
        way = desk.chain(row.id)
        waiting = _waiting(way[-1])
        if waiting is not None and waiting.to in roles and _below(known, staff, waiting.by):
            asked.append(_report(desk, staff, row, way[-1], _ANSWERS))
        elif any(link.actor == staff and codes.names("role").get(link.level) for link in way):
            own.append(_report(desk, staff, row, way[-1]))
    cards = [*asked, *own][:SHOWN]
    if len(rows) == LOOKED and cards:
        cards[-1] = replace(cards[-1], lines=(*cards[-1].lines, t("grid_home.only", n=LOOKED)))
    return cards


def _waiting(now: Link) -> Asked | None:
    return next((asked for asked in reversed(now.asked) if not asked.answer), None)


def _below(known: Sequence[Grid], leader: str, asker: str) -> bool:
    """Does the asker work in a grid that this person leads, or lead one below it? Whom no grid names is everybody's to answer."""
    grids = [grid for grid in known if asker == grid.leader or any(member.staff == asker for member in grid.members)]
    above = {grid.id: grid.leader for grid in known}
    return not grids or any(leader in (grid.leader, above.get(grid.parent)) for grid in grids)


def _report(desk: Any, staff: str, row: Any, now: Link, verbs: tuple[tuple[str, str], ...] = ()) -> InfoCard:
    waiting, role = _waiting(now), codes.names("role").get(now.level)
    mine = bool(role) and now.actor == staff
    who = t("grid_home.held", role=role, name=desk.staff_name(now.actor)) if role else desk.office_name(now.office)
    lines = [] if mine else [t("grid_home.with", who=who)]
    if verbs and waiting is not None:
        lines.append(t("grid_home.asks_you", reason=waiting.reason))
    elif waiting is not None:
        asked = codes.names("role").get(waiting.to) or desk.office_name(waiting.to)
        lines.append(t("grid_home.asked", who=asked, due=day_words(waiting.due_date, desk.today())) if waiting.due_date
                     else t("grid_home.asked_soon", who=asked))
    elif mine:
        lines.append(t("grid_home.mine_now"))
        verbs = _UP if now.level != "village_grid_leader" else ()
    due, state = (waiting.due_date, waiting.state) if verbs == _ANSWERS and waiting is not None else (now.due_date, now.state)
    return InfoCard(row.summary or row.parties, tuple(lines), "", "info", "account-tie",
                    (Button(t("grid_home.look"), "case", (row.id,)),
                     *(Button(t(f"grid_home.{words}"), "verb", (row.id, verb), primary=verb == verbs[-1][1])
                       for words, verb in verbs)),
                    due_pill(due if state != "stopped" else "", desk.today()))


# --- the village's rooms


def _rooms(desk: Any) -> InfoCard:
    """Each room as it is called here, with the next duty posts in it and what they are for; below, those elsewhere."""
    directory, here = desk.node.directory, desk.office()
    called = rooms.names(directory)
    office = directory.office(here.id)
    names = [called.get(room, room) for room in (office.rooms if office is not None else ()) or ()]
    posts = desk.calendar()
    lines, told = [], set()
    for name in names:
        within = [post for post in posts if name in str(post["place"] or "") and post["duty"] not in told]
        told |= {post["duty"] for post in within}
        lines += [_post(desk, name, post) for post in within[:SHOWN]] or [t("grid_home.no_post", room=name)]
    lines += [_post(desk, str(post["place"] or ""), post) for post in posts if post["duty"] not in told][:SHOWN]
    return InfoCard(t("grid_home.rooms", office=here.name), tuple(lines) or (t("around.no_calendar"),), "", "info",
                    "calendar-clock", (Button(t("grid_home.calendar"), "page", ("calendar",)),))


def _post(desk: Any, room: str, post: Mapping[str, Any]) -> str:
    day = date_of(str(post["date"]))
    service = codes.names("clinic_service").get(str(post["service"]), post["service"])
    return t("grid_home.post", room=room, month=day.month, day=day.day, start=post["start"], end=post["end"], service=service,
             person=desk.staff_name(str(post["person"] or "")))
