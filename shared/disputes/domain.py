"""Disputes as one value: what the ledger, a service point and the hub ask of this product (`shared.ledger.domain`)."""

from __future__ import annotations

from collections.abc import Callable

from shared.disputes.kinds import registry
from shared.disputes.kinds.policy import permits
from shared.disputes.records import aggregates
from shared.disputes.records.closed_offices import refused_office
from shared.disputes.rules.county import RulesBook
from shared.disputes.tables.read_model import ReadModel
from shared.ledger.domain import Domain, Named
from shared.ledger.formats.envelope import Event
from shared.ledger.published.directory_heads import Directory
from shared.ledger.published.edges import Signers
from shared.ledger.tables import Genuine

NAMES: dict[str, Named] = {name: kind.names for name, kind in registry.KINDS.items() if kind.names}
# Acts of an office above the holder: it is an ancestor and so already in the audience.
TO_ITSELF = frozenset(name for name, kind in registry.KINDS.items() if kind.to_itself)


def closed(event: Event, directory: Directory) -> str:
    return refused_office(event.kind, event.body, event.office, event.legal_date, directory)


def tables(directory: Callable[[], Directory], genuine: Genuine | None) -> ReadModel:
    return ReadModel(county=RulesBook(directory), genuine=genuine, signers=Signers(directory))


DISPUTES = Domain(
    read_body=registry.parse,
    permits=permits,
    closed=closed,
    names=NAMES,
    to_itself=TO_ITSELF,
    founds=aggregates.opens,
    schemas=registry.CURRENT,
    acknowledges=frozenset({"case.acknowledged"}),
    shares=frozenset({"case.sealed_shared"}),
    numbered=aggregates.NUMBERED,
    tables=tables,
)
