"""One page of what a list has altogether: true totals, and addresses of the pages beside it. It must not know what rows are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request

from shared.ledger.formats.characters import is_digits

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Paged(Generic[_T]):
    """`page` counts from 1; `href`: the address with a query, to which the name and number of a page are added."""

    rows: Sequence[_T]
    total: int
    page: int
    pages: int
    href: str


def asked_page(request: Request, name: str = "page") -> int:
    """The number that the address asks for, 1 for what is none."""
    given = request.query_params.get(name, "")
    return max(1, int(given)) if is_digits(given) and len(given) < 9 else 1


def place(total: int, size: int, wanted: int) -> tuple[int, int]:
    """(page, pages): of a page too far the last."""
    pages = max(1, -(-total // size))
    return min(wanted, pages), pages


def href_of(request: Request, name: str = "page", path: str = "") -> str:
    """The address that was asked (`path`, where the page may also answer to what was sent), without its page and what it was told
    to say once."""
    query = [(key, value) for key, value in request.query_params.multi_items() if key not in (name, "done", "asked", "refused")]
    return f"{path or request.url.path}?{urlencode(query)}"


def paged(request: Request, name: str, everything: Sequence[_T], size: int, path: str = "") -> Paged[_T]:
    """One page of rows that are all here."""
    page, pages = place(len(everything), size, asked_page(request, name))
    return Paged(everything[(page - 1) * size:page * size], len(everything), page, pages, href_of(request, name, path))


def paged_read(request: Request, name: str, total: int, size: int, read: Callable[[int, int], Sequence[_T]],
               path: str = "") -> Paged[_T]:
    """One page of rows of which no others are read: `read(skip, limit)`."""
    page, pages = place(total, size, asked_page(request, name))
    return Paged(read((page - 1) * size, size), total, page, pages, href_of(request, name, path))
