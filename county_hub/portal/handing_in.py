"""我要反映: a demand is handed in with photographs, and its code shows what became of it.

With script the page keeps a draft on the telephone, sends when there is a line and does a little work instead of a puzzle
(`static/submit.js`); without it the same form is sent as it is, a few times a day. The code is made before anything is sent, so
what is sent twice is one demand.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from county_hub.demands import code as codes
from county_hub.demands.desk import MOST_PHOTOS, MOST_TEXT, Demands, NotTaken, Typed, choices
from county_hub.demands.store import ACCEPTED, Demand
from county_hub.demands.work import Work
from county_hub.portal.progress import day_words
from shared.ledger.days import later, local_date
from shared.ledger.texts import t

MAX_BODY_BYTES = 16 << 20           # six photographs as the script makes them take 2 MB, two as a camera makes them 12
_FIELDS = ("category", "text", "office", "place", "name", "phone", "about")
_MAX_FIELD_BYTES = 8192
HEAD_BYTES, HEAD_S = 64 << 10, 5        # of a form that is not taken now: all texts fit into it
_CHOSEN = re.compile(rb'name="photos"; filename="[^"]')


class TooLarge(Exception):
    """`typed`: the texts that had come by then."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        super().__init__()
        self.typed = typed


class _Parser(MultiPartParser):
    spool_max_size = MAX_BODY_BYTES         # what a citizen sends is never written beside the county's own files


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it came: texts by field, photographs as bytes."""

    texts: Mapping[str, str]
    photos: tuple[bytes, ...]


async def sent(request: Request) -> Sent:
    """Raises `TooLarge`; what is no form is an empty one."""
    async def counted() -> Any:
        count = 0
        async for part in request.stream():
            count += len(part)
            if count > MAX_BODY_BYTES:
                raise TooLarge(_texts(parser.items))
            yield part

    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return Sent({}, ())
    try:
        parser = _Parser(request.headers, counted(), max_files=MOST_PHOTOS + 1, max_fields=20, max_part_size=_MAX_FIELD_BYTES)
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError):
        return Sent({}, ())
    texts = _texts(form.multi_items())
    files = [await value.read() for name, value in form.multi_items() if isinstance(value, UploadFile) and name == "photos"]
    await form.close()
    return Sent(texts, tuple(data for data in files if data))       # a browser sends an empty part where no file was chosen


def _texts(items: Iterable[tuple[str, Any]]) -> dict[str, str]:
    return {name: value for name, value in items if isinstance(value, str)}


async def typed(request: Request) -> tuple[Mapping[str, str], bool]:
    """The texts of a form that is not taken now, and whether photographs were chosen: nobody types them twice. Only the beginning
    is read and not long waited for: who is refused costs little. The page's photographs come last, behind all texts."""
    head = bytearray()

    async def beginning() -> Any:
        with anyio.move_on_after(HEAD_S):
            async for part in request.stream():
                head.extend(part[:HEAD_BYTES - len(head)])
                if len(head) >= HEAD_BYTES:
                    break
        yield bytes(head)

    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return {}, False
    parser = _Parser(request.headers, beginning(), max_files=MOST_PHOTOS + 1, max_fields=20, max_part_size=_MAX_FIELD_BYTES)
    with contextlib.suppress(MultiPartException, KeyError, UnicodeDecodeError):
        await parser.parse()
    return _texts(parser.items), _CHOSEN.search(head) is not None


@dataclass(frozen=True, slots=True)
class Fate:
    """A demand as its citizen sees it. `case_number`, `case_code`, `case_qr`: of the case that it became."""

    number: str
    code: str
    headline: str
    text: str
    case_number: str = ""
    case_code: str = ""
    case_qr: str = ""


def take(demands: Demands, work: Work, form: Sent, address: str) -> tuple[Demand, str]:
    """The demand, and its code in plain form. Raises `NotTaken`."""
    code = codes.read(form.texts.get("code", ""))
    if code is None:
        raise NotTaken({"": t("portal.submit.again")}, later=True)
    worked = work.is_done(form.texts.get("challenge", ""), code, form.texts.get("solution", ""))
    typed = Typed(**{name: form.texts.get(name, "") for name in _FIELDS})
    return demands.take(code, typed, form.photos, address, worked=worked, channel="script" if worked else "form"), code


def fate(demand: Demand, code: str, answer_days: int, case: tuple[str, str, str] | None) -> Fate:
    day = later(local_date(demand.at), answer_days)
    said = {"until": day_words(day), "reason": demand.answer}
    number = f"{local_date(demand.at)[:4]}-{demand.n:05d}"
    key = f"portal.fate.{'answered' if demand.about and demand.state == ACCEPTED else demand.state}"
    found = Fate(number, codes.printed(code), t(key), t(f"{key}_text", **said))
    if demand.state == ACCEPTED and case is not None:
        return Fate(found.number, found.code, found.headline, found.text, *case)
    return found


def as_json(fate: Fate) -> Response:
    return JSONResponse({"number": fate.number, "code": fate.code, "headline": fate.headline, "text": fate.text})


def refused(told: NotTaken) -> Response:
    return JSONResponse({"error": str(told), "faults": told.faults, "later": told.later}, 429 if told.later else 400)


def page_values(form: Mapping[str, str], faults: Mapping[str, str], offices: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = [(key, t(f"demand.kind_{key}")) for key in choices()]
    values = {name: form.get(name, "") for name in _FIELDS}
    told = {**dict.fromkeys((*_FIELDS, "photos"), ""), **faults}
    return {"kinds": kinds, "v": values, "faults": told, "offices": offices, "most_photos": MOST_PHOTOS, "most_text": MOST_TEXT}
