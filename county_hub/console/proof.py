"""Prove yourself once more: before a release, an export, or a change of the account, if the last proof is too old.

The page that asks carries what was typed in hidden fields and sends it again to the same address, with the password or a code
beside it: nothing is lost, and nothing is done twice.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from county_hub.console import render
from county_hub.console.frame import Console, frame
from county_hub.console.session import Visitor, address_of
from shared.ledger.texts import t

FIELD = "proof"


def needs_proof(console: Console, request: Request, visitor: Visitor, form: dict[str, str]) -> Response | None:
    """The page that asks, or None when the visitor has proved himself lately or does so with this form."""
    if console.accounts.is_fresh(visitor.signed):
        return None
    given = form.get(FIELD, "")
    if given and console.accounts.prove(visitor.signed, given[:200], address_of(request)):
        return None
    values = frame(console, visitor, "", t("console.proof.title"))
    kept = {name: value for name, value in form.items() if name not in (FIELD, "csrf")}
    return render.page("proof.html", {
        **values, "action": request.url.path, "kept": kept, "error": t("console.proof.wrong") if given else "", "field": FIELD,
        "second": bool(visitor.signed.account.second),
    }, 403)
