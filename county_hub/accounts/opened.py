"""The accounts of a HOME, for its console and its command line."""

from __future__ import annotations

from collections.abc import Callable

from county_hub.accounts.accounts import Accounts
from county_hub.accounts.audit import Audit
from county_hub.accounts.sessions import SessionRows
from county_hub.accounts.store import AccountStore
from county_hub.hub.hub import Hub


def opened_accounts(hub: Hub, is_officer: Callable[[str], bool]) -> Accounts:
    """`is_officer(id)`: may this person act for the county now."""
    store = AccountStore(hub.home.accounts, hub.clock, hub.file_key)
    sessions = SessionRows(store, bytes.fromhex(hub.secrets["cookie_key"]), hub.settings.session_hours * 3_600_000)
    audit = Audit(store, hub.settings.audit_days)
    return Accounts(store, sessions, audit, hub.registry, is_officer, hub.home.console_password())
