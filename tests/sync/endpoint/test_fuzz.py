"""The endpoint under requests that hypothesis makes up: always a clear answer, never a server error, never a damaged file."""

from __future__ import annotations

import os

import msgspec
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings

from tests.support.sync.fuzz import requests


@pytest.fixture(scope="module")
def http(server):
    with server.client() as client:
        yield client
        for name in server.databases.names():
            with server.databases.lease(name) as replica:
                assert replica.verify() == []


EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "250"))
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=SLOW)
@given(request_=requests())
def test_whatever_is_asked_the_answer_is_clear(http, request_):
    judge(http, request_)


def plain(answer):
    """The body without its encoding; the client of these tests leaves zstd as it came."""
    if answer.headers.get("content-encoding") == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(answer.content)
    return answer.content


def judge(http, request):
    if http.put("/db").status_code == 201:
        http.put("/db/a", json={"n": 1, "_attachments": {"f": {"data": "YQ==", "content_type": "text/plain"}}})
    answer = http.request(**{**request, "url": str(http.base_url).rstrip("/") + request["url"]})
    assert answer.status_code < 500 or answer.status_code == 501, (request, answer.status_code, answer.text)
    if request["method"] == "HEAD" or answer.status_code in (204, 304):
        assert answer.content == b""
        return
    if answer.status_code >= 400 and answer.headers.get("content-type", "") == "application/json":
        told = msgspec.json.decode(plain(answer))
        assert isinstance(told["error"], str)
        assert told["reason"], request
    elif answer.headers["content-type"] == "application/json" and request["params"].get("feed") != "continuous":
        msgspec.json.decode(plain(answer))


def test_an_answer_in_zstd_is_judged_too(http):
    judge(http, {"method": "GET", "url": "/db", "params": {"timeout": "5"}, "headers": {"accept-encoding": "zstd"}})
