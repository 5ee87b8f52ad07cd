"""A county's tables with so many cases, in some minutes: what a bench of pages reads.

Some hundred cases are written as signed events and folded, one of every story in every month of seven years; then each is copied
with other ids, offices, names and numbers as a folded state, and the copies go through the very functions by which the projector
writes its rows (`ReadModel._put`, `put_events`), triggers included. The rows are those of a county that had so many cases; the
events of the copies are rows of the tables alone, so a page that folds one case from its events (the case page) is measured on
those that were really written.

How far the filling has come stands beside HOME (`made.json`): what was stopped goes on there, and tables of another version of
the program are made anew.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from county_hub.commands.cli import main
from county_hub.county.acts import CountyActs
from county_hub.hub.hub import Hub
from shared.disputes.case.citizen_slip import slip
from shared.disputes.case.state import CaseState
from shared.disputes.tables.read_model import VERSION, ReadModel
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.hlc import make_hlc
from shared.ledger.formats.ids import PlatformNumber, new_ulid
from shared.ledger.tables import _put_events, event_row
from shared.paths import DATA
from sync.storage import open_file
from tests.support.county_hub.hub_support import PASSWORD, opened
from tests.support.shared.domain_events import World, ms_of

CASES, MONTHS, SEED, BATCH = 200_000, 84, 7, 2000
REAL = 40               # stories whose events are in the county's database as well
COUNTY = "150822000000"
CATEGORIES = [f"DC{n:02d}" for n in range(1, 18)]


def county(folder: Path, cases: int = CASES) -> Path:
    """HOME of a county of 116 offices and two organs with so many cases in its tables."""
    home, made = folder / "hub", folder / "made.json"
    known = json.loads(made.read_text("utf-8")) if made.exists() else {}
    if (known.get("version"), known.get("cases")) != (VERSION, cases):
        shutil.rmtree(home, ignore_errors=True)
        _founded(folder, home)
        known = {"version": VERSION, "cases": cases, "done": 0, **_asked_by(home)}
        made.write_text(json.dumps(known), "utf-8")
    if known["done"] < cases:
        with opened(home) as hub:
            for done in fill(hub, known["done"], cases):
                made.write_text(json.dumps({**known, "done": done}), "utf-8")
                if done % (cases // 10 or 1) < BATCH:
                    print(f"{done:,} of {cases:,} cases are in the tables", file=sys.stderr, flush=True)
    return home


def _asked_by(home: Path) -> dict[str, str]:
    """What a citizen of one real case types, and the token of another system."""
    with opened(home) as hub:
        acts = CountyActs(hub)
        case = acts.register("officer", {
            "summary": "DEMO 水渠清淤", "category": "DC02", "place": {"office": COUNTY, "text": "DEMO 渠边"},
            "parties": [{"name": "演示甲", "phone": "13800000001"}, {"name": "演示乙", "role": "respondent"}]})
        made = slip(case, [acts.place.device.key], hub.directory.latest())
        assert made is not None
        hub.projector.catch_up()
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        assert main(["token", "add", str(home), "--name", "DEMO 法院", "--scopes", "cases:read,figures:read", "--json"]) == 0
    return {"case": case.id, "number": made.number, "code": made.typed, "token": json.loads(told.getvalue())["token"]}


def _founded(folder: Path, home: Path) -> None:
    password = folder / "password.txt"
    password.write_text(PASSWORD + "\n", "utf-8")
    divisions = str(DATA / "dengkou-divisions.csv")
    for words in (
        ("init", str(home), "--county", "150822", "--divisions", divisions, "--admin-password-file", str(password)),
        ("staff", "add", str(home), "--id", "officer", "--name", "演示员", "--office", COUNTY, "--roles",
         "dispatcher,supervisor,mediator"),
        ("office", "add", str(home), "--organ", "court", "--name", "DEMO 县人民法院"),
        ("office", "add", str(home), "--organ", "police_bureau", "--name", "DEMO 县公安局"),
    ):
        with contextlib.redirect_stdout(sys.stderr):
            assert main([*words]) == 0, words
    with opened(home) as hub:
        real = [event.doc() for _, events in list(stories(hub))[-REAL:] for event in events]
        hub.replica.bulk_docs(real, new_edits=False)
        hub.projector.catch_up()


def stories(hub: Hub) -> Iterator[tuple[CaseState, list[Event]]]:
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


def fill(hub: Hub, first: int, cases: int, of: Callable[[CaseState], bool] = lambda state: True) -> Iterator[int]:
    """How many are there, after each batch; every batch is the same wherever filling begins. `of`: which stories are copied."""
    model, latest = ReadModel(), hub.directory.latest()
    told = [story for story in stories(hub) if of(story[0])]
    divisions = [office.id for office in latest.offices() if office.level != "county" and not latest.lineage.is_organ(office.id)]
    organs = [office.id for office in latest.offices() if latest.lineage.is_organ(office.id)] or divisions
    with contextlib.closing(open_file(hub.home.read_model, hub.file_key, timeout_s=60)) as db:
        db.execute("PRAGMA synchronous = OFF")      # a bench's tables are made again where the power fails
        for start in range(first, cases, BATCH):
            choose, end = random.Random(f"{SEED} {start}"), min(start + BATCH, cases)
            made = []
            for number in range(start, end):
                office = choose.choice(divisions)
                holder = office if number % 200 else choose.choice(organs)
                made.append(_copy(choose.choice(told), number, choose, office, holder))
            db.execute("BEGIN IMMEDIATE")
            model._put(db, [state for state, _ in made], (), {})
            _put_events(db, [row for _, rows in made for row in rows])
            db.execute("COMMIT")
            yield end


def _copy(story: tuple[CaseState, list[Event]], number: int, choose: random.Random, office: str, holder: str
          ) -> tuple[CaseState, list[Any]]:
    state, events = story
    id = new_ulid(ms_of(state.registered_on) + number, choose.randbytes(10))
    parties = tuple(replace(party, name=f"演示{chr(0x4E00 + choose.randrange(3000))}{chr(0x4E00 + choose.randrange(3000))}",
                            phone=f"1{choose.randrange(10**10):010d}") for party in state.parties)
    made = replace(
        state, id=id, number=str(PlatformNumber(office, int(state.registered_on[:4]), 1, number % 9_999 + 1)), origin=office,
        custody=replace(state.custody, holder=holder),
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
