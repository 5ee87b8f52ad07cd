"""The citizen's page in another language: which ones the county has, which one a visitor chose, a link to each.

What is chosen is kept in a cookie that says the language and nothing else, so no address with a code in it changes. The page's
own texts are in it, and those of meetings for guests; what it lacks is Chinese. What is written down stays Chinese
(`speaking(None)`, or written by an officer, whose console speaks none other). It must not know cases.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from county_hub.hub.problems import HubProblem
from shared import paths
from shared.ledger import texts
from shared.ledger.texts import TAG, Language, t

COOKIE, A_YEAR_S = "language", 365 * 86_400
CHINESE = "zh_CN"
SECTIONS = ("portal.", "demand.", "room.")       # never texts that stand in records and tables: those are read by the county
OPEN = ("/", "/submit", "/projects", "/offices")        # pages that are the same when asked again
_DOOR = re.compile(r"/room/[A-Za-z0-9_-]{1,40}")          # of a meeting: the code is typed again, or stands behind #


def installed(own: Path | None) -> Mapping[str, Language]:
    """Those that came with the program and the county's own, which win. Raises `HubProblem` for a folder that cannot be read."""
    found: dict[str, Language] = {}
    for root in (paths.CATALOGUE, own):
        if root is None:
            continue
        try:
            if not root.is_dir():
                raise FileNotFoundError(root)
            found |= {folder: _of_page(texts.language(folder, root)) for folder in texts.languages(root)}
        except (OSError, ValueError, TypeError) as wrong:
            raise HubProblem(t("portal.language.bad", folder=root, reason=wrong)) from None
    return {folder: language for folder, language in found.items() if folder.isidentifier() and folder.isascii()}


def _of_page(language: Language) -> Language:
    return replace(language, texts={key: text for key, text in language.texts.items() if key.startswith(SECTIONS)})


class Speaking:
    """An application whose answers are in the language that the visitor chose."""

    def __init__(self, app: ASGIApp, languages: Mapping[str, Language]) -> None:
        self._app, self._languages = app, languages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        chosen = None
        if scope["type"] == "http":
            chosen = self._languages.get(Request(scope).cookies.get(COOKIE, ""))
        with texts.speaking(chosen):
            await self._app(scope, receive, send)


def tag() -> str:
    """Of the answer that is made now."""
    chosen = texts.spoken()
    return chosen.tag if chosen is not None else TAG


def offered(languages: Mapping[str, Language], path: str) -> list[tuple[str, str, str]]:
    """(address, name, tag) of each that may be chosen instead, none where there is only one; `path`: where the visitor is."""
    if not languages:
        return []
    chosen = texts.spoken()
    here = quote(_back(path), safe="")
    rows = [(CHINESE, texts.catalogue()["portal.language.own"], TAG),
            *((one.folder, one.name, one.tag) for one in languages.values())]
    return [(f"/language/{folder}?back={here}", name, tag) for folder, name, tag in rows
            if folder != (chosen.folder if chosen is not None else CHINESE)]


def _back(path: str) -> str:
    return path if path in OPEN or _DOOR.fullmatch(path) else "/"


def choose(languages: Mapping[str, Language], request: Request, headers: Mapping[str, str]) -> Response:
    back, folder = request.query_params.get("back", "/"), request.path_params["folder"]
    answer = RedirectResponse(_back(back), status_code=303, headers=dict(headers))
    if folder in languages:
        answer.set_cookie(COOKIE, folder, max_age=A_YEAR_S, path="/", httponly=True, samesite="lax",
                          secure=request.url.scheme == "https")
    else:
        answer.delete_cookie(COOKIE, path="/")
    return answer
