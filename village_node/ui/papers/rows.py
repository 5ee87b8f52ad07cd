"""The papers that the file of a case should hold, as rows of its page. Asked in the asking thread: the case is folded for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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


def papers_of(node: Node, case: str) -> tuple[PaperModel, ...]:
    """Those that are there first, then what must still come, then what may; nothing where papers cannot be drawn here."""
    try:
        needs = Printing(node).needs(case)
    except NodeError:
        return ()
    made = [] if any(n["code"] == SLIP for n in needs) else [
        PaperModel(SLIP, BY_CODE[SLIP].name, "", False, t("papers.blank"), "info")]
    made += [PaperModel(n["code"], n["name"], n["remark"], bool(n["present"]),
                       t("papers.there" if n["present"] else "papers.lacking" if n["must"] else "papers.blank"),
                       "good" if n["present"] else "warn" if n["must"] else "plain") for n in needs]
    return tuple(sorted(made, key=lambda paper: (paper.code != SLIP, not paper.there, paper.tone != "warn")))
