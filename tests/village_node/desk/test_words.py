"""Every use case of the desk tells its errors in our words, once."""

from __future__ import annotations

import inspect
from typing import Any

from village_node.desk.desk import Desk


def test_every_use_case_tells_its_errors_in_our_words_once() -> None:
    def wraps(method: Any) -> int:
        return 1 + wraps(method.__wrapped__) if hasattr(method, "__wrapped__") else 0

    asked = {name: wraps(method) for name, method in vars(Desk).items() if inspect.isfunction(method) and name[0] != "_"}
    ask_nothing = {"close", "only_staff", "staff_name", "subscribe"}
    assert {name for name, times in asked.items() if times != 1} == ask_nothing
