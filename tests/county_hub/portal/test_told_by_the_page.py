"""What lacks in a form is said by the page that is asked: in its own language, all at once, beside the field, and what was typed
stays. A browser that checks forms itself says one thing at a time, in its own language, and on some telephones in English."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from county_hub.demands import code as codes
from tests.county_hub.portal.test_choosing import two  # noqa: F401
from tests.county_hub.portal.test_handing_in import TEXTS, picture, scene, send  # noqa: F401
from tests.county_hub.portal.test_portal import Scene
from tests.support.county_hub.browsing import CHROMIUM
from tests.support.county_hub.hub_support import REPOSITORY, VILLAGE

CHECKED = re.compile(r'\b(required|minlength|pattern|min|max|step)\b(?==|[\s>{])|type="(?:email|url|number|date|time)"')
FORM = re.compile(r'<form\b((?:[^>"]|"[^"]*")*)>(.*?)</form>', re.S)


def faults(page: Any) -> list[str]:
    return re.findall(r'class="fault" id="e-([a-z]+)"', page.text)


def test_no_form_of_any_page_leaves_its_faults_to_the_browser() -> None:
    forms = 0
    for template in sorted((REPOSITORY / "county_hub").rglob("templates/*.html")):
        for words, body in FORM.findall(template.read_text("utf-8")):
            if not (CHECKED.search(body) or "question(" in body):
                continue
            forms += 1
            assert "novalidate" in words, (template.name, words)
    assert forms > 20, "the forms are read at all"


def test_an_empty_question_is_told_beside_its_field_and_keeps_the_number(scene: Scene) -> None:  # noqa: F811
    page = scene.ask(number="磴证调字〔2026〕1号", code="  ")
    assert (page.status_code, faults(page), "请填查询码" in page.text) == (400, ["code"], True)
    assert 'value="磴证调字〔2026〕1号"' in page.text
    assert re.search(r'id="code"[^>]*aria-invalid="true" aria-describedby="e-code"', page.text)


def test_a_demand_says_all_that_lacks_and_which_photographs_are_to_be_chosen_again(scene: Scene) -> None:  # noqa: F811
    page = send(scene, photos=2, category="", text="", name="", phone="")
    assert (page.status_code, faults(page)) == (400, ["category", "text", "name", "phone", "photos"])
    assert "2 张照片要重新选" in page.text
    assert f'value="{VILLAGE}" selected' in page.text
    assert "photos" not in faults(send(scene, text=""))


def test_choosing_and_promises_say_what_was_left_out_of_an_untouched_form(two: tuple[Scene, Scene]) -> None:  # noqa: F811
    new, agreed = two
    for scene_of, path, names in ((new, "/choose", ["party", "method", "mediator"]),
                                  (agreed, "/promises", ["item", "party", "kept"])):
        first = scene_of.ask(path, code=scene_of.qr)
        assert (first.status_code, faults(first)) == (200, []), "nobody has pressed the button yet"
        form = re.search(rf'<form class="card demand" method="post" action="{path}".*?</form>', first.text, re.S)
        assert form
        hidden = dict(re.findall(r'type="hidden" name="([a-z]+)" value="([^"]*)"', form[0]))
        sent = scene_of.ask(path, **hidden)
        assert (sent.status_code, faults(sent)) == (400, names)


@pytest.mark.parametrize("script", [True, False])
def test_a_browser_in_english_reads_chinese_beside_each_field(scene: Scene, script: bool, tmp_path: Path) -> None:  # noqa: F811
    sync_api = pytest.importorskip("playwright.sync_api")
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(picture())
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--lang=en-US"])
        page = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-US", java_script_enabled=script).new_page()
        page.goto(f"{scene.url}/submit")
        if script:
            page.wait_for_selector("html.js")
        page.fill("textarea[name=text]", "短")
        page.fill("input[name=place]", "DEMO 渠边")
        page.set_input_files("#photos", str(photo))
        if script:
            page.wait_for_selector("#thumbs figure")
        page.click("#demand > button")
        page.wait_for_selector("#e-phone")
        told = {name: page.inner_text(f"#e-{name}") for name in ("category", "text", "name", "phone")}
        assert "请选是什么事" in told["category"]
        assert "现在是 1 个" in told["text"]
        assert "请写您的姓名" in told["name"]
        assert "请写电话" in told["phone"]
        assert (page.input_value("textarea[name=text]"), page.input_value("input[name=place]")) == ("短", "DEMO 渠边")
        if script:
            assert page.locator("#thumbs figure").count() == 1
            assert page.evaluate("document.activeElement.name") == "category"
            assert page.locator("#kept .card").count() == 0, "what cannot be taken is not put among what waits for a line"
        else:
            assert "照片要重新选" in page.inner_text("#e-photos")
        browser.close()


def test_what_a_code_names_is_still_taken_once_it_is_whole(scene: Scene) -> None:  # noqa: F811
    code = codes.new()
    assert send(scene, code=code, text="").status_code == 400
    assert send(scene, code=code).status_code == 200
    assert TEXTS["name"] not in scene.ask(code=code).text
