"""Points of the curve: keys of devices have the prime order, and the attacks are what they are called."""

from __future__ import annotations

import os

from shared.ledger.formats import curve
from shared.ledger.formats.keys import DeviceKey, from_base64
from tests.attack.test_for_ever import WEAK


def test_the_points_of_small_order_are_what_they_are_called() -> None:
    for name, order in (("neutral", 1), ("order 2", 2), ("order 4", 4), ("order 8", 8), ("other order 8", 8)):
        point = curve._point(WEAK[name])
        assert point is not None, name
        assert next(n for n in (1, 2, 4, 8) if curve._is_neutral(curve._times(n, point))) == order


def test_every_generated_key_has_the_prime_order_and_is_asked_once() -> None:
    keys = [from_base64("key", DeviceKey.generate(os.urandom).public) for _ in range(20)]
    assert all(curve.is_prime_order(key) for key in keys)
    asked = curve.is_prime_order.cache_info().misses
    assert all(curve.is_prime_order(key) for key in keys)
    assert curve.is_prime_order.cache_info().misses == asked
