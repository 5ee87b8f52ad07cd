"""What the system refuses is told in the words of the catalogue, whatever the machine's own language."""

from __future__ import annotations

import csv
import errno
import json
import socket
import ssl
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.ledger.os_words import os_reason, read_reason
from shared.ledger.texts import t

ROOT = Path(__file__).resolve().parents[3]


def test_a_real_refusal_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"Errno") as no:
        (tmp_path / "nothing" / "x").read_bytes()
    assert os_reason(no.value) == t("os.reason.ENOENT")
    with pytest.raises(OSError, match=r"Errno") as no:
        tmp_path.read_bytes()
    assert os_reason(no.value) == t("os.reason.EISDIR")
    with socket.create_server(("127.0.0.1", 0)) as one, pytest.raises(OSError, match=r"Errno") as no:
        socket.create_server(one.getsockname())
    assert os_reason(no.value) == t("os.reason.EADDRINUSE")


def test_what_has_no_words_is_told_by_its_number_or_its_kind() -> None:
    assert os_reason(OSError(errno.EXDEV, "Invalid cross-device link")) == t("os.other", number=errno.EXDEV)
    assert os_reason(TimeoutError()) == t("os.reason.ETIMEDOUT")


def test_what_a_parser_says_is_told_in_words() -> None:
    def why(read: Callable[[], object]) -> str:
        with pytest.raises(Exception, match=r".") as no:
            read()
        return read_reason(no.value)

    assert why(lambda: b"\xff".decode()) == t("os.encoding")
    assert why(lambda: list(csv.reader(["x" * 200_000]))) == t("os.cell", most=csv.field_size_limit())
    assert why(lambda: json.loads('{"a":\n  x}')) == t("os.place", line=2, column=3)
    assert why(lambda: tomllib.loads("a = x")) == t("os.place", line=1, column=5)
    assert why(lambda: json.loads("9" * 6000)) == t("os.content")
    assert why(lambda: Path("/nowhere/x").read_text("utf-8")) == t("os.reason.ENOENT")


def test_no_program_says_what_the_system_says() -> None:
    """`strerror` is English, or the machine's language; only the library's own commands speak English."""
    found = [str(path) for folder in ("county_hub", "village_node", "shared") for path in (ROOT / folder).rglob("*.py")
             if ".strerror" in path.read_text("utf-8").partition('"""\n')[2]]
    assert found == []


REFUSED = OSError(errno.ECONNREFUSED, "Connection refused")


class Wrapped(OSError):
    """As `requests` has it: no number of its own, the cause in its arguments or behind it."""

    def __init__(self, *args: object, reason: BaseException | None = None) -> None:
        super().__init__(*args)
        self.reason = reason


def _raised_for(cause: BaseException) -> BaseException:
    try:
        raise Wrapped("max retries exceeded") from cause
    except OSError as error:
        return error


@pytest.mark.parametrize(("error", "words"), [
    (OSError(errno.ENOSPC, "x"), "磁盘满了"), (Wrapped(Wrapped("pool", reason=REFUSED)), "对方没有应答"),
    (_raised_for(REFUSED), "对方没有应答"), (_raised_for(TimeoutError()), "等太久没有应答"),
    (Wrapped(ssl.SSLCertVerificationError(1, "verify failed")), "证书或加密连接不对"),
    (_raised_for(socket.gaierror(-2, "Name or service not known")), "找不到这个名字的机器"),
    (OSError(99999, "x"), "系统错误 99999"), (Wrapped("nothing known"), "原因不明"), (None, "原因不明"),
])
def test_an_error_is_told_by_what_lies_behind_it(error: BaseException | None, words: str) -> None:
    assert os_reason(error) == words


def test_errors_that_name_each_other_end() -> None:
    one, other = Wrapped("a"), Wrapped("b")
    one.reason, other.reason = other, one
    assert os_reason(one) == "原因不明"
