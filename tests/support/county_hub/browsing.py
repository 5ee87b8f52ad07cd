"""Pages of the hub in a browser: press what leads to another page and wait for that page, sign in at the console."""

from __future__ import annotations

import shutil
from typing import Any

from tests.support.county_hub.hub_support import PASSWORD

CHROMIUM = shutil.which("chromium")


def press(page: Any, what: Any) -> None:
    """Press `what` (a selector or a locator), which leads to another page, and wait until that page is there with its style.

    A click alone returns while the page before still stands: what is read then is the old page, or the new one without style.
    """
    with page.expect_navigation():
        (page.locator(what).first if isinstance(what, str) else what).click()


def sign_in(page: Any, staff: str = "x1") -> None:
    """Fill in the console's door that the page shows, and wait for the page that was asked for."""
    page.fill("input[name=staff]", staff)
    page.fill("input[name=password]", PASSWORD)
    press(page, "form.card button")
