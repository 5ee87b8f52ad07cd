"""Long lists of the console say how many there are altogether, and bring the rest page by page: nothing is cut without a word."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator

import pytest

from county_hub.hub.ingress import QUARANTINE
from tests.support.county_hub.hub_support import COUNTY, TOWN, RunningHub, found_county, opened, running_hub, store_in_county
from tests.support.shared.domain_events import World

TODAY = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()
MANY, SIZE = 13, 5


def ago(days: int) -> str:
    return (TODAY - dt.timedelta(days)).isoformat()


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    home, world = found_county(tmp_path_factory.mktemp("paged")), World()
    place = {"office": COUNTY, "role": "dispatcher"}
    for n in range(MANY):
        world.event(None, "sweep.planned", {"title": f"DEMO 排查{n}", "offices": [TOWN], "due": ago(n + 1)}, **place,
                    date=ago(40))
        for service in ("counselling", "legal_aid"):
            world.event(None, "referral.made", {"service": service, "to": TOWN, "text": f"DEMO {n}"}, **place, date=ago(n))
        world.mediating(date=ago(0))
        world.event(None, "petition.registered", {
            "number": "150822000000-2026-000-0001-0", "channel": "online", "form": "online", "category": "other",
            "place": {"office": TOWN}, "summary": f"DEMO 信访{n}"}, office=COUNTY, role="window_clerk", date=ago(0))
    store_in_county(home, [event.doc() for events in world.events.values() for event in events])
    with opened(home) as hub, hub.databases.lease(QUARANTINE) as replica:
        for n in range(MANY):
            replica.put({"_id": f"quarantine:{n:032x}", "kind": "quarantine", "source": f"office-{TOWN}", "doc_id": f"case:{n}",
                         "reason": "bad_body", "received_at": 1_700_000_000_000 + n, "doc": {}})
    with running_hub(home, COUNTY_HUB_PAGE_SIZE=str(SIZE)) as running:
        yield running


_RATES = f"/console/rates/listed?period={TODAY:%Y-%m}&part=numerator&key="
LISTED = {
    "/console/coverage": (r"（(\d+)）</h2>", r'href="/console/records/(\w{26})"'),
    "/console/psych": (r"(\d+)", r'href="/console/records/(\w{26})"'),
    "/console/quarantine": (r"(\d+) 条", r"case:(\d+)</span>"),
    f"{_RATES}disputes_handled": (r"共 (\d+)<", r'href="/console/cases/(\w{26})"'),
    f"{_RATES}petitions": (r"共 (\d+)<", r'href="/console/records/(\w{26})"'),
}


@pytest.mark.parametrize("address", LISTED)
def test_every_row_is_on_one_page_and_each_page_says_how_many_there_are(county: RunningHub, address: str) -> None:
    said, row = LISTED[address]
    found, pages, href = list[str](), 0, address
    with county.console() as reader:
        while href:
            page = reader.get(href)
            assert page.status_code == 200, href
            assert str(MANY) in re.findall(said, page.text)
            rows = list(dict.fromkeys(re.findall(row, page.text)))
            assert 0 < len(rows) <= SIZE
            found, pages = [*found, *rows], pages + 1
            following = re.search(r'rel="next" href="([^"]+[?&;]page=[0-9]+)"', page.text)
            href = html.unescape(following[1]) if following else ""
        assert (len(found), len(set(found)), pages) == (MANY, MANY, 3)
        too_far = f"{address}{'&' if '?' in address else '?'}page=99"
        assert re.findall(row, reader.get(too_far).text)[-1] == found[-1]


def test_the_cards_of_a_zone_say_how_many_there_are_and_lead_to_the_rest(county: RunningHub) -> None:
    def between(page: str, heading: str) -> str:
        return page.partition(f"<h2>{heading}")[2].partition('<div class="card')[0]

    with county.console() as reader:
        for name, heading in (("running", "正在调解"), ("held", "近 14 天的调解会")):
            cases, href = list[str](), "/console/mediation"
            while href:
                card = between(reader.get(href).text, heading)
                assert f">{MANY}</span>" in card[:80], card[:200]
                cases += re.findall(r'href="/console/cases/(\w{26})"', card)
                following = re.search(rf'rel="next" href="([^"]+;{name}=[0-9]+)"', card)
                href = html.unescape(following[1]) if following else ""
            assert (len(cases), len(set(cases))) == (MANY, MANY), name
        sweeps = between(reader.get("/console/monitor").text, "排查任务")
        assert f">{MANY}</span>" in sweeps[:80]
        assert f"还有 {MANY - len(re.findall('/console/records/[0-9A-Z]{26}', sweeps))} 件" in sweeps
        assert f"共 {MANY} 条" in reader.get("/console/records?kind=sweep").text


def test_a_record_kept_in_quarantine_by_somebody_else_breaks_neither_the_list_nor_its_page(county: RunningHub) -> None:
    """Another hub of the county may write there: whatever lies there is shown as far as it can be."""
    odd = ({"doc": ["no", "record"], "received_at": "yesterday"}, {"doc": 7, "received_at": 2**60},
           {"doc": {"kind": {}, "actor": 7, "office": []}, "received_at": 1.5})
    names = [f"quarantine:{n:032x}" for n in range(1000, 1000 + len(odd))]
    with opened(county.home) as hub, hub.databases.lease(QUARANTINE) as replica:
        made = replica.bulk_docs([{"_id": name, "kind": "quarantine", "doc_id": "odd", **given}
                                  for name, given in zip(names, odd, strict=True)])
        try:
            with county.console() as reader:
                for address in ("/console/quarantine", "/console/fleet", *(f"/console/quarantine/{name}" for name in names)):
                    assert reader.get(address).status_code == 200, address
        finally:
            replica.bulk_docs([{"_id": result.id, "_rev": result.rev, "_deleted": True} for result in made])
