"""Two people at one matter: what others did while a form stood open is told before the form is done.

A form carries which events it was made from; what is there beyond these and what they cite came since. It must not know what an
act does, nor whether it may still be done: the counter says that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shared.disputes.acts.refusal import act_title
from shared.ledger.days import local_time
from shared.ledger.formats.envelope import Event
from shared.ledger.texts import t

FIELD = "seen"
MOST_TOLD = 3                       # in one sentence; the case page has them all
_QUIET = ("acknowledged",)          # a device says that somebody has read it: nothing to think over


def seen_of(events: Sequence[Event]) -> str:
    """The newest of them, as a form carries them."""
    cited = {id for event in events for id in event.after}
    return ".".join(sorted(event.h for event in events if event.id not in cited))


def since(events: Sequence[Event], seen: str, own: str) -> list[Event]:
    """What others wrote that a form made from `seen` did not know, oldest first; of a form without the mark nothing is known."""
    if not seen:
        return []
    by_id, marked, known = {event.id: event for event in events}, set(seen.split(".")), set[str]()
    ahead = [event for event in events if event.h in marked]
    while ahead:
        event = ahead.pop()
        known.add(event.id)
        ahead += [by_id[id] for id in event.after if id in by_id and id not in known]
    came = (event for event in events if event.id not in known and event.actor != own)
    return sorted((event for event in came if event.kind.rpartition(".")[2] not in _QUIET), key=lambda event: event.hlc)


def told(came: Sequence[Event], name: Callable[[str], str]) -> str:
    """One sentence, "" when nothing came."""
    if not came:
        return ""
    last = came[-MOST_TOLD:]
    what = "、".join(t("acting.meanwhile_one", who=name(event.actor), when=local_time(event.device_time)[11:16],
                      what=act_title(event.kind)) for event in last)
    return t("acting.meanwhile_many" if len(came) > len(last) else "acting.meanwhile", what=what, n=len(came))
