"""The pages that lead back to where one came from. Each has a `place` for the top bar and `open(...)`."""

from __future__ import annotations

from typing import Any

from kivy.uix.screenmanager import Screen

from village_node.ui.sync.page import SyncScreen


def made(desk_app: Any) -> list[Screen]:
    """One of each."""
    return [SyncScreen(desk_app, name="sync")]
