"""Whatever is wrong with a draft, the person who typed it reads Chinese: field, value and remedy, never a word of the library."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from shared.disputes.acts import drafts
from shared.disputes.acts.refusal import Refusal
from shared.disputes.kinds import registry as bodies
from tests.support.drafts import draft_of

ABSENT = object()
# One of each way to be wrong: of another type, too short, too long, out of bounds, of another form, not of this world.
WRONG: tuple[Any, ...] = (
    ABSENT, None, "", "x", "长" * 5001, "2026-02-30", -1, 10**13, 1.5, True, [], [1] * 1001, ["x"], [""], [{}], [{"odd": 1}], {},
    {"odd": 1}, "\U000e0fff", [[1]], float("nan"),
)
QUOTED = re.compile("“[^”]*”")
# What is the same in both languages, or is an example of what is typed.
OURS = re.compile(r"true/false|JSON|sign-\d\.png|PDF|DEMO|U\+[0-9A-F]+")


def refusals() -> Iterator[tuple[str, str, object, Refusal]]:
    """(kind, field, what was given, the refusal) of everything that is refused."""
    for kind in bodies.CURRENT:
        good = draft_of(kind, case="01J9ZK3V7Q8W9X0Y1Z2A3B4C5D", event="case:01J9ZK3V7Q8W9X0Y1Z2A3B4C5D:0190000000000000:"
                        "abcdefghijklmnopqrstuvwxyz", today="2026-11-23")
        model = bodies.BODIES[kind, bodies.CURRENT[kind]]
        names = [field.alias or name for name, field in model.model_fields.items()]
        for name in (*names, "odd"):
            for wrong in WRONG:
                draft = {key: value for key, value in {**good, name: wrong}.items() if value is not ABSENT}
                try:
                    drafts.check(kind, draft)
                except Refusal as no:
                    yield kind, name, wrong, no


@pytest.fixture(scope="module")
def told() -> tuple[dict[str, tuple[str, str, object]], set[str]]:
    """Every sentence once with an example of what it answers; the failures that the library reported."""
    sentences, reported = {}, set[str]()
    for kind, field, given, no in refusals():
        sentences |= dict.fromkeys((no.sentence, *no.fields.values()), (kind, field, given))
        if isinstance(no.__cause__, ValidationError):
            reported |= {error["type"] for error in no.__cause__.errors()}
    return sentences, reported


def test_no_refusal_of_a_field_has_a_word_of_another_language(told: tuple[dict[str, tuple[str, str, object]], set[str]]) -> None:
    assert len(told[0]) > 1000
    english = {sentence: example for sentence, example in told[0].items()
               if re.search("[A-Za-z]{2}", OURS.sub("", QUOTED.sub("", sentence))) or not re.search("[\u4e00-\u9fff]", sentence)}
    assert english == {}
    unnamed = {name for sentence in told[0] for name in re.findall("“([a-z_0-9]+)”", sentence.replace("“odd”", ""))
               if sentence.startswith("请填写")}
    assert unnamed == set()


def test_every_failure_that_the_library_reports_has_words_of_its_own(told: tuple[dict[str, tuple[str, str, object]], set[str]]
                                                                     ) -> None:
    """The general sentence, that the value is not right, does for a day or a code; not where a bound or a type is meant."""
    assert len(told[1]) > 10
    assert told[1] - drafts.BY_TYPE.keys() == set()


def test_characters_that_nobody_sees_are_not_dropped_without_a_word() -> None:
    draft = {"text": "欠款\u202e元", "items": [{"who": 1, "what": "清\u200b理"}], "name": "演示\u200b甲",
             "files": [{"name": "\u200b"}]}
    fields = "、".join(drafts.label(path) for path in (("text",), ("items", 0, "what")))
    assert drafts.left_out(draft) == (
        f"{fields}里有 2 个看不见或改变阅读方向的字符（改变阅读方向的字符 U+202E、零宽字符 U+200B），没有保存；其余内容已保存。")
    assert drafts.left_out({"text": "一\n二", "parties": [{"address": "三组"}]}) == ""
