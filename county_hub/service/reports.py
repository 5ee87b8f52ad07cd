"""The county's figures of a year: asked for by `county-hub report`, and kept month by month while the hub serves."""

from __future__ import annotations

import json
import logging

from county_hub.county.book import figure_facts
from county_hub.county.officers import officers_of
from county_hub.hub.hub import Hub
from county_hub.hub.safe.private_file import write_private
from county_hub.report.kept import KeptReports
from county_hub.report.report import Report, build
from shared.disputes.figures.figures import publication_in_force
from shared.jobs import Jobs
from shared.ledger.days import later, local_date
from shared.ledger.periods import Span, parse

log = logging.getLogger("county_hub.reports")
JOB = "report"
# The first of a month before anybody works, after the nightly jobs: last month is whole, and so is what was swept.
DAY, HOUR = 1, 5


def report_of(hub: Hub, year: int, span: Span | None = None, *, internal: bool = False) -> Report:
    """The report over a read model that is up to date, whether `serve` runs or not."""
    hub.projector.catch_up()
    return _report(hub, span or parse(f"{year:04d}"), internal)


def kept_reports(hub: Hub) -> KeptReports:
    """For pages, over the tables as they are; the same rules as the printed report's."""
    return KeptReports(lambda span, internal: _report(hub, span, internal), lambda: figure_facts.stamp(hub), hub.clock)


def _report(hub: Hub, span: Span, internal: bool) -> Report:
    officers = officers_of(hub)
    rules, fault = publication_in_force(hub.directory.latest().table("figures"))
    with figure_facts.kept_sums(hub) as sums:
        made = build(sums, officers.organisation(), span.year, officers.today(), demo=officers.demo(), rules=rules, span=span,
                     internal=internal, **officers.small_cell())
    return {**made, "notes": [*made["notes"], fault]} if fault else made


def add_jobs(jobs: Jobs, hub: Hub) -> None:
    jobs.monthly(JOB, DAY, HOUR, lambda: keep(hub))


def keep(hub: Hub) -> None:
    """The year up to the month that has just ended, as `HOME/reports/report-2026-10.json`; for good."""
    month = later(local_date(hub.clock()), -DAY)[:7]
    hub.home.reports.mkdir(mode=0o700, exist_ok=True)
    made = json.dumps(report_of(hub, int(month[:4])), ensure_ascii=False, indent=2).encode() + b"\n"
    write_private(hub.home.reports / f"report-{month}.json", made)
    log.info("the report of %s is kept", month)
