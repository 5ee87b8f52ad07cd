"""Every paper of a case comes out of the printer, whatever the schema allowed in."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, seed, settings

from shared.disputes.case.papers import BY_CODE
from shared.disputes.fold.fold import fold_case
from shared.disputes.papers.case_file import case_file, court_package, documents
from shared.disputes.papers.sheets.drawn import DRAWN
from shared.ledger.formats.envelope import Event
from tests.support.shared.extremes import histories, the_seed, with_every_kind
from tests.support.shared.forms_case import registered

SEED = the_seed()


def printed(events: list[Event]) -> None:
    state = fold_case(events, today="2026-11-29")
    context = replace(registered().context(), events=tuple(events), file_bytes=lambda sha256: None, demo=True)
    printable = [code for code in sorted(DRAWN) if not BY_CODE[code].refused(state)]
    for made in (documents(state, context, printable), case_file(state, context), court_package(state, context, [0, 999])):
        assert made.startswith(b"%PDF")


def test_every_paper_of_a_case_with_every_kind_at_its_bounds_is_printed() -> None:
    print(f"EXTREMES_SEED={SEED}")
    quiet = settings(max_examples=2, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
    seed(SEED)(quiet(given(with_every_kind("case"))(printed)))()


def test_every_paper_of_any_short_history_at_the_bounds_is_printed() -> None:
    print(f"EXTREMES_SEED={SEED}")
    quiet = settings(max_examples=5, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
    seed(SEED)(quiet(given(histories("case"))(printed)))()
