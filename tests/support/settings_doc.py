"""The reference of the hub's settings, made from their model.

    python -m tests.support.settings_doc            prints docs/SETTINGS.md as it should be
    python -m tests.support.settings_doc --write    writes it
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from county_hub.hub.kept.settings import HubSettings

PLACE = Path(__file__).resolve().parents[2] / "docs" / "SETTINGS.md"
HEAD = """# Settings of the hub

Made from `county_hub/hub/kept/settings.py` by `python -m tests.support.settings_doc --write`; a test holds it to the code, so do
not write here by hand. A setting stands in `hub.toml` of HOME under its name, or in the environment under its variable, which
wins. `serve` reads them when it starts. A wrong value is refused with the field, the value and the remedy, exit code 2.

| setting | variable | default | bounds | what it does |
|---|---|---|---|---|
"""


def bounds(field: Any) -> str:
    found = {name: getattr(each, name) for each in field.metadata for name in ("ge", "le", "max_length") if hasattr(each, name)}
    if "max_length" in found:
        return f"at most {found['max_length']} characters"
    return f"{found['ge']} to {found['le']}" if found else {bool: "true, false"}.get(field.annotation, "text")


def render() -> str:
    rows = []
    for name, field in HubSettings.model_fields.items():
        default = str(field.default).lower() if isinstance(field.default, bool) else field.default
        rows.append(f"| `{name}` | `COUNTY_HUB_{name.upper()}` | `{default if default != '' else '(empty)'}` | {bounds(field)} |"
                    f" {' '.join(field.description.split())} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        PLACE.write_text(render(), encoding="utf-8")
    else:
        print(render())
