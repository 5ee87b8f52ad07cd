"""The commands `replicate` and `sync` of `python -m sync`: copy between a replica file or an address and another.

What lives here: words of the command line into a `Replicator`, its result into JSON or one line for a person. Secrets come from
a file, the environment, or (with a warning) the address.
"""

from __future__ import annotations

import argparse
import dataclasses
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from sync.commands.common import UsageError, add_key_option, load_key, print_json
from sync.errors import BadRequest, NotFound, SyncError, TooLarge
from sync.mango.selector import compile_selector
from sync.remote.address import AUTH_VARIABLE, parse_auth, redact
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import Progress, ReplicationResult, Replicator, sync

Subparsers = Any  # argparse names its type only privately


def register(subparsers: Subparsers) -> None:
    one_way = subparsers.add_parser("replicate", help="copy what TARGET lacks from SOURCE; each is a replica file or an address")
    one_way.add_argument("source", metavar="SOURCE", help="a replica file, or http(s)://host:port/database")
    one_way.add_argument("target", metavar="TARGET", help="the same; a file is made if it is new")
    one_way.add_argument("--continuous", action="store_true", help="go on as changes come, until interrupted")
    one_way.add_argument("--selector", metavar="JSON", help="copy only documents that match (Mango)")
    one_way.add_argument("--doc-ids", metavar="A,B", help="copy only these documents")
    one_way.add_argument("--first", metavar="A,B", help="copy these documents before all others")
    _add_options(one_way)
    one_way.set_defaults(func=run_replicate)
    both = subparsers.add_parser("sync", help="both directions over one connection: pull from REMOTE, then push to it")
    both.add_argument("local", metavar="LOCAL", help="the replica file of this device; made if it is new")
    both.add_argument("remote", metavar="REMOTE", help="http(s)://host:port/database, or another replica file")
    both.add_argument("--own-filter", metavar="JSON", help="selector that keeps out what this device wrote: saves bytes")
    both.add_argument("--send-first", metavar="A,B", help="push these documents before all others")
    both.add_argument("--fetch-first", metavar="A,B", help="pull these documents before all others")
    _add_options(both)
    both.set_defaults(func=run_sync)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--batch-size", metavar="N", type=int, help="documents committed together at most")
    parser.add_argument("--ask-first", action="store_true", help="ask what is missing before sending bodies (large documents)")
    parser.add_argument("--retry-rejected", action="store_true", help="offer again what the target refused earlier")
    parser.add_argument("--auth-file", metavar="F", type=Path, help=f"file with name:password (else from {AUTH_VARIABLE})")
    parser.add_argument("--ca", metavar="F", help="file of trusted certificates")
    parser.add_argument("--json", action="store_true", help="print one JSON object last, also on failure")
    add_key_option(parser)


# --- the commands --------------------------------------------------------------------------------------------------


def run_replicate(arguments: argparse.Namespace) -> int:
    with _failures_as_json(arguments) as shown, ExitStack() as open_peers:
        selector = _selector(arguments.selector, "--selector")
        doc_ids = _doc_ids(arguments.doc_ids, "--doc-ids")
        source = open_peers.enter_context(_peer(arguments, arguments.source, create=False))
        target = open_peers.enter_context(_peer(arguments, arguments.target, create=True))
        replicator = Replicator(
            source, target,
            local="source" if _is_address(arguments.target) and not _is_address(arguments.source) else "target",
            selector=selector, doc_ids=doc_ids, first=_doc_ids(arguments.first, "--first") or (), **_options(arguments),
        )
        shown.append(replicator.result)
        if arguments.continuous:
            replicator.run_continuous()
        else:
            replicator.run()
    result = dataclasses.asdict(replicator.result)
    if arguments.json:
        print_json({"ok": True, **result})
    else:
        print(_sentence(replicator.result))
    return 0


def run_sync(arguments: argparse.Namespace) -> int:
    with _failures_as_json(arguments), ExitStack() as open_peers:
        own_filter = _selector(arguments.own_filter, "--own-filter")
        if _is_address(arguments.local):
            raise UsageError(f"LOCAL must be a replica file, not the address {redact(arguments.local)}; swap the two")
        local = open_peers.enter_context(_peer(arguments, arguments.local, create=True))
        remote = open_peers.enter_context(_peer(arguments, arguments.remote, create=True))
        done = sync(
            local, remote, own_filter=own_filter, send_first=_doc_ids(arguments.send_first, "--send-first") or (),
            fetch_first=_doc_ids(arguments.fetch_first, "--fetch-first") or (), **_options(arguments),
        )
    if arguments.json:
        print_json({"ok": True, "pull": dataclasses.asdict(done.pull), "push": dataclasses.asdict(done.push)})
    else:
        print(f"pull: {_sentence(done.pull)}\npush: {_sentence(done.push)}")
    return 0


# --- words of the command line -------------------------------------------------------------------------------------


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.batch_size is not None and not 1 <= arguments.batch_size <= 100_000:
        raise UsageError(f"--batch-size {arguments.batch_size}: must be between 1 and 100000")
    return {
        "batch_size": arguments.batch_size,
        "ask_first": arguments.ask_first,
        "retry_rejected": arguments.retry_rejected,
        "cancel": _cancel_on_signal(),
        "progress": _show_progress if sys.stderr.isatty() else None,
    }


def _is_address(place: str) -> bool:
    return place.startswith(("http://", "https://"))


@contextmanager
def _peer(arguments: argparse.Namespace, place: str, *, create: bool) -> Iterator[LocalReplica | RemotePeer]:
    peer: LocalReplica | RemotePeer
    if _is_address(place):
        auth = _auth_from_file(arguments.auth_file) if "@" not in place else None
        try:
            peer = RemotePeer(place, auth=auth, ca=arguments.ca)
        except BadRequest as fault:
            raise UsageError(fault.reason) from None
        if peer.password_in_url:
            print(
                f"warning: the password in {redact(place)} can be seen by others on this computer; "
                f"use --auth-file or {AUTH_VARIABLE}",
                file=sys.stderr,
            )
    elif "://" in place:
        raise UsageError(f"{redact(place)} is neither a file nor an http(s) address")
    else:
        peer = LocalReplica.open(Path(place), create=create, key=load_key(arguments))
    try:
        yield peer
    finally:
        peer.close()


def _auth_from_file(path: Path | None) -> tuple[str, str] | None:
    if path is None:
        return None
    try:
        return parse_auth(path.read_text(encoding="utf-8"), f"--auth-file {path}")
    except BadRequest as fault:
        raise UsageError(fault.reason) from None
    except UnicodeDecodeError:
        raise UsageError(f"--auth-file {path}: is not text") from None
    except OSError as fault:
        raise UsageError(f"--auth-file {path}: cannot be read: {fault.strerror}") from None


def _selector(text: str | None, option: str) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        value = msgspec.json.decode(text)
    except (ValueError, RecursionError) as fault:
        raise UsageError(f"{option} is not JSON ({fault})") from None
    if not isinstance(value, dict):
        raise UsageError(f'{option} must be a JSON object, as in {{"kind": "note"}}')
    try:
        compile_selector(value)
    except (BadRequest, TooLarge) as fault:
        raise UsageError(f"{option}: {fault.reason}") from None
    return value


def _doc_ids(text: str | None, option: str) -> list[str] | None:
    if text is None:
        return None
    ids = [id for id in text.split(",") if id]
    if not ids:
        raise UsageError(f"{option} names no document; separate ids with commas")
    return ids


def _cancel_on_signal() -> threading.Event:
    """Ctrl-C or SIGTERM end the replication between two batches; a second one ends the program."""
    flag = threading.Event()

    def stop(number: int, frame: Any) -> None:
        if flag.is_set():
            raise KeyboardInterrupt
        flag.set()

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)
    return flag


# --- results -------------------------------------------------------------------------------------------------------


@contextmanager
def _failures_as_json(arguments: argparse.Namespace) -> Iterator[list[ReplicationResult]]:
    """With --json the last line is an object also when it fails; `__main__` says the sentence and the exit code."""
    shown: list[ReplicationResult] = []
    try:
        with _missing_database_named(arguments):
            yield shown
    except (SyncError, UsageError, OSError) as fault:
        if arguments.json:
            done = dataclasses.asdict(shown[0]) if shown else {}
            word = fault.error if isinstance(fault, SyncError) else "usage" if isinstance(fault, UsageError) else "io"
            print_json({"ok": False, "error": word, "reason": str(fault), **done})
        raise


@contextmanager
def _missing_database_named(arguments: argparse.Namespace) -> Iterator[None]:
    """CouchDB's own sentence does not say which database; a person needs the address and what to do."""
    try:
        yield
    except NotFound as missing:
        places = [getattr(arguments, name, "") for name in ("source", "target", "local", "remote")]
        named = " or ".join(redact(place) for place in places if _is_address(place))
        if not named or "atabase" not in missing.reason:
            raise
        raise NotFound(f"{missing.reason.rstrip('.')}: {named}; make it first (HTTP PUT to that address)") from missing


def _sentence(result: ReplicationResult) -> str:
    text = (
        f"{result.docs_written} documents written, {result.doc_write_failures} refused; "
        f"{result.requests} requests, {result.bytes_sent} bytes sent, {result.bytes_received} received, {result.seconds:.1f} s"
    )
    return text + "".join(f"\n  refused {id}: {reason}" for id, reason in result.rejected.items())


def _show_progress(step: Progress) -> None:
    of = f" of about {step.total}" if step.total is not None else ""
    left = f", about {step.seconds_left:.0f} s left" if step.seconds_left is not None else ""
    print(f"\r{step.stage}: {step.done}{of}, {step.docs_per_s:.0f} documents/s{left}   ", end="", file=sys.stderr, flush=True)
