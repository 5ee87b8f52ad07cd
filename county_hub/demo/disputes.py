"""DEMO disputes: settled on the spot, mediated in a village, handed up to the township, failed, withdrawn. Pure and seeded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from county_hub.demo.stories import Matter, Part, Quotas, Step, Teller
from shared.disputes.rules import excluded_matters as matters
from shared.ledger.published.lineage import FOUNDED

# Rare categories are wanted: their cells must be suppressed.
CATEGORIES = {"DC01": 150, "DC02": 240, "DC03": 60, "DC04": 70, "DC05": 50, "DC06": 60, "DC07": 130, "DC08": 18, "DC09": 6,
              "DC10": 30, "DC11": 12, "DC13": 2, "DC14": 8, "DC15": 9, "DC16": 28, "DC17": 12, "DC99": 40}
WHAT = {"DC01": "家庭赡养", "DC02": "邻里排水", "DC03": "宅基地相邻", "DC04": "借款合同", "DC05": "灌溉用水", "DC06": "人身损害",
        "DC07": "承包地边界", "DC08": "征地补偿", "DC09": "养殖污染", "DC10": "拖欠工资", "DC11": "劳动合同", "DC13": "网购退货",
        "DC14": "消费服务", "DC15": "医疗损害", "DC16": "交通事故", "DC17": "物业收费", "DC99": "村务"}
NAMED = {"DC04": "lending"}
# Of 1000 mediated cases: agreements 892, failed 78 (92 % success), the rest ends otherwise.
ENDINGS = {"oral": 400, "written": 492, "failed": 78, "withdrawn": 15, "refused": 8, "open": 7}
SCORES = {5: 44, 4: 33, 3: 13, 2: 7, 1: 3}
_LATE_END = 30         # days; up to twice as many
_PERFORMED = {"of": "@agreement", "item": 0, "complete": True, "confirmed_by": [0, 1]}
_VISIT_AFTER = 10      # days after what was settled on the spot, up to twice as many, of the 30 that the rule gives
_VISITED = ("visited", {"method": "phone", "result": "performed"})
_HANDED_UP, _LATE_ACCEPTANCE, _LATE_MEDIATION, _COMES_BACK = 0.12, 0.015, 0.04, 0.03


def disputes(teller: Teller, quotas: Quotas) -> Iterator[Matter]:
    """As many as the quotas say, in the order of their days."""
    kinds = teller.shuffled({"mediated": quotas.mediated, "on_spot": quotas.on_spot, "not_accepted": quotas.not_accepted})
    days = sorted(teller.day_of_year() for _ in kinds)
    closed: list[tuple[dt.date, str, str, tuple[str, str]]] = []
    for day, kind in zip(days, kinds, strict=True):
        yield _Dispute(teller, day, closed).told(kind)


class _Dispute:
    def __init__(self, teller: Teller, day: dt.date, closed: list[tuple[dt.date, str, str, tuple[str, str]]]) -> None:
        self.teller, self.day, self.closed = teller, day, closed
        self.office, self.category = teller.office(), teller.weighted(CATEGORIES)
        self.names = (teller.person(), teller.person())
        self.subject = teller.subject(day)
        self.steps: list[Step] = []

    def told(self, kind: str) -> Matter:
        if kind == "mediated":
            return self._mediated()
        while kind == "on_spot" and self._written_only():
            self.category = self.teller.weighted(CATEGORIES)
        self._register(simple=True)
        if kind == "on_spot":
            self._add("settled_on_spot", {"text": "DEMO 当场调和，双方同意", "agreed_by": [0, 1]})
            self._rate(self.day)
            self.closed.append((self.day, self.place, self.category, self.names))
            self.day += dt.timedelta(days=_VISIT_AFTER + self.day.toordinal() % _VISIT_AFTER)
            self._add("visited", dict(_VISITED[1]), actor=1)
        else:
            self.day = self.teller.workdays(self.day, 1)
            self._add("acceptance_rejected", {"reason": "DEMO 属权属争议，应由人民政府处理", "channel": "to_adjudication"})
        return Matter("case", self.subject, (Part(self.office, tuple(self.steps)),))

    def _mediated(self) -> Matter:
        chance = self.teller.chance
        self._come_back()
        self._register(simple=False)
        self._add("triaged", {"category": self.category, "difficulty": "ordinary",
                              "subcategory": NAMED.get(self.category, ""), "risk": chance.choice((1, 1, 2, 2, 3))})
        parts = []
        if FOUNDED.level_of(self.office) == "village" and chance.random() < _HANDED_UP:
            parts.append(self._hand_up())
        late = chance.random() < _LATE_ACCEPTANCE
        self.day = self.teller.workdays(self.day, chance.randint(4, 6) if late else chance.choice((0, 0, 1)))
        # A year is counted by the day of acceptance: the days of the plan end early enough for it.
        self._add("accepted", {"committee": "DEMO 人民调解委员会", "mediators": [self._staff(0)], "rights_told": True,
                               "parties_willing": True})
        getattr(self, "_" + self.teller.weighted(ENDINGS))()
        return Matter("case", self.subject, (*parts, Part(self.office, tuple(self.steps))))

    def _come_back(self) -> None:
        """Now and then the same people quarrel again about the same thing."""
        known = [entry for entry in self.closed if entry[0] < self.day]
        if known and self.teller.chance.random() < _COMES_BACK:
            _, self.office, self.category, self.names = self.teller.chance.choice(known)

    def _register(self, *, simple: bool) -> None:
        self.place = self.office
        self._add("registered", {
            "parties": [{"name": self.names[0]}, {"name": self.names[1], "role": "respondent"}],
            "place": {"office": self.place, "text": "DEMO 演示地点"}, "category": self.category,
            "subcategory": NAMED.get(self.category, ""),
            "summary": f"DEMO 演示数据：{WHAT[self.category]}争议", "difficulty": "simple" if simple else "ordinary",
            "source": self.teller.weighted({"by_application": 44, "grid_report": 30, "proactive": 18, "window": 8}),
        }, number=True)

    def _hand_up(self) -> Part:
        above = FOUNDED.parent_of(self.office) or self.office
        self._add("escalate_requested", {"to": above, "reason": "DEMO 村级调解有困难，请镇里办理"}, label="asked")
        village = Part(self.office, tuple(self.steps))
        self.steps, self.office = [], above
        self.day = self.teller.workdays(self.day, 1)
        self._add("escalate_accepted", {"request": "@asked", "handler": self._staff(0)})
        return village

    # --- how it ends ---

    def _session(self, low: int = 1, high: int = 12) -> None:
        if self.teller.chance.random() < _LATE_MEDIATION:
            low, high = 35, 50
        self.day = self.teller.later(self.day, low, high)
        self._add("session_held", {"place": "DEMO 调解室", "mediators": [self._staff(0)], "rights_told": True})

    def _written_only(self) -> bool:
        return bool(matters.table().written(self.category, NAMED.get(self.category, "")))

    def _oral(self) -> None:
        if self._written_only():
            return self._written()
        self._session()
        on_spot = self.teller.chance.random() < 0.6
        self._agree({"form": "oral", "performed_on_spot": on_spot})
        self._follow_up(done=on_spot)
        return None

    def _written(self) -> None:
        self._session()
        day = self.day.isoformat()
        signatures: list[dict[str, Any]] = [
            {"signer": "party", "name": name, "signed_on": day, "party": no} for no, name in enumerate(self.names)]
        signatures.append({"signer": "mediator", "name": "演示调解员", "signed_on": day})
        on_spot = self.teller.chance.random() < 0.35
        self._agree({"form": "written", "performed_on_spot": on_spot, "signatures": signatures})
        self.day = self.teller.workdays(self.day, self.teller.chance.choice((0, 1, 2)))
        self._add("sealed", {"of": "@agreement", "sealed_on": self.day.isoformat(), "committee": "DEMO 人民调解委员会"})
        self._follow_up(done=on_spot)

    def _agree(self, more: dict[str, Any]) -> None:
        due = self.teller.later(self.day, 10, 40)
        item: dict[str, Any] = {"who": 1, "to": 0, "what": "DEMO 按约定履行"}
        if not more["performed_on_spot"]:
            item["due_date"] = due.isoformat()
        self._add("agreement_reached", {"facts": "DEMO 双方自愿达成协议", "items": [item], **more}, label="agreement")
        self.due = due

    def _follow_up(self, *, done: bool) -> None:
        """Performance, the visit by a colleague, the rating."""
        chance = self.teller.chance
        if not done:
            if chance.random() < 0.07:
                return self._end_late(("item_performed", _PERFORMED), _VISITED)
            self.day = max(self.day, self.teller.later(self.due, -8, 0))
            self._add("item_performed", dict(_PERFORMED))
        if chance.random() < 0.96:
            self.day = self.teller.later(self.day, 2, 7)
            self._add("visited", {"method": chance.choice(("in_person", "phone")), "result": "performed"}, actor=1)
            self.closed.append((self.day, self.place, self.category, self.names))
            self._rate(self.day)
        else:
            self._end_late(_VISITED)
        return None

    def _end_late(self, *steps: tuple[str, dict[str, Any]]) -> None:
        """What nobody did when it was due is done some weeks later: a year that is over leaves nothing open, of the year that is
        under way a few recent ones are overdue. Without the dice, which tell the rest of the year."""
        self.day = max(self.day, getattr(self, "due", self.day)) + dt.timedelta(days=_LATE_END + self.day.toordinal() % _LATE_END)
        for kind, body in steps:
            self._add(kind, body, actor=int(kind == "visited"))

    def _rate(self, day: dt.date) -> None:
        for party in (0, 1):
            if self.teller.chance.random() < 0.62:
                self.day = day
                self._add("rated", {"party": party, "score": self.teller.weighted(SCORES), "channel": "visit"}, actor=1)

    def _failed(self) -> None:
        self._session(1, 18)
        self._add("terminated", {"reason": "failed", "remedies_told": True, "escalation_checked": True})

    def _withdrawn(self) -> None:
        self.day = self.teller.later(self.day, 1, 6)
        self._add("withdrawn", {"party": 0})

    def _refused(self) -> None:
        self.day = self.teller.later(self.day, 1, 6)
        self._add("party_refused", {"party": 1})

    def _open(self) -> None:
        self._session()
        self._end_late(("terminated", {"reason": "failed", "remedies_told": True, "escalation_checked": True}))

    # --- writing down ---

    def _staff(self, which: int) -> str:
        return staff_id(self.office, which)

    def _add(self, kind: str, body: dict[str, Any], *, actor: int = 0, label: str = "", number: bool = False) -> None:
        self.steps.append(Step(self.day, f"case.{kind}", body, actor, label=label, number=number))


def staff_id(office: str, which: int) -> str:
    """The DEMO staff of an office: 0 handles, 1 is the colleague who visits."""
    return f"demo-{office}-{'ab'[which]}"
