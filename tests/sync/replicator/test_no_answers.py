"""A replicator before a server that answers what is no answer, or without end: a clear word or a clean stop; afterwards the
replica is sound, nothing is shown as sent that is not there, and one honest sync brings everything."""

from __future__ import annotations

import gzip
import itertools
import os
import threading

import pytest

from sync.remote.limits import AnswerLimits
from tests.support.sync.lies import Answer, lying
from tests.support.sync.lying_scene import JSON, PORTAL

DEEP = b'{"results":[{"seq":1,"id":"d0","changes":[{"rev":"1-a"}],"doc":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}"


def instead(**given):
    return lambda answer: Answer(**{"status": answer.status, "body": answer.body, "headers": JSON, **given})


def chunked(*pieces):
    return lambda answer: Answer(answer.status, b"", {**JSON, "transfer-encoding": "chunked"}, chunks=pieces)


def raw(*pieces):
    return lambda answer: Answer(200, b"", raw=pieces)


def forever(piece):
    return itertools.repeat(piece)


NO_ANSWERS = {
    "a portal of the operator": instead(status=200, body=PORTAL, headers={"content-type": "text/html"}),
    "a portal that says JSON": instead(status=200, body=PORTAL),
    "a portal that answers 511": instead(status=511, body=PORTAL, headers={"content-type": "text/html"}),
    "a redirect to a log-in": instead(status=302, body=b"", headers={"location": "http://10.0.0.1/login"}),
    "a redirect to itself": instead(status=307, body=b"", headers={"location": "."}),
    "a redirect for ever": instead(status=308, body=b"", headers={"location": "/"}),
    "nothing": instead(status=200, body=b""),
    "204": instead(status=204, body=b"", headers={"content-length": "0"}),
    "304": instead(status=304, body=b"", headers={"content-length": "0"}),
    "a status that does not exist": raw(b"HTTP/1.1 999 \r\ncontent-length: 2\r\n\r\n{}"),
    "a status that is no number": raw(b"HTTP/1.1 abc OK\r\ncontent-length: 2\r\n\r\n{}"),
    "another protocol": raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "nothing at all": raw(),
    "the head without its end": raw(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"),
    "a head without end": lambda answer: Answer(
        200, b"", raw=itertools.chain([b"HTTP/1.1 200 OK\r\n"], forever(b"x: " + b"y" * 4000 + b"\r\n"))
    ),
    "100 Continue for ever": lambda answer: Answer(200, b"", raw=forever(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)),
    "a length too long": lambda answer: Answer(
        answer.status, answer.body, {**JSON, "content-length": str(len(answer.body) + 50)}
    ),
    "a length too short": lambda answer: Answer(
        answer.status, answer.body, {**JSON, "content-length": str(max(len(answer.body) - 3, 0))}
    ),
    "a length that is no number": instead(headers={**JSON, "content-length": "many"}),
    "a negative length": instead(headers={**JSON, "content-length": "-5"}),
    "chunks of no length": chunked(b"zz\r\n{}\r\n0\r\n\r\n"),
    "chunks without end": chunked(b"2\r\n{}\r\n"),
    "a chunk shorter than it says": chunked(b"ffff\r\n{}"),
    "a chunk longer than the world": chunked(b"f" * 40 + b"\r\n{}"),
    "deep JSON": instead(body=DEEP),
    "bare brackets": instead(body=b"[" * 1_000_000),
    "a huge number": instead(body=b"9" * 100_000),
    "an infinite number": instead(body=b'{"results":[],"last_seq":1e999}'),
    "not a number": instead(body=b'{"results":[],"last_seq":NaN}'),
    "bad UTF-8": instead(body=b'{"results":[],"last_seq":"\xff\xfe"}'),
    "a lone surrogate": instead(body=b'{"results":[],"last_seq":"\\ud800"}'),
    "UTF-16": lambda answer: Answer(answer.status, answer.body.decode().encode("utf-16"), JSON),
    "gzip that is none": instead(headers={**JSON, "content-encoding": "gzip"}),
    "gzip that is cut": lambda answer: Answer(
        answer.status, gzip.compress(answer.body)[:-6], {**JSON, "content-encoding": "gzip"}
    ),
    "an unknown compression": instead(headers={**JSON, "content-encoding": "x-secret"}),
    "a list": instead(body=b"[1]"),
    "null": instead(body=b"null"),
    "nonsense in clocks": instead(
        headers={**JSON, "date": "Thu, 99 Foo 99999 99:99:99", "expires": "-1", "age": "9" * 99, "retry-after": "9" * 99}
    ),
    "busy until the end of days": instead(
        status=503, body=b"{}", headers={**JSON, "retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}
    ),
    "busy for minus one second": instead(status=503, body=b"{}", headers={**JSON, "retry-after": "-1"}),
}
REQUESTS = {
    "the database": "",
    "the log": "/_local/",
    "the feed": "/_changes",
    "the bodies": "/_bulk_get",
    "the writing": "/_bulk_docs",
}


EVERY_LIE = [(case, request) for case in NO_ANSWERS for request in REQUESTS]
# In the usual run all lies about the feed and the writing, and every fourth about the rest; `LIES=all` for the whole table.
USUAL = [pair for n, pair in enumerate(EVERY_LIE) if pair[1] in ("the feed", "the writing") or n % 4 == 0]


@pytest.mark.parametrize(("case", "request_"), EVERY_LIE if os.environ.get("LIES") == "all" else USUAL)
def test_an_answer_that_is_none_claims_nothing(scene, case, request_):
    word, seen = REQUESTS[request_], []

    def lie(number, path, answer):
        right = path.split("?")[0].endswith(f"/{scene.name}") if not word else word in path
        if not right:
            return answer
        seen.append(path)
        return NO_ANSWERS[case](answer)

    with lying(scene.server.url, lie) as proxy:
        said = scene.contact(proxy)
        assert seen, "the lie must have been told"
        harmless = {"nonsense in clocks", "a list", "null", "gzip that is cut", "an unknown compression"}  # the value came whole
        if request_ == "the writing":
            harmless |= {"a length too long"}  # what was written is asked again
        assert said or case in harmless, "it must be noticed"
        scene.check_nothing_is_claimed()
        scene.check_all_comes_in_the_end(proxy)


# --- answers without end ---


def test_an_answer_that_drips_is_given_up(scene):
    limits = AnswerLimits(grace_s=0.3, rate=1000)
    over = threading.Event()

    def dripping():
        while not over.wait(0.02):
            yield b" "

    def lie(number, path, answer):
        return Answer(200, b"", JSON, chunks=dripping()) if "_local" in path else answer

    with lying(scene.server.url, lie) as proxy:
        assert scene.contact(proxy, limits, attempts=1) == "Unreachable"
        over.set()
        scene.check_nothing_is_claimed()
        scene.check_all_comes_in_the_end(proxy)


@pytest.mark.parametrize("begin", [b"", b'{"results":[\n', b'{"results":[\n{"seq":1,"id":"d2","changes":[{"rev":"1-a"}]},\n'])
def test_a_feed_of_heartbeats_alone_is_given_up(scene, begin):
    limits = AnswerLimits(feed_without_rows_s=0.3)
    over = threading.Event()

    def beating():
        yield begin
        while not over.wait(0.02):
            yield b"\n"

    def lie(number, path, answer):
        return Answer(200, b"", JSON, chunks=beating()) if "_changes" in path else answer

    with lying(scene.server.url, lie) as proxy:
        assert scene.contact(proxy, limits, attempts=1) == "Unreachable"
        over.set()
        scene.check_nothing_is_claimed()
        scene.check_all_comes_in_the_end(proxy)
