"""DEMO work of these days, so that every page of the console has something to show: one of everything beside cases, and cases at
each stage that needs the county. Written by a DEMO person on the county's own device through the counter, as officers' acts are.

`load_present(hub)` says how many acts it wrote: 0 where they are there already. Nothing here moves the DEMO years.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from county_hub.county.acts import CountyActs
from county_hub.county.demand_office import opened_demands
from county_hub.county.organs import found
from county_hub.demands import code as demand_code
from county_hub.demands.desk import Typed
from county_hub.demo.years import SETTING
from county_hub.hub.founding import make_databases
from county_hub.hub.hub import Hub
from county_hub.hub.problems import HubProblem
from shared.ledger.days import later, local_date
from shared.ledger.published.directory_heads import change
from shared.ledger.published.offices import Organisation
from shared.ledger.texts import t

CLERK, COUNSELLOR, LAWYER = "demo-clerk", "demo-counsellor", "demo-lawyer"
ROLES = {CLERK: ["dispatcher", "supervisor", "mediator", "handler", "window_clerk", "seal_keeper", "legal_aid_officer",
                 "dept_leader", "analyst"], COUNSELLOR: ["counsellor"], LAWYER: ["lawyer"]}
NAMES = {CLERK: "演示值班员", COUNSELLOR: "演示咨询师", LAWYER: "演示律师"}
COURT = ("court", "演示法院")
_RIGHTS = {"rights_told": True, "parties_willing": True, "mediators": [CLERK]}
_SESSION = {"place": "演示调解室", "mediators": [CLERK], "rights_told": True, "summary": "DEMO 双方各说各的理"}
_AGREED = {"form": "written", "facts": "DEMO 渠道归两家共用", "items": [{"who": 1, "what": "DEMO 清理水渠", "amount_fen": 30000}]}


@dataclass(slots=True)
class _Desk:
    acts: CountyActs
    town: str
    village: str
    court: str
    written: int = 0

    def day(self, days: int) -> str:
        return later(self.acts.today(), days)

    @property
    def place(self) -> dict[str, str]:
        return {"office": self.village, "text": "演示渠边"}

    def case(self, summary: str, *steps: tuple[str, Mapping[str, Any]], **more: Any) -> str:
        draft = {"summary": f"DEMO {summary}", "category": "DC02", "place": self.place, "parties": [
            {"name": f"演示{summary[:2]}甲", "role": "applicant", "phone": "10000000001"},
            {"name": f"演示{summary[:2]}乙", "role": "respondent"}], **more}
        id = self.acts.register(CLERK, draft).id
        self.written += 1
        for verb, body in steps:
            self.acts.case(verb, id, CLERK, dict(body))
            self.written += 1
        return id

    def record(self, kind: str, draft: Mapping[str, Any], id: str | None = None, date: str | None = None) -> str:
        self.written += 1
        return self.acts.record(kind, id, CLERK, draft, date).id


def load_present(hub: Hub) -> int:
    """Raises `HubProblem` in a county without a village."""
    if hub.directory.latest().staff(CLERK) is not None:
        return 0
    organisation = hub.directory.organisation()
    towns = [office for office in organisation.children(hub.county) if organisation.children(office)]
    if not towns:
        raise HubProblem(t("figures.demo.no_village"))
    today = local_date(hub.clock())
    court = found(hub.directory.latest(), hub.county, [COURT], today)[0]
    make_databases(hub.databases, Organisation({court.id: court}))      # before a device can be told of it
    hub.directory.revise(lambda latest: [
        change("setting", SETTING, {**(latest.setting(SETTING) or {}), "on": True}), change("office", court.id, court.value()),
        *(change("staff", id, {"name": NAMES[id], "office": hub.county, "roles": roles, "active": True,
                               "from": f"{today[:4]}-01-01", "to": None}) for id, roles in ROLES.items())])
    desk = _Desk(CountyActs(hub), towns[0], organisation.children(towns[0])[0], court.id)
    for tell in (_cases, _court, _beside, _clinic, _matters, _online):
        tell(desk)
    hub.projector.catch_up()
    return desk.written


def _cases(desk: _Desk) -> None:
    """At each stage of the county's own pages: to triage, mediated, planned, agreed, closed, handed to a village."""
    accept, session = ("accept", _RIGHTS), ("hold_session", _SESSION)
    desk.case("等分诊的排水")
    desk.case("正谈着的宅基地", accept, session)
    desk.case("约好再谈的承包地", accept, ("plan_session", {
        "date": desk.day(2), "time": "09:30", "place": "演示调解室", "mediators": [CLERK]}))
    desk.case("等盖章的借款", accept, session, ("reach_agreement", _AGREED))
    desk.case("当场说开的垃圾", ("settle_on_spot", {"text": "DEMO 当场说开", "agreed_by": [0, 1]}))
    desk.case("交给村里的牲畜", ("assign", {"to": desk.village, "due": desk.day(3), "text": "DEMO 请先去看一看"}))


def _court(desk: _Desk) -> None:
    """What the court entrusted, what lies at the court, and an agreement that it is asked to confirm."""
    desk.case("法院委派的赡养", ("accept", _RIGHTS), source="entrusted", entrusting_body="court_entrusted")
    confirmed = desk.case("请法院确认的赔偿", ("accept", _RIGHTS), ("hold_session", _SESSION), ("reach_agreement", {
        **_AGREED, "form": "oral"}))
    agreement = desk.acts.state(confirmed).agreement
    assert agreement is not None
    desk.acts.case("apply_confirmation", confirmed, CLERK, {"of": agreement.event, "court": COURT[1], "parties": [0, 1]})
    desk.case("请法院看的合同", ("assign", {"to": desk.court, "due": desk.day(5), "text": "DEMO 请指派法官指导"}))


def _beside(desk: _Desk) -> None:
    """Hazards, sweeps (one of them missed), small services, talk items, counselling, panels, a hearing before a project."""
    desk.record("hazard.reported", {"title": "DEMO 渠坝松动", "place": desk.place, "text": "DEMO 浇水前要修", "level": 2,
                                    "category": "DC05"})
    desk.record("sweep.planned", {"title": "DEMO 春灌前排查", "offices": [desk.village], "due": desk.day(10)})
    desk.record("sweep.planned", {"title": "DEMO 秋收后排查", "offices": [desk.town], "due": desk.day(-20)}, date=desk.day(-45))
    desk.record("small_service.recorded", {"type": "small_difficulty", "text": "DEMO 老人取药不便", "place": desk.place})
    desk.record("talk_item.told", {"title": "DEMO 巷道路灯", "text": "DEMO 晚上看不清路", "place": desk.place})
    desk.record("referral.made", {"service": "counselling", "to": desk.acts.hub.county, "text": "DEMO 请咨询师见一面"})
    case = desk.case("要会诊的用水", ("accept", _RIGHTS))
    desk.record("consultation.requested", {"case": case, "summary": "DEMO 上下游用水的先后", "questions": ["DEMO 依据哪一条"]})
    desk.record("assessment.opened", {"mediator": CLERK, "start": desk.day(-90), "end": desk.day(-1)})
    project = desk.record("public_qa.registered", {"title": "DEMO 修渠", "kind": "public_works", "place": desk.place,
                                                   "text": "DEMO 明年春天动工", "organiser": "演示镇"})
    desk.record("public_qa.risk_assessed", {"level": "low", "controllable": True, "text": "DEMO 只占路边"}, project)
    desk.record("public_qa.meeting_announced", {"date": desk.day(6), "place": "演示文化室"}, project)
    desk.record("public_qa.question_answered", {"question": "DEMO 占不占地", "answer": "DEMO 不占耕地", "by": CLERK,
                                                "commitment": "DEMO 三日内张贴图纸", "due": desk.day(3)}, project)


def _clinic(desk: _Desk) -> None:
    """Duty posts of the days ahead, and who asked for a seat."""
    for person, service, days in ((LAWYER, "lawyer", 1), (COUNSELLOR, "counsellor", 2)):
        duty = desk.record("duty.published", {"person": person, "service": service, "date": desk.day(days), "start": "09:00",
                                              "end": "11:00", "place": "演示法律诊所", "seats": 4})
        if service == "lawyer":
            desk.record("appointment.requested", {"asker": "演示预约甲", "topic": "DEMO 合同怎么写", "service": service,
                                                  "duty": duty})


def _matters(desk: _Desk) -> None:
    petition = {"channel": "letter_visit", "form": "visit", "category": "agriculture", "place": desk.place, "number": ""}
    desk.record("petition.registered", {**petition, "summary": "DEMO 反映灌溉用水", "persons": ["演示信访甲"]})
    desk.record("legal_aid.registered", {"matter": "wages", "place": desk.place, "summary": "DEMO 欠薪请律师", "number": "",
                                         "applicant": "演示援助甲"})


def _online(desk: _Desk) -> None:
    desk.record("online_consultation.submitted", {"asker": "演示网上甲", "text": "DEMO 想在网上问一问", "place": desk.place,
                                                  "phone": "10000000002"})
    demand = Typed("neighbour", "DEMO 邻居的羊吃了苗，想请人来看一看", desk.village, "演示地头", "演示反映甲", "10000000003")
    opened_demands(desk.acts.hub).take(demand_code.new(), demand, [], "127.0.0.1", worked=True, channel="form")

