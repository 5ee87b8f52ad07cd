"""The pipes between a server and its workers, and what becomes of a worker that dies again and again."""

from __future__ import annotations

import io
import sys
import threading
from typing import Any

import pytest

from county_hub.hub.crew import member as members
from county_hub.hub.crew.lines import Outbox, heard, marks_in
from county_hub.hub.crew.member import Member


def said(outbox: Outbox) -> list[dict[str, Any]]:
    stream = io.BytesIO()
    outbox.close()
    outbox.write_to(stream)
    return list(heard(io.BytesIO(stream.getvalue())))


def test_what_is_said_while_nobody_writes_is_one_line_with_each_name_once() -> None:
    outbox = Outbox()
    marks = [bytes([n]) * 32 for n in range(3)]
    for mark in marks:
        outbox.mark(mark)
    for name in ("office-1", "office-2", "office-1"):
        outbox.dirty(name)
    outbox.receipts(2)
    outbox.say(ask="look", n=1)
    first, second = said(outbox)
    assert first["dirty"] == ["office-1", "office-2"]
    assert marks_in(first["marks"]) == marks
    assert first["receipts"] == 2
    assert second == {"ask": "look", "n": 1}


def test_half_a_line_of_a_killed_process_is_no_line() -> None:
    assert list(heard(io.BytesIO(b'{"a": 1}\n{"b": '))) == [{"a": 1}]


def test_who_dies_at_once_is_started_again_ever_later_and_called_failing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "FIRST_PAUSE_S", 0.01)
    codes, thrice = list[int](), threading.Event()

    def died(member: Member, code: int) -> None:
        codes.append(code)
        if len(codes) == 3:
            thrice.set()

    member = Member("router 0/1", [sys.executable, "-c", "raise SystemExit(3)"], {}, lambda member, line: None, died)
    assert member.failing_s() is None
    member.start()
    assert thrice.wait(60)
    assert codes[:3] == [3, 3, 3]
    assert member.failing_s() == float("inf")
    assert member.down_s() > 0
    member.stop()
    assert member.join(30)


def test_a_program_that_is_not_there_is_no_end_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "FIRST_PAUSE_S", 0.01)
    told = threading.Event()
    member = Member("router 0/1", ["/nowhere/python"], {}, lambda member, line: None, lambda member, code: told.set())
    member.start()
    assert told.wait(60)
    member.stop()
    assert member.join(30)


def test_a_worker_hears_and_answers_until_its_stdin_ends() -> None:
    echo = "import sys\nfor line in sys.stdin.buffer:\n    sys.stdout.buffer.write(line)\n    sys.stdout.buffer.flush()\n"
    lines, three = list[dict[str, Any]](), threading.Event()

    def hears(member: Member, line: dict[str, Any]) -> None:
        lines.append(line)
        if len(lines) == 1:
            member.outbox.say(ask="look", n=1)
        if line.get("n") == 2:
            raise ValueError("a mistake of the server's must not deafen it")
        if line.get("n") == 1:
            member.outbox.say(ask="look", n=2)
            member.outbox.say(ask="look", n=3)
        if line.get("n") == 3:
            three.set()

    member = Member("echo", [sys.executable, "-c", echo], {"name": "echo"}, hears, lambda member, code: None)
    member.start()
    assert three.wait(60)
    assert [line.get("n") for line in lines] == [None, 1, 2, 3]
    assert member.down_s() == 0
    member.stop()
    assert member.join(30)
    assert member.pid is None
