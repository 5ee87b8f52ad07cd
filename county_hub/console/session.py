"""Who sits at the console, as its pages see it: a good session of an account, and what its forms must carry.

The cookie is HttpOnly and SameSite=Strict; the token that forms must return is an HMAC over the cookie, so a page of another site
can neither read nor make one. It must not know pages, staff names or cases.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from county_hub.accounts.accounts import Accounts, Signed
from county_hub.accounts.passkeys import Site
from sync.endpoint.auth import same_secret

COOKIE = "hub_console"
ORGAN_HOME = "/console/organ/"


@dataclass(frozen=True, slots=True)
class Visitor:
    """`staff` is empty for who only reads and for people of an organ. `csrf` is what this visitor's forms must carry. `mark`: how
    far everything had come before the page that is asked for was read."""

    staff: str
    csrf: str
    signed: Signed
    mark: str = ""

    @property
    def account(self) -> str:
        return self.signed.account.id

    @property
    def organ_person(self) -> str:
        """The id of a person of an organ, who sees what was assigned to it alone; "" for everybody else."""
        return self.account if self.signed.account.kind == "organ" else ""

    @property
    def cases(self) -> str:
        """The address below which this visitor's cases are."""
        return f"{ORGAN_HOME}cases" if self.organ_person else "/console/cases"

    @property
    def is_admin(self) -> bool:
        return self.signed.account.kind == "admin"


def visitor_of(accounts: Accounts, cookie: str) -> Visitor | None:
    """The county's visitor of a cookie value, or None when it is forged, damaged, expired or ended: for whatever shows more than
    one organ may see."""
    found = anybody_of(accounts, cookie)
    return None if found is None or found.organ_person else found


def anybody_of(accounts: Accounts, cookie: str) -> Visitor | None:
    """The same with the people of organs, for whom the frame finds the way (`frame.answer`)."""
    signed = accounts.signed(cookie)
    if signed is None:
        return None
    return Visitor(signed.account.id if signed.account.kind == "officer" else "", signed.token, signed)


def right_token(visitor: Visitor, given: str) -> bool:
    return same_secret(given, visitor.csrf)


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


def site_of(request: Request) -> Site:
    """As the browser names it: its `Host`, which a proxy of ours hands on."""
    return Site(request.url.hostname or "", f"{request.url.scheme}://{request.url.netloc}")


def agent_of(request: Request) -> str:
    return request.headers.get("user-agent", "")[:200]


def set_cookie(answer: Response, request: Request, value: str, lifetime_s: int) -> None:
    """`lifetime_s`: how long browsers send it; how long it opens anything the session alone says."""
    answer.set_cookie(COOKIE, value, max_age=lifetime_s, path="/console", httponly=True, samesite="strict",
                      secure=request.url.scheme == "https")


def drop_cookie(answer: Response) -> None:
    answer.delete_cookie(COOKIE, path="/console", httponly=True, samesite="strict")
