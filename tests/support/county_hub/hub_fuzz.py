"""Requests that a stranger, a stolen device or a signed-in visitor with bad intent could send to the hub, as hypothesis
strategies; and a client that sends them as they are."""

from __future__ import annotations

import base64
import http.client
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec
from hypothesis import strategies as st

from shared.disputes.acts.verbs import VERBS
from shared.disputes.records import aggregates
from shared.ledger.formats.keys import DeviceKey
from tests.support.county_hub.hub_support import COUNTY, PASSWORD, VILLAGE, enrolment
from tests.support.sync import fuzz as sync_fuzz
from tests.support.sync.fuzz import TEXT, VALUES

# --- words ---

ODD = st.one_of(
    TEXT,
    st.sampled_from(
        [
            "",
            "0",
            "-1",
            "9" * 30,
            "9" * 400,
            "٣",
            "1e9",
            "\u0000",
            "\ufffd",
            "a" * 3000,
            "../" * 9,
            "%",
            "'",
            '"',
            "'; --",
            "<b>",
            "{{7*7}}",
            "%s%n",
            "\r\nx: y",
            "\u202e",
            "２０２６",
            "2026-13-99",
            "9999-12-31",
            "0000-00-00",
            "2026-11-23T00:00",
            "AND OR NOT *",
            '"" OR',
            "\ud7ff",
            "ſ",
            "ﬃ",
            "İ",
            "=cmd",
            "01J00000000000000000000000",
            "office-",
            "*" * 100,
            "(" * 100,
            "渠" * 500,
        ]
    ),
)
RAW = st.one_of(
    ODD.map(lambda text: quote(text, safe="")),
    st.sampled_from(
        ["%", "%FF", "%C3%28", "%00", "%ED%A0%80", "..", "%2e%2e", "%2F", "%252F", "a;b", "a//b", "%0d%0a", "+", "%zz"]
    ),
)
ANY_PAIRS = st.lists(st.tuples(TEXT.map(quote_plus), RAW), max_size=3).map(lambda pairs: "&".join(f"{a}={b}" for a, b in pairs))


def pairs(names: str, **right: Any) -> Any:
    """A query or a form of these fields, some left out; now and then of other ones."""
    fields = {name: st.one_of(right.get(name, RAW), RAW) for name in names.split()}
    known = st.fixed_dictionaries({}, optional=fields).map(
        lambda given: "&".join(f"{name}={value}" for name, value in given.items())
    )
    return st.one_of(known, known, known, ANY_PAIRS)


@dataclass(frozen=True, slots=True)
class Known:
    """What somebody who means ill may know: a case, credentials of a device, cookies with their tokens, a code, a good key."""

    case: str
    device: str
    token: str
    cookies: tuple[tuple[str, str], ...]  # (cookie, csrf)
    code: str
    key: DeviceKey


# --- requests ---


@st.composite
def requests(draw: Any, known: Known) -> dict[str, Any]:
    """`method`, `target`, `headers` (pairs of bytes) and `body` for `ask`."""
    cookie, csrf = draw(st.sampled_from([*known.cookies, *known.cookies, ("", "")]))
    method, path, fields = draw(st.sampled_from(_routes(known)))
    target, text = draw(path), draw(fields)
    body: bytes | None = None
    headers = draw(_headers(known, cookie))
    if draw(st.integers(0, 9)) == 0:
        method = draw(st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "COPY", "PATCH"]))
    if method == "POST" and draw(st.integers(0, 3)) > 0 and not target.startswith("/_hub"):
        body = f"{text}&csrf={csrf}".encode() + draw(st.sampled_from([b"", b"", b"", b"&\xff=\xfe", b"&" * 3000]))
        headers[b"Content-Type"] = b"application/x-www-form-urlencoded"
    elif method not in ("GET", "HEAD") or draw(st.integers(0, 9)) == 0:
        body, headers[b"Content-Type"] = draw(_bodies(known))
    elif text:
        target += "?" + text
    return {"method": method, "target": target, "headers": list(headers.items()), "body": body}


def _routes(known: Known) -> list[tuple[str, Any, Any]]:
    """Method, path, and the fields of its query or form."""
    case = st.one_of(st.just(known.case), st.just(known.case), RAW)
    year = st.one_of(st.sampled_from(["2026", "2025"]), RAW)
    form = st.one_of(st.sampled_from(["xlsx", "pdf"]), RAW)
    databases = [f"/office-{VILLAGE}", f"/office-{VILLAGE}-files", f"/office-{COUNTY}", "/directory", "/drop", "/quarantine", ""]
    segments = st.lists(sync_fuzz.SEGMENTS.map(lambda text: text.replace(" ", "%20")), max_size=3)
    endpoint = st.tuples(st.sampled_from(databases), segments).map(
        lambda two: two[0] + "".join(f"/{each}" for each in two[1]) or "/"
    )
    answers = st.just(quote_plus(PASSWORD))
    number = st.sampled_from(["1", "2", "9" * 30, "9" * 80, "-1"])
    cases = pairs("q office state risk overdue page", page=number, risk=number, office=st.just(VILLAGE))
    supervise = pairs("q.level q.text q.due q.to", **{"q.level": st.just("reminder"), "q.to": st.just(VILLAGE),
                                                       "q.due": st.sampled_from(["2099-01-01", "9999-12-31"])})
    verb = st.one_of(st.sampled_from(sorted(VERBS)), RAW)
    kind = st.one_of(st.sampled_from([step["kind"] for step in aggregates.kinds()]), RAW)
    zones = st.sampled_from(["intake", "intake/code", "dispatch", "slips", "mediation", "monitor", "coverage", "psych",
                             "duplicates", "more", "records", "zone/people", "do/staff/list", "do/roster/list", "cases/new"])
    return [
        ("GET", st.just("/_hub/time"), ANY_PAIRS),
        ("POST", st.just("/_hub/enrol"), ANY_PAIRS),
        ("POST", st.just("/_hub/enrol"), ANY_PAIRS),
        ("GET", st.sampled_from(["/console", "/console/", "/console/static/console.css"]), ANY_PAIRS),
        ("GET", st.just("/console/cases"), cases),
        ("GET", st.just("/console/cases"), cases),
        ("GET", case.map(lambda each: f"/console/cases/{each}"), pairs("done")),
        ("GET", st.tuples(case, RAW).map(lambda two: f"/console/cases/{two[0]}/files/{two[1]}"), ANY_PAIRS),
        ("POST", case.map(lambda each: f"/console/cases/{each}/do/supervise"), supervise),
        ("POST", case.map(lambda each: f"/console/cases/{each}/do/supervise"), supervise),
        ("GET", zones.map(lambda each: f"/console/{each}"), pairs("kind page all code number office category clock case lane")),
        ("POST", st.tuples(case, verb).map(lambda two: f"/console/cases/{two[0]}/do/{two[1]}"),
         pairs("q.text q.reason q.items q.items.0.what q.parties q.parties.0.name q.risk more date seal once signed")),
        ("GET", st.tuples(case, verb).map(lambda two: f"/console/cases/{two[0]}/do/{two[1]}"), ANY_PAIRS),
        ("POST", kind.map(lambda each: f"/console/records/new/{each}"),
         pairs("q.title q.text q.place.office q.place q.due date once")),
        ("GET", kind.map(lambda each: f"/console/records/new/{each}"), ANY_PAIRS),
        ("GET", st.just("/console/offices"), pairs("silent")),
        ("GET", st.just("/console/quarantine"), pairs("done")),
        ("POST", st.just("/console/quarantine/release"), pairs("event reason")),
        ("GET", st.just("/console/figures"), pairs("year", year=year)),
        ("GET", st.tuples(year, form).map(lambda two: f"/console/figures/{two[0]}.{two[1]}"), ANY_PAIRS),
        ("GET", st.just("/console/login"), pairs("next")),
        ("POST", st.just("/console/login"), pairs("staff next password", password=answers)),
        ("POST", st.just("/console/logout"), ANY_PAIRS),
        ("GET", RAW.map(lambda each: f"/console/{each}"), ANY_PAIRS),
        ("GET", RAW.map(lambda each: f"/{each}"), ANY_PAIRS),
        ("GET", endpoint, pairs("since limit key keys rev timeout", timeout=st.just("5"))),
        ("POST", endpoint, ANY_PAIRS),
        ("PUT", endpoint, ANY_PAIRS),
    ]


@st.composite
def _headers(draw: Any, known: Known, cookie: str) -> dict[bytes, bytes]:
    """Honest ones, and up to two that are not."""
    right = base64.b64encode(f"{known.device}:{known.token}".encode())
    address = draw(st.integers(0, 2**24 - 1))
    headers = {b"Host": b"localhost", b"X-Forwarded-For": b"10.%d.%d.%d" % (address >> 16, address >> 8 & 255, address & 255)}
    if cookie:
        headers[b"Cookie"] = f"hub_console={cookie}".encode()
    if draw(st.booleans()):
        headers[b"Authorization"] = b"Basic " + right
    odd = ODD.map(lambda text: text.encode()[:2000].replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b""))
    hostile = st.one_of(
        st.tuples(
            st.just(b"Host"),
            st.one_of(odd, st.sampled_from([b"", b"[", b"[::1", b"a:b", b"x:99999999", b"\xff", b"evil/..", b"a b"])),
        ),
        st.tuples(
            st.sampled_from(
                [b"X-Forwarded-For", b"X-Forwarded-Proto", b"User-Agent", b"Accept", b"Referer", b"Origin", b"If-None-Match"]
            ),
            odd,
        ),
        st.tuples(
            st.just(b"Cookie"),
            st.one_of(
                odd,
                odd.map(lambda text: b"hub_console=" + text),
                st.sampled_from(
                    [
                        b"hub_console=",
                        b"hub_console=.",
                        b"hub_console=a.b",
                        b"=;;=",
                        b"hub_console=\xff\xfe",
                        b'hub_console="',
                        b"AuthSession=x.y",
                    ]
                ),
            ),
        ),
        st.tuples(
            st.just(b"Authorization"),
            st.one_of(odd, st.sampled_from([b"Basic", b"Basic %%", b"Basic /////w==", b"Basic Og==", b"Bearer x"])),
        ),
        st.tuples(
            st.sampled_from([b"Range", b"Expect", b"Accept-Encoding", b"Content-Encoding"]),
            st.sampled_from([b"bytes=0-", b"gzip", b"x"]),
        ),
    )
    return headers | dict(draw(st.lists(hostile, max_size=2)))


@st.composite
def _bodies(draw: Any, known: Known) -> tuple[bytes, bytes]:
    if draw(st.integers(0, 2)) == 0:
        data, headers = draw(sync_fuzz.raw_bodies())
        return data, headers.get("content-type", "").encode()
    kind = draw(st.sampled_from(["right", "right", "fields", "fields", "values", "broken"]))
    if kind == "broken":
        broken = [b"\xff", b"\xed\xa0\x80", b"[" * 3000, b"9" * 3000, b'{"code": "\xff"}', b'"\\ud800"', b"x" * 5000, b""]
        return draw(st.sampled_from(broken)), b"application/json"
    if kind == "values":
        return msgspec.json.encode(draw(VALUES)), b"application/json"
    fields: dict[str, Any] = enrolment(known.code, known.key)
    codes = st.one_of(st.sampled_from([known.code[:6] + "AAAA", known.code.lower(), known.code + " "]), ODD, VALUES)
    keys = st.one_of(st.sampled_from(["A" * 43, "A" * 43 + "=", "=" * 44, "é" * 44, "AAAA" * 11]), ODD, VALUES)
    hostile = {"code": codes, "public_key": keys, "proof": keys, "app": st.one_of(ODD, VALUES)}
    names = draw(st.lists(st.sampled_from(sorted(hostile)), min_size=kind == "fields", max_size=2, unique=True))
    return msgspec.json.encode({**fields, **{name: draw(hostile[name]) for name in names}}), b"application/json"


def ask(connect: Callable[[], http.client.HTTPConnection], request: dict[str, Any]) -> tuple[int, bytes]:
    """Status and body; nothing of the request is tidied."""
    line = connect()
    try:
        line.putrequest(request["method"], request["target"], skip_host=True, skip_accept_encoding=True)
        for name, value in request["headers"]:
            line.putheader(name.decode(), value)
        body = request["body"]
        if body is not None:
            line.putheader("Content-Length", str(len(body)))
        line.endheaders(body)
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()
