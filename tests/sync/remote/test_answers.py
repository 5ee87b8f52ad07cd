"""What a RemotePeer makes of answers that are not the protocol, of silence, and of secrets."""

from __future__ import annotations

import gzip
import json
import threading

import pytest

from sync import errors
from sync.peer import ChangesRequest
from sync.remote.address import parse_address, parse_auth, redact
from sync.remote.remote_peer import RemotePeer
from tests.support.sync.scripted_server import Answer, scripted


def peer_at(url, **options):
    return RemotePeer(f"{url}/office-1", **options)


def always(**answer):
    return scripted(lambda request: Answer(**answer))


# --- answers --------------------------------------------------------------------------------------------------------


def test_a_captive_portal_is_a_bad_answer_that_says_so():
    with (
        always(status=302, headers={"Location": "http://portal/login"}, body=b"") as url,
        pytest.raises(errors.BadAnswer, match="log-in"),
    ):
        peer_at(url).info()


def test_a_page_instead_of_json_is_a_bad_answer_with_a_short_excerpt():
    with always(body=b"<html>" + b"x" * 100_000, headers={"Content-Type": "text/html"}) as url:
        with pytest.raises(errors.BadAnswer, match="not JSON: <html>") as caught:
            peer_at(url).info()
        assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, errors.BadRequest), (401, errors.Unauthorized), (403, errors.Forbidden), (413, errors.TooLarge),
     (500, errors.ServerError), (502, errors.ServerError), (429, errors.ServerError), (408, errors.ServerError)],
)
def test_an_error_status_becomes_the_error_of_that_name(status, kind):
    body = json.dumps({"error": "some_word", "reason": "because"}).encode()
    with always(status=status, body=body) as url:
        with pytest.raises(kind, match="because") as caught:
            peer_at(url).bulk_docs([{"_id": "a"}])
        assert caught.value.error == "some_word"


def test_a_server_in_trouble_may_name_its_pause():
    with always(status=503, headers={"Retry-After": "7"}, body=b"busy") as url:
        with pytest.raises(errors.ServerError, match="busy") as caught:
            peer_at(url).info()
        assert caught.value.retry_after == 7


@pytest.mark.parametrize(
    ("call", "body"),
    [
        (lambda peer: peer.revs_diff({"a": ["1-a"]}), {"b": {"missing": ["1-a"]}}),
        (lambda peer: peer.revs_diff({"a": ["1-a"]}), {"a": {"missing": ["9-z"]}}),
        (lambda peer: peer.revs_diff({"a": ["1-a"]}), []),
        (lambda peer: peer.bulk_docs([{"_id": "a"}]), []),
        (lambda peer: peer.bulk_docs([{"_id": "a", "_rev": "1-a"}], new_edits=False), [{"id": "b", "error": "x"}]),
        (lambda peer: peer.bulk_get([{"id": "a"}]), {"results": [{"id": "b", "docs": []}]}),
        (lambda peer: peer.bulk_get([{"id": "a"}]), {"results": [{"id": "a", "docs": [{"ok": {"_id": "b"}}]}]}),
        (lambda peer: peer.put_local("x", {}), {"ok": True}),
        (lambda peer: list(peer.changes(ChangesRequest())), {"rows": []}),
        (lambda peer: list(peer.changes(ChangesRequest())), {"results": [{"seq": 1}], "last_seq": 1}),
    ],
)
def test_an_answer_that_contradicts_the_question_is_a_bad_answer(call, body):
    with always(body=json.dumps(body).encode()) as url, pytest.raises(errors.BadAnswer):
        call(peer_at(url))


@pytest.mark.parametrize("limit", [None, 1])
def test_a_feed_that_ends_in_no_utf8_is_an_error_of_the_peer(limit):
    body = b'{"results":[\n{"seq":1,"id":"a","changes":[{"rev":"1-a"}]}\n],\n"last_seq":"\xae","pending":0}\n'
    with always(body=body) as url:
        batch = peer_at(url).changes(ChangesRequest(limit=limit))
        assert limit is None or batch.load() is None
        with pytest.raises(errors.SyncError):
            list(batch)


def test_broken_compression_is_a_bad_answer():
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    with always(body=b"not gzip", headers=headers) as url, pytest.raises(errors.BadAnswer, match="compression"):
        peer_at(url).info()


def test_bodies_go_compressed_and_plain_once_the_server_refuses_that():
    seen = []

    def answer(request):
        seen.append(request.headers.get("content-encoding"))
        if seen[-1] == "gzip":
            assert json.loads(gzip.decompress(request.body))["docs"]
            return Answer(status=415, body=b'{"error":"bad_content_type","reason":"no gzip"}')
        return Answer(body=b"[]")

    with scripted(answer) as url:
        peer = peer_at(url)
        doc = {"_id": "a", "_rev": "1-a", "text": "说" * 500}
        assert peer.bulk_docs([doc], new_edits=False) == []
        assert peer.bulk_docs([doc], new_edits=False) == []
    assert seen == ["gzip", None, None]


# --- silence --------------------------------------------------------------------------------------------------------


def test_a_feed_that_falls_silent_gives_its_complete_rows_and_then_unreachable():
    row = b'{"seq":%d,"id":"%s","changes":[{"rev":"1-a"}]},\n'
    body = b'{"results":[\n' + row % (1, b"a") + row % (2, b"b") + b'{"seq":3,"id":"c"'
    with always(body=body + b" " * 50, silent_after=len(body)) as url:
        feed = peer_at(url, read_timeout_s=0.3).changes(ChangesRequest())
        seen = []
        with pytest.raises(errors.Unreachable, match="silent"):
            seen.extend(row.id for row in feed)
        assert feed.last_seq == 2


def test_a_server_that_is_not_there_is_unreachable():
    with scripted(lambda request: Answer()) as url:
        pass
    with pytest.raises(errors.Unreachable, match="no answer from http://127"):
        peer_at(url).info()


def test_waiting_ends_when_the_cancel_flag_is_set():
    flag = threading.Event()

    def answer(request):
        flag.set()
        return Answer(body=b'{"results":[\n', silent_after=5)

    with scripted(answer) as url:
        peer = peer_at(url, read_timeout_s=30)
        peer.set_cancel(flag)
        with pytest.raises(errors.Cancelled):
            list(peer.changes(ChangesRequest(feed="longpoll")))


# --- addresses and secrets ------------------------------------------------------------------------------------------


def test_a_password_in_the_address_is_used_and_never_shown():
    seen = []

    def answer(request):
        seen.append(request.headers.get("authorization"))
        return Answer(status=401, body=b'{"error":"unauthorized","reason":"Name or password is incorrect."}')

    with scripted(answer) as url:
        peer = RemotePeer(url.replace("://", "://clerk:s%40cret@") + "/db")
        with pytest.raises(errors.Unauthorized) as caught:
            peer.info()
    assert seen == ["Basic Y2xlcms6c0BjcmV0"]
    for text in (repr(peer), peer.url, str(caught.value)):
        assert "cret" not in text
        assert "Y2xlcms" not in text


def test_credentials_may_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("SYNC_AUTH", "clerk:pw:with:colons")
    assert parse_address("https://hub/db").auth == ("clerk", "pw:with:colons")
    assert parse_address("https://a:b@hub/db").auth == ("a", "b")
    assert parse_address("https://a:b@hub/db", ("x", "y")).auth == ("x", "y")


@pytest.mark.parametrize(
    "bad", ["ftp://h/db", "http://h", "http:///db", "http://h:99999999/db", "http://u:secret@h:x/db", "h/db", "http://h/db?x=1",
            "http://[::1/db", "http://[zz]:1/db", "http://u:secret@[::1/db", "http://h:0/db", "http://a b/db", "http://a%20b/db",
            f"http://{'a' * 64}.example/db"]
)
def test_an_address_that_is_none_is_refused_in_one_sentence_without_the_password(bad):
    with pytest.raises(errors.BadRequest) as caught:
        parse_address(bad)
    assert "secret" not in str(caught.value)


def test_an_address_may_be_of_ipv6_with_its_interface():
    assert parse_address("http://[fe80::1%eth0]:5984/db").server == "http://[fe80::1%eth0]:5984"


@pytest.mark.parametrize("text", ["clerk", "clerk:", ":word", "clerk:a\nother:b", "clerk:a\r\nb", ""])
def test_an_account_is_one_line(text):
    if text == "clerk:":
        assert parse_auth(text, "here") == ("clerk", "")
        return
    with pytest.raises(errors.BadRequest):
        parse_auth(text, "here")


def test_the_mark_that_editors_put_before_a_text_belongs_to_no_name():
    assert parse_auth("\ufeffclerk:word\r\n", "here") == ("clerk", "word")


def test_database_names_and_prefixes_are_kept_apart():
    address = parse_address("https://hub:6984/couch/office%2F1/")
    assert (address.server, address.db_name, address.url) == (
        "https://hub:6984/couch", "office/1", "https://hub:6984/couch/office%2F1",
    )
    assert redact("http://u:p@h/db") == "http://u:***@h/db"
