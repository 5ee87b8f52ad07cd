"""A county's tables with so many cases, in a minute: what a bench of pages reads.

Some hundred cases are written as signed events and folded, one of every story in every month of seven years; then each is copied
with other ids, offices, names and numbers as a folded state, and the copies go through the very functions by which the projector
writes its rows (`ReadModel._put`, `put_events`), triggers included. The rows are those of a county that had so many cases; the
events of the copies are rows of the tables alone, so a page that folds one case from its events (the case page) is measured on
those that were really written.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from county_hub.commands.cli import main
from county_hub.hub.hub import Hub
from shared.disputes.case.state import CaseState
from shared.disputes.tables.read_model import ReadModel
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.hlc import make_hlc
from shared.ledger.formats.ids import new_ulid
from shared.ledger.tables import _put_events, event_row
from shared.paths import DATA
from sync.storage import open_file
from tests.support.county_hub.hub_support import PASSWORD, opened
from tests.support.shared.domain_events import World, ms_of

CASES, MONTHS, SEED, BATCH = 200_000, 84, 7, 2000
CATEGORIES = [f"DC{n:02d}" for n in range(1, 18)]


def county(folder: Path, cases: int = CASES) -> Path:
    """HOME of a county of 116 offices with so many cases in its tables."""
    password, home = folder / "password.txt", folder / "hub"
    password.write_text(PASSWORD + "\n", "utf-8")
    divisions = str(DATA / "dengkou-divisions.csv")
    words = ("init", str(home), "--county", "150822", "--divisions", divisions, "--admin-password-file", str(password))
    assert main([*words]) == 0
    words = ("--id", "officer", "--name", "演示员", "--office", "150822000000", "--roles", "dispatcher,supervisor")
    assert main(["staff", "add", str(home), *words]) == 0
    with opened(home) as hub:
        stories = list(_stories(hub))
        hub.replica.bulk_docs([event.doc() for _, events in stories[-40:] for event in events], new_edits=False)
        hub.projector.catch_up()
        _fill(hub, stories, cases)
    return home


def _stories(hub: Hub) -> Iterator[tuple[CaseState, list[Event]]]:
    """A case of every story that begins in each month, folded as of today, with its events."""
    last = dt.date.fromisoformat(_today(hub))
    for back in range(MONTHS, -1, -1):
        first = (last.replace(day=1) - dt.timedelta(days=30 * back)).replace(day=1)
        day, later = first.isoformat(), (first + dt.timedelta(days=9)).isoformat()
        if later > last.isoformat():
            continue
        recent = back < 3
        for number, story in enumerate(("open", "mediating", "agreed", "settled", "closed") if recent else ("closed", "closed")):
            world = World()
            words = f"DEMO 排水渠争议 {day} {number}"        # or two stories of a day would be one case
            case = (world.register if story == "open" else world.mediating)(date=day, summary=words).subject
            if story in ("agreed", "closed", "settled"):
                agreement = world.agree(case, date=later, fields={"items": [{
                    "who": 1, "to": 0, "what": "清理水渠", "amount_fen": 50000, "due_date": _after(later, 30)}]})
                world.seal(case, agreement, date=later)
            if story in ("closed", "settled"):
                world.event(case, "case.item_performed", {"of": agreement.id, "item": 0, "complete": True, "confirmed_by": [0]},
                            date=later)
            if story == "closed":
                world.event(case, "case.rated", {"party": 0, "score": 5, "channel": "clerk"}, date=later)
                world.event(case, "case.closed", {"outcome": "agreement_written"}, date=later)
            yield world.state(case, last.isoformat(), history=False), world.events[case]


def _fill(hub: Hub, stories: list[tuple[CaseState, list[Event]]], cases: int) -> None:
    choose, model = random.Random(SEED), ReadModel()
    offices = [office for office in hub.directory.latest().offices() if office.level != "county"]
    with contextlib.closing(open_file(hub.home.read_model, hub.file_key, timeout_s=60)) as db:
        for start in range(0, cases, BATCH):
            db.execute("BEGIN IMMEDIATE")
            made = [_copy(stories[choose.randrange(len(stories))], number, choose, choose.choice(offices).id)
                    for number in range(start, min(start + BATCH, cases))]
            model._put(db, [state for state, _ in made], (), {})
            _put_events(db, [row for _, rows in made for row in rows])
            db.execute("COMMIT")


def _copy(story: tuple[CaseState, list[Event]], number: int, choose: random.Random, office: str) -> tuple[CaseState, list[Any]]:
    state, events = story
    id = new_ulid(ms_of(state.registered_on) + number, choose.randbytes(10))
    parties = tuple(replace(party, name=f"演示{chr(0x4E00 + choose.randrange(3000))}{chr(0x4E00 + choose.randrange(3000))}",
                            phone=f"1{choose.randrange(10**10):010d}") for party in state.parties)
    made = replace(
        state, id=id, number=f"{office}-{state.registered_on[:4]}-001-{number % 10_000:04d}-0", origin=office,
        custody=replace(state.custody, holder=office),
        place=replace(state.place, office=office, text=f"DEMO {number % 97}组"), category=choose.choice(CATEGORIES),
        parties=parties, summary=f"DEMO 第{number}件，{choose.choice(('水渠', '草场', '宅基地', '工钱', '借款'))}",
        updated_hlc=make_hlc(ms_of(state.registered_on) + number))
    rows = [(f"case:{id}:{event.hlc}:{number:026d}"[:90] + str(place), id, *event_row(event, {})[2:])
            for place, event in enumerate(events)]
    return made, rows


def _after(day: str, days: int) -> str:
    return (dt.date.fromisoformat(day) + dt.timedelta(days=days)).isoformat()


def _today(hub: Hub) -> str:
    from shared.ledger.days import local_date

    return local_date(hub.clock())
