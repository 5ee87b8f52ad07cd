"""The intake in a real window, step by step with a finger: people, matter, place, evidence, signatures, review, receipt."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.village_node.app_driver import Driver  # first: it prepares Kivy's environment

from tests.support.village_node import intake_filler as filler  # isort: skip
from shared.ledger.texts import t  # isort: skip
from tests.demo import cast  # isort: skip
from tests.support.village_node.node_world import CLERK, DRAFT, OTHER_VILLAGE  # isort: skip
from tests.village_node.ui.test_window import Table, table  # noqa: F401  isort: skip
from village_node.desk import roster  # isort: skip
from village_node.ui.devices import capture  # isort: skip
from village_node.ui.kit.pictures import worker  # isort: skip

pytestmark = pytest.mark.gui
Lay = Callable[..., Table]
listed = roster.listed
WHOLE = "11010519491231002X"            # the example of GB 11643


def begun(one: Table) -> object:
    one.sit_down()
    one.driver.tap(t("app.list.new"))
    return one.app.intake


def test_two_people_sign_choose_and_go_home_with_a_number_and_a_code(table: Lay) -> None:  # noqa: F811
    one = table()
    form = begun(one)
    filler.to_review(one.driver, form, sign=True, phone="13800000001")
    one.shot("40-review")
    one.driver.find(t("intake.review.hint"))
    one.driver.tap(form.ids.save)
    sheet = one.driver.find(cls="ReceiptSheet")
    one.shot("41-receipt")
    case = one.desk.list_cases()[0]
    slip = one.desk.citizens.slip(case.id)
    assert (sheet.model.number, sheet.model.typed) == (case.number, slip.typed)
    assert len(sheet.model.squares) > 20, "the code is drawn on the glass"
    one.driver.tap(t("intake.receipt.see"))
    view = one.desk.case(case.id)
    assert [line.kind for line in view.timeline] == ["case.registered", "case.choice_made", "case.choice_made"]
    assert [line.body["mediator"] for line in view.timeline[1:]] == [CLERK, CLERK]
    assert [(f.purpose, f.party) for f in view.files] == [("signature", 0), ("signature", 1)]
    assert one.app.services.unfinished(CLERK) == []


def test_the_code_on_the_glass_is_read_by_a_scanner(table: Lay, tmp_path: Path) -> None:  # noqa: F811
    zxing = pytest.importorskip("zxingcpp")
    from PIL import Image

    one = table()
    filler.to_review(one.driver, form := begun(one))
    one.driver.tap(form.ids.save)
    one.driver.find(cls="ReceiptSheet")
    picture = one.driver.shot(tmp_path / "receipt.png")
    found = [code.text for code in zxing.read_barcodes(Image.open(picture).convert("L"))]
    assert found == [one.desk.citizens.slip(one.desk.list_cases()[0].id).qr]


def test_the_receipt_is_looked_at_and_printed_or_kept(table: Lay, tmp_path: Path,  # noqa: F811
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHUOSHI_PAPERS", str(tmp_path / "papers"))
    one = table()
    filler.to_review(one.driver, form := begun(one))
    one.driver.tap(form.ids.save)
    one.driver.tap(t("intake.receipt.print"))
    preview = one.driver.find(cls="Preview")
    one.driver.until(lambda: preview.pdf, "the slip is drawn")
    one.driver.tap(preview.keep_button)
    made = list((tmp_path / "papers").iterdir())
    assert [path.suffix for path in made] == [".pdf"]
    assert made[0].read_bytes().startswith(b"%PDF-")


def test_a_whole_identity_number_is_read_while_it_is_typed_and_sealed_when_it_is_registered(table: Lay) -> None:  # noqa: F811
    one = table()
    form = begun(one)
    entry = form.fields["people.p1.number"].entry
    one.driver.type(entry, WHOLE[:17] + "1")
    assert t("intake.person.id_wrong", place="18") == form.fields["people.p1.number"].error
    assert entry.selection_text == "1", "the wrong character is marked"
    one.shot("42-identity-wrong")
    form.next()
    assert form.step == 0, "what is wrong is said before the next step"
    entry.text = WHOLE
    one.driver.settle()
    assert (form.fields["people.p1.gender"].value, form.fields["people.p1.age"].value) == ("female", "76")
    assert one.driver.look(part="1949 年 12 月 31 日") is not None
    one.shot("42-identity")
    filler.to_review(one.driver, form)
    filler.register(one.driver, form)
    view = one.desk.case(one.desk.list_cases()[0].id)
    assert [line.kind for line in view.timeline] == ["case.registered", "case.identities_noted"]
    assert (view.parties[0].raw["id_last4"], view.parties[0].raw["age"]) == ("002X", 76)
    assert WHOLE not in str([line.body for line in view.timeline])


def test_people_come_and_go_with_their_roles(table: Lay) -> None:  # noqa: F811
    one = table()
    form = begun(one)
    filler.people(one.driver, form)
    one.driver.tap(t("intake.person.add"))
    one.driver.tap(form.fields["people.p3.role"].chips["agent"])
    one.driver.type(form.fields["people.p3.name"].entry, "演示代")
    one.driver.tap(form.fields["people.p3.stands_for"].chips["p1"])
    one.shot("43-agent")
    one.driver.tap(t("intake.person.add_unit"))
    one.driver.type(form.fields["people.p4.name"].entry, "演示农资店")
    one.driver.type(form.fields["people.p4.head"].entry, "演示周")
    one.driver.tap(t("intake.person.remove"))
    question = one.driver.find(cls="Question")
    one.driver.tap(question.ids.buttons.children[0])
    assert [p["role"] for p in form.answers["people"]] == ["applicant", "respondent", "agent"]
    filler.onward(one.driver, form)
    assert form.step == 1


def test_a_case_of_the_same_people_is_told_while_one_types(table: Lay) -> None:  # noqa: F811
    one = table()
    earlier = one.desk.register(CLERK, DRAFT)
    form = begun(one)
    filler.people(one.driver, form)
    one.driver.until(lambda: form.alike.found, "the other case is found")
    one.driver.settle()
    one.shot("44-alike")
    one.driver.tap(t("intake.alike.look"))
    one.driver.find(part=earlier.number)
    one.driver.tap(t("intake.alike.different"))
    assert form.alike.found == []
    form.ask_alike()
    one.driver.until(lambda: not one.app.asking.busy, "asked again")
    assert form.alike.found == [], "it was said once"


def test_the_other_case_is_opened_and_the_form_waits(table: Lay) -> None:  # noqa: F811
    one = table()
    earlier = one.desk.register(CLERK, DRAFT).id
    form = begun(one)
    filler.people(one.driver, form)
    one.driver.until(lambda: form.alike.found, "the other case is found")
    one.driver.tap(t("intake.alike.look"))
    one.driver.tap(t("intake.alike.same"))
    assert (one.app.screens.current, one.app.case.case) == ("case", earlier)
    assert [d.key for d in one.app.services.unfinished(CLERK)] == [form.keeper.key]


def test_a_phrase_a_number_and_a_sign_by_tap_and_the_colour_follows(table: Lay) -> None:  # noqa: F811
    one = table()
    form = begun(one)
    form.go(1)
    one.driver.settle()
    one.driver.tap(t("intake.tile.neighbour"))
    phrase = t("intake.phrases.neighbour").split("|")[0]
    one.driver.tap(phrase)
    assert form.answers["summary"] == phrase
    one.driver.tap(form.fields["count"].more)
    one.driver.tap(form.fields["count"].more)
    assert form.answers["count"] == "2"
    one.driver.tap(form.page.signs["violence"])
    assert form.page.risk_words.text == t("intake.risk.computed", when=t("intake.risk.today"))
    one.driver.find(t("app.risk.3"))
    one.driver.tap(t("intake.matter.risk_change"))
    one.driver.find(f"✓ {t('app.risk.3')}")
    one.driver.tap(t("app.risk.4"))
    assert form.answers["risk"] == 4
    one.shot("45-matter")


def test_a_matter_without_a_tile_asks_for_its_kind_and_the_law_s_word_is_nowhere(table: Lay) -> None:  # noqa: F811
    one = table()
    form = begun(one)
    form.go(1)
    one.driver.settle()
    one.driver.tap(t("intake.tile.other"))
    one.driver.choose(form.fields["category"], "医疗纠纷")
    assert form.answers["category"] == "DC15"
    form.go(2)
    one.driver.settle()
    assert not any("依申请" in words for words in one.driver.words())
    one.driver.tap(t("intake.source.entrusted"))
    one.driver.choose(form.fields["body"], "公安")
    assert form.answers["body"] == "police"


def test_a_village_a_group_and_a_day_by_tap(table: Lay) -> None:  # noqa: F811
    one = table()
    form = begun(one)
    form.go(2)
    one.driver.settle()
    one.driver.tap(t("intake.place.other_village"))
    sheet = one.driver.find(cls="PlaceSheet")
    one.driver.type(sheet.search.entry, "yc")
    one.driver.tap("演示镇乙村")
    one.driver.tap("三组")
    one.driver.tap(t("intake.place.done"))
    assert (form.answers["office"], form.answers["group"]) == (OTHER_VILLAGE, "三组")
    one.driver.tap(t("intake.place.yesterday"))
    assert form.answers["occurred"] == "2026-11-22"
    one.shot("46-place")


def test_the_camera_comes_first_where_there_is_one_and_a_voice_note_is_kept(table: Lay, tmp_path: Path,  # noqa: F811
                                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    photo = cast.photograph(tmp_path / "from-camera.jpg", "ditch", 1) or tmp_path / "from-camera.jpg"
    copy = f"{sys.executable} -c \"import shutil,sys;shutil.copy(r'{photo}',sys.argv[1])\" {{file}}"
    speak = (f"{sys.executable} -c \"import sys,time;open(sys.argv[1],'wb').write(b'RIFF'+bytes(60));print(flush=True);"
             "time.sleep(60)\" {file}")
    monkeypatch.setenv(capture.CAMERA, copy)
    monkeypatch.setenv(capture.RECORDER, speak)
    one = table()
    form = begun(one)
    form.go(3)
    one.driver.settle()
    one.driver.tap(t("intake.evidence.camera"))
    one.driver.until(lambda: form.shelf.photos and not worker.busy, "the photograph is made fit")
    one.driver.tap(t("intake.evidence.voice"))
    made = form.shelf.recording._made
    one.driver.until(lambda: made.exists() and made.stat().st_size, "the recorder writes")
    one.driver.tap(form.shelf.voice)
    one.driver.until(lambda: not form.shelf.busy, "the note is made fit")
    assert sorted(f.type for f in form.shelf.photos.values()) == ["audio/wav", "image/jpeg"]
    one.shot("47-evidence")
    form.leave()
    one.driver.settle()
    one.driver.tap(t("app.draft.resume"))
    assert len(one.app.intake.shelf.photos) == 2


def test_a_camera_that_fails_is_one_sentence(table: Lay, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setenv(capture.CAMERA, f"{sys.executable} -c pass {{file}}")
    one = table()
    form = begun(one)
    form.go(3)
    one.driver.settle()
    one.driver.tap(t("intake.evidence.camera"))
    one.driver.find(t("intake.evidence.camera_failed"))
    assert not form.shelf.busy


def test_a_pad_is_as_wide_as_the_page_says_who_and_when_and_can_be_signed_again(table: Lay) -> None:  # noqa: F811
    one = table()
    form = begun(one)
    filler.people(one.driver, form)
    form.go(4)
    one.driver.settle()
    card = form.page.cards["p1"]
    assert card.pad.width > one.driver.window.width * .85
    one.driver.sign(card.pad)
    assert card.signed_at == "11月23日 12:00"
    one.shot("48-sign")
    one.driver.tap(card.button)
    assert (card.signed_at, form.answers["strokes"]) == ("", {})
    one.driver.tap(form.page.cards["p2"].button)
    assert form.page.cards["p2"].later
    one.driver.tap(t("intake.method.judicial"))
    assert form.page.mediator is None, "a judge is not on the roster"


def test_the_roster_is_read_in_the_asking_thread_alone_and_what_the_review_shows_is_what_is_saved(
        table: Lay, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    one, threads = table(), list[str]()
    monkeypatch.setattr(roster, "listed", lambda *of: threads.append(threading.current_thread().name) or listed(*of))
    form = begun(one)
    filler.to_review(one.driver, form, sign=True, phone="13800000001")
    one.driver.settle()
    shown = one.driver.words()
    filler.register(one.driver, form)
    assert set(threads) == {"asking"}
    assert len(threads) <= 2, "when the form opens and when people sign"
    chosen = one.desk.case(one.desk.list_cases()[0].id).timeline[1].body["mediator"]
    assert chosen == CLERK
    assert any(one.desk.staff_name(chosen) in words for words in shown)


def test_a_finger_faster_than_the_answer_saves_the_same_mediator(table: Lay) -> None:  # noqa: F811
    one = table()
    form = begun(one)
    filler.to_review(one.driver, form, sign=True, phone="13800000001")
    form.mediators = None
    form.save()
    one.driver.settle()
    assert one.desk.case(one.desk.list_cases()[0].id).timeline[1].body["mediator"] == CLERK
    assert one.app.services.unfinished(CLERK) == []


def test_the_review_names_what_is_missing_and_leads_there(table: Lay) -> None:  # noqa: F811
    one = table()
    form = begun(one)
    filler.onward(one.driver, form, 5)
    one.driver.find(t("intake.review.incomplete", n=5))
    one.shot("49-review-missing")
    one.driver.tap(form.ids.save)
    assert form.step == 0
    assert form.fields["people.p1.name"].error
    assert one.desk.list_cases() == []


def test_back_goes_a_step_back_then_home_and_the_dots_lead_anywhere(table: Lay) -> None:  # noqa: F811
    one = table()
    form = begun(one)
    one.driver.tap(form.dots.dots[2])
    assert form.step == 2
    seen = []
    for _ in range(3):
        one.app._key(None, 27)
        one.driver.settle()
        seen.append((one.app.screens.current, form.step))
    assert seen == [("intake", 1), ("intake", 0), ("home", 0)]
    assert isinstance(one.driver, Driver)
