"""Browsers in one room, with cameras that are none: everybody sees everybody, minutes are signed with the finger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from county_hub.county.acts import CountyActs
from county_hub.county.book.papers import CasePapers
from tests.county_hub.room.conftest import OUTPUT, County, Made
from tests.support import loopback
from tests.support.county_hub.browsing import CHROMIUM, press, sign_in
from tests.support.county_hub.hub_support import VILLAGE, opened

pytestmark = [pytest.mark.gui, pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")]
DESK, PHONE, SMALL = {"width": 1366, "height": 768}, {"width": 390, "height": 844}, {"width": 320, "height": 400}
SEEN = """() => [...document.querySelectorAll('#tiles figure')].map(f => {
    const v = f.querySelector('video'); return !v.hidden && v.videoWidth > 0 && v.currentTime > 0; })"""


PEERS = """() => [...window.room.mesh.peers.values()].map(p => [p.no, p.polite, p.met, p.offering, p.pc.signalingState,
    p.pc.connectionState, p.pc.iceConnectionState])"""


def window(browser: Any, county: County, wrong: list[str], size: dict[str, int] = DESK) -> Any:
    """A window of its own: what its page asks of others, and what its console tells, is wrong."""
    page = browser.new_context(viewport=size, locale="zh-CN").new_page()
    page.set_default_timeout(240_000)       # a bound against hanging, no measure: browsers on a busy machine
    ours = (county.console, county.portal, "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(ours) else wrong.append(request.url))
    page.on("pageerror", lambda fault: wrong.append(str(fault)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    return page


def host(browser: Any, county: County, made: Made, wrong: list[str], size: dict[str, int] = DESK, staff: str = "x1",
         watched: bool = False) -> Any:
    page = window(browser, county, wrong, size)
    page.goto(f"{county.console}/console/rooms/{made.id}/in")
    sign_in(page, staff)
    page.locator("#room").wait_for()
    return _left_alone(page, watched)


def guest(browser: Any, county: County, made: Made, name: str, wrong: list[str], size: dict[str, int] = DESK,
          recording: bool = False, watched: bool = False) -> Any:
    page = window(browser, county, wrong, size)
    page.goto(f"{made.link}#{made.codes[name].replace(' ', '')}")
    page.get_by_role("button", name="我同意，进等候室").wait_for()
    if recording:
        page.get_by_label("也同意录像").check()
    page.get_by_role("button", name="我同意，进等候室").click()
    page.get_by_text("等主持人请您进去").wait_for()
    return _left_alone(page, watched)


def _left_alone(page: Any, watched: bool) -> Any:
    """Unless it is `watched`, a machine that is busy with tests is not taken for a narrow line."""
    if not watched:
        page.wait_for_function("() => window.room?.state")      # the page's modules have run
        page.evaluate("window.room.state.wanted = Infinity")
    return page


def admit(officer: Any, name: str) -> None:
    officer.locator("#people li", has_text=name).get_by_role("button", name="让进来").click()


def sees(page: Any, count: int) -> None:
    """All `count` pictures move, its own among them."""
    try:
        page.wait_for_function(f"() => {{ const seen = ({SEEN})(); return seen.length === {count} && seen.every(Boolean); }}")
    except Exception:
        print(page.evaluate(SEEN), page.evaluate(PEERS))
        raise


def draw(page: Any) -> None:
    box = page.locator("#pad").bounding_box()
    page.locator("#pad").scroll_into_view_if_needed()
    box = page.locator("#pad").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    for n in range(1, 8):
        page.mouse.move(box["x"] + 20 + n * 25, box["y"] + 30 + (n % 3) * 25)
    page.mouse.up()
    page.get_by_role("button", name="签好了").click()
    page.locator("#signed").wait_for()


def picture(page: Any, name: str) -> None:
    OUTPUT.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=OUTPUT / f"{name}.png", full_page=True)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{name} is {overflow} px wider than the screen"


EVIL = "<img src=x onerror=alert(1)>"


def test_three_see_each_other_and_sign_the_minutes(county: County, browser: Any) -> None:
    _meet(county, browser, ["演示甲", EVIL])


@pytest.mark.soak               # fifteen connections in one machine
def test_six_see_each_other_and_sign_the_minutes(county: County, browser: Any) -> None:
    _meet(county, browser, ["演示甲", "演示乙", "演示丙", "演示丁", EVIL])


def _meet(county: County, browser: Any, names: list[str]) -> None:
    wrong: list[str] = []
    everybody = len(names) + 1
    with county.officer() as officer:
        made = officer.make(*names, source=county.case, title=f"DEMO 商量渠水{EVIL}")
    chair = host(browser, county, made, wrong)
    guests = [guest(browser, county, made, name, wrong, PHONE if n == 0 else SMALL) for n, name in enumerate(made.codes)]
    picture(guests[0], "waiting-390")
    for name in names:
        admit(chair, name)
    for page in [chair, *guests]:
        sees(page, everybody)
    assert chair.locator("#people li").count() == len(names)
    assert chair.locator("img[src='x']").count() == 0
    picture(chair, f"host-{everybody}-1366")
    picture(guests[0], f"guest-{everybody}-390")
    chair.locator("#minutes").fill(f"DEMO 双方同意先浇下游，再浇上游。{EVIL}")
    guests[1].get_by_text("先浇下游").wait_for()
    for page in [chair, *guests]:
        assert page.locator("img[src='x']").count() == 0, "a title, a name or what is written down became a part of the page"
    chair.get_by_role("button", name="请大家签字").click()
    for page in [chair, guests[0], guests[1]]:
        draw(page)
    picture(guests[0], "signed-390")
    picture(chair, "signing-1366")
    close(chair, *guests)
    assert wrong == []


def close(*pages: Any) -> None:
    for page in pages:
        page.context.close()


@pytest.fixture
def pair(county: County, browser: Any) -> Iterator[tuple[Any, Any, list[str]]]:
    """The officer and one guest, who has agreed to be recorded, in a room of their own."""
    wrong: list[str] = []
    with county.officer() as officer:
        made = officer.make("演示甲", source=county.case)
    chair, other = host(browser, county, made, wrong), guest(browser, county, made, "演示甲", wrong, PHONE, recording=True)
    admit(chair, "演示甲")
    for page in (chair, other):
        sees(page, 2)
    yield chair, other, wrong
    close(chair, other)


# What went over the line between two moments, kbit/s with the headers of IP and UDP, and how many stills came.
LINE = """async () => {
    const [peer] = window.room.mesh.peers.values(); let told = null;
    (await peer.pc.getStats()).forEach(one => { if (one.type === 'transport') told = {
        up: one.bytesSent + 28 * one.packetsSent, down: one.bytesReceived + 28 * one.packetsReceived, at: one.timestamp}; });
    return {...told, stills: [...window.room.views.values()][0].stilled,
        videos: document.querySelectorAll('#tiles video:not([hidden])').length}; }"""


def test_a_narrow_line_carries_sound_and_stills_within_64_kbit(pair: tuple[Any, Any, list[str]]) -> None:
    chair, other, wrong = pair
    other.get_by_role("button", name="网慢：只留声音").click()
    for page in (chair, other):
        page.wait_for_function("() => [...window.room.views.values()][0].stilled > 0")
    before = [page.evaluate(LINE) for page in (chair, other)]
    for page, one in zip((chair, other), before, strict=True):
        page.wait_for_function(f"() => [...window.room.views.values()][0].stilled >= {one['stills'] + 2}")
    after = [page.evaluate(LINE) for page in (chair, other)]
    for old, new in zip(before, after, strict=True):
        seconds = (new["at"] - old["at"]) / 1000
        rates = {way: (new[way] - old[way]) * 8 / seconds / 1000 for way in ("up", "down")}
        assert max(rates.values()) <= 64, rates
        assert min(rates.values()) > 3, rates               # sound goes on
        assert new["videos"] == 1                           # one's own
    picture(other, "narrow-390")
    other.get_by_role("button", name="恢复画面").click()
    sees(chair, 2)
    assert wrong == []


def test_a_lost_line_and_a_restart_of_the_hub_leave_the_picture_and_come_back(
    pair: tuple[Any, Any, list[str]], county: County,
) -> None:
    chair, other, _ = pair
    before = other.evaluate("[...window.room.mesh.peers.values()][0].page")
    assert county.stop() == 0
    for page in (chair, other):
        page.locator("#line").wait_for()
        page.wait_for_function("() => [...window.room.mesh.peers.values()][0].pc.connectionState === 'connected'")
    county.serve()
    for page in (chair, other):
        page.locator("#line").wait_for(state="hidden")
    chair.locator("#minutes").fill("DEMO 接上以后写的")
    other.get_by_text("DEMO 接上以后写的").wait_for()
    assert other.evaluate("[...window.room.mesh.peers.values()][0].page") == before       # the same connection all the time
    chair.evaluate("window.room.mesh.mend(true)")           # another line: new ways are agreed over the signalling that is back
    chair.reload()
    chair.locator("#room").wait_for()
    for page in (chair, other):
        sees(page, 2)


def test_a_page_is_shown_to_all_and_everything_is_recorded_when_all_agreed(
    pair: tuple[Any, Any, list[str]], county: County,
) -> None:
    chair, other, wrong = pair
    chair.locator("#show-paper").select_option(index=1)
    chair.get_by_role("button", name="给大家看").click()
    for page in (chair, other):
        page.wait_for_function("() => document.getElementById('shown-picture').width > 500")
        page.locator("#shown").wait_for()
    picture(other, "shown-390")
    picture(chair, "shown-1366")
    chair.get_by_role("button", name="开始录像").click()
    other.get_by_text("正在录像").wait_for()
    chair.locator("#minutes").fill("DEMO 录像时写的笔录")
    chair.get_by_role("button", name="请大家签字").click()
    for page in (chair, other):
        draw(page)
    record = chair.evaluate("document.querySelectorAll('#people li').length")
    assert record == 1
    chair.get_by_label("已经告知").check()
    chair.get_by_role("button", name="结束这次约诊").click()
    for page in (chair, other):
        page.get_by_text("这次约诊结束了").wait_for()
    with opened(county.home) as hub:
        acts = CountyActs(hub)
        (added,) = [event for event in acts.place.events("case", county.case)
                    if event.kind == "case.record_added" and event.body["text"] == "DEMO 录像时写的笔录"]
        (film,) = [file for file in added.body["files"] if file["type"] == "video/webm"]
        assert film["size"] > 1000
        found = acts.officers.file(county.case, film["sha256"])
        assert found is not None
        assert found[2].startswith(b"\x1a\x45\xdf\xa3")         # EBML: a film that a player opens
        assert CasePapers(acts).volume(acts.state(county.case)).startswith(b"%PDF-")
    assert wrong == []


def test_an_officer_whose_session_has_ended_is_told_and_the_others_go_on(
    pair: tuple[Any, Any, list[str]], county: County,
) -> None:
    chair, other, _ = pair
    cookies = {one["name"]: one["value"] for one in chair.context.cookies()}
    with loopback.Client(base_url=county.console, cookies=cookies, timeout=30) as same:
        csrf = re.search(r'name="csrf" value="([^"]+)"', same.get("/console/account").text)
        assert csrf
        same.post("/console/logout", data={"csrf": csrf[1]})
    chair.get_by_text("登录过期了").wait_for()
    assert chair.get_by_role("link", name="重新登录").is_visible()
    assert other.locator("#room").is_visible()
    press(chair, chair.get_by_role("link", name="重新登录"))
    assert "/console/login" in chair.url


def test_a_guest_who_is_removed_or_refuses_leaves_no_picture(
    pair: tuple[Any, Any, list[str]], county: County, browser: Any,
) -> None:
    chair, other, wrong = pair
    chair.get_by_role("button", name="开始录像").click()
    other.get_by_text("正在录像").wait_for()
    chair.locator("#people li", has_text="演示甲").get_by_role("button", name="请出去").click()
    other.get_by_text("主持人请您离开了约诊室").wait_for()
    other.get_by_text("正在录像").wait_for(state="hidden")
    chair.wait_for_function("() => document.querySelectorAll('#tiles figure').length === 1")
    assert other.evaluate("document.getElementById('own-video').srcObject.getTracks().every(t => t.readyState === 'ended')")
    picture(other, "removed-390")
    with county.officer() as officer:
        made = officer.make("演示乙")
    page = window(browser, county, wrong, PHONE)
    page.goto(f"{made.link}#{made.codes['演示乙'].replace(' ', '')}")
    page.get_by_role("button", name="我不同意").wait_for()
    picture(page, "consent-390")
    page.get_by_role("button", name="我不同意").click()
    page.get_by_text("不进约诊室").wait_for()
    page.goto(f"{county.portal}/room/{'x' * 24}")
    page.get_by_label("号码").fill("ABCD1234")
    picture(page, "door-390")
    page.get_by_role("button", name="进去").click()
    page.get_by_role("alert").get_by_text("链接或号码不对").wait_for()
    close(page)
    assert [each for each in wrong if "403" not in each] == []


def test_the_officer_sees_links_and_codes_and_calls_offices(county: County, browser: Any) -> None:
    wrong: list[str] = []
    with county.officer() as officer:
        made = officer.make("演示甲", "演示乙", office0=VILLAGE, source=county.case)
    for name, size in (("1366", DESK), ("390", PHONE)):
        page = window(browser, county, wrong, size)
        page.goto(f"{county.console}/console/rooms/{made.id}")
        sign_in(page)
        picture(page, f"lobby-{name}")
        page.goto(f"{county.console}/console/rooms/new?source={county.case}")
        picture(page, f"new-{name}")
        page.goto(f"{county.console}/console/rooms")
        picture(page, f"rooms-{name}")
        close(page)
    assert wrong == []


def test_without_script_it_says_so(county: County, browser: Any) -> None:
    with county.officer() as officer:
        made = officer.make("演示甲")
    page = browser.new_context(java_script_enabled=False, viewport=PHONE).new_page()
    page.goto(made.link)
    assert "浏览器不能运行脚本就用不了" in page.inner_text("main")
    close(page)
