"""Telephones of offices that citizens may call: settings `phone:<office>` of the directory; the county's is the help desk."""

from __future__ import annotations

from shared.ledger.published.directory_heads import Directory


def phone_key(office: str) -> str:
    return f"phone:{office}"


def phone_of(directory: Directory, county: str, office: str = "") -> str:
    """Its own number, else the help desk's, else ""."""
    found = (office and directory.setting(phone_key(office))) or directory.setting(phone_key(county)) or {}
    return str(found.get("phone") or "")
