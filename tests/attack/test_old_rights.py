"""Rights that have ended: an act signed after they did, citing a directory of before."""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from county_hub.commands.cli import main
from county_hub.county.officers import Officers
from county_hub.hub.chains.statements import MAX_BODY_BYTES, routes
from county_hub.hub.devices.enrolment import enrol
from county_hub.hub.devices.rates import Rates
from county_hub.hub.hub import receipts_of, router_of
from county_hub.hub.problems import HubProblem
from county_hub.service.upkeep import doctor, verify
from shared.disputes.fold.fold import fold_case
from shared.disputes.kinds import registry as bodies
from shared.ledger.formats.citation import Cited
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.enrolment_code import one_time_of
from shared.ledger.formats.envelope import Draft, seal
from shared.ledger.formats.hlc import make_hlc
from shared.ledger.formats.ids import PlatformNumber
from shared.ledger.formats.possession import proof_of
from shared.ledger.published import receipts
from shared.ledger.published.directory_heads import build_head, change
from shared.ledger.published.statements import Statement, Waiting, build_statement
from tests.support.attacks import refused
from tests.support.county_hub.hub_routing_support import COUNTY, NEIGHBOUR, START_MS, VILLAGE, County, db, key_of
from tests.support.county_hub.hub_support import found_county, opened
from tests.support.shared.founding import founded

DEVICE, CLERK = f"{VILLAGE}-001", f"s{VILLAGE}"


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    made = County(tmp_path)
    yield made
    made.close()


class Program:
    """A changed program with the device's own key: it cites what it likes, and asks nobody."""

    def __init__(self, county: County) -> None:
        self.county, self.seq, self.prev = county, 0, None

    def sign(self, cited: Cited, *, text: str = "DEMO", day: str = "2026-05-29") -> Doc:
        """The next registration of the chain."""
        number, time = self.seq + 1, START_MS + (self.seq + 1) * 1000
        body = bodies.build("case.registered", {
            "number": str(PlatformNumber(VILLAGE, 2026, 1, number)), "place": {"office": VILLAGE, "text": "DEMO"},
            "parties": [{"name": "演示甲", "role": "applicant"}, {"name": "演示乙", "role": "respondent"}],
            "summary": text, "category": "DC02"})
        doc, event = seal(founded(Draft(
            kind="case.registered", subject="", body=body, office=VILLAGE, actor=CLERK, role="mediator", device=DEVICE,
            device_seq=number, prev=self.prev, after=(), directory=cited, hlc=make_hlc(time), device_time=time,
            clock_offset_ms=0, legal_date=day, app="shuoshi/0.1.0", schema=bodies.CURRENT["case.registered"])), key_of(DEVICE))
        self.seq, self.prev = number, event.h
        return doc

    def push(self, *docs: Doc) -> None:
        with self.county.databases.lease(db(VILLAGE)) as replica:
            assert replica.bulk_docs(list(docs), new_edits=False) == []

    def state(self, place: Cited) -> None:
        """What the hub keeps of a statement made now."""
        self.county.stated.setdefault(DEVICE, []).append((self.seq, place))


def dismissed(county: County) -> tuple[Cited, Cited]:
    """Places of the directory before and after the clerk's dismissal."""
    before = county.directory.cited()
    known = county.directory.latest().staff(CLERK)
    assert known is not None
    county.directory.publish([change("staff", CLERK, {**known.raw, "active": False})])
    return before, county.directory.cited()


def fate(county: County, *docs: Doc) -> list[str]:
    """"accepted", the code of the refusal, or the code under which it is held."""
    accepted = {*county.ids(db(COUNTY))}
    refusals = {doc["doc_id"]: doc["reason"].partition(":")[0] for doc in county.docs("quarantine", "quarantine:")}
    receipt = county.receipt()
    held = {id: why.partition(":")[0] for id, why in receipt.held.items()} if receipt else {}
    return ["accepted" if doc["_id"] in accepted else refusals.get(doc["_id"]) or held.get(doc["_id"], "?") for doc in docs]


@refused("quarantine role_not_held")
def test_a_dismissed_clerk_cites_an_older_directory_than_the_chain_has_cited(county: County) -> None:
    before, after = dismissed(county)
    program = Program(county)
    honest, held_newest, late = program.sign(before), program.sign(after), program.sign(before)
    program.push(honest, held_newest, late)
    county.router().run_pending()
    assert fate(county, honest, held_newest, late) == ["accepted", "role_not_held", "role_not_held"]
    [why] = [doc["reason"] for doc in county.docs("quarantine", "quarantine:") if doc["doc_id"] == late["_id"]]
    assert "which the device held before" in why


@refused("quarantine role_not_held")
def test_a_dismissed_clerk_cites_an_older_directory_than_the_device_has_stated(county: County) -> None:
    before, after = dismissed(county)
    program = Program(county)
    offline = [program.sign(before), program.sign(before)]
    program.state(after)
    late = program.sign(before)
    program.push(late, *offline)
    county.router().run_pending()
    assert fate(county, *offline, late) == ["accepted", "accepted", "role_not_held"]


@refused("held chain_gap")
def test_a_dismissed_clerk_sends_the_later_act_first_so_that_nobody_knows_what_was_held_before(county: County) -> None:
    before, after = dismissed(county)
    program = Program(county)
    first, held_newest, late = program.sign(before), program.sign(after), program.sign(before)
    router = county.router()
    program.push(first, late)
    router.run_pending()
    assert fate(county, first, late) == ["accepted", "chain_gap"]
    program.push(held_newest)
    router.run_pending()
    assert fate(county, held_newest, late) == ["role_not_held", "role_not_held"]


@refused("quarantine device_retired")
def test_a_retired_device_gives_its_low_numbers_again(county: County) -> None:
    program = Program(county)
    cited = county.directory.cited()
    sent, unsent, last = program.sign(cited), program.sign(cited), program.sign(cited)
    router = county.router()
    program.push(sent)
    router.run_pending()
    county.directory.publish([change("device", DEVICE, county.device_value(
        VILLAGE, status="retired", final_seq=3, final_hash=last["_id"].rsplit(":", 1)[1]))])
    again = Program(county)
    forged = [again.sign(cited, text=f"DEMO {number}") for number in (1, 2)]
    again.push(*forged)
    router.run_pending()
    assert fate(county, sent, *forged) == ["accepted", "chain_open", "chain_open"]
    program.push(unsent)
    router.run_pending()
    assert fate(county, unsent) == ["chain_open"], "nothing leads to it yet"
    program.push(last)
    router.run_pending()
    assert fate(county, sent, unsent, last, *forged) == ["accepted"] * 3 + ["device_retired"] * 2
    beyond = program.sign(cited)
    program.push(beyond)
    router.run_pending()
    assert fate(county, beyond) == ["device_retired"]


@refused("quarantine service_ended")
def test_a_clerk_whose_service_has_ended_dates_an_act_after_its_last_day(county: County) -> None:
    known = county.directory.latest().staff(CLERK)
    assert known is not None
    county.directory.publish([change("staff", CLERK, {**known.raw, "to": "2026-05-28"})])
    program, cited = Program(county), county.directory.cited()
    docs = [program.sign(cited, day=day) for day in ("2026-05-28", "2026-05-29")]
    program.push(*docs)
    county.router().run_pending()
    assert fate(county, *docs) == ["accepted", "service_ended"]


@refused("office_for_life")
def test_a_device_is_moved_to_another_office_under_its_old_name(county: County) -> None:
    before, moved = county.directory.cited(), {**county.device_value(VILLAGE), "office": COUNTY}
    with pytest.raises(HubProblem):
        county.directory.publish([change("device", DEVICE, moved)])
    head = build_head(county.directory.latest(), [change("device", DEVICE, moved)], key=county.hub_key, epoch=county.hub[1],
                      issued_at=county.now)
    with county.databases.lease("directory") as replica:
        assert replica.bulk_docs([head], new_edits=False) == []
    history = county.directory.history()
    assert history.latest.cited == before
    assert any("keeps its office for life" in problem for problem in history.problems)


@refused("401, 403, 400, 413")
def test_statements_are_taken_of_the_device_itself_alone(tmp_path: Path) -> None:
    with opened(found_county(tmp_path)) as hub:
        key, other = key_of("one"), key_of("two")
        for slot, one in (("001", key), ("002", other)):
            hub.directory.add_device(f"{VILLAGE}-{slot}", office=VILLAGE, slot=slot, public_key=one.public, role="tablet")
        tokens = {slot: hub.registry.new_token(f"{VILLAGE}-{slot}") for slot in ("001", "002")}
        said = Statement(DEVICE, 1, 0, None, hub.directory.cited())

        def post(doc: Any, slot: str = "001", token: str = "") -> int:
            auth = (f"{VILLAGE}-{slot}", token or tokens[slot])
            with TestClient(Starlette(routes=routes(hub.statements, hub.authoriser, Rates()))) as client:
                content = {"content": doc} if isinstance(doc, bytes) else {"json": doc}
                return client.post("/_hub/statement", auth=auth, **content).status_code

        good = build_statement(said, key)
        assert post(good, token="wrong") == 401
        assert post(good, slot="002") == 403
        assert post(build_statement(said, other)) == 400
        assert post({**good, "seq": 7}) == 400
        assert post(b"[" * 8000) == 400
        assert post(b" " * (MAX_BODY_BYTES + 1)) == 413
        assert hub.statements.newest() == {}
        assert post(good) == 200
        assert hub.statements.stated(DEVICE) == [(0, hub.directory.cited())]
        hub.directory.revoke_device(DEVICE, status="lost", final_seq=None)
        assert post(build_statement(Statement(DEVICE, 2, 0, None, hub.directory.cited()), key)) == 403


@refused("fork")
def test_a_copy_of_a_home_gives_numbers_that_are_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both are kept; the device, `doctor`, `verify`, `device list` and the console say so."""
    home = found_county(tmp_path)
    with opened(home) as hub:
        hub.directory.add_device(DEVICE, office=VILLAGE, slot="001", public_key=key_of(DEVICE).public, role="tablet")
        hub.directory.add_staff([(CLERK, "演示员", VILLAGE, ("mediator",))], since="2026-01-01")
        one, copy = Program(hub), Program(hub)      # type: ignore[arg-type]
        cited = hub.directory.cited()
        first = one.sign(cited)
        copy.seq, copy.prev = one.seq, one.prev
        one.push(first, one.sign(cited), one.sign(cited))
        with contextlib.closing(router_of(hub)) as router:
            router.run_pending()
            assert hub.forks() == []
            copy.push(copy.sign(cited, text="DEMO of the copy"))
            router.run_pending()
        assert [(fork.device, fork.seq, len(fork.hashes)) for fork in hub.forks()] == [(DEVICE, 2, 2)]
        receipt = receipts_of(hub).newest(DEVICE, db(VILLAGE))
        assert receipt is not None
        assert receipt.forks.json() == [[2, 2]]
        assert receipts.compare_chain(receipt, DEVICE, 3, lambda seq: receipt.head[1] if receipt.head else None) == "forked"
        assert {finding.code for finding in (*doctor(hub), *verify(hub))} >= {"fork"}
        officers = Officers(hub, fold_case, lambda verb, name, by: None)
        states = {d.device: d.forked for office in officers.office_states() for d in office.devices}
        assert states[DEVICE] == (2,)
    capsys.readouterr()
    assert main(["device", "list", str(home), "--json"]) == 0
    [listed] = [row for row in json.loads(capsys.readouterr().out) if row["id"] == DEVICE]
    assert listed["forks"] == [2]


@refused("device_retired")
def test_a_moved_device_writes_on_under_its_old_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = found_county(tmp_path)
    with opened(home) as hub:
        hub.directory.add_device(DEVICE, office=VILLAGE, slot="001", public_key=key_of(DEVICE).public, role="tablet")
        said = Statement(DEVICE, 1, 7, "a" * 26, hub.directory.cited(), Waiting(records=3))
        hub.statements.take(build_statement(said, key_of(DEVICE)), DEVICE)
    move = ["device", "move", str(home), DEVICE, "--office", NEIGHBOUR, "--url", "http://127.0.0.1:1"]
    assert main(move) == 0
    assert "还有 3 条记录没有送到" in capsys.readouterr().out
    assert main([*move, "--json"]) == 0, "another code, when the first was lost"
    code, key = one_time_of(json.loads(capsys.readouterr().out)["code"]), key_of("moved")
    with opened(home) as hub:
        old = hub.directory.latest().device(DEVICE)
        assert old is not None
        assert (old.status, old.final_seq, old.final_hash) == ("retired", 7, "a" * 26)
        given = enrol(hub.registry, hub.directory, hub.identity(), code=code, public_key=key.public,
                      proof=proof_of(key, code), app="", source="", now=hub.clock)
        new = hub.directory.latest().device(given["device"])
        assert new is not None
        assert (new.office, new.continues) == (NEIGHBOUR, {"device": DEVICE, "seq": 7, "hash": "a" * 26})


@refused("the same in any order")
@pytest.mark.parametrize("seed", range(4))
def test_what_is_accepted_of_a_dismissed_clerk_does_not_depend_on_the_order_in_which_it_comes(tmp_path: Path, seed: int) -> None:
    """A clerk writes before and after the dismissal reaches the tablet, and then with the changed program. Pages, order, new
    routers and lost router files are drawn; a statement comes before what is written after it."""
    print(f"seed {seed}")
    dice, fates = random.Random(seed), set[tuple[str, ...]]()
    for turn in range(3):
        county = County(tmp_path / str(turn))
        try:
            before, after = dismissed(county)
            program = Program(county)
            docs = [program.sign(before) for _ in range(3)]
            docs += [program.sign(after), *(program.sign(before) for _ in range(3))]
            order = dice.sample(docs, len(docs))
            while order:
                page = [order.pop() for _ in range(min(len(order), dice.randint(1, 3)))]
                program.push(*page)
                if dice.random() < 0.5:
                    county.router(f"router-{dice.randint(0, 1)}.sqlite").run_pending()
            county.router("router-0.sqlite").run_pending()
            fates.add(tuple(fate(county, *docs)))
        finally:
            county.close()
    assert fates == {("accepted",) * 3 + ("role_not_held",) * 4}
