"""`python -m sync serve ROOT`: every database below a folder over CouchDB's protocol, at `/`.

Lives here: options, the choice of authoriser, the run of the server and its clean end. Passwords are
never printed.
"""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sync.commands.common import UsageError, add_key_option, load_key
from sync.databases import Databases
from sync.databases import tuning as database_tuning
from sync.end_signals import end_signals
from sync.endpoint import tuning
from sync.endpoint.auth import Authoriser, OpenAccess, SingleAdmin

if TYPE_CHECKING:
    from sync.endpoint.connections import LineLimits

ADMIN_VARIABLE = "SYNC_ADMIN"


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "serve",
        help="serve every database of a folder over CouchDB's HTTP protocol",
        description="Database NAME is the file ROOT/<percent-encoded NAME>.replica; several processes may open it.",
    )
    parser.add_argument("root", metavar="ROOT", type=Path, help="folder of the replicas")
    parser.add_argument("--port", type=int, default=5984, help="0 picks a free one (default 5984)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    admin = parser.add_mutually_exclusive_group()
    admin.add_argument("--admin", metavar="USER:PASSWORD", help="the administrator; seen by other users of the machine")
    admin.add_argument("--admin-file", metavar="F", type=Path, help="file with USER:PASSWORD in its first line")
    parser.add_argument("--create", action="store_true", help="make ROOT when it is not there")
    parser.add_argument("--cors", metavar="ORIGIN", action="append", default=[], help="web origin that may call (again for more)")
    parser.add_argument(
        "--proxy", metavar="ADDRESS", action="append", default=[],
        help="reverse proxy of ours (address or network) whose X-Forwarded-For is believed (again for more); else nobody's is",
    )
    add_key_option(parser)
    parser.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT. Returns the exit code: 0, 1 for a failure, 2 for wrong usage."""
    try:
        authoriser, key, proxies = choose_authoriser(arguments), load_key(arguments), checked_proxies(arguments.proxy)
        listener = _listen(arguments)
    except UsageError as exc:
        print(f"sync serve: {exc}", file=sys.stderr)
        return 2
    except OSError as exc:
        print(f"sync serve: cannot listen on {arguments.host}:{arguments.port}: {exc.strerror}", file=sys.stderr)
        return 1
    with listener, Databases(arguments.root, key=key) as databases:
        return serve(databases, authoriser, listener, proxies=proxies, cors_origins=arguments.cors)


def checked_proxies(given: Sequence[str]) -> tuple[str, ...]:
    """Addresses and networks as uvicorn reads them. Raises UsageError: a name or `*` would believe anybody."""
    for each in given:
        try:
            ipaddress.ip_network(each, strict=False)
        except ValueError:
            raise UsageError(f"--proxy {each}: must be an IP address or a network such as 10.0.0.0/24") from None
    return tuple(given)


def choose_authoriser(arguments: argparse.Namespace) -> Authoriser:
    """Raises UsageError when nobody would guard a server that others can reach."""
    given = _admin_credentials(arguments)
    if given is None:
        if not _is_loopback(arguments.host):
            raise UsageError(
                f"--host {arguments.host} can be reached by others, so an administrator is needed: "
                f"give --admin-file F, or set {ADMIN_VARIABLE}=USER:PASSWORD"
            )
        return OpenAccess()
    user, colon, password = given.strip("\r\n").partition(":")
    if not (user and colon and password):
        raise UsageError("the administrator must be given as USER:PASSWORD, both not empty")
    return SingleAdmin(user, password)


def _admin_credentials(arguments: argparse.Namespace) -> str | None:
    if arguments.admin is not None:
        if not _is_loopback(arguments.host):
            advice = f"use --admin-file or {ADMIN_VARIABLE}"
            print(f"sync serve: warning: --admin shows the password to users of this machine; {advice}", file=sys.stderr)
        return str(arguments.admin)
    if arguments.admin_file is not None:
        try:
            return str((arguments.admin_file.read_text(encoding="utf-8").splitlines() or [""])[0])
        except (OSError, UnicodeDecodeError) as exc:
            raise UsageError(f"--admin-file {arguments.admin_file}: cannot be read: {exc}") from None
    return os.environ.get(ADMIN_VARIABLE) or None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(arguments: argparse.Namespace) -> socket.socket:
    if not arguments.root.is_dir():
        if not arguments.create:
            raise UsageError(f"ROOT {arguments.root} is not a folder; make it, or give --create")
        arguments.root.mkdir(parents=True)
    if not 0 <= arguments.port <= 65535:
        raise UsageError(f"--port {arguments.port} is not a port; use 0 to 65535")
    family = socket.AF_INET6 if ":" in arguments.host else socket.AF_INET
    listener = socket.create_server((arguments.host, arguments.port), family=family, backlog=1024)
    # Connections inherit it (asyncio sets it only on listeners of its own): the last piece of a feed must not wait for the
    # acknowledgement of the one before, which on a village line takes two seconds.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def serve(
    databases: Databases, authoriser: Authoriser, listener: socket.socket, *, proxies: Sequence[str] = (),
    tls: tuple[str, str] | None = None, **options: Any
) -> int:
    """Run uvicorn on `listener`; `options` are those of `create_app`. What `proxies` say of their clients is believed. `tls`:
    files of certificate and key. Prints `listening on URL` when ready."""
    from sync.endpoint.app import create_app

    raise_open_files()
    app = create_app(databases, authoriser, **options)
    secure: dict[str, Any] = {"ssl_certfile": tls[0], "ssl_keyfile": tls[1]} if tls is not None else {}
    server = _make_server(server_config(app, proxies=proxies, **secure), app.state.stop_feeds)
    server.run(sockets=[listener])
    return 0


def server_config(app: Any, limits: LineLimits | None = None, *, proxies: Sequence[str] = (), **options: Any) -> Any:
    """uvicorn's configuration with bounded connections; `options` are uvicorn's, and come last. Without `proxies` the address of
    a client is the one that connects: whoever could write it himself would choose whom his wrong passwords count for."""
    import uvicorn

    from sync.endpoint.connections import LineLimits, Lines

    ours = {
        "http": Lines(limits if limits is not None else LineLimits(proxies=tuple(proxies))).protocol(),
        "proxy_headers": bool(proxies),
        "forwarded_allow_ips": list(proxies),
        "ws": "none",
        "log_level": "error",       # a line for every broken request would let a stranger fill the disk
        "access_log": False,
        "server_header": False,
        "timeout_keep_alive": tuning.KEEP_ALIVE_S,
        "timeout_graceful_shutdown": tuning.SHUTDOWN_S,
    }
    return uvicorn.Config(app, **{**ours, **options})


def raise_open_files() -> int:
    """Ask for as many open files as connections and replicas may need; returns how many there may be (0: unknown)."""
    try:
        import resource
    except ImportError:     # Windows
        return 0
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = tuning.MAX_CONNECTIONS + tuning.MAX_REFUSALS + database_tuning.MAX_OPEN_REPLICAS * database_tuning.FILES_PER_REPLICA
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _make_server(config: Any, stop_feeds: Any) -> Any:
    import uvicorn

    class Server(uvicorn.Server):
        """Says when it is ready, and ends the waiting feeds at the first signal."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started and sockets:
                host, port = sockets[0].getsockname()[:2]
                scheme = "https" if config.is_ssl else "http"
                print(f"listening on {scheme}://{f'[{host}]' if ':' in host else host}:{port}", flush=True)

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            # uvicorn's own raises the signal again when all is done; an end that was asked for is exit
            # code 0.
            before = {number: signal.signal(number, self.handle_exit) for number in end_signals()}
            try:
                yield
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)

        def handle_exit(self, sig: int, frame: Any) -> None:
            stop_feeds()
            super().handle_exit(sig, frame)

    return Server(config)
