from __future__ import annotations

import random

import msgspec
import pytest

from sync.errors import BadAnswer, Unreachable
from sync.remote.json_rows import RowSplitter, excerpt

ROWS = [
    {"seq": 1, "id": "a]},\n{", "changes": [{"rev": "1-a"}]},
    {"seq": "2-x", "id": 'b"\\', "changes": [], "doc": {"t": ["[{", {"x": '\\"}'}], "村": "旧地村"}},
    {"seq": 3, "id": "说事室", "changes": [], "doc": {"long": "长" * 500}},
    {"seq": 4, "id": "},{", "changes": [{"rev": "1-a"}, {"rev": "1-b"}], "doc": {"many": [{"n": n} for n in range(9)]}},
    {"seq": 5, "id": "}", "changes": [], "doc": {"few": [{"seq": 9, "id": "x", "changes": []}, {"seq": 8}]}},
]


def one_a_line(rows):
    inner = b",\n".join(map(msgspec.json.encode, rows))
    return b'{"results":[\n' + inner + b'\n],\n"last_seq":3,"pending":0}\n'


def comma_first(rows):
    inner = b"\n,".join(map(msgspec.json.encode, rows))
    return b'\n{ "results" : [' + inner + b'\n] , "last_seq":3}'


def compact(rows):
    return msgspec.json.encode({"results": rows, "last_seq": 3})


def pretty(rows):
    return msgspec.json.format(compact(rows), indent=3)


def with_heartbeats(rows):
    return b"\n\n" + one_a_line(rows).replace(b",\n{", b",\n\n\n{")


def split(answer, **options):
    splitter = RowSplitter(msgspec.json.decode, **options)
    return splitter.feed(answer) + splitter.finish()


@pytest.mark.parametrize("size", [1, 2, 7, 100, 4096, 1_000_000])
@pytest.mark.parametrize("writing", [one_a_line, comma_first, compact, pretty, with_heartbeats])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_rows_come_out_whole_however_the_server_writes_and_the_line_cuts_its_bytes(writing, size, count):
    answer = writing(ROWS[:count])
    splitter = RowSplitter(msgspec.json.decode)
    rows = [row for at in range(0, len(answer), size) for row in splitter.feed(answer[at : at + size])]
    rows += splitter.finish()
    assert rows == ROWS[:count]
    assert splitter.tail["last_seq"] == 3


@pytest.mark.parametrize("writing", [one_a_line, compact, pretty])
def test_a_cut_at_any_byte_gives_complete_rows_only_and_says_unreachable(writing):
    answer = writing(ROWS).rstrip()
    seed = random.randrange(10**6)
    print("seed", seed)
    for cut in random.Random(seed).sample(range(len(answer)), 200):
        splitter = RowSplitter(msgspec.json.decode)
        rows = splitter.feed(answer[:cut])
        with pytest.raises(Unreachable):
            rows += splitter.finish()
        rows += splitter.rows_before_cut
        assert rows == ROWS[: len(rows)]


def test_rows_are_given_as_soon_as_their_line_is_complete():
    splitter = RowSplitter(msgspec.json.decode)
    assert splitter.feed(b'{"results":[\n{"id":1},') == []
    assert splitter.feed(b'\n{"id":2}') == [{"id": 1}]
    assert splitter.feed(b"\n") == [{"id": 2}]


def test_a_large_row_without_newline_is_found_without_reading_everything_again_and_again():
    rows = [{"id": "x", "doc": "y" * 400_000}]
    splitter = RowSplitter(msgspec.json.decode)
    answer = compact(rows)
    found = [row for at in range(0, len(answer), 1000) for row in splitter.feed(answer[at : at + 1000])]
    assert found + splitter.finish() == rows


@pytest.mark.parametrize(
    "answer", [b"<html>log in</html>", b'{"error":"x"}', b'["results"]', b'{"results":[\n{"seq":]\n', b'{"results":[],"x":1}']
)
def test_what_is_no_feed_is_a_bad_answer(answer):
    with pytest.raises((BadAnswer, Unreachable)):
        split(answer)


def test_a_row_has_a_bound():
    with pytest.raises(BadAnswer, match="larger than 1000"):
        split(b'{"results":[{"id":"' + b" " * 2000, max_row_bytes=1000)


def test_an_excerpt_is_short_and_one_line():
    assert excerpt(b"a\n  b" + b"c" * 1000).startswith("a bccc")
    assert len(excerpt(b"x" * 10_000)) < 200


@pytest.mark.parametrize(
    "answer",
    [
        b'{"results":[\n' + b'{"a":' * 200_000,
        b'{"results":[\n{"seq":1,"id":"a","changes":[],"doc":' + b"[" * 2000 + b"]" * 2000 + b"}\n",
        b'{"results":[\n{"seq":1,"id":"\xff","changes":[]}\n',
        b'{"results":[],"last_seq":"\xff"}',
        b'{"results":[\n{"seq":1,"id":"' + b'\\"x' * 300_000,
    ],
)
def test_nesting_without_end_and_bytes_that_are_no_text_are_named(answer):
    splitter = RowSplitter(msgspec.json.decode)
    with pytest.raises((BadAnswer, Unreachable)):  # noqa: PT012
        splitter.feed(answer)
        splitter.finish()
