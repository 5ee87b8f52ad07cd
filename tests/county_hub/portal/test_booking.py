"""约律师: with the slip's code a party asks for a seat and sees the answer; one at a time, and nothing of the other side."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from county_hub.commands.cli import main
from county_hub.county.acts import CountyActs
from shared.disputes.case.citizen_slip import slip
from shared.ledger.days import later, local_date
from tests.county_hub.portal.test_portal import PARTIES, Scene, serving
from tests.support.county_hub.hub_support import COUNTY, found_county, opened


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    home = found_county(tmp_path_factory.mktemp("booking"))
    for id, roles in (("x1", "mediator,supervisor"), ("l1", "lawyer")):
        assert main(["staff", "add", str(home), "--id", id, "--name", "演示员", "--office", COUNTY, "--roles", roles]) == 0
    with opened(home) as hub:
        acts = CountyActs(hub)
        made = acts.register("x1", {"summary": "DEMO 事由", "category": "DC02", "parties": PARTIES,
                                    "place": {"office": COUNTY, "text": "DEMO 渠边"}})
        duty = acts.record("duty.published", None, "x1", {
            "person": "l1", "service": "lawyer", "date": later(local_date(hub.clock()), 3), "start": "09:00", "end": "11:00",
            "place": "DEMO 法律服务室", "seats": 1})
        code = slip(made, [acts.place.device.key], hub.directory.latest())
        assert code is not None
        hub.projector.catch_up()
    with serving(home) as url:
        yield Scene(url, home, duty.id, made.id, code.typed, code.qr)


def test_a_party_books_a_post_and_sees_the_answer(scene: Scene) -> None:
    assert "约律师或法官" in scene.ask(code=scene.qr).text
    offered = scene.ask("/book", code=scene.qr)
    assert offered.status_code == 200
    assert "DEMO 法律服务室" in offered.text
    assert "演示甲" not in offered.text
    for wrong in ({"party": "0"}, {"party": "9", "duty": scene.case, "topic": "DEMO 想问"},
                  {"party": "0", "duty": "x", "topic": "DEMO 想问赔多少"}):
        assert scene.ask("/book", code=scene.qr, **wrong).status_code == 400
    short = scene.ask("/book", code=scene.qr, duty=scene.case, topic="问")
    assert re.findall(r'class="fault" id="e-([a-z]+)"', short.text) == ["party", "topic"]
    assert ">问</textarea>" in short.text
    assert f'value="{scene.case}" required checked' in short.text
    booked = scene.ask("/book", code=scene.qr, party="0", duty=scene.case, topic="DEMO 想问赔多少")
    assert booked.status_code == 200
    assert "等县级答复" in booked.text
    assert scene.ask("/book", code=scene.qr, party="1", duty=scene.case, topic="DEMO 再约一次").status_code == 400
    assert main(["appointment", "settle", str(scene.home), "--as", "x1"]) == 0
    answered = scene.ask("/book", code=scene.qr)
    assert "已约定" in answered.text
    assert "DEMO 法律服务室" in answered.text
    with opened(scene.home) as hub:
        from county_hub.county.appointment_office import AppointmentOffice

        made = AppointmentOffice(CountyActs(hub)).appointments()
        assert [(one.data["asker"], one.data["phone"], one.data["topic"]) for one in made] == [
            ("演示甲", "13800000001", "DEMO 想问赔多少")]


def test_without_the_code_nobody_books(scene: Scene) -> None:
    assert scene.ask("/book", code="1K7Q-F2M9-X4TB-VC5H", party="0", duty=scene.case, topic="DEMO 想问").status_code == 403
