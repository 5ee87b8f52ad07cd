"""How each paper is drawn, by its code: filled by `@draws`, read by whoever prints.

    @draws("D10")
    def d10_agreement(case, ctx, page): ...
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from shared.disputes.case.papers import BY_CODE
from shared.disputes.case.state import CaseState
from shared.disputes.papers.kit.page import Page
from shared.disputes.papers.sheets.context import FormContext

Draw = Callable[[CaseState, FormContext, Page], None]

D = TypeVar("D", bound=Draw)
DRAWN: dict[str, Draw] = {}


def draws(code: str) -> Callable[[D], D]:
    """The function below draws this paper. Raises ValueError for a code without a row and for one that is drawn already."""
    if code not in BY_CODE:
        raise ValueError(f"{code} has no row in shared.disputes.case.papers")
    if code in DRAWN:
        raise ValueError(f"{code} is drawn twice")

    def register(draw: D) -> D:
        DRAWN[code] = draw
        return draw

    return register
