"""The clerk's card: two pages to carry along, how the day goes and what to do when something is the matter.

Drawn with the parts of the project's other papers, words from the catalogue (`help.card`). Must not know: argparse, Kivy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.ledger.texts import names, t
from village_node.desk.present import help_desk, office_name
from village_node.papers.printing import default_font
from village_node.point.clock import date_of

if TYPE_CHECKING:
    from village_node.point.node import Node

_SIZE, _LEADING = 14.0, 8.5        # points, mm: read standing, without glasses


def clerk_card(node: Node, font: str | None = None) -> bytes:
    """A PDF of two pages, with the office and the county's telephone. Raises NodeError without the PDF library."""
    chosen = font or default_font()
    from shared.disputes.papers.kit.page import Page

    directory, today = node.directory, date_of(node.now())
    demo = bool((directory.setting("demo") or {}).get("on"))
    page = Page(chosen, today, watermark="DEMO" if demo else "")
    page.entitle(t("help.card.title"))
    for part, heading in (("help.card.daily", "front"), ("help.card.trouble", "back")):
        page.open(t("help.card.title"), heading=t("help.card.title"))
        page.heading(t(f"help.card.{heading}"))
        page.space(2)
        for line in names(part).values():
            page.paragraph(line, indent=0, size=_SIZE, leading=_LEADING)
            page.space(3)
        page.filled(t("help.card.office"), office_name(directory, node.config.office))
        page.filled(t("help.card.phone"), help_desk(directory))
        page.filled(t("help.card.printed"), today)
    return page.output()
