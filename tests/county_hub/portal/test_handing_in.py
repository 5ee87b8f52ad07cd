"""我要反映 as a citizen does it, with a browser and without script, and as the county's officers answer."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from county_hub.commands.cli import main
from county_hub.demands import code as codes
from county_hub.hub.kept.registry import SOURCE_FAILURES
from tests.county_hub.portal.test_portal import Scene, serving
from tests.support import loopback
from tests.support.county_hub.browsing import CHROMIUM
from tests.support.county_hub.hub_support import COUNTY, VILLAGE, found_county

TEXTS = {"category": "water", "text": "DEMO 上游一夜没关闸，我家葵花地淹了两亩", "office": VILLAGE, "place": "DEMO 一组渠边",
         "name": "演示周玉梅", "phone": "100 0000 0006"}


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), (90, 140, 60)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    home = found_county(tmp_path_factory.mktemp("handing-in"))
    person = ["--id", "x1", "--name", "演示员", "--office", COUNTY, "--roles", "mediator,supervisor"]
    assert main(["staff", "add", str(home), *person]) == 0
    many = "".join(f"portal_demands_{of} = 100\n" for of in ("without_script", "a_phone", "a_day"))
    (home / "hub.toml").write_text(f"{many}portal_work_bits = 6\n")
    with serving(home) as url:
        yield Scene(url, home, "", "", "", "")


def send(scene: Scene, photos: int = 0, accept: str = "text/html", **texts: str) -> httpx2.Response:
    data = {**TEXTS, "code": codes.new(), **texts}
    files = [("photos", (f"{n}.jpg", picture(), "image/jpeg")) for n in range(photos)] or [("photos", ("", b"", "image/jpeg"))]
    return loopback.post(f"{scene.url}/submit", data=data, files=files, headers={"accept": accept}, timeout=30)


def _multipart(texts: dict[str, str], photo: bytes) -> tuple[bytes, dict[str, str]]:
    named = "".join(f'--x\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in texts.items())
    head = '--x\r\ncontent-disposition: form-data; name="photos"; filename="a.jpg"\r\ncontent-type: image/jpeg\r\n\r\n'
    return (named + head).encode() + photo + b"\r\n--x--\r\n", {"content-type": "multipart/form-data; boundary=x"}


def kept_whole(page: httpx2.Response, photos: str) -> None:
    """Whatever was typed stands in the form again, and what cannot is said."""
    for value in (TEXTS["name"], TEXTS["phone"], TEXTS["place"]):
        assert f'value="{value}"' in page.text
    assert f">{TEXTS['text']}</textarea>" in page.text
    assert f'value="{TEXTS["category"]}" required checked' in page.text
    assert f'value="{VILLAGE}" selected' in page.text
    assert photos in page.text


def command(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_without_script_it_is_taken_and_its_code_shows_what_became_of_it(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    code = codes.new()
    page = send(scene, photos=2, code=code)
    assert page.status_code == 200, page.text
    assert codes.printed(code) in page.text
    assert send(scene, code=code).status_code == 200        # the answer was lost: sent again
    waiting = command(capsys, "demand", "list", str(scene.home))
    assert [(row["name"], row["photos"], row["state"]) for row in waiting] == [("演示周玉梅", 2, "waiting")]
    told = scene.ask(code=codes.printed(code).lower())
    assert told.status_code == 200
    assert "等人看" in told.text
    assert TEXTS["name"] not in told.text
    n = str(waiting[0]["n"])
    done = command(capsys, "demand", "accept", str(scene.home), n, "--as", "x1", "--respondent", "演示乙")
    told = scene.ask(code=code)
    assert "已经受理" in told.text
    found = re.search(r'name="code" value="([^"]+)"', told.text)
    assert found
    assert "登记了，等分派" in scene.ask(code=found.group(1)).text
    shown = command(capsys, "case", "show", str(scene.home), done["case_id"])
    assert [(party["name"], party["role"]) for party in shown["parties"]] == [
        ("演示周玉梅", "applicant"), ("演示乙", "respondent")]
    assert (shown["source"], len(shown["files"])) == ("online", 2)
    assert main(["demand", "return", str(scene.home), n, "--as", "x1", "--reason", "DEMO 晚了"]) == 2


def test_a_reason_goes_back_to_the_citizen_and_is_escaped(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    code = codes.new()
    assert send(scene, code=code, text="<script>alert(1)</script> DEMO").status_code == 200
    n = str(command(capsys, "demand", "list", str(scene.home))[-1]["n"])
    command(capsys, "demand", "return", str(scene.home), n, "--as", "x1", "--reason", "DEMO 请到<b>说事室</b>来")
    told = scene.ask(code=code).text
    assert "没有受理" in told
    assert "DEMO 请到&lt;b&gt;说事室&lt;/b&gt;来" in told


def test_what_is_wrong_comes_back_filled_with_a_sentence_at_each_field(scene: Scene) -> None:
    page = send(scene, text="短", phone="没有", name="")
    assert page.status_code == 400
    assert page.text.count('class="fault"') == 3
    assert 'value="没有"' in page.text
    assert 'value="DEMO 一组渠边"' in page.text
    answer = send(scene, accept="application/json", phone="没有")
    assert answer.status_code == 400
    assert set(answer.json()["faults"]) == {"phone"}
    for body, kind in ((b"", "text/plain"), (b"--x\r\n", "multipart/form-data; boundary=x"), (b"a=1", "multipart/form-data"),
                       (b"\xff" * 999, "multipart/form-data; boundary=x")):
        bad = loopback.post(f"{scene.url}/submit", content=body, headers={"content-type": kind}, timeout=30)
        assert bad.status_code == 429
        assert "再按一次" in bad.text


def test_a_large_body_and_many_files_are_refused_by_name(scene: Scene) -> None:
    kind = {"content-type": "multipart/form-data; boundary=x"}
    large = loopback.post(f"{scene.url}/submit", content=b"x" * (17 << 20), headers=kind, timeout=60)
    assert large.status_code == 413
    assert "照片太大" in large.text
    for stated in (True, False):        # its size is told before it comes, or only counted
        body, head = _multipart({**TEXTS, "code": codes.new(), "office": VILLAGE}, b"x" * (17 << 20))
        parts = iter([body[n:n + (1 << 20)] for n in range(0, len(body), 1 << 20)])
        large = loopback.post(f"{scene.url}/submit", content=body if stated else parts, headers=head, timeout=60)
        assert large.status_code == 413
        assert "照片太大" in large.text
        kept_whole(large, "刚才选的照片要重新选一次")
    assert send(scene, photos=7).status_code == 400


def test_pictures_that_are_none_are_taken_for_attempts_and_a_full_day_is_told_before_anything_is_read(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    with serving(home) as url:
        scene = Scene(url, home, "", "", "", "")
        bad = [("photos", ("x.jpg", b"GIF89a", "image/jpeg"))]
        tried = [loopback.post(f"{url}/submit", data={**TEXTS, "code": codes.new()}, files=bad, timeout=30)
                 for _ in range(SOURCE_FAILURES + 1)]
        assert [answer.status_code for answer in tried] == [400] * SOURCE_FAILURES + [429]
        assert "试的次数太多" in tried[-1].text
        busy = send(scene, photos=2, office=VILLAGE)
        assert busy.status_code == 429
        kept_whole(busy, "刚才选的照片要重新选一次")
        assert "刚才选的照片" not in send(scene).text
        assert send(scene, accept="application/json").json()["later"]


def test_a_wrong_code_of_a_demand_is_counted_like_every_other(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    with serving(home) as url:
        tried = [loopback.post(f"{url}/progress", data={"code": codes.new()}, timeout=30) for _ in range(SOURCE_FAILURES + 1)]
    assert {answer.status_code for answer in tried} == {403}
    assert "查询码不对" in tried[0].text
    assert "试的次数太多" in tried[-1].text


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_a_browser_keeps_a_draft_waits_for_a_line_and_sends_once(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    photo = tmp_path / "ditch.jpg"
    photo.write_bytes(picture())
    foreign: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
        page = context.new_page()
        page.on("request", lambda request: None if request.url.startswith((scene.url, "blob:")) else foreign.append(request.url))
        page.goto(f"{scene.url}/submit")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.get_by_label("浇水").check(force=True)
        page.locator("[name=text]").fill(TEXTS["text"])
        page.locator("[name=name]").fill(TEXTS["name"])
        page.locator("[name=phone]").fill(TEXTS["phone"])
        page.locator("#photos").set_input_files(str(photo))
        page.locator("#thumbs figure").wait_for()
        sync_api.expect(page.locator("#saved")).to_contain_text("已存在手机里")
        page.reload()
        sync_api.expect(page.locator("[name=text]")).to_have_value(TEXTS["text"])
        sync_api.expect(page.locator("#thumbs figure")).to_have_count(1)
        context.set_offline(True)
        page.reload()                                       # the page itself opens without a line
        sync_api.expect(page.locator("#line")).to_contain_text("没有网")
        sync_api.expect(page.locator("[name=text]")).to_have_value(TEXTS["text"])
        sync_api.expect(page.locator("#thumbs figure")).to_have_count(1)
        page.get_by_role("button", name="交上去").click()
        sync_api.expect(page.locator("#kept .card")).to_have_attribute("data-state", "waiting")
        assert _from_browsers(scene, capsys) == []
        context.set_offline(False)
        sync_api.expect(page.locator("#kept .card")).to_have_attribute("data-state", "sent", timeout=30_000)
        code = page.locator("#kept .code").inner_text()
        page.reload()
        sync_api.expect(page.locator("#kept .card")).to_have_attribute("data-state", "sent")
        sync_api.expect(page.locator("[name=text]")).to_have_value("")
        browser.close()
    assert foreign == []
    assert _from_browsers(scene, capsys) == [1]
    assert "等人看" in scene.ask(code=code).text



def _from_browsers(scene: Scene, capsys: pytest.CaptureFixture[str]) -> list[int]:
    return [row["photos"] for row in command(capsys, "demand", "list", str(scene.home), "--all") if row["channel"] == "script"]
