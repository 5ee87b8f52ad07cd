"""How the hub's commands open HOME and say what they refuse; every command module registers its verbs on this kit."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from county_hub.composition import open_hub
from county_hub.console.forms import uses
from county_hub.county.desk import CountyDesk
from county_hub.county.place import in_words
from county_hub.hub.hub import Hub, hub_home
from county_hub.hub.kept.home import HubHome
from county_hub.hub.problems import HubProblem, UsageProblem
from shared.commands.arguments import Unusable
from shared.commands.kit import Kit
from shared.disputes.acts.drafts import left_out
from shared.ledger.texts import t

# What is asked of CouchDB or of the edges themselves says by itself where it is done.
_OF_THE_STORE = ("couchdb", "edge")


@contextlib.contextmanager
def _open(arguments: argparse.Namespace) -> Iterator[CountyDesk]:
    with open_hub(home_of(arguments)) as hub:
        if hub.edge:
            _require_followed(hub, f"{arguments.command} {getattr(arguments, 'verb', '')}".strip())
        yield CountyDesk(hub)


def _require_followed(hub: Hub, words: str) -> None:
    """An edge has nothing of its own: what it was never served it does not know, and what is the publisher's it cannot write.
    Raises `HubProblem` before anything else is asked, for what it would say of its empty directory is wrong."""
    row = uses.table()[0].get(words)
    if row is not None and row.event.startswith(("directory", "enrolment")):
        raise HubProblem(t("edges.not_here"))
    if not hub.directory.latest().version and words.partition(" ")[0] not in _OF_THE_STORE:
        raise HubProblem(t("edges.not_served", home=hub.home.root))


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    try:
        with in_words():
            yield
    except Unusable as no:
        raise UsageProblem(str(no), no.fields) from no


def each(**asked: tuple[Any, Callable[[Any], object]]) -> dict[str, str]:
    """Option -> what is wrong with its value; each is asked whatever becomes of the others. A value that is None is not asked."""
    found = {}
    for name, (value, ask) in asked.items():
        try:
            if value is not None:
                with refusals():
                    ask(value)
        except HubProblem as problem:
            found[name] = problem.sentence
    return found


def add_home(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("home", metavar="HOME", help=t("hub.cli.home"))
    parser.add_argument("--key-file", type=Path, metavar="F", help=t("hub.safe.help_key_file"))


def home_of(arguments: argparse.Namespace) -> HubHome:
    return hub_home(arguments.home, arguments.key_file)


KIT = Kit(open=_open, refusals=refusals, home=add_home, noted=left_out)
