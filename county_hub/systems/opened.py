"""Tokens, hooks, batches and the delivery of an open hub, for its interface, its console and its command line."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from county_hub.county.acts import CountyActs
from county_hub.county.exchange_office import ExchangeOffice, Import
from county_hub.county.exchange_profiles import profile_of
from county_hub.hub.hub import Hub
from county_hub.hub.problems import HubProblem
from county_hub.systems import notices, targets
from county_hub.systems.batches import Batch, Batches
from county_hub.systems.delivery import Delivery
from county_hub.systems.hooks import Hook, Hooks
from county_hub.systems.store import SystemsStore
from county_hub.systems.targets import BadTarget
from county_hub.systems.tokens import Tokens
from shared.ledger.texts import t

STOP_S = 25.0       # longer than one delivery may take


@dataclass(frozen=True, slots=True)
class Systems:
    tokens: Tokens
    hooks: Hooks
    batches: Batches


def opened_systems(hub: Hub) -> Systems:
    store = SystemsStore(hub.home.systems, hub.clock, hub.file_key)
    return Systems(Tokens(store, lambda office: hub.directory.latest().office(office) is not None), Hooks(store), Batches(store))


def add_hook(hub: Hub, hooks: Hooks, url: str, kinds: tuple[str, ...]) -> Hook:
    """Raises `HubProblem` in words for a person."""
    require_target(url)
    return hooks.add(url, kinds, notices.begin(hub.replica, hooks))


def require_target(url: str) -> None:
    """Raises `HubProblem` in words for a person."""
    try:
        targets.target_of(url)
    except BadTarget:
        raise HubProblem(t("systems.hook.bad_url", value=url[:200])) from None


def delivery_of(hub: Hub, hooks: Hooks) -> Delivery:
    settings = hub.settings
    authority = hub.home.root / settings.webhook_ca if settings.webhook_ca else None
    allowed = targets.networks(settings.webhook_networks)
    return Delivery(hooks, hub.clock, notices.follower(hub.replica, hooks), allowed, authority)


@contextlib.contextmanager
def running_delivery(hub: Hub, hooks: Hooks) -> Iterator[Delivery]:
    """Notices go out in a thread of their own until the block ends. Raises `HubProblem` for an authority that is none."""
    try:
        delivery = delivery_of(hub, hooks)
    except OSError as fault:
        raise HubProblem(t("systems.hook.bad_ca", file=hub.home.root / hub.settings.webhook_ca, reason=fault)) from None
    stop, county = threading.Event(), f"office-{hub.county}"
    end = hub.databases.on_commit(lambda name: delivery.wake.set() if name == county else None)
    thread = threading.Thread(target=delivery.run, args=(stop,), name="webhooks", daemon=True)
    thread.start()
    try:
        yield delivery
    finally:
        end()
        stop.set()
        delivery.wake.set()
        thread.join(STOP_S)


def judged(acts: CountyActs, profile: str, rows: list[dict[str, object]], staff: str | None) -> tuple[ExchangeOffice, Import]:
    """Rows of another system as registrations of this person (None: of the first who may), nothing written."""
    office = ExchangeOffice(acts, profile_of(acts.hub.home.root, profile)[0])
    heads = list(dict.fromkeys(head for row in rows for head in row))
    lines = [(number, {head: cell for head, cell in row.items() if cell is not None and str(cell).strip()})
             for number, row in enumerate(rows, 1)]
    return office, office.judge(heads, lines, office.person(staff))  # type: ignore[arg-type]


def accept(acts: CountyActs, batches: Batches, id: str, staff: str) -> tuple[Batch, Import]:
    """What was handed in becomes registrations of this officer, all of it or none. Raises `HubProblem`."""
    made: list[Import] = []

    def register(batch: Batch) -> tuple[str, ...]:
        office, found = judged(acts, batch.profile, batch.rows, staff)
        made.append(found)
        office.write(found)
        return found.written

    return batches.accept(id, staff, register), made[0]
