"""A second language that has every text of the citizen's page and of meetings: nothing of a page stays Chinese but what people
wrote, names of the county's and codes; what is written down is Chinese."""
from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from county_hub.county.acts import CountyActs
from county_hub.portal import languages
from shared.ledger.texts import catalogue, t
from tests.county_hub.room.conftest import County, serving
from tests.support import loopback
from tests.support.county_hub.hub_support import opened

XX = {"language": "xx"}
OURS = {key: text for key, text in catalogue().items()
        if key.startswith(languages.SECTIONS) and re.search("[\u4e00-\u9fff]", text)}


def translated(key: str, text: str) -> str:
    """Words that are none, with every value that the Chinese text wants."""
    return f"xx {key.replace('.', ' ')} " + " ".join(re.findall(r"\{[^{}]*\}", text))


def full_language(folder: Path) -> Path:
    made = folder / "xx"
    made.mkdir(parents=True)
    (made / "language.toml").write_text('name = "Second"\ntag = "en-x-demo"\n', "utf-8")
    sections: dict[str, list[str]] = {}
    for key, text in OURS.items():
        section, _, name = key.rpartition(".")
        sections.setdefault(section, []).append(f"{json.dumps(name)} = {json.dumps(translated(key, text))}")
    for file in {section.partition(".")[0] for section in sections}:
        own = sections.get(file, [])
        below = [f"[{section.partition('.')[2]}]\n" + "\n".join(rows) for section, rows in sections.items()
                 if section.startswith(f"{file}.")]
        (made / f"{file}.toml").write_text("\n".join([*own, *below]), "utf-8")
    return folder


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    words = full_language(tmp_path_factory.mktemp("words"))
    with serving(tmp_path_factory.mktemp("spoken"), ROOM_RECORDING="true", PORTAL_CATALOGUES=str(words)) as made:
        yield made


def half(page: str) -> list[str]:
    """Keys whose Chinese words stand in a page, where they are no part of longer words that somebody wrote."""
    shown = html.unescape(re.sub(r"<[^>]*lang=\"zh-CN\"[^>]*>[^<]*<|<script[^>]*src[^>]*>", "", page))
    plain = {key: text for key, text in OURS.items() if "{" not in text and len(text) > 1}
    return [key for key, text in plain.items() if re.search(rf"[>\"]\s*{re.escape(text)}\s*[<\"]", shown)]


def test_no_page_of_a_citizen_is_half_in_another_language(county: County) -> None:
    with opened(county.home) as hub:
        slip = CountyActs(hub).slip(county.case)
    assert slip is not None
    with loopback.Client(base_url=county.portal, cookies=XX, timeout=30) as client:
        pages = {path: client.get(path) for path in ("/", "/submit", "/offices", "/projects", "/nowhere")}
        pages |= {path: client.post(path, data={"code": slip.qr, **more}) for path, more in (
            ("/progress", {}), ("/book", {"topic": "x"}), ("/choose", {"party": "9"}), ("/promises", {"text": "x"}),
            ("/rate", {"score": "1"}))}
        pages["/submit sent"] = client.post("/submit", data={"code": "", "text": "x"}, files={"none": b""})
    assert {path: found for path, page in pages.items() if (found := half(page.text))} == {}
    assert all('<html lang="en-x-demo">' in page.text for page in pages.values())
    assert half(loopback.get(f"{county.portal}/", timeout=30).text), "what is looked for is found in the Chinese page"


def test_a_guest_reads_the_meeting_in_the_language_that_he_chose_and_its_consent_is_written_in_chinese(county: County) -> None:
    with county.officer() as officer, loopback.Client(timeout=30, follow_redirects=True) as guest:
        made = officer.make("DEMO Guest")
        code = made.codes["DEMO Guest"]
        door = guest.get(made.link).text
        switch = re.search(r'href="(/language/xx\?back=[^"]+)"', door)
        assert switch
        door = guest.get(county.portal + html.unescape(switch[1]))
        assert str(door.url) == made.link, "the switch leads back to the meeting"
        wrong = guest.post(f"{made.link}/enter", data={"code": "1111 1111"})
        asked = guest.post(f"{made.link}/enter", data={"code": code})
        refused = guest.post(f"{made.link}/consent", data={"code": code, "seat": "1", "agree": "no"})
        assert f'<p class="small" lang="zh-CN">{t("room.consent.words")}</p>' in asked.text, "the words that are kept"
        assert re.search(r'href="/language/zh_CN\?back=%2Froom%2F[^"]+#\w+"', asked.text), "and back, with the code"
        seat = re.search(r'name="seat" value="(\d)"', asked.text)
        assert seat
        inside = guest.post(f"{made.link}/consent", data={"code": code, "seat": seat[1], "agree": "yes"})
        pages = {"door": door, "wrong": wrong, "consent": asked, "refused": refused, "inside": inside}
        assert {name: found for name, page in pages.items() if (found := half(page.text))} == {}
        assert all('<html lang="en-x-demo">' in page.text for page in pages.values())
        token = re.search(r'"token": "([^"]+)"', inside.text)
        assert token
        told = guest.post(f"{made.link}/sign", json={"revision": 7}, headers={"authorization": f"Bearer {token[1]}"})
        assert not re.search("[\u4e00-\u9fff]", told.text)
        assert officer.post(made, "admit", seat=int(seat[1])).status_code == 200
        page = officer.client.get(f"/console/rooms/{made.id}")
        record = re.search(r"/console/records/(\w+)", page.text)
        assert record
        written = [json.dumps(event.body, ensure_ascii=False) for event in county.events(record[1])]
        assert any(t("room.consent.words") in body for body in written)
        assert "xx room" not in "".join(written)
