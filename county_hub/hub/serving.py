"""The hub's server: CouchDB's API, enrolment and a program's own routes on one port, router and projector beside it.

One `serve` per HOME (lock file); commands may run at any time. SIGTERM ends feeds, requests and threads in order, exit code 0.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import signal
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from county_hub.hub import collector
from county_hub.hub.answer_headers import Headed
from county_hub.hub.chains import leaving, offered, statements
from county_hub.hub.crew.crew import Crew, Workers
from county_hub.hub.crew.worker import are_gone
from county_hub.hub.devices import beside, enrolment
from county_hub.hub.devices.rates import Rates
from county_hub.hub.health.logs import logging_to
from county_hub.hub.health.metrics import HubFigures
from county_hub.hub.health.routes import routes as health_routes
from county_hub.hub.health.sessions import InSession, SessionBook
from county_hub.hub.health.state import Health
from county_hub.hub.hub import Hub, closed_office_of, receipts_of, require_backing, router_of
from county_hub.hub.ingress import server_only
from county_hub.hub.kept.home import HubHome
from county_hub.hub.kept.tls import ServerTls, note_served
from county_hub.hub.problems import HubProblem
from county_hub.hub.published.offered_heads import OfferedHeads
from county_hub.hub.releases.routes import routes as release_routes
from county_hub.hub.releases.shelf import Shelf
from county_hub.hub.routed.orphans import Orphans
from county_hub.hub.routed.sweep import sweep
from county_hub.hub.routing import Routing
from county_hub.hub.workers import TABLES_REST_S, Follower
from shared.jobs import Jobs
from shared.ledger.domain import PORTAL, SCHEMAS
from shared.ledger.os_words import os_reason
from shared.ledger.published.directory_heads import change
from shared.ledger.texts import t
from sync.commands.serve import raise_open_files
from sync.commands.serve import serve as serve_endpoint
from sync.end_signals import end_signals
from sync.endpoint.quotas import Quotas
from sync.router import Router

log = logging.getLogger("county_hub.server")
# Contacts are written this often: a crash forgets at most so much of "last heard of".
CONTACTS_S = 5.0
# A busy county commits many times a second; sealed bodies can wait so long for each other.
CLOSED_REST_S = 1.0
STOP_S = 20.0
# Workers whose server was killed end within STOP_S; a new server waits for them so long.
GONE_S = 30.0
LEAST_FILES = 256
SERVE_LOCK = "serve.lock"
# Quiet hours in China: the comparison of everything with everything, then what nobody needs any more.
SWEEP_HOUR, RETENTION_HOUR = 3, 4
# What waits is tried again when its own time has come; this is how often that is looked at, whatever else the router does.
RETRY_LOOK_S = 60.0
# What the hub does by the clock; a program's own jobs come beside it. Texts: `hub.job`.
JOBS = ("sweep", "retention", "retries")
# The chain of the hub's own device lies in a database that devices may open: nobody touches it over HTTP.
PRIVATE_LOCALS = ("chain",)
# What this server answers beside CouchDB's API.
OWN = ("/_hub/", "/_up", "/_ready", "/console", "/api/")


def serve(hub: Hub, host: str, port: int, own: Callable[[], Sequence[BaseRoute]] = tuple,
          own_jobs: Callable[[Jobs], None] = lambda jobs: None, tls: ServerTls | None = None,
          refused: Callable[[str, str], None] = lambda name, address: None, workers: Workers | None = None) -> int:
    """Serve until SIGTERM or SIGINT; prints `listening on http://...` when ready. `own` gives further routes, before
    CouchDB's API, `own_jobs` adds what the program does by the clock, `refused(name, address)` hears of wrong credentials.
    `workers`: processes that route and make the tables; without them this process does it. Raises `HubProblem`."""
    require_backing(hub)
    _require_files()
    end = _EndsTheStart()
    for number in end_signals():
        signal.signal(number, end)
    with _only_one(hub), logging_to(hub.home.log), listener(host, port) as taken:
        _publish_settings(hub)
        note_served(hub.registry, tls)
        if not are_gone(hub.home, GONE_S):
            raise HubProblem(t("hub.serve.old_workers"))
        with running_followers(hub, own_jobs, refused, workers) as beside:
            collector.at_work()
            log.info("serving on port %s", taken.getsockname()[1])
            code = serve_endpoint(
                hub.databases, hub.authoriser, taken, proxies=hub.settings.proxy_list(),
                routes=[*health_routes(beside.health, beside.figures, hub.settings), *routes(hub), *own()],
                private_locals=PRIVATE_LOCALS, server_only=server_only, quotas=quotas_of(hub), feeds=beside.feeds,
                middleware=[Middleware(Headed, uncached=OWN), Middleware(InSession, book=beside.sessions)],
                tls=(str(tls.certificate), str(tls.key)) if tls is not None else None,
            )  # fmt: skip
            end.started = True
        log.info("stopped")
        return code


def _require_files() -> None:
    """Raises `HubProblem` where so few files may be open that the first devices would take the last of them."""
    allowed = raise_open_files()
    if 0 < allowed < LEAST_FILES:
        raise HubProblem(t("hub.serve.few_files", n=allowed, least=LEAST_FILES))


def _publish_settings(hub: Hub) -> None:
    """After an update the program judges more than before, and tablets may write it; and where citizens ask, for their slips. A
    hub that may not publish now (a new epoch waits for the recovery key, a head that is not its own) takes records all the
    same."""
    if hub.edge:
        return
    told = [change("setting", SCHEMAS, hub.domain.schemas)] if hub.domain.schemas else []
    portal = {"url": hub.settings.portal_url}
    if portal != (hub.directory.latest().setting(PORTAL) or {"url": ""}):
        told.append(change("setting", PORTAL, portal))
    if told:
        try:
            hub.directory.publish(told)
        except HubProblem as problem:
            log.warning("what this version judges is not published: %s", problem.sentence)


class _EndsTheStart:
    """The signal handler around the server's own. While the hub starts, a signal ends it in order with exit code 0; a start
    may take minutes where tables are built anew. After the server's end it says nothing: uvicorn raises the signal once more."""

    def __init__(self) -> None:
        self.started = False

    def __call__(self, *_: object) -> None:
        if not self.started:
            self.started = True
            raise SystemExit(0)


def quotas_of(hub: Hub) -> Quotas:
    """What devices may store, by this county's settings."""
    most, a_day = hub.settings.device_quota_mb << 20, hub.settings.device_quota_mb_a_day << 20
    return Quotas(hub.home.quotas, lambda: hub.clock() / 1000, most=most, a_day=a_day, key=hub.file_key)


def orphans_of(hub: Hub) -> Orphans:
    return Orphans(hub.home.orphans, hub.databases, hub.clock, hub.settings.orphan_days, hub.file_key)


def routes(hub: Hub) -> list[BaseRoute]:
    """Enrolment and time, which every device asks for, and what devices state."""
    rates = Rates()
    return [
        *(beside.routes(hub.authoriser, hub.identity, hub.clock, _clock_is_right(hub)) if hub.edge else
          enrolment.routes(hub.registry, hub.directory, hub.identity, hub.prove, hub.clock)),
        *statements.routes(hub.statements, hub.authoriser, rates),
        *leaving.routes(hub.directory, receipts_of(hub), hub.databases, hub.authoriser, rates),
        *release_routes(Shelf(hub.home.releases), hub.authoriser, rates),
        *offered.routes(hub.directory, OfferedHeads(hub.home.offered, hub.home.safe), hub.authoriser, rates),
    ]


def _clock_is_right(hub: Hub) -> Callable[[], bool]:
    return lambda: hub.backing is None or hub.backing.clock_is_right()


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the server, and what it tells of itself."""

    followers: list[Follower]
    health: Health
    figures: HubFigures
    sessions: SessionBook
    feeds: Counter[str] = field(default_factory=Counter)


@contextlib.contextmanager
def running_followers(hub: Hub, own_jobs: Callable[[Jobs], None] = lambda jobs: None,
                      refused: Callable[[str, str], None] = lambda name, address: None,
                      workers: Workers | None = None) -> Iterator[Beside]:
    """Router, projector and contacts, and the jobs of the clock, until the block ends."""
    crew = Crew(hub, workers) if workers is not None and workers.count else None
    here = router_of(hub) if crew is None else None
    router, jobs = here or crew, Jobs(threads=2)
    assert router is not None
    _add_jobs(jobs, hub, router)
    own_jobs(jobs)
    health, sessions, feeds = Health(hub, router), SessionBook(refused=refused), Counter[str]()
    followers = [*_followers(hub, here, sessions, tables=crew is None or not crew.makes_tables), health.follower()]
    if hub.backing is not None:
        followers += hub.backing.followers(router)
    health.followers += [*followers, *(crew.members if crew is not None else ())]
    ends = [hub.databases.on_commit(follower.committed) for follower in followers]
    if crew is not None:
        ends.append(hub.databases.on_commit(crew.committed))
        crew.start()
    for follower in followers:
        follower.start()
    jobs.tell(hub.home.jobs)
    jobs.start()
    try:
        yield Beside(followers, health, HubFigures(hub, router, health, feeds), sessions, feeds)
    finally:
        jobs.stop(wait=False)
        for end in ends:
            end()
        if crew is not None:
            crew.stop()
        for follower in followers:
            follower.stop()
        if crew is not None:
            crew.join(STOP_S)
        for follower in followers:
            if not follower.join(STOP_S):
                log.warning("%s did not stop in time", follower.name)
        sessions.flush(all_of_them=True)
        router.close()


def refuse_second(home: HubHome) -> None:
    """Raises `HubProblem` while some process serves this HOME."""
    if _is_locked(home):
        raise HubProblem(t("hub.serve.already"))


def is_serving(hub: Hub) -> bool:
    """Does some process serve this HOME now?"""
    return _is_locked(hub.home)


def _is_locked(home: HubHome) -> bool:
    with contextlib.suppress(FileNotFoundError), (home.root / SERVE_LOCK).open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _add_jobs(jobs: Jobs, hub: Hub, router: Routing) -> None:
    def compare() -> None:
        done = sweep(router, receipts_of(hub), hub.databases)
        log.info("swept %d cases, %d repairs, %d old receipts purged", done.subjects, done.repairs, done.receipts_purged)

    jobs.daily("sweep", SWEEP_HOUR, compare)
    jobs.daily("retention", RETENTION_HOUR, lambda: orphans_of(hub).purge_old())
    jobs.every("retries", RETRY_LOOK_S, router.housekeeping)


def _followers(hub: Hub, router: Router | None, sessions: SessionBook, *, tables: bool) -> Iterator[Follower]:
    """Without a router, or `tables`: workers do it."""
    county = f"office-{hub.county}"
    idle_s = hub.settings.follow_seconds
    # `follow` blocks and does its own waiting; the follower starts it again if it ever fails.
    if router is not None:
        yield Follower("router", router.follow, lambda name: False, idle_s)
    if tables:
        yield Follower("projector", lambda stop: hub.projector.catch_up(cancel=stop), lambda name: name == county, idle_s,
                       rest_s=min(idle_s, TABLES_REST_S))
    closed = closed_office_of(hub)
    yield Follower("closed", closed.look, lambda name: name == county or name.endswith("-closed"), idle_s,
                   rest_s=min(idle_s, CLOSED_REST_S))

    def tell(stop: object) -> None:
        sessions.flush()
        hub.contacts.flush()

    yield Follower("contacts", tell, lambda name: False, CONTACTS_S)


@contextlib.contextmanager
def _only_one(hub: Hub) -> Iterator[None]:
    with (hub.home.root / SERVE_LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise HubProblem(t("hub.serve.already")) from None
        yield


@contextlib.contextmanager
def listener(host: str, port: int) -> Iterator[Any]:
    """A listening socket. Raises `HubProblem` when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        made = socket.create_server((host, port), family=family, backlog=1024)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)   # see sync.commands.serve
    except OSError as error:
        raise HubProblem(t("hub.serve.busy", port=port, reason=os_reason(error))) from None
    with made:
        yield made
