"""A marked text for every field that anybody can type or a device can write, and what must be true of every answer afterwards.

    mark()               the next of the payloads: breaks out of an attribute and an element, begins as a formula begins
    marked_events()      one event of every kind, every text of its body marked
    Walk(client).all()   every address that the pages link to, each answer judged by its type
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from types import NoneType, UnionType
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2
from hypothesis import HealthCheck, Phase, find, settings
from pydantic import BaseModel

from shared.disputes.kinds import registry
from shared.ledger.formats.envelope import Event
from tests.support.shared.domain_events import World
from tests.support.shared.extremes import bodies_of

SAMPLES = Path(__file__).parents[2] / "shared" / "samples"
TAIL = "zq7'\"><img src=zq7 onerror=alert(7)>"
LEADS = ("=", "+", "-", "@", "\t=", "\uff1d", "=cmd|'/C calc'!A0", "javascript:alert(7)//")
QUIET = settings(database=None, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
_leads = itertools.cycle(LEADS)
_HREF = re.compile(r"(?:/|#|\?|tel:[0-9+-]*$|data:(?:image/|,$)|$)")
_NAME = re.compile(r"[a-z][a-z0-9:_-]*", re.IGNORECASE)
FORMULA = re.compile("\\s*[=@\uff1d\uff20]|\\s*[+\uff0b-](?![0-9 ()-]*$)|[\t\r\n]")


def mark(most: int = 4000) -> str:
    return (next(_leads) + TAIL)[:most]


# --- what devices write


def marked_events(world: World) -> dict[str, list[Event]]:
    """Of each aggregate the subjects of the stored samples again, with marks, and the kinds that no sample has."""
    made: dict[str, list[Event]] = {}
    subjects: dict[str, str] = {}
    for file in sorted(SAMPLES.glob("domain_schema_*.json")):
        known: dict[str, str] = {}
        for doc in json.loads(file.read_text("utf-8"))["events"]:
            aggregate, kind = doc["kind"].partition(".")[0], doc["kind"]
            body = _cited(_marked_body(kind, doc["schema"], doc["body"]), known)
            subject = subjects.get(f"{file.name} {doc[aggregate]}", "")
            event = world.event(subject or None, kind, body, office=doc["office"], role=doc["role"], date=doc["legal_date"],
                                schema=doc["schema"], device=doc["device"])
            known[doc["_id"]] = event.id
            known[doc[aggregate]] = subjects[f"{file.name} {doc[aggregate]}"] = event.subject
            made.setdefault(aggregate, []).append(event)
    for kind in sorted(kinds_without_mark(made)):
        begun = made[kind.partition(".")[0]][0]
        body = find(bodies_of(kind, (begun.id,)), lambda body: True, settings=QUIET)
        plain = {name: value for name, value in body.items() if value is not None}
        made[begun.aggregate].append(world.event(begun.subject, kind, _marked_body(kind, registry.CURRENT[kind], plain)))
    return made


def _cited(body: Any, known: Mapping[str, str]) -> Any:
    """The same body, where it names other events and subjects by their new ids."""
    if isinstance(body, dict):
        return {name: _cited(value, known) for name, value in body.items()}
    if isinstance(body, list):
        return [_cited(value, known) for value in body]
    return known.get(body, body) if isinstance(body, str) else body


def _marked_body(kind: str, schema: int, body: dict[str, Any]) -> dict[str, Any]:
    """Every text that the model takes marked, also those that the sample leaves out; one that is refused stays as it was."""
    if "sealed" in body or (kind, schema) not in registry.BODIES:
        return body
    made = dict(body)
    for name, value in _fields(registry.BODIES[kind, schema], body):
        tried = {**made, name: value}
        if _parses(kind, schema, tried):
            made = tried
    return made


def _parses(kind: str, schema: int, body: dict[str, Any]) -> bool:
    try:
        registry.parse(kind, schema, body)
    except registry.InvalidBody:
        return False
    return True


def _fields(model: type[BaseModel], body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        key = field.alias or name
        value = _value(field.annotation, tuple(field.metadata), body.get(key))
        if value is not None:
            yield key, value


def _value(annotation: Any, metadata: tuple[Any, ...], given: Any) -> Any:
    origin, inside = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _value(inside[0], (*inside[1:], *metadata), given)
    if origin in (typing.Union, UnionType):
        kinds = [part for part in inside if part is not NoneType]
        return _value(kinds[0], metadata, given) if len(kinds) == 1 else None
    if origin is list:
        rows = given or ([None] if inside and _is_text(inside[0]) else [])
        made = [_value(inside[0], (), row) for row in rows]
        return [row if new is None else new for row, new in zip(rows, made, strict=True)] or None
    if annotation is str:
        return mark(_most(metadata)) if _free(metadata) else None
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and isinstance(given, dict):
        return {**given, **dict(_fields(annotation, given))}
    return None


def _is_text(annotation: Any) -> bool:
    inside = typing.get_args(annotation)
    return typing.get_origin(annotation) is typing.Annotated and inside[0] is str and _free(inside[1:])


def _free(metadata: Iterable[Any]) -> bool:
    """A text that anything may stand in, no code, day or id."""
    return (any("_nfc" in getattr(getattr(part, "func", None), "__name__", "") for part in metadata)
            and not any(getattr(part, "pattern", None) for part in metadata))


def _most(metadata: Iterable[Any]) -> int:
    return min((part.max_length for part in metadata if getattr(part, "max_length", None)), default=4000)


def kinds_without_mark(made: Mapping[str, list[Event]]) -> set[str]:
    """Kinds of which no event with a mark is among them, though its body holds a free text."""
    seen = {event.kind for events in made.values() for event in events if "zq7" in json.dumps(event.body)}
    texts = {kind for (kind, schema), model in registry.BODIES.items()
             if any(_value(field.annotation, tuple(field.metadata), {}) is not None for field in model.model_fields.values())}
    return texts - seen


# --- what every answer must hold


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            given = value or ""
            if not _NAME.fullmatch(name) or name.startswith("on") or (name in ("src", "href", "action", "formaction")
                                                                      and not _HREF.match(given)):
                self.wrong.append(f"<{tag} {name}={given[:60]!r}>")
            if name == "href" and tag == "a" and given.startswith(("/", "?")):
                self.links.append(given)
        if tag == "th" and not dict(attrs).get("scope"):
            self.wrong.append("<th> without scope")
        if dict(attrs).get("src") == "zq7":
            self.wrong.append(f"<{tag} src=zq7>")


def judged(answer: httpx2.Response) -> tuple[list[str], list[str]]:
    """What is wrong with it, and where it leads."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    wrong = [] if answer.headers.get("x-content-type-options") == "nosniff" or answer.status_code in (303, 307) else ["sniffed"]
    if kind == "text/html":
        page = _Page()
        page.feed(answer.text)
        return [*wrong, *page.wrong], page.links
    cells = CELLS.get(kind)
    return [*wrong, *(f"{kind}: {cell[:80]!r}" for cell in (cells(answer.content) if cells else ()))], []


def formulas_of_csv(data: bytes) -> list[str]:
    rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    return [cell for row in rows for cell in row if FORMULA.match(cell)]


def formulas_of_workbook(data: bytes) -> list[str]:
    from openpyxl import load_workbook

    return [str(cell.value) for sheet in load_workbook(io.BytesIO(data)) for row in sheet.iter_rows() for cell in row
            if cell.data_type == "f" or (isinstance(cell.value, str) and FORMULA.match(cell.value))]


def wrong_in_json(data: bytes) -> list[str]:
    """Every line of it is JSON: a mark is a text there, and no browser takes it for a page."""
    try:
        [json.loads(line) for line in data.splitlines() or [b"null"]]
    except ValueError as wrong:
        return [f"no JSON: {wrong}"]
    return []


def wrong_in_stream(data: bytes) -> list[str]:
    """Server-sent events say what changed by its id, and no text that anybody typed."""
    lines = data.decode().splitlines()
    return [line for line in lines if not re.fullmatch(r"|:.*|(?:id|event|data|retry): .*", line) or "zq7" in line]


def wrong_in_pdf(data: bytes) -> list[str]:
    """Nothing in it that does something, and its title is one text."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    does = [name for name in ("/AA", "/Names", "/AcroForm") if name in reader.trailer["/Root"]]
    begins = reader.trailer["/Root"].get("/OpenAction")
    does += [] if isinstance(begins, list | None) else [f"begins with {begins}"]        # a list says which page, and how large
    links = [str(note["/A"]) for page in reader.pages for one in page.get("/Annots", ()) if "/A" in (note := one.get_object())]
    titles = [str(value) for value in (reader.metadata or {}).values() if any(ord(sign) < 32 for sign in str(value))]
    return [*does, *links, *titles]


CELLS: dict[str, Callable[[bytes], list[str]]] = {
    "text/csv": formulas_of_csv, "application/pdf": wrong_in_pdf, "text/event-stream": wrong_in_stream,
    **dict.fromkeys(("application/json", "application/problem+json", "application/x-ndjson"), wrong_in_json),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": formulas_of_workbook,
}


class Walk:
    """Every page from the given ones on, once for each form of its address; `each` of one form."""

    def __init__(self, client: httpx2.Client, each: int = 2) -> None:
        self.client, self.each = client, each
        self.wrong: dict[str, list[str]] = {}
        self.seen: dict[str, str] = {}          # address -> type of the answer
        self.marked: list[str] = []             # addresses of pages on which a mark stands
        self._forms: dict[str, int] = {}

    def all(self, starts: Iterable[str]) -> None:
        waiting, given = list(starts), set[str]()
        while waiting:
            path = waiting.pop()
            if path in given or not path.startswith("/"):
                continue
            given.add(path)
            form = form_of_address(path)
            if self._forms.get(form, 0) >= self.each:
                continue
            self._forms[form] = self._forms.get(form, 0) + 1
            waiting += self.one(path)

    def one(self, path: str) -> list[str]:
        answer = self.client.get(path)
        wrong, links = judged(answer)
        if answer.status_code >= 500:
            wrong.append(str(answer.status_code))
        if wrong:
            self.wrong[path] = wrong
        self.seen[path] = answer.headers.get("content-type", "")
        if "text/html" in self.seen[path] and "zq7" in answer.text:
            self.marked.append(path)
        return [urljoin(path, link).partition("#")[0] for link in links if not urlsplit(link).netloc]


def form_of_address(path: str) -> str:
    """The address without its ids, so that pages of one making count together."""
    url = urlsplit(path)
    parts = ["*" if re.search(r"[0-9]{2}|[A-Z]|%", part) else part for part in url.path.split("/")]
    # of a query its names, and the kind of record
    asked = sorted(re.sub(r"=(?!(?:hazard|petition|legal_aid)$).*", "", one) for one in url.query.split("&"))
    return "/".join(parts) + "?" + "&".join(asked)
