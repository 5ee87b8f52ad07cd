"""Dismissing a mediator tells the mediator's open cases, once, in the name of a county officer."""

from __future__ import annotations

from pathlib import Path

from county_hub.commands.cli import main
from shared.disputes.kinds import registry as bodies
from shared.ledger.authoring import Act
from shared.ledger.formats.envelope import subject_range
from tests.support.county_hub.hub_support import COUNTY, VILLAGE, found_county, opened


def test_revoking_a_mediator_is_written_into_each_open_case_once(tmp_path: Path, capsys) -> None:
    home = found_county(tmp_path)
    for staff, role in (("d1", "dispatcher"), ("m1", "mediator"), ("x1", "analyst")):
        main(["staff", "add", str(home), "--id", staff, "--name", "演示", "--office", COUNTY, "--roles", role])
    cases = []
    with opened(home) as hub:
        author = hub.author()
        for n in range(3):
            registered = bodies.build("case.registered", {
                "number": f"DEMO-{n}", "parties": [{"name": "演示甲"}], "place": {"office": VILLAGE}, "summary": "DEMO",
                "category": "DC02"})
            case = author.write(Act("case.registered", None, registered, actor="d1", role="dispatcher", number=True)).subject
            cases.append(case)
            body = {"committee": "DEMO", "mediators": ["m1" if n else "d1"], "rights_told": True, "parties_willing": True}
            author.write(Act("case.accepted", case, bodies.build("case.accepted", body), actor="d1", role="dispatcher"))
        author.write(Act("case.terminated", cases[2], {"reason": "failed", "remedies_told": True, "escalation_checked": True},
                     actor="d1", role="dispatcher"))
    assert main(["staff", "revoke", str(home), "m1", "--until", "2026-11-20", "--as", "x1"]) == 1
    for _ in range(2):
        assert main(["staff", "revoke", str(home), "m1", "--until", "2026-11-20", "--as", "d1"]) == 0
    with opened(home) as hub:
        told = []
        for case in cases:
            first, last = subject_range("case", case)
            rows = hub.replica.all_docs(startkey=first, endkey=last, include_docs=True)
            told.append([row.doc["body"] for row in rows if row.doc["kind"] == "case.mediator_removed"])
    assert told == [[], [{"mediator": "m1", "removed_on": "2026-11-20"}], []]
    assert "1件" in capsys.readouterr().out
