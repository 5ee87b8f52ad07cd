"""Lines, dates, sums and fitting characters of the printed papers: pure text."""

from __future__ import annotations

import random

import pytest
from fontTools.ttLib import TTFont

from shared.disputes.papers.kit import words, wrap
from shared.ledger.texts import catalogue
from tests.support.shared.forms_case import FONT


def em(line: str) -> float:
    """A Chinese character is one wide, Latin half."""
    return sum(0.5 if c.isascii() else 1.0 for c in line)


def test_no_stop_opens_a_line_and_no_bracket_ends_one() -> None:
    for width in range(4, 20):
        for line in wrap.wrap("他说：“渠道堵了，要清理（今天）。”双方《同意》；1,800.50元。", width, em):
            assert line[0] not in wrap.NO_START, (width, line)
            assert line[-1] not in wrap.NO_END, (width, line)


def test_a_number_or_a_word_stays_whole() -> None:
    lines = wrap.wrap("编号为150822100203的文件sha256-abcdef", 14, em)
    assert any("150822100203" in line for line in lines)
    assert any("sha256-abcdef" in line for line in lines)


def test_nothing_is_lost_and_no_line_is_too_wide() -> None:
    seed = 20261123
    dice = random.Random(seed)
    for _ in range(200):
        text = "".join(dice.choice("渠道堵塞，。（）“”：；abc12、 ") for _ in range(dice.randrange(1, 120)))
        width = dice.randrange(8, 30)
        lines = wrap.wrap(text, width, em)
        assert "".join(lines).replace(" ", "") == text.replace(" ", ""), (seed, text)
        assert all(em(line) <= width for line in lines), (seed, width, lines)


def test_a_word_longer_than_the_line_is_cut() -> None:
    assert wrap.wrap("a" * 30, 5, em) == ["a" * 10, "a" * 10, "a" * 10]


def test_the_first_line_is_indented_and_an_empty_text_is_one_line() -> None:
    assert wrap.wrap("一二三四五六", 4, em, 2) == ["一二", "三四五六"]
    assert wrap.wrap("", 4, em) == [""]


def test_a_character_the_font_lacks_becomes_a_clear_mark() -> None:
    known = frozenset(map(ord, "张三〔缺字〕"))
    assert wrap.printable("张\U00020bb7三", known) == ("张〔缺字U+20BB7〕三", {"\U00020bb7"})
    text, lacking = wrap.printable("张ᠮᠣᠩᠭᠣᠯ三", known)
    assert text == "张〔缺字6个〕三"
    assert lacking == set("ᠮᠣᠩᠭᠣᠯ")


def test_controls_joiners_and_variation_marks_vanish() -> None:
    assert wrap.printable("张\u200b三\ufe0f\x07", frozenset(map(ord, "张三"))) == ("张三", set())


@pytest.mark.parametrize(
    ("fen", "said"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角整"),
        (100, "壹元整"),
        (105, "壹元零伍分"),
        (180050, "壹仟捌佰元伍角整"),
        (1000000, "壹万元整"),
        (10050000, "壹拾万零伍佰元整"),
        (1001000, "壹万零壹拾元整"),
        (2030000, "贰万零叁佰元整"),
        (10**10, "壹亿元整"),
        (10**10 + 100, "壹亿零壹元整"),
        (1234567, "壹万贰仟叁佰肆拾伍元陆角柒分"),
    ],
)
def test_sums_are_written_in_capital_numerals(fen: int, said: str) -> None:
    assert words.capital(fen) == said


def test_dates_and_counts() -> None:
    assert words.date_cn("2026-03-02") == "2026年3月2日"
    assert words.date_cn(None).endswith("日")
    assert [words.numeral(n) for n in (1, 10, 11, 20, 35, 100)] == ["一", "十", "十一", "二十", "三十五", "100"]
    assert words.copies(3) == "叁"
    assert words.yuan(180050) == "1,800.50元"


def test_the_font_has_every_character_of_the_forms() -> None:
    known = TTFont(FONT, lazy=True).getBestCmap()
    lacking = {
        c for key, text in catalogue().items() if key.startswith("forms.") for c in text if c != "\n" and ord(c) not in known
    }
    assert not lacking
