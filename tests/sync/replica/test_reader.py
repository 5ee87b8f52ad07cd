"""The questions of `Reader`: the same answers from the replica and inside a transaction, where its own writes are seen too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sync import errors
from sync.replica import LocalReplica
from sync.replica.reader import Reader


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[LocalReplica]:
    with LocalReplica.open(tmp_path / "here.replica") as made:
        made.bulk_docs([{"_id": id, "n": n} for n, id in enumerate(["a", "b", "c", "d"])])
        made.put_attachment("e", "note.txt", b"DEMO", "text/plain")
        made.delete("d", made.get("d")["_rev"])
        made.bulk_docs([{"_id": "b", "_rev": "1-f", "n": 9}], new_edits=False)
        made.put_local("one", {"x": 1})
        yield made


@contextmanager
def as_it_is(replica: LocalReplica) -> Iterator[Reader]:
    yield replica


@pytest.fixture(params=["replica", "transaction"])
def reader(request: pytest.FixtureRequest, replica: LocalReplica) -> Iterator[Reader]:
    with as_it_is(replica) if request.param == "replica" else replica.transaction() as made:
        yield made


@pytest.mark.parametrize(("asked", "ids"), [
    ({}, ["a", "b", "c", "e"]),
    ({"startkey": "b", "endkey": "c"}, ["b", "c"]),
    ({"startkey": "b", "endkey": "c", "inclusive_end": False}, ["b"]),
    ({"descending": True, "startkey": "c", "limit": 2}, ["c", "b"]),
    ({"skip": 1, "limit": 1}, ["b"]),
    ({"keys": ["c", "none", "d", "a"]}, ["c", "none", "d", "a"]),
    ({"keys": ["c", "a"], "descending": True}, ["a", "c"]),
    ({"startkey": None, "keys": None}, ["a", "b", "c", "e"]),
])
def test_rows_are_those_that_were_asked_for(reader: Reader, asked: dict[str, Any], ids: list[str]) -> None:
    rows = reader.all_docs(**asked)
    assert [row.id for row in rows] == ids
    assert [row.doc for row in rows] == [None] * len(ids)
    with_docs = [row.doc for row in reader.all_docs(**asked, include_docs=True)]
    assert [doc and doc["_id"] for doc in with_docs] == [id if id not in ("none", "d") else None for id in ids]


def test_conflicts_and_files_come_when_they_are_asked_for(reader: Reader) -> None:
    rows = {row.id: row.doc or {} for row in reader.all_docs(include_docs=True, conflicts=True, attachments=True)}
    assert len(rows["b"]["_conflicts"]) == 1
    assert rows["e"]["_attachments"]["note.txt"]["data"] == "REVNTw=="
    plain = {row.id: row.doc or {} for row in reader.all_docs(include_docs=True)}
    assert "_conflicts" not in plain["b"]
    assert plain["e"]["_attachments"]["note.txt"]["stub"] is True


def test_what_nobody_can_be_asked_is_a_fault_of_the_program(reader: Reader) -> None:
    with pytest.raises(TypeError):
        reader.all_docs(startky="a")      # type: ignore[call-arg]


def test_every_other_question_is_answered_too(reader: Reader) -> None:
    assert reader.get("a", revs=True)["_revisions"]["start"] == 1
    assert len(reader.open_revs("b")) == 2
    assert [len(one.docs) for one in reader.bulk_get([{"id": "b"}, {"id": "none"}])] == [2, 0]
    assert reader.revs_diff({"a": ["9-f"]})["a"].missing == ("9-f",)
    assert reader.count_docs(below="c", most=10) == 2
    assert reader.get_attachment("e", "note.txt").data == b"DEMO"
    assert reader.get_local("one") == {"_id": "_local/one", "_rev": "0-1", "x": 1}
    assert [doc["_id"] for doc in reader.local_docs()] == ["_local/one"]
    with pytest.raises(errors.NotFound):
        reader.get("d")


def test_a_transaction_sees_what_it_wrote_and_nobody_else_does(replica: LocalReplica) -> None:
    with replica.transaction() as tx:
        tx.put({"_id": "new"})
        tx.put_local("two", {})
        assert [row.id for row in tx.all_docs(startkey="n")] == ["new"]
        assert replica.all_docs(startkey="n") == []
        assert replica.get_local("two") is None
    assert [row.id for row in replica.all_docs(startkey="n")] == ["new"]


def test_a_transaction_that_has_ended_answers_nothing(replica: LocalReplica) -> None:
    with replica.transaction() as tx:
        pass
    for ask in (tx.all_docs, lambda: tx.get("a"), lambda: tx.get_local("one")):
        with pytest.raises(RuntimeError):
            ask()
