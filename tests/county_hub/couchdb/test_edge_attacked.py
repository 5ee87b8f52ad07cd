"""Several hubs before one CouchDB while the publisher is down, and with an edge whose key is revoked and who has not heard."""

from __future__ import annotations

import pytest

from tests.county_hub.couchdb.test_several_edges import (
    DISPUTE,
    County,
    accepted_at_an_edge,
    county,
    in_process,
    new_code,
    states,
    until,
)
from tests.support.county_hub.hub_support import VILLAGE, opened

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
