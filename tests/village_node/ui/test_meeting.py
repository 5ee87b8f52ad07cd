"""A meeting online from the app: the record the county sent, or the appointment it belongs to, opens it in the browser."""

from __future__ import annotations

from collections.abc import Callable

from tests.village_node.ui.test_window import Table, table  # noqa: F401  isort: skip

import pytest

from tests.support.village_node.node_world import OFFICER, TOWNSHIP
from village_node.desk.desk import Desk
from village_node.view_models.meeting import meeting

pytestmark = pytest.mark.gui
LINK = "https://chaxun.example.gov.cn/room/DEMOdemoDEMOdemoDEMOdemo#7QK3M9XC"


def agreed(desk: Desk, link: str, appointment: str = "") -> str:
    """A 网上约诊 of this office, agreed for today."""
    forms = desk.record_forms
    about = {"appointment": appointment} if appointment else {}
    made = forms.act("online_consultation.submitted", OFFICER, "",
                     {"asker": "演示甲", "text": "DEMO 渠水", "place": {"office": TOWNSHIP}, **about})
    forms.act("online_consultation.verified", OFFICER, made, {"method": "看身份证", "passed": True})
    forms.act("online_consultation.scheduled", OFFICER, made, {"date": desk.today(), "start": "09:30", "join": link})
    return made


def test_the_room_is_opened_from_its_record_and_from_the_appointment(table: Callable[..., Table]) -> None:  # noqa: F811
    one, opened = table(TOWNSHIP), list[str]()
    one.app.services.open_link = lambda link: bool(opened.append(link)) or True
    said = {"asker": "演示甲", "topic": "DEMO 渠水", "service": "lawyer"}
    asked = one.desk.record_forms.act("appointment.requested", OFFICER, "", said)
    made = agreed(one.desk, LINK, asked)
    one.sit_down(OFFICER)
    for record in (made, asked):
        one.app.open_record(record)
        one.driver.until(lambda record=record: one.app.record.record == record and one.app.record.meeting, "its card is there")
        one.driver.settle()
        one.driver.tap(one.app.record.meeting.enter)
        one.shot(f"60-meeting-{len(opened)}")
    assert opened == [LINK, LINK]


def test_without_a_line_it_says_so_and_whom_to_call(table: Callable[..., Table]) -> None:  # noqa: F811
    one, opened = table(TOWNSHIP), list[str]()
    one.app.services.open_link = lambda link: bool(opened.append(link)) or True
    made = agreed(one.desk, LINK)
    one.desk.node.home.update_state(last_error_kind="unreachable", last_error="", last_error_at=1)
    one.sit_down(OFFICER)
    one.app.open_record(made)
    one.driver.until(lambda: one.app.record.meeting, "its card is there")
    one.driver.find(part="现在没有网，进不了约诊室")
    one.driver.settle()
    one.driver.tap(one.app.record.meeting.enter)
    one.shot("61-meeting-no-line")
    assert opened == []


def test_what_is_no_link_or_is_over_opens_nothing(table: Callable[..., Table]) -> None:  # noqa: F811
    desk = table(TOWNSHIP).desk
    for join in ("会议号 123 456", "javascript:alert(1)", "https://", "file:///etc/passwd", "https://[room"):
        assert meeting(desk, desk.record_forms.view(agreed(desk, join), OFFICER)) is None
    ended = agreed(desk, LINK)
    assert meeting(desk, desk.record_forms.view(ended, OFFICER)) is not None
    desk.record_forms.act("online_consultation.closed", OFFICER, ended, {"result": "DEMO 不约了"})
    assert meeting(desk, desk.record_forms.view(ended, OFFICER)) is None
