"""An authoriser with several principals that may all use every database: for what they must not do to each other."""

from __future__ import annotations

from sync.endpoint.auth import Principal, basic_credentials


class Neighbours:
    """Anybody with the password `pass` may use every database until his name stands in `gone` (no credential any more) or in
    `barred` (a credential, and no rights); `root` is the administrator."""

    def __init__(self):
        self.gone: set[str] = set()
        self.barred: set[str] = set()

    def authenticate(self, headers):
        name, password = basic_credentials(headers) or ("", "")
        roles = frozenset({"_admin"}) if name == "root" else frozenset()
        return Principal(name, roles) if password == "pass" and name not in self.gone else None

    def may(self, principal, db, access):
        if principal is None or principal.name in self.barred:
            return False
        return access != "admin" or principal.is_server_admin

    def credential_stamp(self, name):
        return "" if name in self.gone else "pass"
