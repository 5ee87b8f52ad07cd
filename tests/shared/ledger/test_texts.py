"""The catalogue in a second language: what it lacks, or says of other values, is shown in Chinese."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.ledger import texts
from shared.ledger.texts import t


@pytest.fixture
def second(tmp_path: Path):
    folder = tmp_path / "xx"
    folder.mkdir()
    (folder / "language.toml").write_text('name = "Second"\n', "utf-8")
    (folder / "app.toml").write_text(
        'back = "OK"\ncancel = ""\ngone_key = "nobody asks"\nrings = "{number} {other}"\ndemo = "{"\n'
        '[home]\ndate = "{month}/{day} {weekday}"\n', "utf-8")
    yield tmp_path
    texts.use("")


def test_a_second_language_is_tried_first_and_chinese_where_it_has_nothing(second: Path) -> None:
    chinese = {key: t(key) for key in ("app.cancel", "app.save", "app.demo")}
    assert texts.languages(second) == {"xx": "Second"}
    assert texts.languages() == {}, "the program travels in Chinese alone"
    texts.use("xx", second)
    assert t("app.back") == "OK"
    assert {key: t(key) for key in chinese} == chinese, "empty, missing and unusable texts"
    assert t("app.home.date", month=1, day=2, weekday="Mo") == "1/2 Mo"
    assert "甲" in t("app.rings", sentence="甲", number="1"), "a text that wants other values could not be filled in"
    assert texts.names("app.home")["date"] == "{month}/{day} {weekday}"
    assert not texts.has("app.gone_key")
    texts.use("")
    assert t("app.back") != "OK"


@pytest.mark.parametrize(("given", "said"), [
    ("2026-03-09", "2026年3月9日"), ("2026-03-09 08:12", "2026年3月9日 08:12"), ("2026-02-30", "2026-02-30"),
    ("2026-03-09T08:12", "2026-03-09T08:12"), ("２０２６-03-09", "２０２６-03-09"), ("", ""), (20260309, "20260309")])
def test_a_day_within_a_sentence_is_said_and_what_is_none_stays(given: object, said: str) -> None:
    assert t("waiting.oldest", date=given) == f"最早一件 {said}"


def test_what_a_sentence_quotes_stays_as_it_was_typed() -> None:
    assert "“2026-03-09”" in t("hub.divisions.dates", file="a", line=1, start="2026-03-10", end="2026-03-09")
    assert "里 2026-03-09 不是日期" in t("wrong_table.day", where="clocks", field="from", value="2026-03-09")
