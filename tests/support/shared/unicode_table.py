"""The table of characters that texts may hold, and the vectors of normal form C.

    python -m tests.support.shared.unicode_table --write

makes `shared/data/unicode.toml` and `tests/shared/vectors/nfc.json`. It needs an interpreter with Unicode 14.0 (CPython 3.11).
"""

from __future__ import annotations

import hashlib
import json
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from shared.paths import DATA

TABLE = DATA / "unicode.toml"
VECTOR = Path(__file__).parents[2] / "shared" / "vectors" / "nfc.json"
# Unified ideographs of later versions: end of extensions C, E, whole I, H and J. Inert in normalisation, and people's names.
IDEOGRAPHS = ((0x2B739, 0x2B73F), (0x2CEA2, 0x2CEAD), (0x2EBF0, 0x2EE5D), (0x31350, 0x33479))
# What a digest is made over, beside each character alone: between a base and an accent, and before the accents that compose.
AROUND = (("", ""), ("a", "\u0301"), ("", "\u0301\u0323"), ("\u1100", ""), ("", "\u11a8"))
CASES = (
    "e\u0301", "a\U00010efd\u0301", "a\U0001e4ee\u0301", "\U000105d2\u0307", "\u65e7\u5730\u6751", "\uf900", "\U0002f800",
    "\u1100\u1161\u11a8", "\ue000\U000f0000\U0010fffd", "\U00031350\U00033479\U0002b73f\U0002cead\U0002ee5d",
    "\U0001fae8", "\u0378", "\ufffe", "\U0002ebef", "\U0003347a", "\u202e\u200b\ufeff", "\u0344", "a\u0315\u0300\u05ae\u0300",
)


def assigned() -> list[tuple[int, int]]:
    """Ranges whose general category is neither Cn nor Cs in this interpreter's Unicode."""
    ranges: list[tuple[int, int]] = []
    start = None
    for code in range(0x110001):
        known = code < 0x110000 and unicodedata.category(chr(code)) not in ("Cn", "Cs")
        if known and start is None:
            start = code
        elif not known and start is not None:
            ranges.append((start, code - 1))
            start = None
    return ranges


def strings() -> Iterator[str]:
    """Every character that a text may hold, alone and with others around it."""
    for first, last in sorted([*assigned(), *IDEOGRAPHS]):
        for code in range(first, last + 1):
            for before, after in AROUND:
                yield before + chr(code) + after


def digest() -> str:
    made = hashlib.sha256()
    for text in strings():
        made.update(unicodedata.normalize("NFC", text).encode() + b"\n")
    return made.hexdigest()


def table_text() -> str:
    def rows(ranges: list[tuple[int, int]]) -> str:
        parts = [f'"{first:04X}-{last:04X}",' for first, last in ranges]
        return "\n".join("    " + " ".join(parts[at:at + 8]) for at in range(0, len(parts), 8))

    return (
        "# Characters that a signed text may hold (shared/ledger/formats/characters.py, docs/decisions/0017). For ever.\n"
        "# Made by python -m tests.support.shared.unicode_table --write\n\n"
        "source = \"Unicode 14.0, DerivedGeneralCategory: neither Cn nor Cs (as unicodedata of CPython 3.11 has it)\"\n"
        f"assigned = [\n{rows(assigned())}\n]\n\n"
        "# Unified ideographs of Unicode 15.0 to 17.0 (ends of extensions C, E; I, H, J): no decomposition, class 0.\n"
        f"ideographs = [\n{rows(list(IDEOGRAPHS))}\n]\n"
    )


def vector() -> dict[str, object]:
    from shared.ledger.formats.characters import called, unknown

    cases = []
    for text in CASES:
        found = unknown(text)
        outcome = {"refused": called(found)} if found else {"nfc": unicodedata.normalize("NFC", text)}
        cases.append({"text": text, **outcome})
    return {"what": "nfc", "rule": "characters of shared/data/unicode.toml, then normal form C", "cases": cases,
            "table_sha256": hashlib.sha256(TABLE.read_bytes()).hexdigest(),
            "around": [list(pair) for pair in AROUND], "strings": sum(1 for _ in strings()), "digest_sha256": digest()}


def main() -> int:
    if unicodedata.unidata_version != "14.0.0":
        print(f"this interpreter has Unicode {unicodedata.unidata_version}; run it with CPython 3.11", file=sys.stderr)
        return 2
    if "--write" in sys.argv:
        TABLE.write_text(table_text(), encoding="utf-8")
        text = json.dumps(vector(), indent=1, ensure_ascii=True, separators=(",", ": "))
        VECTOR.write_text(text + "\n", encoding="utf-8")
    return 0 if TABLE.read_text(encoding="utf-8") == table_text() else 1


if __name__ == "__main__":
    sys.exit(main())
