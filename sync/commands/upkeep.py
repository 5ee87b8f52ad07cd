"""The commands `info`, `changes`, `conflicts`, `compact`, `verify`, `evict` of `python -m sync`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from sync import errors
from sync.commands.common import add_file, open_replica, print_json
from sync.peer import ChangeRow, ChangesRequest

Subparsers = Any  # argparse names its type only privately


def register(subparsers: Subparsers) -> None:
    _add(subparsers, "info", "print what the replica is and holds", run_info)
    changes = _add(subparsers, "changes", "print the changes feed, one row a line, and last_seq at the end", run_changes)
    changes.add_argument("--since", metavar="SEQ", default="0", help="start after this seq, or `now` (default 0)")
    changes.add_argument("--limit", metavar="N", type=int, help="at most N rows")
    changes.add_argument("--style", choices=["main_only", "all_docs"], default="main_only")
    changes.add_argument("--include-docs", action="store_true")
    changes.add_argument("--descending", action="store_true", help="newest first")
    _add(subparsers, "conflicts", "print each document that has conflicts, one a line", run_conflicts)
    _add(subparsers, "compact", "drop old revisions and give the space back", run_compact)
    _add(subparsers, "verify", "read everything; exits 1 and names what is wrong", run_verify)
    evict = _add(subparsers, "evict", "remove documents here, without tombstone, never to be pulled again", run_evict)
    evict.add_argument("ids", metavar="ID", nargs="+")


def _add(subparsers: Subparsers, name: str, text: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(name, help=text)
    add_file(parser)
    parser.set_defaults(func=run)
    return parser


def run_info(arguments: argparse.Namespace) -> int:
    with open_replica(arguments) as replica:
        info = replica.info()
    print_json({
        "db_name": info.db_name, "replica_id": info.peer_id, "epoch": info.epoch, "update_seq": info.update_seq,
        "doc_count": info.doc_count, "doc_del_count": info.doc_del_count, **info.extra,
    })
    return 0


def run_changes(arguments: argparse.Namespace) -> int:
    request = ChangesRequest(
        since=arguments.since, limit=arguments.limit, style=arguments.style,
        include_docs=arguments.include_docs, descending=arguments.descending,
    )
    with open_replica(arguments) as replica:
        feed = replica.changes(request)
        for row in feed:
            print_json(_row(row))
        print_json({"last_seq": feed.last_seq, "pending": feed.pending})
    return 0


def _row(row: ChangeRow) -> dict[str, Any]:
    shown: dict[str, Any] = {"seq": row.seq, "id": row.id, "changes": [{"rev": rev} for rev in row.revs]}
    if row.deleted:
        shown["deleted"] = True
    if row.doc is not None:
        shown["doc"] = row.doc
    return shown


def run_conflicts(arguments: argparse.Namespace) -> int:
    with open_replica(arguments) as replica:
        for row in replica.changes(ChangesRequest(style="all_docs")):
            if len(row.revs) > 1:
                found = replica.open_revs(row.id)
                losers = [doc["_rev"] for doc in found if isinstance(doc, dict) and "_deleted" not in doc]
                if len(losers) > 1:
                    print_json({"id": row.id, "rev": losers[0], "conflicts": losers[1:]})
    return 0


def run_compact(arguments: argparse.Namespace) -> int:
    with open_replica(arguments) as replica:
        before = _size(replica.path)
        replica.compact()
        print_json({"ok": True, "bytes_before": before, "bytes_after": _size(replica.path)})
    return 0


def _size(path: Path) -> int:
    """Bytes on the disk, the write-ahead log counted."""
    log = path.with_name(path.name + "-wal")
    return path.stat().st_size + (log.stat().st_size if log.exists() else 0)


def run_verify(arguments: argparse.Namespace) -> int:
    try:
        with open_replica(arguments) as replica:
            problems = replica.verify()
    except errors.Corrupt as fault:
        problems = [fault.reason]
    print_json({"ok": not problems, "problems": problems})
    if problems:
        many = "" if len(problems) == 1 else f", the first of {len(problems)}"
        print(f"sync verify: {arguments.file}: {problems[0]}{many}", file=sys.stderr)
        return 1
    return 0


def run_evict(arguments: argparse.Namespace) -> int:
    with open_replica(arguments) as replica:
        print_json({"ok": True, "evicted": replica.evict(arguments.ids)})
    return 0
