"""A program that knows more than the one before: events of a kind that this version does not know, and the update that does."""

from __future__ import annotations

from county_hub.hub.routed.rules import HubRules
from shared.ledger.domain import Domain
from shared.ledger.formats.envelope import Event
from sync.router import Router
from tests.support.county_hub.hub_routing_support import COUNTY, NEIGHBOUR, VILLAGE, County, db

NEWER_KIND = "case.teleported"


def updated(county: County, domain: Domain, store: str = "router.sqlite") -> Router:
    """The router of the updated program."""
    county.rules = HubRules(
        COUNTY, county.databases, county.directory, county.hub_key, county.receipts, hub=lambda: county.hub,
        clock=lambda: county.now, domain=domain, chains=county.chain_book(store))
    made = Router(county.databases, county.rules, county.root / store, clock=lambda: county.now / 1000)
    county.routers.append(made)
    return made


def teleported(county: County, case: str, office: str = VILLAGE) -> Event:
    return county.newer(case, NEWER_KIND, {"to": "moon"}, office=office)


def shared_case(county: County, router: Router) -> str:
    """A case of the village that its neighbour helps with."""
    case = county.register().subject
    county.write(case, "case.co_handler_added", {"office": NEIGHBOUR})
    router.run_pending()
    assert len(county.ids(db(NEIGHBOUR))) == 2
    return case
