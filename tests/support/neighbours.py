"""An authoriser with several principals that may all use every database: for what they must not do to each other."""

from __future__ import annotations

from sync.auth import Principal, basic_credentials


class Neighbours:
    """Anybody with the password `pass` may use every database; `root` is the administrator."""

    def authenticate(self, headers):
        name, password = basic_credentials(headers) or ("", "")
        roles = frozenset({"_admin"}) if name == "root" else frozenset()
        return Principal(name, roles) if password == "pass" else None

    def may(self, principal, db, access):
        return principal is not None and (access != "admin" or principal.is_server_admin)

    def credential_stamp(self, name):
        return "pass"
