"""Every text of the catalogue is asked for somewhere: by its whole key, or by a key put together of parts that are written."""

from __future__ import annotations

import ast
import re
from functools import cache, lru_cache
from pathlib import Path

from shared.ledger.texts import catalogue
from shared.paths import DATA

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("sync", "shared", "village_node", "county_hub")
QUOTED = re.compile(r"""["']([\w.\-]+)["']""")
Shape = tuple[str | None, ...]
WORD = re.compile(r"[A-Za-z0-9_]+")


class Reader(ast.NodeVisitor):
    """The strings and names of modules, and the shapes of keys put together there: literal parts, None for what is filled in."""

    def __init__(self) -> None:
        self.strings: set[str] = set()
        self.shapes: set[Shape] = set()
        self.parts: set[Shape] = set()           # shapes of what is filled in: f"{role}_id"

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.strings |= {node.value, *QUOTED.findall(node.value)}     # a string may itself be code: rules of the widgets

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        shape = tuple(str(part.value) if isinstance(part, ast.Constant) else None for part in node.values)
        if re.match(r"[a-z_0-9]+[._]", shape[0] or ""):
            self.shapes.add((*shape, None) if (shape[-1] or "").endswith(".") else shape)      # t(f + "title")
        elif re.search("[a-z]{2}", "".join(part or "" for part in shape)):
            self.parts.add(shape)
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self.strings.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.strings.add(node.attr)
        self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> None:
        self.strings.add(node.arg)

    def visit_keyword(self, node: ast.keyword) -> None:
        self.strings.add(node.arg or "")
        self.generic_visit(node)


@lru_cache(maxsize=1)
def read() -> tuple[set[str], set[str], set[Shape], set[Shape]]:
    """(whole strings, what may be filled in, shapes of keys, shapes of what is filled in)."""
    reader = Reader()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            reader.visit(ast.parse(path.read_text("utf-8")))
        for path in (ROOT / package).rglob("*.html"):
            text = path.read_text("utf-8")
            reader.strings |= set(QUOTED.findall(text))
            reader.shapes |= {(start, None) for start in re.findall(r"""["']([\w.\-]+[._])["']\s*~""", text)}
    # the beginning of keys in a string of its own: `f = "forms.d07."`, `t(f + "title")`
    reader.shapes |= {(string, None) for string in reader.strings if re.fullmatch(r"[a-z_0-9]+[a-z_0-9.]*\.", string)}
    data = " ".join(path.read_text("utf-8") for path in DATA.glob("*.toml"))
    reader.strings |= set(re.findall(r'names_in = "([\w.]+)"', data))
    words = {word for string in reader.strings for word in WORD.findall(string)} | set(WORD.findall(data))
    words |= reader.strings | {string.replace(".", "_") for string in reader.strings}
    return reader.strings, words, reader.shapes, reader.parts


def fits(key: str, shape: Shape, again: bool = True) -> bool:
    """Is it this shape, filled in with words that are written somewhere, or that are put together in their turn?"""
    if not shape:
        return not key
    first, rest = shape[0], shape[1:]
    if first is not None:
        return key.startswith(first) and fits(key[len(first):], rest, again)
    ends = range(len(key), 0, -1) if rest else [len(key)]
    return any(filled(key[:end], again) and fits(key[end:], rest, again) for end in ends)


@cache
def filled(part: str, again: bool) -> bool:
    _, words, shapes, parts = read()
    return part in words or part.upper() in words or (again and any(
        fits(part, shape, again=False) for shape in (*shapes, *parts)
        if all(literal is None or literal in part for literal in shape)))


def is_read(key: str) -> bool:
    strings, _, shapes, _ = read()
    section = key.rpartition(".")[0]
    return key in strings or ("." in section and section in strings) or any(fits(key, shape) for shape in shapes)


def test_every_text_of_the_catalogue_is_read_somewhere() -> None:
    assert [key for key in catalogue() if not is_read(key)] == []


def test_a_text_that_nobody_asks_for_is_found() -> None:
    assert not is_read("node.cli.nobody_asks_for_this".replace("nobody", "no_body"))
    assert not is_read("hub.doctor." + "".join(("zz", "yy")))
