"""CSV files that the county writes and fills in: read whole before a line is used, written so that spreadsheets show the Chinese.

What the cells mean is whose file it is: `divisions`, `staff_file`, `cli_grids`, `cli_roster`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from county_hub.hub.problems import UsageProblem
from shared.ledger.cells import as_written, no_formula
from shared.ledger.entry import of_file_system
from shared.ledger.formats.characters import replaced
from shared.ledger.os_words import read_reason
from shared.ledger.texts import t

Line = tuple[int, dict[str, str]]


def read_lines(path: Path, columns: Sequence[str], *, lacking: str) -> list[Line]:
    """(line number, cells by column name). `lacking` is the catalogue's sentence for missing columns. Raises `UsageProblem`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise UsageProblem(t(lacking, file=of_file_system(str(path)), names="、".join(missing)))
            return [(reader.line_num, {name: _known(cell) for name, cell in row.items()})
                    for row in reader if any(map(_filled, row.values()))]
    except FileNotFoundError:
        raise UsageProblem(t("hub.divisions.no_file", file=of_file_system(str(path)))) from None
    except UnicodeDecodeError:
        raise UsageProblem(t("hub.divisions.encoding", file=of_file_system(str(path)))) from None
    except (OSError, csv.Error) as error:
        raise UsageProblem(t("hub.divisions.unreadable", file=of_file_system(str(path)), reason=read_reason(error))) from None


def _known(cell: Any) -> Any:
    # None where the line is short, a list where it is long
    if not isinstance(cell, str):
        return cell
    return as_written(replaced(cell))


def _filled(cell: object) -> bool:
    """A row of commas only, as spreadsheets leave below the last one, is no row; cells beyond the last column come as a list."""
    return any(map(_filled, cell)) if isinstance(cell, list) else bool(cell and str(cell).strip())


def write_lines(out: Path | None, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bool:
    """To the file, or to the screen without one; True when a file was written. Raises `UsageProblem` when it exists already."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: no_formula(cell) for name, cell in row.items()} for row in rows)
    if out is None:
        print(text.getvalue(), end="")
        return False
    if out.exists():
        raise UsageProblem(t("grids.exists", file=out))
    out.write_text(text.getvalue(), encoding="utf-8-sig")      # with a mark, so that spreadsheets read the Chinese
    return True
