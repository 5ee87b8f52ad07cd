"""Narrow lines: 64 kbit/s a participant each way, among six too, and who notices that a line has become one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.county_hub.room.conftest import OUTPUT, County, serving
from tests.county_hub.room.coturn import needs_coturn, running
from tests.county_hub.room.test_meeting import PEERS, PHONE, SMALL, admit, close, guest, host, picture
from tests.support.county_hub.browsing import CHROMIUM

pytestmark = [pytest.mark.gui, pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")]
NARROW = 64.0

# What has gone over the line, of all connections, with the headers of IP and UDP; and whose stills came.
LINE = """async () => {
    const total = {up: 0, down: 0, at: 0, stills: {}};
    for (const peer of window.room.mesh.peers.values()) (await peer.pc.getStats()).forEach(one => {
        if (one.type !== 'transport') return;
        total.up += one.bytesSent + 28 * one.packetsSent; total.down += one.bytesReceived + 28 * one.packetsReceived;
        total.at = one.timestamp; });
    for (const [no, view] of window.room.views) total.stills[no] = view.stilled;
    return {...total, speaker: window.room.mesh.meter.speaker}; }"""

ALL_MEET = """() => {
    const met = [...window.room.mesh.peers.values()].filter(peer => peer.pc.connectionState === 'connected');
    return met.length === 5; }"""


def meets(page: Any) -> None:
    try:
        page.wait_for_function(ALL_MEET)
    except Exception:
        print(page.evaluate(PEERS))
        raise


def rates(pages: list[Any], seconds: int) -> list[dict[str, Any]]:
    """kbit/s of each page while so many seconds of its own clock went by, and the stills that came from whom."""
    before = [page.evaluate(LINE) for page in pages]
    pages[-1].wait_for_function(f"at => performance.timeOrigin + performance.now() > at + {seconds * 1000}", arg=before[-1]["at"])
    after = [page.evaluate(LINE) for page in pages]
    return [{**{way: round((new[way] - old[way]) * 8 / (new["at"] - old["at"]), 1) for way in ("up", "down")},
             "stills": {int(no): count - old["stills"].get(no, 0) for no, count in new["stills"].items()},
             "speaker": new["speaker"]} for old, new in zip(before, after, strict=True)]


@needs_coturn
def test_a_line_that_carries_64_kbit_goes_over_to_sound_by_itself(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> None:
    wrong: list[str] = []
    bytes_a_second = str(int(NARROW) * 1000 // 8)
    with (running(tmp_path_factory.mktemp("turn"), max_bps=bytes_a_second) as turn,
          serving(tmp_path_factory.mktemp("narrow"), **turn.settings) as county):
        with county.officer() as officer:
            made = officer.make("演示甲")
        chair = host(browser, county, made, wrong, watched=True)
        pages = [chair, guest(browser, county, made, "演示甲", wrong, PHONE, watched=True)]
        admit(chair, "演示甲")
        pages[1].wait_for_function("() => window.room.state.people.some(one => one.low)")
        for page in pages:
            page.wait_for_function("() => [...window.room.views.values()].every(view => view.video.hidden)")
        told = [page for page in pages if page.get_by_text("网慢，已经改成只留声音").is_visible()]
        assert told
        picture(told[0], "narrow-by-itself")
        for page in pages:
            page.wait_for_function("() => [...window.room.views.values()][0].stilled > 1")
        close(*pages)
    assert wrong == []


@pytest.mark.soak               # fifteen connections in one machine
def test_six_on_narrow_lines_hear_who_speaks_within_64_kbit_each(county: County, browser: Any) -> None:
    wrong: list[str] = []
    names = ["演示甲", "演示乙", "演示丙", "演示丁", "演示戊"]
    with county.officer() as officer:
        made = officer.make(*names)
    chair = host(browser, county, made, wrong)
    pages = [chair, *(guest(browser, county, made, name, wrong, PHONE if n == 0 else SMALL) for n, name in enumerate(names))]
    for page, name in zip(pages[1:], names, strict=True):
        admit(chair, name)
        page.locator("#room").wait_for()
    for page in pages:
        meets(page)
        page.evaluate("window.room.state.low || document.getElementById('low').click()")
    for page in pages[1:]:
        page.get_by_role("button", name="关话筒").click()
    for page in pages:
        page.wait_for_function("() => window.room.mesh.meter.speaker === 0 && window.room.state.people.every(one => one.low)")
    rates(pages, 12)                # the pictures of before are out of everybody's window
    measured = rates(pages, 40)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / "narrow-six.json").write_text(json.dumps(measured, indent=1), "utf-8")
    picture(pages[1], "narrow-six-390")
    picture(chair, "narrow-six-1366")
    for one in measured:
        assert max(one["up"], one["down"]) <= NARROW, measured
        assert {no for no, count in one["stills"].items() if count} <= {0}, measured      # from who speaks alone
    for one in measured[1:]:
        assert one["down"] > 3, measured                                                   # his sound goes on
        assert one["stills"][0] > 0, measured
    close(*pages)
    assert wrong == []
