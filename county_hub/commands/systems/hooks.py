"""`county-hub webhook add|list|dead|test|retry|remove HOME`: other systems that are told when something changes."""

from __future__ import annotations

import argparse
from typing import Any

from county_hub.accounts.operator import note_operator
from county_hub.commands.program import KIT, each
from county_hub.commands.systems.tokens import parts
from county_hub.county.desk import CountyDesk
from county_hub.systems.hooks import Hook, require_kinds
from county_hub.systems.opened import add_hook, opened_systems, require_target
from shared.commands.output import Answer, said
from shared.ledger.days import local_time
from shared.ledger.texts import t


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "webhook", t("systems.hook.help"))
    add = KIT.verb(verbs, "add", t("systems.hook.help_add"), _add, checks=_wrong)
    add.add_argument("--url", dest="target", required=True, metavar="https://...", help=t("systems.hook.help_url"))
    add.add_argument("--events", default="case.*", metavar="KIND,KIND", help=t("systems.hook.help_events"))
    KIT.verb(verbs, "list", t("systems.hook.help_list"), _list)
    dead = KIT.verb(verbs, "dead", t("systems.hook.help_dead"), _dead)
    dead.add_argument("--id", default="", metavar="ID", help=t("systems.hook.help_id"))
    for name, run in (("test", _test), ("retry", _retry), ("remove", _remove)):
        made = KIT.verb(verbs, name, t(f"systems.hook.help_{name}"), run)
        made.add_argument("id", metavar="ID", help=t("systems.hook.help_id"))
        if name == "retry":
            made.add_argument("--message", default="", metavar="ID", help=t("systems.hook.help_message"))


def _wrong(desk: CountyDesk, given: argparse.Namespace) -> dict[str, str]:
    return each(target=(given.target, lambda url: require_target(url.strip())),
                events=(given.events, lambda kinds: require_kinds(parts(kinds))))


def _add(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    made = add_hook(desk.hub, opened_systems(desk.hub).hooks, arguments.target.strip(), tuple(parts(arguments.events)))
    note_operator(desk.hub, "webhook_add", f"{made.id} {made.url}")
    return Answer(value={**_value(made, (0, 0)), "secret": made.secret},
                  lines=t("systems.hook.made", id=made.id, url=made.url, secret=made.secret).split("\n"))


def _value(hook: Hook, count: tuple[int, int]) -> dict[str, Any]:
    return {"id": hook.id, "url": hook.url, "events": list(hook.kinds), "made_at": hook.made_at, "delivered": hook.delivered,
            "last_at": hook.last_at, "stopped": hook.stopped, "waiting": count[0], "dead": count[1]}


def _list(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    hooks = opened_systems(desk.hub).hooks
    found, counts = hooks.all(), hooks.counts()
    head = tuple(t(f"systems.hook.column_{name}") for name in ("id", "url", "events", "delivered", "waiting", "dead", "last"))
    rows = [(h.id, h.url, " ".join(h.kinds), h.delivered, *counts.get(h.id, (0, 0)),
             local_time(h.last_at) if h.last_at else t("systems.token.never")) for h in found]
    stopped = [t("systems.hook.stopped", id=h.id, reason=h.stopped) for h in found if h.stopped]
    return Answer(value=[_value(h, counts.get(h.id, (0, 0))) for h in found], table=[head, *rows] if rows else (),
                  lines=stopped if rows else [t("systems.hook.none")])


def _dead(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    found = opened_systems(desk.hub).hooks.dead(arguments.id.strip())
    head = tuple(t(f"systems.hook.column_{name}") for name in ("message", "id", "kind", "made", "tries", "reason"))
    rows = [(row.message, row.hook, row.kind, local_time(row.made_at), row.tries, row.reason) for row in found]
    value = [{"message": row.message, "hook": row.hook, "kind": row.kind, "made_at": row.made_at, "tries": row.tries,
              "reason": row.reason, "dead_at": row.dead_at} for row in found]
    return Answer(value=value, table=[head, *rows] if rows else (), lines=() if rows else [t("systems.hook.none_dead")])


def _test(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    notice = opened_systems(desk.hub).hooks.test(arguments.id)
    return said(t("systems.hook.tested", message=notice.message))


def _retry(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    n = opened_systems(desk.hub).hooks.retry(arguments.id, arguments.message.strip())
    note_operator(desk.hub, "webhook_retry", f"{arguments.id} {n}")
    return said(t("systems.hook.retried", n=n))


def _remove(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    gone = opened_systems(desk.hub).hooks.remove(arguments.id)
    note_operator(desk.hub, "webhook_remove", f"{gone.id} {gone.url}")
    return said(t("systems.hook.removed", id=gone.id, url=gone.url))
