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
