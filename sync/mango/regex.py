"""Does a text contain a match of a pattern? In time that grows with the text alone, whatever the pattern. Pure.

What lives here: the automaton of a pattern (`regex_syntax` reads it) and its run. It must not know selectors.

    pattern  ->  tree  ->  steps (Thompson's construction)  ->  sets of steps, as bits of an int, one set after each character

A *set* holds the characters of the pattern that may just have been matched. The next set follows from it and from the next
character, whatever lies further back: no way through the pattern is tried twice, which is what a backtracking matcher does until
the end of days with `^(a+)+$`. Sets met before are kept with their successors, so that most characters cost one look-up; the
cache has a bound, and beyond it a set is made anew from parts of four bits: some microseconds at the most.

Places (`^`, `\\b` ...) depend on the characters at both sides. So the way from a matched character to those that may come next
(`_follow`) is asked with the kinds of both: begin and end of the text, line end, last line end, word, other.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from sync import tuning
from sync.mango.regex_syntax import NEWLINE, WORD, Alt, BadPattern, Cat, Chars, Place, Ranges, Rep, Tree, parse

__all__ = ["BadPattern", "Regex"]

BEGIN, END, NEWLINE_KIND, LAST_NEWLINE, WORD_KIND, OTHER = range(6)
_LINE_ENDS = (END, NEWLINE_KIND, LAST_NEWLINE)


@dataclass(slots=True)
class _Step:
    """`chars` None: nothing is read, all of `then` come next, if the place is right. No `then` and no `chars`: matched."""

    then: list[int] = field(default_factory=list)
    chars: Ranges | None = None
    place: str = ""


class _Set:
    """Bits of the steps that may just have read a character, the kind of that character, and the sets that follow it."""

    __slots__ = ("bits", "kind", "next")

    def __init__(self, bits: int, kind: int) -> None:
        self.bits, self.kind = bits, kind
        self.next: dict[int, _Set | None] = {}     # by class of the next character; None: the pattern has matched


class Regex:
    """A compiled pattern. Raises `BadPattern`. Thread-safe: what threads do twice they do alike.

    `cost` of a character at the worst, in tenths of a microsecond: the same on every machine, whatever is remembered: of `sets`
    of steps and of `chars` so many."""

    def __init__(self, pattern: str, *, sets: int = tuning.REGEX_SETS_KEPT, chars: int = tuning.REGEX_CHARS_KEPT) -> None:
        tree = parse(pattern)
        self._sets_kept, self._chars_kept = sets, chars
        self.pattern = pattern
        self._literal = _literal_of(tree)
        self._steps: list[_Step] = [_Step()]           # the first: matched
        self._start = self._add(tree, 0)
        self._readers = [number for number, step in enumerate(self._steps) if step.chars is not None]
        self._bit_of = {number: 1 << at for at, number in enumerate(self._readers)}
        self.cost = 0.02 if self._literal is not None else 1 + len(self._steps) / 4
        self._start_bit = 1 << len(self._readers)
        self._matched_bit = self._start_bit << 1
        self._places = {step.place for step in self._steps} - {""}
        self._classify()
        self._ways: dict[tuple[int, int, int], int] = {}          # (step, kind before, kind after) -> bits that may be read
        # The same of four steps at a time: by kind before, kind after, which four, and which of them as a hexadecimal digit.
        fours = range(len(self._readers) // 4 + 1)
        self._parts: list[list[list[dict[str, int]]]] = [[[{} for _ in fours] for _ in range(6)] for _ in range(6)]
        self._sets: dict[tuple[int, int], _Set] = {}
        self._first = self._set(self._start_bit, BEGIN)

    def found_in(self, text: str) -> bool:
        """Whether the pattern matches somewhere in `text`."""
        if self._literal is not None:
            return self._literal.found_in(text)
        ends_line = text.endswith("\n")
        now, classes = self._first, self._class_of
        for char in text[:-1] if ends_line else text:
            number = classes.get(char)
            if number is None:
                number = self._learn(char)
            try:
                then = now.next[number]
            except KeyError:
                then = self._move(now, number)
            if then is None:
                return True
            now = then
        return (ends_line and self._ends_with_newline(now)) or (not ends_line and self._ends(now))

    # --- the steps ---

    def _add(self, tree: Tree, then: int) -> int:
        """Steps for `tree` that lead to `then`; the number of the first."""
        if isinstance(tree, Cat):
            for item in reversed(tree.items):
                then = self._add(item, then)
            return then
        if isinstance(tree, Alt):
            return self._new(_Step([self._add(branch, then) for branch in tree.branches]))
        if isinstance(tree, Rep):
            return self._add_repetition(tree, then)
        if isinstance(tree, Place):
            return self._new(_Step([then], place=tree.kind))
        return self._new(_Step([then], tree.ranges))

    def _add_repetition(self, tree: Rep, then: int) -> int:
        if tree.most is None:
            loop = self._new(_Step([]))
            again = self._add(tree.item, loop)
            self._steps[loop].then = [again, then]
            first, least = loop, tree.least
        else:
            first, least = then, tree.least
            for _ in range(tree.most - tree.least):
                first = self._new(_Step([self._add(tree.item, first), then]))
        for _ in range(least):
            first = self._add(tree.item, first)
        return first

    def _new(self, step: _Step) -> int:
        self._steps.append(step)
        return len(self._steps) - 1

    # --- classes of characters: those that no step tells apart ---

    def _classify(self) -> None:
        sets = {step.chars for step in self._steps if step.chars is not None} | {WORD, NEWLINE}
        self._edges = sorted({edge for ranges in sets for first, last in ranges for edge in (first, last + 1)} | {0})
        self._class_of: dict[str, int] = {}
        self._class_numbers: dict[tuple[int, int], int] = {}
        self._classes: list[tuple[int, int]] = []       # (bits of the steps that read it, kind)
        self._last_newline = self._class_number(self._read_by(0x0A), self._reduced(LAST_NEWLINE))

    def _learn(self, char: str) -> int:
        code = self._edges[bisect_right(self._edges, ord(char)) - 1]     # one character stands for all up to the next edge
        kind = NEWLINE_KIND if code == 0x0A else WORD_KIND if _is_in(code, WORD) else OTHER
        number = self._class_number(self._read_by(code), self._reduced(kind))
        if len(self._class_of) >= self._chars_kept:
            self._class_of.clear()
        self._class_of[char] = number
        return number

    def _read_by(self, code: int) -> int:
        bits = 0
        for number in self._readers:
            ranges = self._steps[number].chars
            if ranges is not None and _is_in(code, ranges):
                bits |= self._bit_of[number]
        return bits

    def _class_number(self, bits: int, kind: int) -> int:
        number = self._class_numbers.get((bits, kind))
        if number is None:
            self._classes.append((bits, kind))
            number = self._class_numbers[bits, kind] = len(self._classes) - 1
        return number

    def _reduced(self, kind: int) -> int:
        """Kinds that no place of this pattern asks for are one kind: fewer sets."""
        edges = "word edge" in self._places or "no word edge" in self._places
        if kind == WORD_KIND:
            return kind if edges else OTHER
        if kind == NEWLINE_KIND:
            return kind if self._places & {"line begin", "line end"} else OTHER
        if kind == LAST_NEWLINE:
            return kind if self._places & {"line begin", "line end", "last line end"} else OTHER
        return kind

    # --- from one set to the next ---

    def _set(self, bits: int, kind: int) -> _Set:
        found = self._sets.get((bits, kind))
        if found is None:
            if len(self._sets) >= self._sets_kept:
                self._sets = {}
                self._first.next.clear()
            found = self._sets[bits, kind] = _Set(bits, kind)
        return found

    def _move(self, now: _Set, number: int) -> _Set | None:
        bits, kind = self._classes[number]
        reach = self._follow(now.bits, now.kind, kind)
        then = None if reach & self._matched_bit else self._set(reach & bits | self._start_bit, kind)
        if len(now.next) < self._sets_kept:
            now.next[number] = then
        return then

    def _ends_with_newline(self, now: _Set) -> bool:
        then = self._move(now, self._last_newline)
        return then is None or self._ends(then)

    def _ends(self, now: _Set) -> bool:
        return bool(self._follow(now.bits, now.kind, END) & self._matched_bit)

    def _follow(self, bits: int, before: int, after: int) -> int:
        """What may be read (or `_matched_bit`) after any step of `bits`."""
        parts = self._parts[before][after]
        reach = 0
        for at, part in enumerate(f"{bits:x}"[::-1]):
            if part != "0":
                known = parts[at].get(part)
                if known is None:
                    known = parts[at][part] = self._follow_part(4 * at, int(part, 16), before, after)
                reach |= known
        return reach

    def _follow_part(self, at: int, part: int, before: int, after: int) -> int:
        reach = 0
        for place in (at + offset for offset in range(4) if part >> offset & 1):
            step = self._start if place == len(self._readers) else self._steps[self._readers[place]].then[0]
            reach |= self._way(step, before, after)
        return reach

    def _way(self, step: int, before: int, after: int) -> int:
        """The bits that the steps from `step` on come to without reading."""
        key = step, before, after
        if key not in self._ways:
            reach, seen, stack = 0, {step}, [step]
            while stack:
                number = stack.pop()
                each = self._steps[number]
                if number == 0:
                    reach |= self._matched_bit
                elif each.chars is not None:
                    reach |= self._bit_of[number]
                elif _is_at(each.place, before, after):
                    stack += (then for then in each.then if then not in seen)
                    seen.update(each.then)
            self._ways[key] = reach
        return self._ways[key]


def _is_in(code: int, ranges: Ranges) -> bool:
    at = bisect_right(ranges, (code, 0x110000)) - 1
    return at >= 0 and code <= ranges[at][1]


def _is_at(place: str, before: int, after: int) -> bool:
    if place == "":
        return True
    if place == "text begin":
        return before == BEGIN
    if place == "text end":
        return after == END
    if place == "last line end":
        return after in (END, LAST_NEWLINE)
    if place == "line begin":       # PCRE: not behind a line end that is the last character
        return before == BEGIN or (before in (NEWLINE_KIND, LAST_NEWLINE) and after != END)
    if place == "line end":
        return after in _LINE_ENDS
    return ((before == WORD_KIND) != (after == WORD_KIND)) == (place == "word edge")


# --- patterns that are a plain text ---


@dataclass(frozen=True, slots=True)
class _Literal:
    """A text, perhaps at the beginning: the C library finds it faster than any automaton."""

    text: str
    at_begin: bool

    def found_in(self, text: str) -> bool:
        return text.startswith(self.text) if self.at_begin else self.text in text


def _literal_of(tree: Tree) -> _Literal | None:
    items = list(tree.items) if isinstance(tree, Cat) else [tree]
    at_begin = bool(items) and items[0] == Place("text begin")
    chars = items[1:] if at_begin else items
    if not all(isinstance(item, Chars) and len(item.ranges) == 1 and item.ranges[0][0] == item.ranges[0][1] for item in chars):
        return None
    return _Literal("".join(chr(item.ranges[0][0]) for item in chars if isinstance(item, Chars)), at_begin)
