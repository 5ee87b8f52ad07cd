"""The hub's power fails after every step: the same events, the same quarantine, the same receipts in the end."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.county_hub.hub_routing_support import NEIGHBOUR, VILLAGE, County, key_of
from tests.support.sync.router import Crash, crash_at


def tell_the_story(county: County, part: int, case: str = "") -> str:
    if part == 1:
        case = county.register().subject
        county.note(case)
        return case
    county.assign(case, NEIGHBOUR)
    county.note(case, key=key_of("a thief"))
    county.note(case, office=NEIGHBOUR)
    return case


def finish(county: County) -> tuple[object, ...]:
    router = county.router()
    router.run_pending()
    assert router.sweep().repairs == 0
    receipts = [county.receipt(office) for office in (VILLAGE, NEIGHBOUR)]
    return county.picture(), [(r.accepted, dict(r.refused), r.held, r.missing, r.head) for r in receipts if r]


def crashed(root: Path, count: int) -> tuple[tuple[object, ...], str | None]:
    shutil.copytree(root.parent / "template", root)
    county = County(root)
    case = tell_the_story(county, 1)
    on_step, _ = crash_at(count)
    crash, told = None, False
    try:
        router = county.router(on_step=on_step)
        router.run_pending()
        tell_the_story(county, 2, case)
        told = True
        router.run_pending()
    except Crash as error:
        crash = str(error)
    if not told:
        county.router().run_pending()
        tell_the_story(county, 2, case)
    result = finish(county)
    county.close()
    return result, crash


def test_a_crash_after_any_step_ends_in_the_same_sets_and_receipts(tmp_path) -> None:
    County(tmp_path / "template").close()
    expected, crash = crashed(tmp_path / "straight", 10**9)
    assert crash is None
    count, crash = 0, ""
    while crash is not None:
        count += 1
        result, crash = crashed(tmp_path / str(count), count)
        assert result == expected, f"crash at step {count} ({crash})"
    assert count > 30
