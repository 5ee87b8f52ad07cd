"""Prove yourself once more: before a release, an export, or a change of the account, if the last proof is too old.

The page that asks carries what was typed in hidden fields and sends it again to the same address, with the password, a code or
a passkey's answer beside it: nothing typed is lost, nothing is done twice. A chosen file cannot be carried; the page says so.
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from county_hub.console import render
from county_hub.console.frame import Console, frame
from county_hub.console.session import Visitor, address_of, site_of
from shared.ledger.texts import t

FIELD, PASSKEY = "proof", "proof_passkey"


def needs_proof(console: Console, request: Request, visitor: Visitor, pairs: Iterable[tuple[str, str]], *,
                files: bool = False) -> Response | None:
    """The page that asks, or None when the visitor has proved himself lately or does so with this form."""
    if console.accounts.is_fresh(visitor.signed):
        return None
    sent = list(pairs)
    given, site = dict(sent), site_of(request)
    typed, answer = given.get(FIELD, ""), given.get(PASSKEY, "")
    passkey = (answer, site) if answer else None
    if (typed or answer) and console.accounts.prove(visitor.signed, typed[:200], address_of(request), passkey):
        return None
    values = frame(console, visitor, "", t("console.proof.title"))
    error = t("console.proof.wrong") if typed or answer else t("console.proof.empty") if FIELD in given else ""
    return render.page("proof.html", {
        **values, "action": request.url.path, "field": FIELD, "passkey_field": PASSKEY,
        "kept": [pair for pair in sent if pair[0] not in (FIELD, PASSKEY, "csrf")], "files": files,
        "error": error, "second": bool(visitor.signed.account.second),
        "passkey": console.accounts.to_prove_by_passkey(visitor.signed, site),
    }, 403)
