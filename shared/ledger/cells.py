"""Texts in the cells of a spreadsheet: one that a program would compute shows itself instead, and is read back as it was.

Which file has which columns is whose file it is. What begins a formula: OWASP, "CSV Injection" (`=`, `+`, `-`, `@`, tab, carriage
return), and the full width that a Chinese keyboard gives, which spreadsheets take for the same.
"""

from __future__ import annotations

import re

# a telephone number is none, nor is -5.5 %
_FORMULA = re.compile("[ \t\r\n\u3000]*(?:[=@\uff1d\uff20]|[-+\uff0b\uff0d](?![0-9 ().,%-]*$))|[\t\r\n]")
_MARKED = re.compile("'+(?=[ \t\r\n\u3000]*[-=+@\uff1d\uff20\uff0b\uff0d]|[\t\r\n])")


def no_formula(cell: str) -> str:
    """With an apostrophe before it a spreadsheet shows the text; what has one already gets another, or it would lose its own."""
    return "'" + cell if _FORMULA.match(cell) or _MARKED.match(cell) else cell


def as_written(cell: str) -> str:
    """What `no_formula` was given; also of files that armoured more."""
    return cell[1:] if _MARKED.match(cell) else cell
