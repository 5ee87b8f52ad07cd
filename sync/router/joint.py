"""Steps of many sources at once: their pages are read one after the other and go their way together.

Small pages of many databases (a county's devices coming back) would each cost the transactions of a whole step. Nothing else
lives here: what a page is and how it goes its way is handed in. A source that cannot be read waits for itself alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event as CancelFlag

from sync.errors import SyncError
from sync.router.work import Page, log


class Joint:
    """`page(source)` reads the next page of a source, `route(pages)` takes pages along all steps: all of them, or raises.
    `failed(source)` is told of one that could not be read."""

    def __init__(self, page: Callable[[str], Page], route: Callable[[Sequence[Page]], int], failed: Callable[[str], None],
                 batch: int) -> None:
        self._page, self._route, self._failed, self._batch = page, route, failed, batch

    def drain(self, sources: Sequence[str], cancel: CancelFlag) -> list[str]:
        """Take what these sources have, until each has nothing new; returns those that are to be taken alone, since a step with
        them failed: whose fault it was is told by the steps of each."""
        todo = list(dict.fromkeys(sources))
        while todo and not cancel.is_set():
            pages, todo = self._pages(todo)
            if not pages:
                continue
            try:
                self._route(pages)
            except Exception as error:
                log.warning("a step of %d databases failed, each is taken alone: %s", len(pages), error)
                return [*(page.mark.source for page in pages), *todo]
        return []

    def _pages(self, todo: Sequence[str]) -> tuple[list[Page], list[str]]:
        """Pages for one step, and the sources that are not through."""
        pages, more, rows = list[Page](), list[str](), 0
        for at, source in enumerate(todo):
            if rows >= self._batch:
                return pages, [*todo[at:], *more]
            try:
                page = self._page(source)
            except SyncError as error:
                log.warning("%s waits: %s: %s", source, type(error).__name__, error)
                self._failed(source)
                continue
            except Exception:
                log.exception("%s waits", source)
                self._failed(source)
                continue
            if page.rows:
                pages.append(page)
                rows += page.rows
            # A page that is not full is the last one: what is committed after it is news again.
            if page.rows >= self._batch:
                more.append(source)
        return pages, more
