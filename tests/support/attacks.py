"""The list of attacks: every test below `tests/attack` names what refuses it.

    @refused("413 too_large")
    def test_a_stranger_sends_a_log_in_that_unfolds_to_gigabytes(): ...

`python -m tests.support.attacks` prints the list: what is tried, the name under which it is refused, and where. The name is what
the attacker hears (status and `error`), or the word under which the fault is kept and shown (`held not_in_audience`).
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

FOLDER = Path(__file__).resolve().parents[1] / "attack"
Test = TypeVar("Test", bound=Callable[..., None])


def refused(name: str) -> Callable[[Test], Test]:
    """Marks a test as an attack that is refused under this name."""
    assert name

    def mark(test: Test) -> Test:
        test.refused_as = name      # type: ignore[attr-defined]
        return test

    return mark


@dataclass(frozen=True, slots=True)
class Attack:
    subject: str
    tried: str
    refused_as: str     # "" when the test does not say

    @property
    def sentence(self) -> str:
        return self.tried.removeprefix("test_").replace("_", " ")


def attacks() -> Iterator[Attack]:
    """Of all files of the folder, read and not run."""
    for path in sorted({*FOLDER.glob("test_*.py")} - {FOLDER / "test_list.py"}):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield Attack(path.stem.removeprefix("test_"), node.name, _name_in(node))


def _name_in(node: ast.FunctionDef) -> str:
    for each in node.decorator_list:
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "refused":
            return str(ast.literal_eval(each.args[0]))
    return ""


def main() -> int:
    subject = ""
    for attack in attacks():
        if attack.subject != subject:
            subject = attack.subject
            print(f"\n{subject.replace('_', ' ')}")
        print(f"  {attack.refused_as:<28} {attack.sentence}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
