"""`county-hub token add|list|revoke HOME`: what opens the interface for other systems."""

from __future__ import annotations

import argparse
import re
from typing import Any

from county_hub.accounts.operator import note_operator
from county_hub.commands.program import KIT
from county_hub.county.desk import CountyDesk
from county_hub.systems.opened import opened_systems
from county_hub.systems.tokens import SCOPES, Token
from shared.commands.arguments import whole_argument
from shared.commands.output import Answer, said
from shared.ledger import codes
from shared.ledger.days import local_time
from shared.ledger.texts import t

DAYS = 365


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "token", t("systems.token.help"))
    add = KIT.verb(verbs, "add", t("systems.token.help_add"), _add, checks=_wrong)
    add.add_argument("--name", required=True, help=t("systems.token.help_name"))
    add.add_argument("--scopes", required=True, metavar="SCOPE,SCOPE", help=t("systems.token.help_scopes"))
    add.add_argument("--offices", default="", metavar="ID,ID", help=t("systems.token.help_offices"))
    add.add_argument("--days", type=whole_argument(1, 3650), default=DAYS, metavar="N", help=t("systems.token.help_days"))
    KIT.verb(verbs, "list", t("systems.token.help_list"), _list)
    revoke = KIT.verb(verbs, "revoke", t("systems.token.help_revoke"), _revoke)
    revoke.add_argument("id", metavar="ID", help=t("systems.token.help_id"))


def parts(text: str) -> list[str]:
    return [one for one in re.split(r"[;,，；\s]+", text) if one]


def _wrong(desk: CountyDesk, given: argparse.Namespace) -> dict[str, str]:
    days = given.days if given.days is not None else DAYS
    return opened_systems(desk.hub).tokens.wrong(given.name or "", parts(given.scopes or ""), parts(given.offices or ""), days)


def _add(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    token, shown = opened_systems(desk.hub).tokens.add(
        arguments.name, parts(arguments.scopes), parts(arguments.offices), arguments.days)
    note_operator(desk.hub, "token_add", f"{token.id} {' '.join(token.scopes)}")
    return Answer(value={**_value(desk, token), "token": shown},
                  lines=t("systems.token.made", id=token.id, token=shown, until=local_time(token.until)[:10]).split("\n"))


def _revoke(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    token = opened_systems(desk.hub).tokens.revoke(arguments.id)
    note_operator(desk.hub, "token_revoke", token.id)
    return said(t("systems.token.revoked", id=token.id, name=token.name))


def _value(desk: CountyDesk, token: Token) -> dict[str, Any]:
    return {"id": token.id, "name": token.name, "scopes": list(token.scopes), "offices": list(token.offices),
            "made_at": token.made_at, "until": token.until, "used_at": token.used_at, "state": token.state(desk.hub.clock())}


def _list(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    found, now, names = opened_systems(desk.hub).tokens.all(), desk.hub.clock(), codes.names(SCOPES)
    head = tuple(t(f"systems.token.column_{name}") for name in ("id", "name", "scopes", "offices", "until", "used", "state"))
    rows = [(a.id, a.name, "、".join(names.get(scope, scope) for scope in a.scopes),
             "、".join(map(desk.office_name, a.offices)) or t("systems.token.everywhere"), local_time(a.until)[:10],
             local_time(a.used_at) if a.used_at else t("systems.token.never"), t(f"systems.token.state_{a.state(now)}"))
            for a in found]
    return Answer(value=[_value(desk, token) for token in found], lines=() if rows else [t("systems.token.none")],
                  table=[head, *rows] if rows else ())
