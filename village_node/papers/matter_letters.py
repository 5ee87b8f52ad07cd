"""The written notices of petitions and legal aid at a service point, as PDF (`shared.disputes.papers.sheets.matter_letters`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.ledger.texts import t
from village_node.desk import store
from village_node.desk.present import short_number
from village_node.papers.printing import default_font
from village_node.point.errors import NodeError, UsageError

if TYPE_CHECKING:
    from village_node.desk.desk import Desk


def letter(desk: Desk, aggregate: str, record: str, code: str, staff: str = "") -> bytes:
    """The letter of the newest step it belongs to; `staff` opens a name that Art 30 protects, where the device can.
    Raises UsageError when that step was not taken, NotHere, NodeError."""
    try:
        from shared.disputes.papers.sheets import matter_letters
    except ImportError as error:
        raise NodeError(t("forms.cli.no_library")) from error
    state: Any = desk.matter(aggregate, record)
    events = desk.matter_events(record)
    known = matter_letters.possible(events)
    if code not in known:
        raise UsageError(t("matters.no_letter", letter=code, known="、".join(known) or "—"))
    node = desk.node
    names = {office.id: desk.office_name(office.id) for office in node.directory.offices()}
    context = matter_letters.LetterContext(default_font(), desk.today(), names, rules=store.rules(node).matters,
                                           name_on=desk.office_name,
                                           number=short_number(node.directory, state.number, record),
                                           persons=matter_letters.named(desk.opened(record, staff)) if staff else ())
    return matter_letters.letter(code, state, events, context)
