"""The papers that the file of a case should hold, as rows of its page. Asked in the asking thread: the case is folded for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.disputes.case.papers import BY_CODE
from shared.ledger.texts import t
from village_node.papers.printing import Printing
from village_node.point.errors import NodeError

if TYPE_CHECKING:
    from village_node.point.node import Node


SLIP = "E10"            # what a party takes home: at any time, so it stands with the papers of every case


@dataclass(frozen=True, slots=True)
class PaperModel:
    code: str
    name: str
    remark: str
    there: bool
    words: str
    tone: str


def standing(need: Mapping[str, Any]) -> tuple[str, str]:
    """Words and tone of a paper: there, still to come, or only if somebody wants it."""
    if need["present"]:
        return t("papers.there"), "good"
    return (t("papers.lacking"), "warn") if need["must"] else (t("papers.blank"), "plain")


def remark(need: Mapping[str, Any]) -> str:
    """What the one there still lacks; that it lacks as a whole its mark says already."""
    return "" if need["remark"] == t("forms.d01.lacking") else str(need["remark"])


def papers_of(node: Node, case: str) -> tuple[PaperModel, ...]:
    """Those that are there first, then what must still come, then what may; nothing where papers cannot be drawn here."""
    try:
        needs = Printing(node).needs(case)
    except NodeError:
        return ()
    made = [] if any(n["code"] == SLIP for n in needs) else [
        PaperModel(SLIP, BY_CODE[SLIP].name, "", False, t("papers.any_time"), "info")]
    made += [PaperModel(n["code"], n["name"], remark(n), bool(n["present"]), *standing(n)) for n in needs]
    return tuple(sorted(made, key=lambda paper: (paper.code != SLIP, not paper.there, paper.tone != "warn")))
