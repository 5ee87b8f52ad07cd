"""What an edge says of events of offices that it never answered for hides nothing (decision 0153), in whatever order it comes."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

from shared.ledger.formats.documents import Doc
from shared.ledger.formats.envelope import check_event
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory import Directory
from shared.ledger.published.edges import Signers
from shared.ledger.published.notices import build_refused, build_released
from shared.ledger.published.receipts import Ranges, Receipt, build_receipt
from shared.ledger.published.refusals import refusals_of
from shared.ledger.tables import EventTables
from sync.projector import Projector
from sync.replica import LocalReplica
from tests.shared.ledger.published.test_edges import EDGE, OTHER, TOWN, directory
from tests.support.shared.shared_core import HUB_KEY, NOW, OTHER_KEY, VILLAGE, sealed

SEED = random.randrange(1 << 32)
FIRST = check_event(sealed())
SERVED, BEYOND, LATER = (check_event(sealed(subject=FIRST.subject, after=(FIRST.id,), device_seq=n, office=office))
                         for n, office in ((2, VILLAGE), (3, OTHER), (4, VILLAGE)))


def served(*offices: str) -> Directory:
    return directory({"s007": list(offices)}, s007=([], "active", OTHER_KEY))


class Tables(EventTables):
    """With a directory that may change, and what was touched."""

    def __init__(self, known: Directory) -> None:
        self.known = known
        super().__init__(signers=Signers(lambda: self.known))
        self.db = sqlite3.connect(":memory:")
        self.create(self.db)

    def come(self, *docs: Doc) -> set[str]:
        self.apply(self.db, docs)
        return self.refused()

    def refused(self) -> set[str]:
        marked = {row[0] for row in self.db.execute("SELECT id FROM events WHERE refused = 1")}
        here = {row[0] for row in self.db.execute("SELECT id FROM events")}
        said = {row[0] for row in self.db.execute("SELECT event_id FROM refused_now")}
        assert marked == said & here
        return said


def notice(event: str, key: DeviceKey) -> Doc:
    return build_refused({SERVED.id: SERVED, BEYOND.id: BEYOND}[event], "bad", key)


def test_a_notice_of_an_edge_counts_for_events_of_its_offices_and_the_hubs_for_all() -> None:
    docs = [FIRST.doc(), SERVED.doc(), BEYOND.doc(), notice(SERVED.id, OTHER_KEY), notice(BEYOND.id, OTHER_KEY)]
    for seed in range(SEED, SEED + 20):
        mixed = random.Random(seed).sample(docs, len(docs))
        at_once, one_by_one = Tables(served(VILLAGE)), Tables(served(VILLAGE))
        assert at_once.come(*mixed) == {SERVED.id}, seed
        for doc in mixed:
            one_by_one.come(doc)
        assert one_by_one.refused() == {SERVED.id}, seed
        assert one_by_one.come(notice(BEYOND.id, HUB_KEY)) == {SERVED.id, BEYOND.id}, seed
        assert one_by_one.come(build_released(BEYOND.id, OTHER_KEY)) == {SERVED.id, BEYOND.id}, "lifted by another"
        assert one_by_one.come(build_released(SERVED.id, OTHER_KEY)) == {BEYOND.id}
        assert one_by_one.come(build_released(BEYOND.id, HUB_KEY)) == set()


def test_of_what_is_not_here_its_parents_are_told_whoever_says_it() -> None:
    tables = Tables(served(VILLAGE))
    tables.come(FIRST.doc(), notice(BEYOND.id, OTHER_KEY))
    assert refusals_of(tables.db, ("case", FIRST.subject)) == ({BEYOND.id: "bad"}, {BEYOND.id: (FIRST.id,)})
    tables.come(BEYOND.doc())
    assert refusals_of(tables.db, ("case", FIRST.subject)) == ({}, {})


def test_an_edge_that_is_given_an_office_before_the_head_is_here_is_believed_once_it_is() -> None:
    tables = Tables(served(TOWN))
    assert tables.come(FIRST.doc(), BEYOND.doc(), notice(BEYOND.id, OTHER_KEY)) == set()
    tables.known = served(TOWN, OTHER)
    assert tables.come(LATER.doc()) == {BEYOND.id}
    before = Tables(directory(s007=([TOWN], "active", OTHER_KEY)))      # a directory from before the list: no bound
    assert before.come(BEYOND.doc(), notice(BEYOND.id, OTHER_KEY)) == {BEYOND.id}


def test_a_receipt_refuses_what_its_device_wrote_and_nothing_of_others() -> None:
    for issuer, key in ((EDGE, OTHER_KEY), ("", HUB_KEY)):
        def receipt(device: str, issuer: str = issuer, key: DeviceKey = key) -> Doc:
            return build_receipt(Receipt("hub-1", "e1", device, 1, Ranges.of([1]), head=(1, FIRST.h), received_at=NOW,
                                         issuer=issuer, refused={SERVED.id: "bad"}), key)

        for order in (1, -1):
            tables = Tables(served(VILLAGE))
            for doc in [SERVED.doc(), receipt("dev-9")][::order]:
                tables.come(doc)
            assert tables.refused() == set(), (issuer, order)
            assert tables.come(receipt(SERVED.device)) == {SERVED.id}


def leaf(event: str, key: DeviceKey, wins: bool, over: Doc) -> Doc:
    """Another notice of this event whose revision wins over that one, or does not."""
    made = (build_refused(event_of[event], f"bad{n}", key) for n in range(1000))
    return next(doc for doc in made if (doc["_rev"] > over["_rev"]) is wins)


event_of = {SERVED.id: SERVED, BEYOND.id: BEYOND}


def test_under_one_name_the_hubs_word_counts_whichever_leaf_wins_and_whichever_came_first(tmp_path: Path) -> None:
    hubs = notice(BEYOND.id, HUB_KEY)
    for n, (wins, order) in enumerate([(wins, order) for wins in (True, False) for order in (1, -1)]):
        other = leaf(BEYOND.id, OTHER_KEY, wins, hubs)
        replica = LocalReplica.open(tmp_path / f"{n}.replica")
        tables = Tables(served(VILLAGE))
        projector = Projector(tmp_path / f"{n}.sqlite", replica, tables)
        for docs in ([FIRST.doc(), BEYOND.doc()], *([doc] for doc in (hubs, other)[::order])):
            assert replica.bulk_docs(docs, new_edits=False) == []
            if n % 2:
                projector.catch_up()
        projector.catch_up()
        with projector.reader() as db:
            assert refusals_of(db, ("case", FIRST.subject)) == ({BEYOND.id: "bad"}, {BEYOND.id: (FIRST.id,)}), (wins, order)
        with projector.reader() as db:
            before = db.execute("SELECT * FROM notices ORDER BY edge").fetchall()
        projector.rebuild()
        with projector.reader() as db:
            assert db.execute("SELECT * FROM notices ORDER BY edge").fetchall() == before
        projector.close()
        replica.close()


def test_what_a_lost_edge_said_is_taken_back_at_once_and_a_rebuild_says_the_same() -> None:
    docs = [FIRST.doc(), SERVED.doc(), BEYOND.doc(), notice(SERVED.id, OTHER_KEY), notice(BEYOND.id, OTHER_KEY),
            build_receipt(Receipt("hub-1", "e1", SERVED.device, 1, Ranges.of([1]), head=(1, FIRST.h), received_at=NOW,
                                  issuer=EDGE, refused={LATER.id: "bad"}), OTHER_KEY), LATER.doc()]
    tables = Tables(served(VILLAGE))
    assert tables.come(*docs) == {SERVED.id, LATER.id}
    assert tables.is_refreshed(tables.db)
    assert tables.refresh(tables.db) == 0
    tables.known = served(VILLAGE, OTHER)       # it is given the other office, and nothing of the case comes
    assert not tables.is_refreshed(tables.db)
    assert tables.refresh(tables.db) > 0
    assert tables.refused() == {SERVED.id, BEYOND.id, LATER.id}
    tables.known = directory({"s007": [VILLAGE, OTHER]}, s007=([], "lost", OTHER_KEY))
    assert tables.refresh(tables.db) > 0
    assert tables.refused() == set()
    again = Tables(tables.known)
    assert again.come(*docs) == set()
