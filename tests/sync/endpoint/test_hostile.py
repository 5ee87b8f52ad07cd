"""What a broken or hostile client may send: always a clear 4xx, bounded memory, and a server that goes on."""

from __future__ import annotations

import gzip
import itertools
import random
import resource
import socket
import zlib
from urllib.parse import urlsplit

import pytest

from sync.endpoint import tuning
from sync.endpoint.wire import decode_body, parse_json, refuse_huge_numbers
from sync.errors import BadRequest, TooLarge

JSON = {"content-type": "application/json"}
COUNTER = itertools.count()


@pytest.fixture
def http(server):
    name = f"db{next(COUNTER)}"
    server.create(name)
    with server.client() as client:
        client.base_url = f"{server.url}/{name}/"
        yield client
        assert client.get("").status_code == 200, "the server must go on"


DEEP = tuning.MAX_JSON_DEPTH + 1
BAD_JSON = {
    "nothing": (b"", "too early"),
    "cut": (b'{"a": [1, 2', "too early"),
    "trailing comma": (b'{"a":1,}', "byte 7"),
    "two values": (b"{} {}", "trailing characters"),
    "NaN": (b'{"a": NaN}', "byte 6"),
    "infinite": (b'{"a": 1e999}', "range"),
    "control character": (b'{"a": "\x01"}', "invalid"),
    "bad UTF-8": (b'{"a": "\xff\xfe"}', "UTF-8 at byte 7"),
    "bad UTF-8 in a name": (b'{"\xc3\x28": 1}', "UTF-8 at byte 2"),
    "surrogate bytes": (b'{"a": "\xed\xa0\x80"}', "UTF-8"),
    "lone surrogate": (b'{"a": "\\ud800"}', "invalid JSON"),
    "deep arrays": (b'{"a": ' + b"[" * DEEP + b"]" * DEEP + b"}", "nested deeper"),
    "deep objects": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, "nested deeper"),
    "deep with brackets in strings": (b'{"s": "]]]}}}", "a": ' + b"[" * DEEP + b"]" * DEEP + b"}", "nested deeper"),
    "very deep": (b"[" * 100_000, "nested deeper"),
    "huge digits": (b'{"a": ' + b"9" * 10_000 + b"}", "range"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "invalid"),
    "byte order mark": (b"\xef\xbb\xbf{}", "invalid JSON"),
}


@pytest.mark.parametrize("case", BAD_JSON)
def test_bad_json_is_400_and_says_where(http, case):
    body, word = BAD_JSON[case]
    for method, path in [("PUT", "doc"), ("POST", "_bulk_docs"), ("POST", "_revs_diff"), ("PUT", "_local/x")]:
        answer = http.request(method, path, content=body, headers=JSON)
        assert answer.status_code == 400, (case, method, path, answer.text)
        assert answer.json()["error"] == "bad_request"
        assert word in answer.json()["reason"]


@pytest.mark.parametrize("value", ["[]", '"text"', "3", "null", "true"])
def test_a_body_of_another_shape_is_400(http, value):
    for method, path in [
        ("PUT", "doc"), ("POST", ""), ("POST", "_bulk_docs"), ("POST", "_revs_diff"), ("POST", "_bulk_get"),
        ("POST", "_all_docs"), ("POST", "_changes"), ("POST", "_purge"), ("PUT", "_security"), ("PUT", "_local/x"),
    ]:  # fmt: skip
        answer = http.request(method, path, content=value, headers=JSON)
        assert answer.status_code == 400, (method, path, answer.text)
        assert answer.json()["reason"]


ODD_DOCS = [
    {"_id": 3}, {"_id": ""}, {"_id": None}, {"_id": "_x"}, {"_id": "x" * 8000}, {"_id": "a", "_rev": 3},
    {"_id": "a", "_rev": "x"}, {"_id": "a", "_rev": "1-" + "a" * 10_000}, {"_id": "a", "_rev": "99999999999999999999999-a"},
    {"_id": "a", "_revisions": {"start": 1}}, {"_id": "a", "_revisions": []}, {"_id": "a", "_unknown": 1},
    {"_id": "a", "_revisions": {"start": -5, "ids": ["a"]}, "_rev": "1-a"}, {"_id": "a", "_attachments": []},
    {"_id": "a", "_attachments": {"x": {"data": "not base64!"}}}, {"_id": "a", "_attachments": {"x": {"data": 3}}},
    {"_id": "a", "_attachments": {"x": {}}}, {"_id": "a", "_attachments": {"_x": {"data": ""}}},
    {"_id": "a", "_deleted": "yes"}, {"_id": "_local/"}, {"_id": "_design/"},
]  # fmt: skip


@pytest.mark.parametrize("new_edits", [True, False])
@pytest.mark.parametrize("number", range(len(ODD_DOCS)))
def test_odd_documents_are_refused_and_spare_their_neighbours_or_the_whole(http, number, new_edits):
    """A bulk with one bad document: either 4xx for all, and nothing is stored, or an error for this one
    alone."""
    good = {"_id": "good", "_rev": "1-a"} if not new_edits else {"_id": "good"}
    answer = http.post("_bulk_docs", json={"docs": [good, ODD_DOCS[number]], "new_edits": new_edits})
    if answer.status_code == 201:
        failures = [row for row in answer.json() if "error" in row]
        assert len(failures) <= 1
        assert all(row["reason"] for row in failures)
        assert http.get("good").status_code == 200
    else:
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.json()["reason"]
        assert http.get("good").status_code == 404


def test_a_large_body_is_413_by_its_announcement_and_by_its_length(http, server):
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as raw:
        raw.sendall(b"PUT /db0/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n{")
        assert raw.recv(100).startswith(b"HTTP/1.1 413")
    piece = b"x" * (1 << 20)

    def endless():
        for _ in range(tuning.MAX_BODY_BYTES // len(piece) + 2):
            yield piece

    answer = http.put("x", content=endless(), headers=JSON)
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")


def test_a_zip_bomb_is_413_within_bounded_memory(http):
    deflater = zlib.compressobj(9, wbits=31)
    zeros = b"0" * (1 << 20)
    bomb = b"".join(deflater.compress(zeros) for _ in range(1024)) + deflater.flush()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = http.post("_bulk_docs", content=bomb, headers=JSON | {"content-encoding": "gzip"})
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < 400_000, "a gigabyte of zeros must not be unpacked"


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (b"not gzip", "gzip", 400),
        (gzip.compress(b"{}", mtime=0)[:-4], "gzip", 400),
        (gzip.compress(b"{}", mtime=0) + b"tail", "gzip", 400),
        (b"", "gzip", 400),
        (b"{}", "br", 415),
        (b"{}", "gzip, gzip", 415),
    ],
)
def test_damaged_or_unknown_encodings_are_refused(http, body, encoding, status):
    answer = http.put("x", content=body, headers=JSON | {"content-encoding": encoding})
    assert answer.status_code == status
    assert answer.json()["reason"]


def exchange(server, request, *, hang_up=False):
    """The answer to raw bytes; `hang_up` ends the sending side, as a cut line does."""
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as raw:
        raw.sendall(request)
        if hang_up:
            raw.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := raw.recv(65536):
            answer += piece
    return answer


def test_a_body_shorter_than_announced_stores_nothing(http, server):
    path = http.base_url.join("short").path
    exchange(server, f'PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{{"a":1}}'.encode(), hang_up=True)
    assert http.get("short").status_code == 404


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "99999999999999999999999999", "5, 6"])
def test_a_senseless_content_length_is_4xx(http, server, length):
    start = f"PUT {http.base_url.join('x').path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    assert exchange(server, f"{start}Content-Length: {length}\r\n\r\n{{}}".encode()).startswith(b"HTTP/1.1 4")
    assert http.get("x").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/db0/%FF", "/%FF", "/db0/%ED%A0%80", "/db0/x?rev=%FF", "/db0/x?a=1&" + "a=1&" * 200, "/db0/_all_docs?startkey=%FF",
     "/db0/x?open_revs=3", "/db0/x?open_revs=[3]", "/db0/x?open_revs=[[", "/db0/x?atts_since={}", "/db0/x?rev=",
     "/db0/x?rev=1", "/db0/_all_docs?limit=-1", "/db0/_all_docs?limit=99999999999999999999", "/db0/_all_docs?keys=3",
     "/db0/_all_docs?skip=x", "/db0/_changes?since=%00", "/db0/x/", "/db0//x", "/..%2F..%2Fetc%2Fpasswd", "/db0/%00"],
)  # fmt: skip
def test_odd_paths_and_queries_are_4xx(http, server, path):
    server.client().put("/db0")
    answer = exchange(server, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 4"), answer[:200]


def test_a_query_string_without_end_is_414(http, server):
    path = http.base_url.join("_all_docs").path + "?keys=" + "x" * tuning.MAX_QUERY_BYTES
    answer = exchange(server, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 414")


def test_forms_and_texts_that_a_web_page_could_send_unasked_are_415(http):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = http.post("_bulk_docs", content=b'{"docs":[]}', headers={"content-type": kind})
        assert (answer.status_code, answer.json()["error"]) == (415, "bad_content_type")


@pytest.mark.parametrize("document", [
    b'{"_id":"\xae","v":[1,2,{"x":nul\xbb}]}', b'{"_id":"a","_rev":"1-\xff","v":nul}',
    b'{"_id":"\xed\xa0\x80"}', b'{"\xae":1,"_id":7}'])
def test_a_document_whose_names_are_no_utf8_is_refused_and_no_fault_of_the_server(http, document):
    good = b'{"_id":"beside","_rev":"1-a"}'
    answer = http.post("_bulk_docs", content=b'{"docs":[' + document + b"," + good + b'],"new_edits":false}', headers=JSON)
    assert answer.status_code in (201, 400), answer.text
    assert (http.get("beside").status_code == 200) == (answer.status_code == 201)


def test_random_bytes_never_bring_a_server_error(http):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    seeds = [b'{"docs":[{"_id":"a","v":[1,2,{"x":null}]}],"new_edits":false}', b'{"a":["1-b"]}', b'{"docs":[{"id":"a"}]}']
    for _ in range(150):
        body = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 6)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        path = chance.choice(["_bulk_docs", "_revs_diff", "_bulk_get", "_all_docs", "_changes", "_find", "_purge"])
        answer = http.post(path, content=bytes(body), headers=JSON)
        assert answer.status_code < 500 or answer.status_code == 501, (seed, path, bytes(body), answer.text)


# --- the pure parts ---


def test_depth_is_judged_by_nesting_and_not_by_brackets_in_strings():
    fine = b'{"a": "' + b"[{" * 1000 + b'", "b": [[[]]]}'
    assert parse_json(fine)["b"] == [[[]]]
    edge = b"[" * tuning.MAX_JSON_DEPTH + b"]" * tuning.MAX_JSON_DEPTH
    assert parse_json(edge)
    with pytest.raises(BadRequest):
        parse_json(b"[" + edge + b"]")
    wide = b"[" + b"[],{}," * 5000 + b"[1,{}]]"
    assert len(parse_json(wide)) == 10_001


def test_numbers_of_64_bits_pass_and_larger_ones_do_not_where_they_ask_for_something():
    for good in (b"[9223372036854775807,-9223372036854775808,1.5e300]", b'["99999999999999999999999999"]'):
        refuse_huge_numbers(parse_json(good), good)
    for bad in (b"[9223372036854775808]", b'{"a": [-9223372036854775809]}'):
        with pytest.raises(BadRequest, match="64 bits"):
            refuse_huge_numbers(parse_json(bad), bad)


@pytest.mark.parametrize(("method", "path"), [("POST", "_revs_diff"), ("POST", "_find"), ("PUT", "_revs_limit")])
def test_a_huge_number_in_a_question_is_400(http, method, path):
    answer = http.request(method, path, content=b'{"a": 99999999999999999999999}', headers=JSON)
    assert (answer.status_code, "64 bits" in answer.json()["reason"]) == (400, True), answer.text


def test_a_body_of_exactly_the_limit_passes():
    packed = gzip.compress(b"x" * 1000)
    assert len(decode_body(packed, "gzip", 1000)) == 1000
    with pytest.raises(TooLarge):
        decode_body(packed, "gzip", 999)
