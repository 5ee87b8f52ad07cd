"""The pattern of a `$regex` as a tree: a documented subset of PCRE that a linear-time matcher can hold. Pure; must not know how
patterns are matched.

    alternatives   items joined by |                  tree: Alt(branches)
    items          atoms, each perhaps repeated       tree: Cat(items), Rep(item, least, most)
    atoms          a character, . , [class] ,         tree: Chars
                   \\d \\D \\w \\W \\s \\S
                   ( ) , (?: ) , (?<name> )           tree: that of the group
    places         ^ $ \\A \\z \\b \\B                   tree: Place

Flags `i` (A-Z and a-z alone), `m`, `s`: `(?im)` at the beginning, `(?i: )` for a group. `\\d`, `\\w`, `\\s`, `\\b` and the POSIX
classes speak of ASCII, as PCRE does unless told otherwise. What needs memory of what was matched (backreferences, lookaround,
atomic groups), and what PCRE and Python read differently (`\\Z`, `\\v`, `{,n}`), is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sync import tuning

Ranges = tuple[tuple[int, int], ...]
"""Code points, first and last of each range."""
PlaceKind = Literal["text begin", "text end", "last line end", "line begin", "line end", "word edge", "no word edge"]
LAST = 0x10FFFF


class BadPattern(Exception):
    """The pattern is outside the subset; the text says what, where, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Chars:
    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Place:
    kind: PlaceKind


@dataclass(frozen=True, slots=True)
class Cat:
    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Alt:
    branches: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Rep:
    """`most` None: without end."""

    item: Tree
    least: int
    most: int | None


Tree = Chars | Place | Cat | Alt | Rep

# --- sets of code points ---


def united(ranges: Sequence[tuple[int, int]]) -> Ranges:
    """Sorted, without overlaps."""
    done: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if done and first <= done[-1][1] + 1:
            done[-1] = done[-1][0], max(done[-1][1], last)
        else:
            done.append((first, last))
    return tuple(done)


def inverted(ranges: Ranges) -> Ranges:
    edges = [-1, *(edge for first, last in ranges for edge in (first, last)), LAST + 1]
    gaps = ((edges[at] + 1, edges[at + 1] - 1) for at in range(0, len(edges), 2))
    return tuple(gap for gap in gaps if gap[0] <= gap[1])


def _in_both_cases(ranges: Ranges) -> Ranges:
    more = list(ranges)
    for low, high, step in ((0x41, 0x5A, 32), (0x61, 0x7A, -32)):
        more += [(max(a, low) + step, min(b, high) + step) for a, b in ranges if max(a, low) <= min(b, high)]
    return united(more)


DIGIT: Ranges = ((0x30, 0x39),)
WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
SPACE: Ranges = ((0x09, 0x0D), (0x20, 0x20))
NEWLINE: Ranges = ((0x0A, 0x0A),)
_CLASSES = {
    "d": DIGIT, "w": WORD, "s": SPACE, "D": inverted(DIGIT), "W": inverted(WORD), "S": inverted(SPACE),
}  # fmt: skip
_CONTROLS = {"a": 7, "e": 27, "f": 12, "n": 10, "r": 13, "t": 9}
_PLACES: dict[str, PlaceKind] = {"A": "text begin", "z": "text end", "b": "word edge", "B": "no word edge"}
_POSIX: dict[str, Ranges] = {
    "alnum": ((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)), "alpha": ((0x41, 0x5A), (0x61, 0x7A)), "ascii": ((0, 0x7F),),
    "blank": ((9, 9), (0x20, 0x20)), "cntrl": ((0, 0x1F), (0x7F, 0x7F)), "digit": DIGIT, "graph": ((0x21, 0x7E),),
    "lower": ((0x61, 0x7A),), "print": ((0x20, 0x7E),), "punct": ((0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)),
    "space": SPACE, "upper": ((0x41, 0x5A),), "word": WORD, "xdigit": ((0x30, 0x39), (0x41, 0x46), (0x61, 0x66)),
}  # fmt: skip
_REMEDIES = {
    "Z": r"write \z for the end of the text, or $", "v": r"write \x0b for the vertical tab, or \s",
    "K": "it changes what is reported, and nothing is",
    "p": "name the characters in [ ]", "P": "name the characters in [^ ]",
    "Q": "put a backslash before each character instead",
}  # fmt: skip
_GROUPS = {
    "(?=": "looking ahead", "(?!": "looking ahead", "(?<=": "looking behind", "(?<!": "looking behind", "(?>": "an atomic group",
    "(?P=": "a backreference", "(?P>": "recursion", "(?R": "recursion", "(?&": "recursion", "(?(": "a condition",
    "(?#": "a comment", "(?|": "branch reset", "(*": "a verb",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Flags:
    ignore_case: bool = False
    multi_line: bool = False
    dot_all: bool = False

    def with_letters(self, on: str, off: str, fault: Callable[[str], BadPattern]) -> _Flags:
        known = {"i": "ignore_case", "m": "multi_line", "s": "dot_all"}
        for letter in on + off:
            if letter not in known:
                raise fault(f"flag {letter!r} is not spoken here; there are i, m and s")
        return replace(self, **{known[letter]: True for letter in on}, **{known[letter]: False for letter in off})


def parse(pattern: str) -> Tree:
    """Raises `BadPattern`. The tree has at most `MAX_REGEX_STEPS` nodes when its repetitions are written out."""
    if len(pattern) > tuning.MAX_REGEX_CHARS:
        raise BadPattern(f"the pattern is longer than {tuning.MAX_REGEX_CHARS} characters")
    tree = _Parser(pattern).whole()
    if size_of(tree) > tuning.MAX_REGEX_STEPS:
        raise BadPattern(f"the pattern has more than {tuning.MAX_REGEX_STEPS} steps when its repetitions are written out")
    return tree


def size_of(tree: Tree) -> int:
    """How many steps the tree makes when its repetitions are written out."""
    if isinstance(tree, Cat):
        return 1 + sum(map(size_of, tree.items))
    if isinstance(tree, Alt):
        return 1 + sum(map(size_of, tree.branches))
    if isinstance(tree, Rep):
        return 1 + size_of(tree.item) * max(tree.least, tree.most or 0, 1)
    return 1


class _Parser:
    """Recursive descent over the characters of one pattern."""

    def __init__(self, pattern: str) -> None:
        self._text, self._at, self._depth = pattern, 0, 0

    def whole(self) -> Tree:
        flags = _Flags()
        if self._text.startswith("(?"):
            closed = self._text.find(")")
            letters = self._text[2:closed] if closed > 0 else ""
            if letters and letters.isalpha():
                flags, self._at = flags.with_letters(letters, "", self._fault), closed + 1
        tree = self._alternatives(flags)
        if self._at < len(self._text):
            raise self._fault("there is a ) without its (")
        return tree

    def _fault(self, what: str) -> BadPattern:
        return BadPattern(f"{what} (at character {self._at + 1})")

    def _next(self, count: int = 1) -> str:
        return self._text[self._at : self._at + count]

    def _take(self) -> str:
        char = self._next()
        if not char:
            raise self._fault("the pattern ends too early")
        self._at += 1
        return char

    # --- structure ---

    def _alternatives(self, flags: _Flags) -> Tree:
        branches = [self._items(flags)]
        while self._next() == "|":
            self._at += 1
            branches.append(self._items(flags))
        return branches[0] if len(branches) == 1 else Alt(tuple(branches))

    def _items(self, flags: _Flags) -> Tree:
        items: list[Tree] = []
        while self._next() not in ("", "|", ")"):
            atom = self._atom(flags)
            items.append(self._repeated(atom))
        return items[0] if len(items) == 1 else Cat(tuple(items))

    def _repeated(self, atom: Tree) -> Tree:
        bounds = self._bounds()
        if bounds is None:
            return atom
        if isinstance(atom, Place):
            raise self._fault("a place such as ^ or \\b cannot be repeated")
        if self._next() == "?":     # lazy: the same texts match
            self._at += 1
        elif self._next() == "+":
            raise self._fault("possessive repetition is not spoken here; leave the second + away")
        if self._bounds() is not None:
            raise self._fault("what is repeated already is repeated again; put it in (?: )")
        return Rep(atom, *bounds)

    def _bounds(self) -> tuple[int, int | None] | None:
        char = self._next()
        if char in ("*", "+", "?") and char:
            self._at += 1
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[char]
        if char != "{":
            return None
        inner, closed, _ = self._text[self._at + 1 :].partition("}")
        least, comma, most = inner.partition(",")
        if not closed or not _is_number(least + most) or not (inner and (least or comma)):
            return None     # a brace as it is
        if not least:
            raise self._fault("{,n} is read differently elsewhere; write {0,n}")
        if len(least) > 4 or len(most) > 4 or (most and int(least) > int(most)):
            raise self._fault(f"the repetition {{{inner[:20]}}} is too large, or goes down")
        self._at += len(inner) + 2
        return int(least), int(most) if most else (None if comma else int(least))

    def _group(self, flags: _Flags) -> Tree:
        self._depth += 1
        if self._depth > tuning.MAX_REGEX_DEPTH:
            raise self._fault(f"groups are nested deeper than {tuning.MAX_REGEX_DEPTH} levels")
        self._at += 1
        if self._next() == "?":
            flags = self._group_head(flags)
        tree = self._alternatives(flags)
        if self._next() != ")":
            raise self._fault("a ( without its )")
        self._at += 1
        self._depth -= 1
        return tree if not isinstance(tree, Place) else Cat((tree,))

    def _group_head(self, flags: _Flags) -> _Flags:
        """`?:`, `?i-m:`, `?<name>`, `?P<name>` of a group."""
        self._at += 1
        if self._next() in ("<", "P"):
            self._at += self._text.startswith("P<", self._at)
            name, closed, _ = self._text[self._at + 1 :].partition(">")
            if self._next() != "<" or not closed or not (name.isascii() and name.isidentifier()):
                raise self._fault("the name of a group is not a name")
            self._at += len(name) + 2
            return flags
        letters, colon, _ = self._text[self._at :].partition(":")
        on, _, off = letters.partition("-")
        if not colon or not (letters == "" or (on + off).isalpha()):
            raise self._fault("this kind of group is not spoken here; flags stand at the beginning, or as (?i: )")
        self._at += len(letters) + 1
        return flags.with_letters(on, off, self._fault)

    # --- atoms ---

    def _atom(self, flags: _Flags) -> Tree:
        char = self._next()
        if char == "(":
            for mark, name in _GROUPS.items():
                if self._text.startswith(mark, self._at):
                    raise self._fault(f"{name} is not spoken here: {mark}")
            return self._group(flags)
        if char in "*+?" or (char == "{" and self._bounds() is not None):
            raise self._fault(f"nothing stands before {char} that could be repeated")
        self._at += 1
        if char == ".":
            return Chars(((0, LAST),) if flags.dot_all else inverted(NEWLINE))
        if char == "^":
            return Place("line begin" if flags.multi_line else "text begin")
        if char == "$":
            return Place("line end" if flags.multi_line else "last line end")
        if char == "[":
            return Chars(self._bracket(flags))
        if char == "\\":
            if self._next() in _PLACES:
                return Place(_PLACES[self._take()])
            return self._chars(self._escape(), flags)
        return self._chars(((ord(char), ord(char)),), flags)

    def _chars(self, ranges: Ranges, flags: _Flags) -> Chars:
        return Chars(_in_both_cases(ranges) if flags.ignore_case else ranges)

    def _escape(self) -> Ranges:
        """What follows a backslash, in and outside of [ ]."""
        char = self._take()
        if char in _CLASSES:
            return _CLASSES[char]
        if char in _CONTROLS:
            code = _CONTROLS[char]
        elif char in "xu":
            code = self._code(char)
        elif char.isascii() and char.isdigit():
            raise self._fault(f"\\{char} is not spoken here, as a backreference or as an octal number; write \\xhh")
        elif char.isascii() and char.isalpha():
            raise self._fault(f"\\{char} is not spoken here" + (f"; {_REMEDIES[char]}" if char in _REMEDIES else ""))
        else:
            code = ord(char)
        return ((code, code),)

    def _code(self, kind: str) -> int:
        if kind == "x" and self._next() == "{":
            digits, closed, _ = self._text[self._at + 1 :].partition("}")
            length = len(digits) + 2 if closed else 0
        else:
            digits = self._next(2 if kind == "x" else 4)
            length = len(digits) if len(digits) == (2 if kind == "x" else 4) else 0
        if not length or not 0 < len(digits) <= 6 or not all(each in "0123456789abcdefABCDEF" for each in digits):
            raise self._fault(f"\\{kind} wants hexadecimal digits: \\xhh, \\x{{hhhh}} or \\uhhhh")
        self._at += length
        code = int(digits, 16)
        if code > LAST:
            raise self._fault(f"\\{kind} names a character beyond the last one")
        return code

    def _bracket(self, flags: _Flags) -> Ranges:
        """[...] after its opening bracket; a ] that comes first is a character."""
        negated = self._next() == "^"
        self._at += negated
        found: list[tuple[int, int]] = []
        first = True
        while first or self._next() != "]":
            first = False
            low = self._member()
            if self._next() == "-" and self._next(2) != "-]":
                self._at += 1
                high = self._member()
                if not _is_single(low) or not _is_single(high) or low[0][0] > high[0][0]:
                    raise self._fault("a range in [ ] goes down, or begins or ends with a class")
                low = ((low[0][0], high[0][0]),)
            found += low
        self._at += 1
        ranges = _in_both_cases(united(found)) if flags.ignore_case else united(found)
        return inverted(ranges) if negated else ranges

    def _member(self) -> Ranges:
        char = self._take()
        if char == "\\":
            if self._next() == "b":
                self._at += 1
                return ((8, 8),)
            return self._escape()
        if char == "[" and self._next() in (":", ".", "=") and self._next():
            return self._posix()
        return ((ord(char), ord(char)),)

    def _posix(self) -> Ranges:
        mark = self._next()
        name, closed, _ = self._text[self._at + 1 :].partition(f"{mark}]")
        if not closed or "]" in name:
            return ((0x5B, 0x5B),)      # a bracket as it is
        inverse = name.startswith("^")
        ranges = _POSIX.get(name.removeprefix("^")) if mark == ":" else None
        if ranges is None:
            raise self._fault(f"[{mark}{name[:20]}{mark}] is not spoken here; there are [:{':], [:'.join(_POSIX)}:]")
        self._at += len(name) + 3
        return inverted(ranges) if inverse else ranges


def _is_number(text: str) -> bool:
    return text == "" or (text.isascii() and text.isdigit())


def _is_single(ranges: Ranges) -> bool:
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]
