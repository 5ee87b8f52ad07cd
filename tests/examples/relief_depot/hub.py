"""The hub of the depots: founds itself, gives enrolment codes, serves.

    python -m tests.examples.relief_depot.hub HOME PORT        port 0: any free one; prints `listening on http://...`
"""

from __future__ import annotations

import sys
import time

from county_hub.hub import founding, serving
from county_hub.hub.hub import Hub, hub_home, open_hub
from shared.ledger.days import local_date
from shared.ledger.formats.enrolment_code import EnrolmentCode
from shared.ledger.published.offices import Office, Organisation
from tests.examples.relief_depot.domain import DEPOT, HELPER, KEEPER

CENTRE, TOWN, EAST, WEST = "990101000000", "990101100000", "990101100201", "990101100202"
OFFICES = Organisation({
    CENTRE: Office(CENTRE, "DEMO 救灾物资中心", "county", "county", None),
    TOWN: Office(TOWN, "DEMO 镇", "township", "township", CENTRE),
    EAST: Office(EAST, "DEMO 东库", "village", "village", TOWN),
    WEST: Office(WEST, "DEMO 西库", "village", "village", TOWN),
})
PEOPLE = (
    ("li", "DEMO 李保管", EAST, (KEEPER,)),
    ("wang", "DEMO 王帮手", EAST, (HELPER,)),
    ("zhao", "DEMO 赵保管", WEST, (KEEPER,)),
)


def clock() -> int:
    return time.time_ns() // 1_000_000


def found(home: str) -> dict[str, str]:
    """Found the hub and its offices; an enrolment code for each depot."""
    founding.found(hub_home(home), CENTRE[:6], OFFICES, None, clock)
    with open_hub(hub_home(home), DEPOT, clock) as hub:
        hub.directory.add_staff(PEOPLE, since=local_date(clock()))
        return {office: code_for(hub, office) for office in (EAST, WEST)}


def code_for(hub: Hub, office: str) -> str:
    one_time = hub.registry.new_code(office, "tablet", valid_ms=3_600_000, tries=5)
    return EnrolmentCode.of(hub.keys(), one_time).short()


def main() -> None:
    with open_hub(hub_home(sys.argv[1]), DEPOT, clock) as hub:
        sys.exit(serving.serve(hub, "127.0.0.1", int(sys.argv[2])))


if __name__ == "__main__":
    main()
