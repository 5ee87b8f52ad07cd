"""`$regex`: what matches, what is refused by name, and that no pattern takes longer than its text is long."""

from __future__ import annotations

import random
import re

import pytest

from sync import errors, tuning
from sync.mango.index import definitions_of
from sync.mango.regex import BadPattern, Regex
from sync.mango.selector import compile_selector, match

MATCHES = [
    ("", "", True), ("a||b", "z", True), ("旧", "一个旧地村", True), ("^旧地", "旧地村", True), ("^地", "旧地", False),
    ("a.c", "a\nc", False), ("(?s)a.c", "a\nc", True), ("a.c", "a旧c", True), ("^a$", "a\n", True), (r"^a\z", "a\n", False),
    ("^b", "a\nb", False), ("(?m)^b", "a\nb", True), ("(?m)a$", "a\nb", True), ("(?m)^$", "a\n", False), ("(?m)^$",
    "a\n\nb", True),
    (r"\bcat\b", "a cat.", True), (r"\bcat\b", "concat", False), (r"\B", "", True), (r"a\b", "a旧", True), (r"\Ba", "ba", True),
    (r"\d", "٣", False), (r"\w", "é", False), (r"\s", "　", False), (r"^\D+$", "٣", True), (r"\w", "_", True),
    ("(?i)ABC", "xabcx", True), ("(?i)é", "É", False), ("a(?i:b)c", "aBc", True), ("a(?i:b)c", "aBC", False), ("(?i)[^a]",
    "A", False),
    ("[]a]", "]", True), ("[^]a]", "]", False), ("[a-]", "-", True), (r"[\]\\]", "\\", True), (r"[\b]", "\x08", True),
    ("[[:digit:]x]", "7", True), ("[[:^digit:]]", "7", False), ("[一-龥]{2,3}", "旧地", True), (r"[\u4e00-\u9fff]", "旧", True),
    (r"\x41\x{65e7}\t", "A旧\t", True), ("^a{2}$", "aaa", False), ("^a{2,}$", "aaa", True), ("^a{0}$", "", True), ("^(ab){1,2}$",
    "ababab", False),
    ("^(a|ab)(c|bcd)$", "abcd", True), ("^(?:a*)*$", "aab", False), ("^(?<year>[0-9]{4})-(?P<m>[0-9]{2})$", "2026-11", True),
    ("a{", "a{", True), ("a{x}", "a{x}", True), (r"\.", "x", False), ("a+?b", "aab", True), ("(^a|b$)", "xb", True),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "text", "found"), MATCHES)
def test_a_pattern_matches_as_pcre_does(pattern, text, found):
    assert Regex(pattern).found_in(text) is found


REFUSED = [
    (r"(a)\1", "backreference"), ("(?=a)", "looking ahead"), ("(?!a)", "looking ahead"), ("(?<=a)b", "looking behind"),
    ("(?<!a)b", "looking behind"), ("(?>a)", "atomic"), ("a++", "possessive"), ("a*+", "possessive"), ("(?P<n>a)(?P=n)",
    "backreference"),
    ("(?(1)a)", "condition"), (r"\p{Han}", "[ ]"), (r"a\Z", r"\z"), (r"\v", "x0b"), ("a{,3}", "{0,n}"),
    (r"\Qa\E", "backslash"), ("(?x)a", "flag"), ("a(?i)b", "at the beginning"), ("(", "without its )"), ("a)", "without its ("),
    ("[a", "ends too early"), ("a**", "repeated already"), ("*a", "nothing stands before"), ("^*", "cannot be repeated"),
    ("a{3,2}", "goes down"), ("[z-a]", "goes down"), (r"[\d-z]", "class"), ("[[:no:]]", "[:alpha:]"), (r"\x{110000}", "beyond"),
    ("\\", "early"),
    ("a" * (tuning.MAX_REGEX_CHARS + 1), "longer"), ("((a{99}){99}){99}", "steps"), ("((){999}){999}", "steps"),
    ("(" * 60 + "a" + ")" * 60, "nested"), ("(?:" * 160 + "a", "nested"),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "word"), REFUSED)
def test_what_lies_outside_of_the_subset_is_refused_with_its_place_and_a_remedy(pattern, word):
    with pytest.raises(BadPattern, match=re.escape(word)):
        Regex(pattern)
    with pytest.raises(errors.BadRequest, match=r"\$regex"):
        match({"text": {"$regex": pattern}}, {"_id": "a", "text": "a"})


def random_pattern(chance: random.Random, depth: int = 0) -> str:
    kind = chance.random()
    if depth > 3 or kind < 0.45:
        atoms = [
            "a", "b", "c", "_", ".", r"\d", r"\w", r"\s", r"\W", "[ab]", "[^a]", "[a-c_]", r"\n", "^", "$", r"\b", r"\A",
            "é", "旧", "",
        ]
        return chance.choice(atoms)
    if kind < 0.6:
        return random_pattern(chance, depth + 1) + random_pattern(chance, depth + 1)
    if kind < 0.72:
        return f"(?:{random_pattern(chance, depth + 1)}|{random_pattern(chance, depth + 1)})"
    times = chance.choice(["*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?", "+?"])
    return f"(?:{random_pattern(chance, depth + 1)}){times}"


def test_random_patterns_match_what_a_backtracking_matcher_finds():
    """Python reads these patterns as PCRE does, where `(?m)` and `\\B` are left out."""
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(3000):
        pattern = chance.choice(["", "(?i)", "(?s)"]) + random_pattern(chance)
        ours, other = Regex(pattern), re.compile(pattern, re.ASCII)
        for _ in range(5):
            text = "".join(chance.choice("ab c_A1\né旧") for _ in range(chance.randrange(9)))
            assert ours.found_in(text) is (other.search(text) is not None), (seed, pattern, text)


EVIL = [
    ("^(a+)+$", "a", "b"), ("^(a|aa)+$", "a", "b"), ("(a*)*b", "a", "c"), ("(.*)(.*)(.*)(.*)(.*)[0-9]", "x", ""), ("(x+x+)+y",
    "x", ""),
    ("^(([a-z])+.)+[A-Z]([a-z])+$", "a", ""), ("(a?){90}a{90}$", "a", "b"), (r"\b(\w+\s?)+$", "a", "!"),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "filling", "end"), EVIL)
def test_a_pattern_that_backtracking_never_finishes_looks_at_each_character_once(pattern, filling, end):
    class Counted(str):
        read = 0

        def __iter__(self):
            for char in str.__iter__(self):
                Counted.read += 1
                yield char

        def __getitem__(self, part):
            return Counted(str.__getitem__(self, part))

    text = Counted(filling * 100_000 + end)
    Regex(pattern).found_in(text)
    assert Counted.read <= len(text)
    assert Regex(pattern).found_in(filling * 100_000 + "\n" + end) in (True, False)


def test_what_a_pattern_remembers_is_bounded_and_forgetting_changes_nothing():
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    text = "".join(chance.choice("ab") for _ in range(20_000))
    pattern = "(a|b)*a(a|b){12}c"
    expected = re.search("a[ab]{12}c", text + "c") is not None
    regex = Regex(pattern, sets=20, chars=2)
    assert regex.found_in(text + "c") is expected
    assert not regex.found_in(text)
    assert len(regex._sets) <= 20
    assert regex.found_in("一二三四五" * 10 + "a" * 13 + "c")


# --- what a selector may cost ---


def test_a_document_that_would_cost_too_much_does_not_match_and_is_counted():
    wanted = {"text": {"$regex": "a.*b"}}
    doc = {"_id": "d", "text": "a" + "x" * 10_000 + "b"}
    assert match(wanted, doc)
    selector = compile_selector(wanted, 5000)
    assert not selector(doc)
    assert selector.passed_over == 1
    assert selector({"_id": "d", "text": "ab"}), "the next document has work of its own"
    assert not compile_selector({"$not": wanted}, 5000)(doc), "not told is not the same as not matching"


@pytest.mark.parametrize(
    "condition",
    [
        {"list": {"$elemMatch": {"$gt": 5}}}, {"list": {"$allMatch": {"$lt": 5}}}, {"list": {"$in": [7]}},
        {"list": {"$all": [1, 9]}},
        {"map": {"$keyMapMatch": {"$eq": "zz"}}}, {"list": {"$not": {"$elemMatch": {"$elemMatch": {"$gt": 5}}}}},
        {"text": {"$regex": "q"}},
    ],
)  # fmt: skip
def test_every_loop_over_a_document_counts_as_work(condition):
    doc = {"_id": "d", "list": [1] * 5000, "map": {f"k{n}": n for n in range(5000)}, "text": "x" * 100_000}
    selector = compile_selector(condition, 1000)
    assert not selector(doc)
    assert selector.passed_over == 1


def test_a_selector_with_too_many_conditions_or_patterns_is_413():
    many = {"$or": [{"n": number} for number in range(tuning.MAX_SELECTOR_CONDITIONS + 1)]}
    empty: dict = {"$nor": [{}] * (tuning.MAX_SELECTOR_CONDITIONS + 1)}
    nested = {"list": {"$elemMatch": {"$and": [{"$gt": number} for number in range(tuning.MAX_SELECTOR_CONDITIONS + 1)]}}}
    patterns = {"$and": [{"t": {"$regex": "a"}}] * (tuning.MAX_SELECTOR_PATTERNS + 1)}
    for selector in (many, empty, nested, patterns):
        with pytest.raises(errors.TooLarge, match="more than"):
            compile_selector(selector)
    assert match({"n": {"$in": list(range(50_000))}}, {"_id": "a", "n": 49_999}), "values are not conditions"
    assert match({"tags": list(range(5000))}, {"_id": "a", "tags": list(range(5000))})


def test_values_in_a_list_are_told_apart_as_everywhere():
    doc = {"_id": "a", "n": 1, "yes": True, "f": 2.0, "list": [[1, 2], {"a": 1}], "none": None}
    for condition, found in [
        ({"n": {"$in": [True]}}, False), ({"yes": {"$in": [1]}}, False), ({"n": {"$in": [1.0]}}, True),
        ({"f": {"$in": [2]}}, True),
        ({"list": {"$in": [[1.0, 2]]}}, True), ({"list": {"$in": [{"a": 1}]}}, True), ({"list": {"$in": [{"a": True}]}}, False),
        ({"none": {"$in": [None]}}, True), ({"none": {"$in": [False, 0, ""]}}, False),
        ({"list": {"$all": [{"a": 1}, [1, 2]]}}, True),
        ({"n": {"$in": ["is", ["is", True]]}}, False), ({"yes": {"$in": [["is", True]]}}, False),
    ]:  # fmt: skip
        assert match(condition, doc) is found, condition


def test_an_index_whose_filter_holds_a_pattern_outside_of_the_subset_is_none():
    view = {"map": {"fields": {"n": "asc"}, "partial_filter_selector": {"t": {"$regex": r"(a)\1"}}}}
    wide = {"map": {"fields": {"n": "asc"}, "partial_filter_selector": {"$or": [{}] * 5000}}}
    good = {"map": {"fields": {"n": "asc"}, "partial_filter_selector": {"t": {"$regex": "^a"}}}}
    ddoc = {"_id": "_design/x", "language": "query", "views": {"a": view, "b": wide, "c": good}}
    assert [each.name for each in definitions_of(ddoc)] == ["c"]
