"""The hub's figures for a monitoring system, in Prometheus' text form. Offices by their ids, never a person nor a device.

    hub_up, hub_ready, hub_fault{fault}               as `state` says
    hub_events_total{verdict}                         what the router made of records: accept, hold, refuse, failures, given_up
    hub_router_lag_seconds, hub_router_databases_behind, hub_router_waiting{state}, hub_projector_lag_records
    hub_receipts_total                                written since the start
    hub_feeds_open                                    feeds that devices keep open now
    hub_office_last_contact_timestamp_seconds{office} newest contact of any device of the office
    hub_queue_oldest_seconds{queue}                   held records here; records, by the devices' own word, there
    hub_devices_waiting_records, hub_sync_rounds{ended}   by the devices' newest statements
    hub_store_bytes{store}, hub_disk_free_bytes
"""

from __future__ import annotations

import contextlib
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from county_hub.hub.chains.statements import rounds_in
from county_hub.hub.health.state import Health
from county_hub.hub.hub import Hub
from county_hub.hub.routing import Routing
from sync.errors import SyncError
from sync.storage import DRIVER_ERRORS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
VERDICTS = ("accept", "hold", "refuse", "failures", "given_up")
WORDS = ("disk_full", "damaged_core", "damaged_file", "starting", "router_lag", "projector_lag", "worker_failing", "epoch_waits",
         "store_away", "store_lacks_database", "store_lost", "edge_ended", "clock_off")


class HubFigures(Collector):
    """Everything is read when it is asked for. A file that cannot be read takes its own figures away and no others."""

    def __init__(self, hub: Hub, router: Routing, health: Health, feeds: Counter[str]) -> None:
        self._hub, self._router, self._health, self._feeds = hub, router, health, feeds

    def collect(self) -> Iterator[Metric]:
        for part in (self._state, self._routing, self._devices, self._stores):
            with contextlib.suppress(SyncError, OSError, *DRIVER_ERRORS):
                yield from list(part())

    def text(self) -> bytes:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return generate_latest(registry)

    def _state(self) -> Iterator[Metric]:
        faults = Counter(fault.word for fault in self._health.faults())
        yield _gauge("hub_up", "1 while devices should come here", int(self._health.is_up()))
        yield _gauge("hub_ready", "1 while nothing is wrong", int(not faults))
        yield _labelled("hub_fault", "how many faults of each sort there are", "fault", ((word, faults[word]) for word in WORDS))

    def _routing(self) -> Iterator[Metric]:
        databases, seconds = self._router.behind()
        yield _gauge("hub_router_lag_seconds", "age of the oldest news that is not routed", seconds)
        yield _gauge("hub_router_databases_behind", "databases with news that are not routed", databases)
        yield _gauge("hub_projector_lag_records", "records that the console's tables lack", self._health.projector_lag)
        yield _gauge("hub_feeds_open", "feeds that devices keep open", sum(self._feeds.values()))
        receipts = CounterMetricFamily("hub_receipts", "receipts written since the start")
        receipts.add_metric([], self._hub.told["receipts"])
        yield receipts
        counters = self._router.store.counters()
        events = CounterMetricFamily("hub_events", "records by what the router made of them", labels=["verdict"])
        for verdict in VERDICTS:
            events.add_metric([verdict], counters.get(verdict, 0))
        yield events
        states, oldest = self._router.store.queue()
        yield _labelled("hub_router_waiting", "records that wait in the router", "state", sorted(states.items()))
        now = self._hub.clock()
        stated = [kept.said.waiting for kept in self._hub.statements.newest().values()]
        there = min((waiting.oldest for waiting in stated if waiting.oldest is not None), default=None)
        yield _labelled("hub_queue_oldest_seconds", "age of the oldest that waits", "queue", (
            ("held", max(0.0, now / 1000 - oldest) if oldest is not None else 0.0),
            ("devices", max(0.0, (now - there) / 1000) if there is not None else 0.0)))

    def _devices(self) -> Iterator[Metric]:
        newest = dict[str, int]()
        for contact in self._hub.registry.contacts().values():
            newest[contact.office] = max(newest.get(contact.office, 0), contact.last_at)
        yield _labelled("hub_office_last_contact_timestamp_seconds", "when a device of the office was last heard of", "office",
                        ((office, at / 1000) for office, at in sorted(newest.items())))
        waiting, rounds = 0, Counter[str]()
        for kept in self._hub.statements.newest().values():
            waiting += kept.said.waiting.records
            for word, value in zip(("all", "cut"), rounds_in(kept.said.report), strict=True):
                rounds[word] += value
        yield _gauge("hub_devices_waiting_records", "records that devices have not delivered, by their own word", waiting)
        yield _labelled("hub_sync_rounds", "the newest rounds of all devices, and those of them that were cut", "ended",
                        sorted(rounds.items()))

    def _stores(self) -> Iterator[Metric]:
        home = self._hub.home
        stores = (("databases", home.databases.iterdir()), ("registry", _with_log(home.registry)),
                  ("accounts", _with_log(home.accounts)), ("demands", _with_log(home.demands)), ("rooms", _with_log(home.rooms)),
                  ("systems", _with_log(home.systems)), ("router", _with_log(home.router)),
                  ("read_model", _with_log(home.read_model)), ("log", home.root.glob("hub.log*")))
        yield _labelled("hub_store_bytes", "size of what lies in HOME", "store",
                        ((name, sum(map(_size, files))) for name, files in stores))
        yield _gauge("hub_disk_free_bytes", "free space below HOME", shutil.disk_usage(home.root).free)


def _with_log(path: Path) -> list[Path]:
    return [path, path.with_name(path.name + "-wal")]


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    made = GaugeMetricFamily(name, about)
    made.add_metric([], value)
    return made


def _labelled(name: str, about: str, label: str, values: Iterable[tuple[str, float]]) -> GaugeMetricFamily:
    made = GaugeMetricFamily(name, about, labels=[label])
    for word, value in values:
        made.add_metric([word], value)
    return made
