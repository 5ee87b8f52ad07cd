"""`make demo`: a dispute taken in with the line down reaches the township and the county, and the answer comes back.

Everything is real: processes, SQLite files, HTTP, a link that fails, a window. A check that does not hold ends with exit code 1.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys

from tests.demo import acts, report
from tests.demo.stage import ROOT, DemoFailed, Hub, Stage, clean_environment

OUTPUT = ROOT / "demo-output"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave hub, app and console running at the end")
    keep = parser.parse_args().keep
    clean_environment()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.default_int_handler)     # either ends hub, links and app in good order
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir()
    stage = Stage(OUTPUT, Hub(OUTPUT / "county"))
    try:
        play(stage)
        report.table(stage)
        report.where(stage, keep)
        if keep:
            report.leave_running(stage)
        report.point_at_the_hub(stage)
    except KeyboardInterrupt:
        print("\nDEMO ENDED by a signal", file=sys.stderr)
        return 130
    except DemoFailed as failure:
        print(f"\nDEMO FAILED: {failure}", file=sys.stderr)
        return 1
    finally:
        stage.line_down()
        stage.hub.stop()
    print("\nDEMO OK")
    return 0


def play(stage: Stage) -> None:
    acts.found_the_county(stage)
    acts.enrol_four_devices(stage)
    acts.old_work_at_the_township(stage)
    acts.line_goes_down(stage)
    acts.village_works_alone(stage)
    acts.killed_between_two_saves(stage)
    acts.village_works_in_the_window(stage)
    acts.township_works_alone(stage)
    acts.nothing_claims_to_be_sent(stage)
    acts.link_drops_half_way(stage)
    acts.line_returns(stage)
    acts.township_takes_the_case(stage)
    acts.county_supervises(stage)
    acts.answer_comes_back(stage)
    acts.nobody_else_knows(stage)
    acts.pictures(stage)


if __name__ == "__main__":
    sys.exit(main())
