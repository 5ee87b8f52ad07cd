"""Log lines of both programs: one JSON object a line, with the sync session it belongs to and nothing about people.

    {"at": "2026-11-29T08:00:00.123+08:00", "level": "WARNING", "log": "county_hub.workers", "message": "...",
     "session": "4f1c...", "fault": "ValueError", "trace": ["county_hub/x.py:12 work", ...]}

A session is one round of a device: its id is made there, goes with each of its requests (`HEADER`), and stands in the lines of
both sides. Of an exception the type and the places are told, never its message: it may quote what somebody typed. Figures that
look like a telephone or an identity number are masked wherever they stand.
"""

from __future__ import annotations

import contextlib
import json
import logging
import logging.handlers
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

HEADER = "x-sync-session"
_SESSION = re.compile(r"[0-9a-f]{16}", re.ASCII)
_PEOPLE = ((re.compile(r"(?<!\w)\d{17}[\dXx](?!\w)"), "[id]"), (re.compile(r"(?<!\w)1[3-9]\d{9}(?!\w)"), "[phone]"))
_FRAMES, _LONGEST = 30, 2000
_ROOT = Path(__file__).resolve().parent.parent
_ZONE = timezone(timedelta(hours=8))
_current: ContextVar[str] = ContextVar("sync_session", default="")


def new_session(random: Callable[[int], bytes]) -> str:
    """16 hex digits that name one round."""
    return random(8).hex()


def session_in(text: str) -> str:
    """The session that a header names; empty for what is none."""
    return text if _SESSION.fullmatch(text) else ""


@contextlib.contextmanager
def in_session(session: str) -> Iterator[None]:
    """Every line that this thread (or task) logs in the block bears the session."""
    before = _current.set(session)
    try:
        yield
    finally:
        _current.reset(before)


class JsonLines(logging.Formatter):
    """See the module."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, _ZONE)
        line = {"at": at.isoformat(timespec="milliseconds"), "level": record.levelname, "log": record.name,
                "message": masked(record.getMessage())[:_LONGEST]}
        if session := _current.get():
            line["session"] = session
        return json.dumps({**line, **_told(record)}, ensure_ascii=False)


class _Unheard(logging.Handler):
    """A full disk takes no line: neither a traceback on the screen nor the end of a program for it."""

    def handleError(self, record: logging.LogRecord) -> None:
        pass

    def close(self) -> None:
        with contextlib.suppress(OSError):      # what was not written yet
            super().close()


class SizedLog(_Unheard, logging.handlers.RotatingFileHandler):
    """A log file of JSON lines that is put aside at `most` bytes; the newest `kept` stay. Made with its first line."""

    def __init__(self, path: Path, most: int = 1 << 20, kept: int = 3) -> None:
        super().__init__(path, maxBytes=most, backupCount=kept, encoding="utf-8", delay=True)
        self.setFormatter(JsonLines())


class DailyLog(_Unheard, logging.handlers.TimedRotatingFileHandler):
    """A log file of JSON lines that is put aside at midnight; those of the last `days` stay."""

    def __init__(self, path: Path, days: int) -> None:
        super().__init__(path, when="midnight", backupCount=days, encoding="utf-8")
        self.setFormatter(JsonLines())


def as_told(record: logging.LogRecord) -> dict[str, object]:
    """A line as values that JSON holds, for the process that keeps the log of several (`log_again`)."""
    return {"log": record.name, "level": record.levelno, "message": masked(record.getMessage())[:_LONGEST], "told": _told(record)}


def log_again(told: Mapping[str, Any], process: str) -> None:
    """Log here what `process` has told."""
    logging.getLogger(str(told["log"])).log(
        int(told["level"]), "%s", told["message"], extra={"told": {**told["told"], "process": process}})


def masked(text: str) -> str:
    """The same text without what looks like a telephone or an identity number."""
    for pattern, word in _PEOPLE:
        text = pattern.sub(word, text)
    return text


def _told(record: logging.LogRecord) -> dict[str, object]:
    fault = record.exc_info[1] if record.exc_info else None
    return {**getattr(record, "told", {}), **(_fault(fault) if fault is not None else {})}


def _fault(fault: BaseException) -> dict[str, object]:
    """Type and places of an exception and of what led to it."""
    frames = traceback.extract_tb(fault.__traceback__)[-_FRAMES:]
    told: dict[str, object] = {
        "fault": type(fault).__name__, "trace": [f"{_place(each.filename)}:{each.lineno} {each.name}" for each in frames]}
    cause = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    return {**told, "cause": type(cause).__name__} if cause is not None else told


def _place(name: str) -> str:
    """Below the program's own folder; of a library its last two parts."""
    path = Path(name)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else "/".join(path.parts[-2:])
