"""What an intake is about: the common matters as tiles, usual words, signs of danger and the colour they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.disputes.forms.answers import fen
from shared.disputes.forms.form import PHRASES_APART
from shared.disputes.rules.clocks import ClockRules
from shared.disputes.rules.risk_score import RiskTable
from shared.ledger.entry import counted
from shared.ledger.texts import has, t
from village_node.view_models.intake.answers import named


@dataclass(frozen=True, slots=True)
class Tile:
    """`subcategory` "": none is meant by the words alone; whoever does the triage says it."""

    code: str
    icon: str
    category: str
    subcategory: str = ""

    @property
    def words(self) -> str:
        return t(f"intake.tile.{self.code}")


# In the order of the screen. "other" has no category of its own: it asks for one.
TILES = (
    Tile("neighbour", "home-group", "DC02"), Tile("house", "home-outline", "DC03"), Tile("grassland", "pine-tree", "DC07"),
    Tile("field", "sprout", "DC07", "contracting"), Tile("water", "water", "DC05", "irrigation"),
    Tile("livestock", "sheep", "DC06", "stock_trespass"), Tile("lending", "hand-coin-outline", "DC04"),
    Tile("family", "heart-outline", "DC01"), Tile("injury", "bandage", "DC06"), Tile("wages", "account-cash-outline", "DC10"),
    Tile("farm_goods", "tractor", "DC05"), Tile("other", "dots-horizontal", ""),
)
BY_CODE = {tile.code: tile for tile in TILES}


def tile_for(answers: Mapping[str, Any]) -> str:
    """The tile that is chosen; of an intake that only knows its category, the one that means it and nothing more."""
    if answers["tile"] in BY_CODE:
        return str(answers["tile"])
    if not answers["category"]:
        return ""
    return next((tile.code for tile in TILES if tile.category == answers["category"] and not tile.subcategory), "other")


def phrases(tile: str) -> tuple[str, ...]:
    """Usual words for this matter, for a tap."""
    key = f"intake.phrases.{tile}"
    return tuple(t(key).split(PHRASES_APART)) if has(key) else ()


def signs(table: RiskTable) -> tuple[tuple[str, str], ...]:
    """(item, words) of what a person must say; what the case itself shows is not asked."""
    asked = (item for item in table.items.values() if not item.fact)
    return tuple((item.code, t(f"intake.sign.{item.code}") if has(f"intake.sign.{item.code}") else item.name) for item in asked)


def facts(answers: Mapping[str, Any]) -> dict[str, int]:
    """What the form itself shows of the risk (`RiskTable.suggested`)."""
    return {
        "persons": max(len(named(answers)), counted(answers["count"]) or 0), "amount_fen": fen(answers["amount"]) or 0,
        "vulnerable": int(any(p["ward"] for p in answers["people"])), "open_days": 0,
    }


def risk_items(answers: Mapping[str, Any], table: RiskTable) -> tuple[str, ...]:
    """What was tapped, and what the number of people, the money and a ward show by themselves."""
    tapped = [code for code in answers["signs"] if code in table.items]
    return tuple(dict.fromkeys((*tapped, *table.suggested(facts(answers)))))


def computed_risk(answers: Mapping[str, Any], table: RiskTable) -> int:
    return table.score((*risk_items(answers, table), *table.implied_by(answers["subcategory"]))).level


def risk(answers: Mapping[str, Any], table: RiskTable) -> int:
    """The colour that counts: a person may say a graver one than the signs give, never a lighter one."""
    return max(computed_risk(answers, table), int(answers["risk"]))


def risk_line(answers: Mapping[str, Any], rules: ClockRules) -> str:
    """按这些情况算出来：3 天内要办."""
    level = risk(answers, rules.risk)
    rule = rules.rule(f"risk_action_{level}")
    when = (t("intake.risk.hours", n=rule.alarm_hours) if rule.alarm_hours else
            t("intake.risk.days", n=rule.amount) if rule.amount else t("intake.risk.today"))
    by_hand = int(answers["risk"]) > computed_risk(answers, rules.risk)
    return t("intake.risk.said" if by_hand else "intake.risk.computed", when=when)
