"""`county-hub account add|list|reset|revoke HOME`: the people of the console."""

from __future__ import annotations

import argparse
from typing import Any

from county_hub.accounts.accounts import START_DAYS, Account, Accounts
from county_hub.accounts.opened import opened_accounts
from county_hub.accounts.operator import OPERATOR
from county_hub.commands.program import KIT
from county_hub.county.desk import CountyDesk
from county_hub.county.officers import officers_of
from shared.commands.output import Answer, said
from shared.ledger.days import local_time
from shared.ledger.texts import t


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "account", t("account.help"))
    add = KIT.verb(verbs, "add", t("account.help_add"), _add)
    reset = KIT.verb(verbs, "reset", t("account.help_reset"), _reset)
    revoke = KIT.verb(verbs, "revoke", t("account.help_revoke"), _revoke)
    for made in (add, reset, revoke):
        made.add_argument("id", metavar="ID", help=t("account.help_id"))
    add.add_argument("--viewer", metavar="NAME", default="", help=t("account.help_viewer"))
    KIT.verb(verbs, "list", t("account.help_list"), _list)


def _accounts(desk: CountyDesk) -> Accounts:
    return opened_accounts(desk.hub)


def _add(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    accounts, id = _accounts(desk), arguments.id.strip()
    if arguments.viewer:
        start = accounts.add(id, "viewer", arguments.viewer.strip())
    else:
        start = accounts.add(id, accounts.kind_of(id) or "officer", officers_of(desk.hub).staff_name(id))
    accounts.audit.note(OPERATOR, "account_add", id)
    return _given(id, start)


def _reset(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    accounts = _accounts(desk)
    start = accounts.reset(arguments.id)
    accounts.audit.note(OPERATOR, "account_reset", arguments.id)
    return _given(arguments.id, start)


def _given(id: str, start: str) -> Answer:
    return Answer(value={"id": id, "start_password": start, "days": START_DAYS},
                  lines=t("account.start", id=id, start=start, days=START_DAYS).split("\n"))


def _revoke(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    accounts = _accounts(desk)
    accounts.revoke(arguments.id)
    accounts.audit.note(OPERATOR, "account_revoke", arguments.id)
    return said(t("account.revoked", id=arguments.id))


def _state(account: Account) -> str:
    return "revoked" if account.revoked_at else "start" if account.start_until else "good"


def _list(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    accounts = _accounts(desk)
    found = accounts.all()
    value = [{"id": a.id, "kind": a.kind, "name": a.name, "state": _state(a), "second_step": bool(a.second), "made_at": a.made_at,
              "sessions": len(accounts.sessions.of(a.id))} for a in found]
    head = tuple(t(f"account.column_{name}") for name in ("id", "kind", "name", "state", "second", "made"))
    rows = [(a.id, t(f"account.kind_{a.kind}"), a.name, t(f"account.state_{_state(a)}"),
             t("account.second_on" if a.second else "account.second_off"), local_time(a.made_at)) for a in found]
    return Answer(value=value, lines=(), table=[head, *rows])
