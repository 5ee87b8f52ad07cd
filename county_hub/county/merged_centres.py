"""The centres whose duties the county's command centre has taken over (DOMAIN.md 1.4), as rows that the county sets itself.

They travel in the directory as the setting `merged_centres`: {"rows": [{"name", "duty", "since"}]}. Three are named by the
source; the others a county names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from county_hub.hub.hub import Hub
from county_hub.hub.problems import UsageProblem
from shared.ledger.days import BadDay, parse_day
from shared.ledger.entry import BadEntry, check_name
from shared.ledger.published.directory_heads import change
from shared.ledger.texts import t

SETTING = "merged_centres"
MOST = 12
MOST_DUTY = 200     # characters


@dataclass(frozen=True, slots=True)
class Centre:
    name: str
    duty: str = ""
    since: str = ""


def centres(hub: Hub) -> list[Centre]:
    """As they are set; before anybody set them, those that the source names."""
    found = hub.directory.latest().setting(SETTING)
    if found is None:
        return [Centre(t(f"organs.named.{name}")) for name in ("governance", "grids", "petitions")]
    rows = found.get("rows", ())
    return [Centre(*(str(row.get(name, "")) for name in ("name", "duty", "since"))) for row in rows]


def set_centres(hub: Hub, rows: Sequence[Centre]) -> None:
    """All of them at once; an empty row is dropped. Raises `UsageProblem` naming every row and what is wrong in it."""
    kept, wrong = [], dict[str, str]()
    for place, row in enumerate(rows[:MOST]):
        if not any(text.strip() for text in (row.name, row.duty, row.since)):
            continue
        made = Centre(_tried(wrong, f"name.{place}", check_name, row.name.strip()), row.duty.strip()[:MOST_DUTY],
                      _tried(wrong, f"since.{place}", parse_day, row.since) if row.since else "")
        if not row.name.strip():
            wrong[f"name.{place}"] = t("organs.wrong_row", n=place + 1, reason=t("organs.no_name"))
        kept.append(asdict(made))
    if wrong:
        raise UsageProblem.of(wrong)
    hub.directory.revise(lambda latest: [change("setting", SETTING, {"rows": kept})])


def _tried(wrong: dict[str, str], field: str, ask: Callable[[str], str], text: str) -> str:
    try:
        return ask(text)
    except (BadDay, BadEntry) as no:
        wrong[field] = t("organs.wrong_row", n=int(field.partition(".")[2]) + 1, reason=no)
        return text
