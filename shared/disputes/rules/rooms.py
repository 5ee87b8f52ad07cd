"""What the rooms of an office are called here: the code table `room`, overlaid by the county's table "rooms".

Their names changed with the rules for centres (中央政法委等, 2024-11) and differ from county to county, so none is fixed here.

    {"command_centre": {"name": "社会治安综合治理中心", "source": "..."}, "hearing_room": {"name": "听证室", "source": "..."}}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from shared.ledger import codes
from shared.ledger.entry import name_fault
from shared.ledger.formats.ids import is_name
from shared.ledger.texts import call_centre
from shared.ledger.wrong_table import WrongTable

TABLE = "rooms"
MOST = 40           # rooms of a county: a centre has a dozen


class Publishes(Protocol):
    def table(self, key: str) -> Mapping[str, Any] | None: ...


def checked(table: Mapping[str, Any]) -> Mapping[str, Any]:
    """The county's rows as they may be published. Raises ValueError naming row and remedy."""
    if len(table) > MOST:
        raise WrongTable(TABLE, f"at most {MOST}", "many", most=MOST)
    for code, row in table.items():
        if not is_name(code):
            raise WrongTable(f"rooms.{code}", "a code is written in letters, digits and _", "code")
        name = row.get("name") if isinstance(row, Mapping) else None
        if not isinstance(name, str) or not name or name_fault(name):
            raise WrongTable(f"rooms.{code}", "give a name, as it stands on the door", "name")
        if not row.get("source"):
            raise WrongTable(f"rooms.{code}", "source is missing; say by which rule it is called so", "source")
    return table


def use_names(directory: Publishes) -> None:
    """Every sentence of this program calls the county's centre as the county does."""
    row = (directory.table(TABLE) or {}).get("command_centre")
    name = row.get("name") if isinstance(row, Mapping) else None
    call_centre(name if isinstance(name, str) else "")


def names(directory: Publishes) -> dict[str, str]:
    """code -> name, ours first and the county's over it. A row that is none is passed over."""
    made = dict(codes.names("room"))
    for code, row in (directory.table(TABLE) or {}).items():
        if isinstance(row, Mapping) and isinstance(row.get("name"), str) and row["name"]:
            made[str(code)] = row["name"]
    return made
