"""The accounts of a HOME, for its console and its command line."""

from __future__ import annotations

from county_hub.accounts.accounts import Accounts, Kind
from county_hub.accounts.audit import Audit
from county_hub.accounts.sessions import SessionRows
from county_hub.accounts.store import AccountStore
from county_hub.hub.hub import Hub


def kind_of(hub: Hub, staff: str) -> Kind | None:
    """What a person of the directory may have an account as, now: of the county's own office, or of one of its organs."""
    latest = hub.directory.latest()
    found = latest.staff(staff)
    if found is None or not found.active:
        return None
    return "officer" if found.office == hub.county else "organ" if latest.lineage.is_organ(found.office) else None


def opened_accounts(hub: Hub) -> Accounts:
    store = AccountStore(hub.home.accounts, hub.clock, hub.file_key)
    sessions = SessionRows(store, bytes.fromhex(hub.secrets["cookie_key"]), hub.settings.session_hours * 3_600_000)
    audit = Audit(store, hub.settings.audit_days)
    return Accounts(store, sessions, audit, hub.registry, lambda staff: kind_of(hub, staff), hub.home.console_password())
