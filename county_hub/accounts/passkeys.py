"""Passkeys (WebAuthn): instead of the authenticator's code, a key that the person's device keeps and opens with finger or PIN.

A passkey stands beside the authenticator, never in its place: who loses it has the codes still. It belongs to the name under
which the console is asked (`Site.host`); a look-alike gets no answer from it. A question (challenge) is asked once, for five
minutes, and lives in memory: after a restart it is asked anew.
"""

from __future__ import annotations

import logging
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from county_hub.accounts.store import AccountStore
from county_hub.hub.problems import UsageProblem
from shared.ledger.entry import name_fault
from shared.ledger.texts import t

log = logging.getLogger("county_hub.accounts")

HOLDS_MS = 5 * 60_000
MOST_KEYS, MOST_NAME = 5, 20            # of one account: a telephone, a laptop, a key on the ring
MOST_ANSWER = 20_000                    # an attestation of a security key is 1-3 kB
MAKING, USING = "making", "using"
_NUMBERS = re.compile("[0-9.]+")
_COLUMNS = "id, account, host, name, public_key, signs, made_at, used_at"


@dataclass(frozen=True, slots=True)
class Site:
    """Under which name the browser asks: host without port, and the whole origin."""

    host: str
    origin: str

    @property
    def may(self) -> bool:
        """A passkey needs a name: an address of numbers has none (WebAuthn 5.1.2: the RP ID is a domain)."""
        return bool(self.host) and ":" not in self.host and not _NUMBERS.fullmatch(self.host)


@dataclass(frozen=True, slots=True)
class Passkey:
    """`id` base64url; `signs`: how often it says that it has signed, 0 where it does not count; times in ms since 1970."""

    id: str
    account: str
    host: str
    name: str
    public_key: bytes
    signs: int
    made_at: int
    used_at: int


class Passkeys:
    def __init__(self, store: AccountStore) -> None:
        self._store, self._lock = store, threading.Lock()
        self._asked: dict[tuple[str, str], tuple[bytes, int]] = {}

    def of(self, account: str, host: str = "") -> list[Passkey]:
        """The oldest first; of one host, or all."""
        with self._store.reading() as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM passkeys WHERE account = ? AND (? = '' OR host = ?) ORDER BY made_at",
                              (account, host, host))
            return [Passkey(*row) for row in rows]

    def to_make(self, account: str, name: str, site: Site) -> str:
        """What the browser is asked to make one (JSON of PublicKeyCredentialCreationOptions). Raises `UsageProblem`."""
        import webauthn
        from webauthn.helpers.structs import AuthenticatorSelectionCriteria, UserVerificationRequirement

        known = self.of(account)
        if not site.may:
            raise UsageProblem(t("account.passkey_needs_name"))
        if len(known) >= MOST_KEYS:
            raise UsageProblem(t("account.passkey_many", most=MOST_KEYS))
        return webauthn.options_to_json(webauthn.generate_registration_options(
            rp_id=site.host, rp_name=t("console.app.name"), user_name=account, user_display_name=name,
            user_id=account.encode()[:64], challenge=self._ask(account, MAKING),
            authenticator_selection=AuthenticatorSelectionCriteria(user_verification=UserVerificationRequirement.REQUIRED),
            exclude_credentials=[_descriptor(key) for key in known if key.host == site.host]))

    def make(self, account: str, name: str, answer: str, site: Site) -> None:
        """Keep what the browser made. Raises `UsageProblem`."""
        import webauthn

        said = name.strip() or t("account.passkey_own")
        if len(said) > MOST_NAME or name_fault(said):
            raise UsageProblem(name_fault(said) or t("account.passkey_name", most=MOST_NAME))
        made = self._checked(account, MAKING, answer, lambda challenge: webauthn.verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=site.host, expected_origin=site.origin,
            require_user_verification=True))
        if made is None:
            raise UsageProblem(t("account.passkey_wrong"))
        now, id = self._store.clock(), webauthn.helpers.bytes_to_base64url(made.credential_id)
        with self._store.changing() as db:
            if db.execute("SELECT 1 FROM passkeys WHERE id = ?", (id,)).fetchone():
                raise UsageProblem(t("account.passkey_known"))
            db.execute(f"INSERT INTO passkeys ({_COLUMNS}) VALUES ({', '.join('?' * 8)})",
                       (id, account, site.host, said, made.credential_public_key, made.sign_count, now, 0))

    def to_use(self, account: str, site: Site) -> str:
        """What the browser is asked to prove (JSON), or "" where this account has none for this name."""
        import webauthn
        from webauthn.helpers.structs import UserVerificationRequirement

        known = self.of(account, site.host) if site.may else []
        return webauthn.options_to_json(webauthn.generate_authentication_options(
            rp_id=site.host, challenge=self._ask(account, USING), allow_credentials=[_descriptor(key) for key in known],
            user_verification=UserVerificationRequirement.REQUIRED)) if known else ""

    def use(self, account: str, answer: str, site: Site) -> bool:
        """Is it the answer of one of the account's passkeys to the question that was asked last?"""
        import webauthn

        try:
            given = webauthn.helpers.parse_authentication_credential_json(answer[:MOST_ANSWER])
        except Exception:
            return False
        id = webauthn.helpers.bytes_to_base64url(given.raw_id)
        key = next((key for key in self.of(account, site.host) if key.id == id), None) if site.may else None
        if key is None:
            return False
        done = self._checked(account, USING, answer, lambda challenge: webauthn.verify_authentication_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=site.host, expected_origin=site.origin,
            credential_public_key=key.public_key, credential_current_sign_count=key.signs, require_user_verification=True))
        if done is None:
            return False
        with self._store.changing() as db:
            db.execute("UPDATE passkeys SET signs = ?, used_at = ? WHERE id = ?", (done.new_sign_count, self._store.clock(), id))
        return True

    def drop(self, account: str, id: str) -> None:
        with self._store.changing() as db:
            db.execute("DELETE FROM passkeys WHERE account = ? AND id = ?", (account, id))

    def _ask(self, account: str, purpose: str) -> bytes:
        challenge = secrets.token_bytes(32)
        with self._lock:
            self._asked[account, purpose] = (challenge, self._store.clock() + HOLDS_MS)
        return challenge

    def _checked(self, account: str, purpose: str, answer: str, check: Callable[[bytes], Any]) -> Any:
        """What `check` finds, None when the question is too old or the answer wrong, however wrong: it comes from outside."""
        with self._lock:
            challenge, until = self._asked.pop((account, purpose), (b"", 0))
        if not challenge or until < self._store.clock() or len(answer) > MOST_ANSWER:
            return None
        try:
            return check(challenge)
        except Exception as wrong:      # the library raises many kinds; which one is for who looks why a key does not work
            log.info("an answer of a passkey was not taken: %s", type(wrong).__name__)
            return None


def _descriptor(key: Passkey) -> Any:
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.id))
