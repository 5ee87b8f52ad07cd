"""Several hubs before one CouchDB while the publisher is down, and with an edge whose clock is days off."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.county_hub.couchdb.test_several_edges import (
    DISPUTE,
    County,
    accepted_at_an_edge,
    at,
    county,
    in_process,
    known,
    new_code,
    states,
    until,
)
from tests.demo.stage import ROOT, Hub
from tests.support.county_hub.hub_support import COUNTY, VILLAGE, opened

__all__ = ["county"]
STAFF = ("--id", "new1", "--name", "演示", "--office", VILLAGE, "--roles", "mediator")


@pytest.mark.soak
def test_while_the_publisher_is_down_enrolling_and_staff_wait_with_a_sentence_and_go_through_once(county: County) -> None:
    village, edge, _ = accepted_at_an_edge(county)
    code = new_code(county.home, VILLAGE)
    county.hub.stop()
    late = ["enrol", county.folder / "late", "--code", code["code"]]
    there = county.hub.url
    for urls, said in (([there], there), ([edge.url], "主中心的地址"), ([edge.url, there], there)):
        refused = in_process("village_node", *late, *(word for url in urls for word in ("--hub", url)), code=1)
        assert said in refused.err
        assert "登记码" in refused.err, "what becomes of the code"
        assert not (county.folder / "late").exists()
    for words in (("staff", "add", edge.home, *STAFF), ("enrol", edge.home, "--office", VILLAGE)):
        assert "主中心" in in_process("county_hub", *words, code=1).err
    in_process("county_hub", "staff", "add", county.home, *STAFF)       # where the publisher's HOME is, and nobody serves it
    case = village.case("register", body=DISPUTE)["row"]["id"]
    until(lambda: village.sync() and states(village, case) == {"accepted"}, "everything else goes on")
    county.hub.start()
    in_process("village_node", *late, "--hub", edge.url, "--hub", county.hub.url)       # sent on by the edge
    with opened(edge.home) as hub:
        until(lambda: len([one for one in hub.directory.latest().devices() if one.office == VILLAGE]) == 2, "no second device")
        assert hub.directory.latest().staff("new1") is not None
    again = ["enrol", county.folder / "again", "--code", code["code"], "--hub", county.hub.url]
    assert "已经" in in_process("village_node", *again, code=1).err, "a code makes one device"


def started_days_off(edge: Hub, folder: Path, days: int) -> None:
    """The edge on a machine whose clock is so many days ahead."""
    (folder / "sitecustomize.py").write_text(
        f"import time\nreal, ns = time.time, time.time_ns\ntime.time = lambda: real() + {days * 86_400}\n"
        f"time.time_ns = lambda: ns() + {days * 86_400} * 10**9\n", "utf-8")
    words = [sys.executable, "-m", "county_hub", "serve", str(edge.home), "--port", str(edge.port), *edge.options]
    with (folder / "hub.log").open("a") as log:
        edge.process = subprocess.Popen(words, cwd=ROOT, stdout=log, stderr=log, text=True, env={
            **os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT)))})
    until(edge.answers, "the edge does not start")


@pytest.mark.soak
@pytest.mark.parametrize("days", [3, -40])
def test_an_edge_whose_clock_is_off_says_so_and_no_device_sets_its_own_by_it(county: County, tmp_path: Path, days: int) -> None:
    village, edge, case = accepted_at_an_edge(county)
    edge.stop()
    (tmp_path / "skew").mkdir()
    started_days_off(edge, tmp_path / "skew", days)
    assert county.faults(edge) == ["clock_off"]
    second = village.case("register", body=DISPUTE)["row"]["id"]
    village.sync()
    assert at(village) == county.hub.url
    third = village.case("register", body=DISPUTE)["row"]["id"]
    edge.stop()
    edge.start()
    until(lambda: known(county, edge, village), "the device does not come back")
    until(lambda: village.sync() and all(states(village, one) == {"accepted"} for one in (case, second, third)), "not accepted")
    for doc in (docs := county.there(f"office-{COUNTY}")):
        assert abs(doc["clock_offset_ms"]) < 60_000
    assert len({doc["_id"] for doc in docs}) == len(docs) == 3, "nothing lost, nothing doubled"
