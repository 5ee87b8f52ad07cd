"""The remedy of a refused record: its form once more, with what it said filled in, where the act may be done; else its page."""

from __future__ import annotations

from typing import Any

from shared.disputes.acts.verbs import KINDS
from shared.ledger.texts import t
from village_node.desk.sending.outgoing import RefusedRecord
from village_node.ui.kit.notice import notify
from village_node.ui.screens.action_dialog import open_action


def rewrite(desk_app: Any, record: RefusedRecord) -> None:
    """What was written and refused stays where it is; what is saved now is another record."""
    if record.aggregate != "case":
        desk_app.open_record(record.subject)
        return
    desk_app.open_case(record.subject)
    view = desk_app.desk.case(record.subject, staff_id=desk_app.staff.id)
    action = next((a for a in view.actions if a.verb == KINDS.get(record.kind)), None)
    if action is None:
        return
    if not action.enabled:
        notify(t("app.draft.gone", what=action.label, reason=action.reason), "warn")
        return
    open_action(desk_app, view, action, record.body)
