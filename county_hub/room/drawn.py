"""The room's page and its files, the same for guests and for the officer: what differs is where it asks and with what."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from county_hub.hub.compressed import Compressed
from county_hub.room import tuning
from shared.ledger import texts
from shared.ledger.formats.hidden import shown
from shared.ledger.texts import t

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
_STYLE, _SCRIPT = "text/css; charset=utf-8", "text/javascript; charset=utf-8"
_SCRIPTS = ("room.js", "mesh.js", "meter.js", "minutes.js", "outbox.js", "pad.js", "record.js", "door.js")
_STATIC = {"room.css": _STYLE, **dict.fromkeys(_SCRIPTS, _SCRIPT)}
_NAME = re.compile(r"[A-Za-z0-9_-]{10,40}")


def is_name(text: str) -> bool:
    """May it be the name of a room?"""
    return _NAME.fullmatch(text) is not None


def meeting(base: str, files: str, token: str, title: str, frame: Mapping[str, Any], *, host: bool) -> str:
    """`token`: of the seat, or of the officer's session. `frame`: county, demo, phone, back, recording, papers, case."""
    setting = {"base": base, "token": token, "host": host, "words": _words(), "most": tuning.SHOWN_BYTES}
    return _environment().get_template("meeting.html").render(
        **frame, setting=setting, files=files, marks=marks(), title=title, host=host, no_script=no_script(str(frame["phone"])))


def no_script(phone: str) -> str:
    return t("room.no_script", phone=phone) if phone else t("room.no_script_no_phone")


def static(name: str, headers: Mapping[str, str], *, recording: bool = False) -> Response:
    """Where nothing may be recorded there is nothing to record with."""
    if name not in _STATIC or (name == "record.js" and not recording):
        return Response(status_code=404, headers=dict(headers))
    kept = {**headers, "cache-control": "no-cache"}     # modules name each other without a mark of their version
    return Compressed((HERE / "static" / name).read_bytes(), media_type=_STATIC[name], headers=kept)


@lru_cache(maxsize=1)
def marks() -> str:
    return hashlib.sha256(b"".join((HERE / "static" / name).read_bytes() for name in sorted(_STATIC))).hexdigest()[:12]


def _words() -> dict[str, Any]:
    """The texts that `room.js` puts into the page."""
    return {**texts.names("room.js"), "states": texts.names("room.js.states"), "over": texts.names("room.js.over")}


def _tag() -> str:
    """Of the language in which this page is made."""
    spoken = texts.spoken()
    return spoken.tag if spoken is not None else texts.TAG


@lru_cache(maxsize=1)
def _environment() -> Environment:
    env = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                      finalize=lambda value: type(value)(shown(value)) if isinstance(value, str) else value)
    env.globals.update(t=t, lang=_tag)
    return env
