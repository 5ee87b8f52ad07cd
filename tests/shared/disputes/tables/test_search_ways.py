"""A search gives the same cases in the same order by whichever way SQLite walks: looked up, walked, or among the first alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from shared.disputes.tables import case_filter, cases
from shared.disputes.tables.cases import Filter, Moment
from shared.disputes.tables.read_model import ReadModel
from shared.ledger import codes
from tests.support.shared.domain_events import NEIGHBOUR, VILLAGE, World

NAMES = [(VILLAGE, ("旧地村",)), (NEIGHBOUR, ("新地村", "DEMO 新地"))]
KIND = codes.names("category")["DC04"][:2]
MOMENT = Moment("2026-11-23")


@pytest.fixture(scope="module")
def db() -> Iterator[sqlite3.Connection]:
    made, model, world = sqlite3.connect(":memory:", isolation_level=None), ReadModel(), World()
    model.create(made)
    for n in range(40):
        world.register(VILLAGE if n % 3 else NEIGHBOUR, date=f"2026-{1 + n % 9:02d}-03",
                       category="DC04" if n % 5 == 0 else "DC02", summary=f"DEMO {n}号{'水渠' if n % 4 else '草场'}，{n % 7}组")
    model.apply(made, [event.doc() for events in world.events.values() for event in events])
    yield made
    made.close()


@pytest.mark.parametrize("text", ["DEMO", "水渠", "水渠 3组", "草场", "旧地", KIND, f"{KIND} 水渠", "新地 草场", "旧地村〔2026〕",
                                  "没有"])
def test_every_way_gives_the_same(db: sqlite3.Connection, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> tuple[int, list[list[str]]]:
        wanted = Filter(text=text)
        pages = (cases.find(db, wanted, MOMENT, limit=7, offset=offset, names=NAMES) for offset in range(0, 49, 7))
        return cases.total(db, wanted, MOMENT, names=NAMES), [[row.case_id for row in page] for page in pages]

    plain = asked()
    for few, through in ((0, 400), (0, 10), (0, 0), (15, 400)):
        monkeypatch.setattr(case_filter, "FEW", few)
        monkeypatch.setattr(cases, "LOOKED_THROUGH", through)
        assert asked() == plain
    assert [len(page) for page in plain[1]] == [max(0, min(7, plain[0] - offset)) for offset in range(0, 49, 7)]
    assert (plain[0] == 0) == (text == "没有")


def test_a_word_of_many_cases_is_found_among_the_first_of_the_list(db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
                                                                   ) -> None:
    monkeypatch.setattr(case_filter, "FEW", 0)
    said: list[str] = []
    db.set_trace_callback(said.append)
    assert len(cases.find(db, Filter(text="DEMO"), MOMENT, limit=7, names=NAMES)) == 7
    db.set_trace_callback(None)
    assert not [sql for sql in said if "+rowid IN (SELECT rowid FROM search" in sql]


@pytest.mark.parametrize("text", ["DEMO", "水渠"])
def test_a_word_that_also_stands_in_the_name_of_every_office_counts_the_same(db: sqlite3.Connection, text: str,
                                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    names = [(VILLAGE, ("DEMO 水渠一村",)), (NEIGHBOUR, ("DEMO 二村",))]
    plain = cases.total(db, Filter(text=text), MOMENT, names=names)
    monkeypatch.setattr(cases, "LOOKED_THROUGH", 5)
    for looked in (1, 3, 20, 40):
        monkeypatch.setattr(cases, "LOOKED_AT", looked)
        assert cases.total(db, Filter(text=text), MOMENT, names=names) == plain
    assert plain == len(cases.find(db, Filter(text=text), MOMENT, limit=100, names=names))


@pytest.mark.parametrize("typed", [
    "旧地村〔2026〕001-0003", "旧地村〔２０２６〕００１－０００３", "旧地村[2026]001—0003", "旧地村（2026）001–0003",
    "旧地村【2026】 001‑0003",
    "旧地村〔2026〕0010003", "旧地村2026-001-0003", "旧地村0010003", "旧地村 001-0003", "001－0003",
])
def test_a_number_is_found_however_a_keyboard_writes_it(db: sqlite3.Connection, typed: str) -> None:
    found = cases.find(db, Filter(text=typed), MOMENT, limit=50, names=NAMES)
    assert [row.number for row in found if row.number.startswith(VILLAGE)] == [
        row.number for row in cases.find(db, Filter(text=""), MOMENT, limit=50, names=NAMES)
        if row.number.startswith(f"{VILLAGE}-2026-001-0003-")]
    assert cases.total(db, Filter(text=typed), MOMENT, names=NAMES) == len(found)


@pytest.mark.parametrize("typed", ["{}", "{:f}", "P"])
def test_a_machine_number_without_hyphens_or_in_full_width_is_found(db: sqlite3.Connection, typed: str) -> None:
    number = cases.find(db, Filter(), MOMENT, limit=1, names=NAMES)[0].number
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
    text = {"{}": number.replace("-", ""), "{:f}": wide, "P": wide.replace("－", "")}[typed]
    assert [row.number for row in cases.find(db, Filter(text=text), MOMENT, limit=9, names=NAMES)] == [number]
    assert cases.known_as(db, wide, NAMES)


def test_a_word_half_in_characters_and_half_in_initials_is_found(db: sqlite3.Connection) -> None:
    whole = cases.total(db, Filter(text="水渠"), MOMENT, names=NAMES)
    assert cases.total(db, Filter(text="水q"), MOMENT, names=NAMES) == whole > 0
    assert cases.total(db, Filter(text="水x"), MOMENT, names=NAMES) == 0
