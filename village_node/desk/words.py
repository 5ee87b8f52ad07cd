"""What goes wrong below the desk, in one Chinese sentence; a fault of the program goes up as it is."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from shared.ledger.errors import DomainError
from sync.errors import SyncError
from village_node.point.errors import NodeError, words_for

P = ParamSpec("P")
R = TypeVar("R")


def in_words(method: Callable[P, R]) -> Callable[P, R]:
    """A use case whose errors are `village_node.point.errors` alone."""

    @functools.wraps(method)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except NodeError:
            raise
        except (SyncError, DomainError, OSError) as error:
            raise words_for(error) from error

    return inner
