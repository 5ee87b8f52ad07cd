"""A fault of ours, met by a record that was accepted: the record stays, named, and moves nothing more; all else is folded on.

An accepted event is never deleted, so what a later step cannot digest would harm for good. Everything that the fold asks of one
event, and every part of the state it freezes, goes through `guarded`: what fails is logged with its traceback, leaves a finding
that a person must look at, and `doctor` lists the case. Deterministic as the fold is: equal events give equal faults.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from shared.disputes.fold.draft import Draft
from shared.ledger.formats.envelope import Event
from shared.ledger.texts import has, t

T = TypeVar("T")
U = TypeVar("U")
CODE = "cannot_fold"
log = logging.getLogger("shared.fold")


def guarded(d: Draft, make: Callable[[], T], otherwise: U, event: Event | None = None) -> T | U:
    """What `make` gives; when it fails, `otherwise`, and the case says so. `event`: which one failed; None: the case itself."""
    try:
        return make()
    except Exception:
        log.exception("case %s: %s", d.id, f"event {event.id} cannot be folded" if event else "a part of it cannot be made")
        if event is not None:
            d.notes[event.id] = t("effect.cannot_fold")
        last = d.order.events[-1].id if d.order.events else ""
        d.finding(CODE, event.id if event else last, review=True, what=_called(event))
        return otherwise


def _called(event: Event | None) -> str:
    """What failed, in words for a person."""
    if event is None:
        return t("common.whole_case")
    key = f"kinds.{event.kind}.title"
    return t(key) if has(key) else event.kind
