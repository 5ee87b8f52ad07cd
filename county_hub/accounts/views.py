"""Filters of the case list that a person keeps by name, each account its own. It must not know pages or what a filter means."""

from __future__ import annotations

from dataclasses import dataclass

from county_hub.accounts.store import AccountStore
from county_hub.hub.problems import HubProblem
from shared.ledger.entry import name_fault
from shared.ledger.texts import t

MOST_VIEWS, MOST_NAME, MOST_QUERY = 12, 20, 1000


@dataclass(frozen=True, slots=True)
class View:
    """`query`: what stands in the address after the question mark."""

    name: str
    query: str


class Views:
    def __init__(self, store: AccountStore) -> None:
        self._store = store

    def of(self, account: str) -> list[View]:
        """The oldest first."""
        with self._store.reading() as db:
            return [View(*row) for row in db.execute("SELECT name, query FROM views WHERE account = ? ORDER BY n", (account,))]

    def keep(self, account: str, name: str, query: str) -> None:
        """A name that is there gets the new filter. Raises `HubProblem`, whose sentence says what to do."""
        name = " ".join(name.split())
        if not 1 <= len(name) <= MOST_NAME or name_fault(name):
            raise HubProblem(t("console.cases.view_name", most=MOST_NAME, n=len(name)))
        if not 1 <= len(query) <= MOST_QUERY:
            raise HubProblem(t("console.cases.view_nothing"))
        with self._store.changing() as db:
            names = [row[0] for row in db.execute("SELECT name FROM views WHERE account = ?", (account,))]
            if len(names) >= MOST_VIEWS and name not in names:
                raise HubProblem(t("console.cases.view_most", most=MOST_VIEWS))
            db.execute("INSERT INTO views (account, name, query) VALUES (?, ?, ?)"
                       " ON CONFLICT (account, name) DO UPDATE SET query = excluded.query", (account, name, query))

    def drop(self, account: str, name: str) -> None:
        with self._store.changing() as db:
            db.execute("DELETE FROM views WHERE account = ? AND name = ?", (account, name))
