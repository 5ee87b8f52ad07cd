"""docs/DOMAIN.md is held to the code: every test, kind, finding and module it names is there, and every verdict has its row."""

from __future__ import annotations

import re
from pathlib import Path

from shared.disputes.case.lifecycle import TRANSITIONS
from shared.disputes.kinds import registry as bodies
from shared.disputes.records.machines import MACHINES
from shared.ledger import texts

ROOT = Path(__file__).resolve().parents[4]
TEXT = (ROOT / "docs" / "DOMAIN.md").read_text(encoding="utf-8")
WORDS = set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL)))


def test_every_test_that_the_document_names_is_in_the_suite() -> None:
    suite = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = {word for word in WORDS if word.startswith("test_")}
    assert len(named) > 50
    assert not {name for name in named if f"def {name}(" not in suite}


def test_every_finding_of_the_verdicts_has_its_words() -> None:
    table = TEXT.split("## Two levels at once")[1].split("## Rules")[0]
    rows = [row.split("|") for row in table.splitlines() if re.match(r"\| \d+ \|", row)]
    assert [int(row[1]) for row in rows] == list(range(1, 21))
    codes = {code for row in rows if not row[3].startswith(" clock") for code in re.findall(r"`([a-z_]+)`", row[3])}
    assert not {code for code in codes if not texts.has(f"finding.{code}")}


def test_every_step_of_the_lifecycle_is_drawn_and_every_aggregate_is_told() -> None:
    drawing = TEXT.split("### Lifecycle (track A)")[1].split("### Custody")[0]
    assert not {kind for kind in TRANSITIONS if kind.split(".")[1] not in drawing and kind != "case.extended"}
    assert not {name for name in MACHINES if f"`{name}`" not in TEXT}


def test_every_module_that_the_document_names_exists() -> None:
    tracks = TEXT.split("A case has independent tracks")[1].split("### Lifecycle")[0]
    modules = {word for row in tracks.splitlines() if row.startswith("| ") for word in re.findall(r"`([a-z_/]+)`", row)}
    assert not {name for name in modules if not (ROOT / "shared" / f"{name}.py").exists()}
    assert bodies.CURRENT
