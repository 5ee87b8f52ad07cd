"""docs/PAPERS.md is the table of all papers, made from their rows by `python -m` with the name of this module."""

from __future__ import annotations

from pathlib import Path

from shared.disputes.case.papers import ROWS, Paper
from shared.disputes.papers import case_file
from shared.disputes.papers.sheets.drawn import DRAWN

ROOT = Path(__file__).resolve().parents[4]
LIST = ROOT / "docs" / "PAPERS.md"
HEAD = """# The papers of a case

Made from the rows of `shared/disputes/case/papers.py` by `python -m tests.shared.disputes.papers.test_list_of_papers`; change
the row, not this file. A paper whose act has not happened yet is printed as a form to fill in (`village-node case print HOME CASE
--document CODE --out FILE.pdf`). What each shows is tested by `test_a_paper_shows_its_fields[CODE]` in
`tests/shared/disputes/papers/test_papers.py`, what its record fills in by the tests beside it. Letters of petitions (P01-P06) and
of legal aid (L01-L04) are in `shared/disputes/papers/sheets/matter_letters.py`. Articles marked
"unconfirmed" were written from memory and not yet read in the law's text.

| code | paper | law | in the file | confidential | drawn by |
|---|---|---|---|---|---|
"""


def line(row: Paper) -> str:
    draw = DRAWN[row.code]
    where = draw.__module__.rpartition(".")[2]
    marks = ("yes" if row.in_file else "", "yes" if row.confidential else "")
    law = row.law + (" (unconfirmed)" if row.unconfirmed else "")
    return f"| {row.code} | {row.name} | {law} | {' | '.join(marks)} | `{where}` |"


def listed() -> str:
    assert case_file.SHEETS
    return HEAD + "\n".join(line(row) for row in ROWS) + "\n"


def test_the_list_of_papers_is_that_of_the_rows() -> None:
    assert LIST.read_text("utf-8") == listed(), "run python -m tests.shared.disputes.papers.test_list_of_papers"


if __name__ == "__main__":
    LIST.write_text(listed(), "utf-8")
