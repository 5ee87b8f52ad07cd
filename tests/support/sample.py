"""What of a long series of cases this run plays: chosen by `SEED`, which repeats the choice; `make soak` plays the whole.

Processes that share one run choose alike. Who uses it prints SEED.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import Any

import pytest

SEED = int(os.environ.get("SEED") or random.Random(os.environ.get("PYTEST_XDIST_TESTRUNUID")).randrange(1_000_000))


def sampled(whole: Sequence[Any], count: int) -> list[Any]:
    """Parameters of a test: so many of `whole`, chosen by SEED; the others are for `make soak`."""
    places = frozenset(random.Random(SEED).sample(range(len(whole)), count))
    return [one if place in places else pytest.param(one, marks=pytest.mark.soak) for place, one in enumerate(whole)]
