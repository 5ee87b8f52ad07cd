"""What JSON costs is told from its bytes alone, and never too low."""

from __future__ import annotations

import gc
import json
import random
import sys

import msgspec
import pytest

from sync.json_cost import collector_at_rest, count_values, memory_of


def random_value(chance: random.Random, depth: int = 0):
    kind = chance.random()
    if depth > 4 or kind < 0.5:
        return chance.choice([1, None, "a,b", '[[{"\\', '\\\\"', '"', "\\", "é,", 1.5, True, "\U0001f40f"])
    if kind < 0.75:
        return [random_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice('ab,c"[\\') + str(at): random_value(chance, depth + 1) for at in range(chance.randrange(4))}


def separators(value) -> int:
    """Commas and opening brackets outside of strings."""
    if not isinstance(value, list | dict):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max(0, len(value) - 1) + sum(map(separators, inner))


@pytest.mark.parametrize("ascii_only", [True, False])
def test_separators_in_strings_do_not_count_when_it_matters(ascii_only):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(3000):
        value = random_value(chance)
        data = json.dumps(value, ensure_ascii=ascii_only).encode()
        exact = 1 + separators(value)
        assert count_values(data, 10**9) >= exact, "a bound, where there is room"
        if data.count(b'"') <= 8 * exact:
            assert count_values(data, exact) == exact, (seed, data)
            assert exact == 1 or count_values(data, exact - 1) == exact, (seed, data)


def taken(value) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    names = sum(map(sys.getsizeof, value)) if isinstance(value, dict) else 0
    return sys.getsizeof(value) + names + 8 * len(inner) + sum(map(taken, inner))


@pytest.mark.parametrize(
    "data",
    [
        b"[" + b"[]," * 5000 + b"0]", b"[" + b'{"a":1},' * 5000 + b"0]", b"[" + b'{"a":{}},' * 5000 + b"0]",
        b"[" + b"1234567890," * 5000 + b"0]", b"[" + b'"ab",' * 5000 + b"0]", ('["' + "旧地" * 5000 + '"]').encode(),
        ('["' + "a" * 50_000 + "\U0001f40f" + '"]').encode(), json.dumps(["a" * 50_000 + "\U0001f40f", "旧" * 9000]).encode(),
        ("{" + ",".join(f'"n{n}":{{}}' for n in range(5000)) + "}").encode(),
    ],
)  # fmt: skip
def test_the_memory_told_is_at_least_what_the_value_takes(data):
    told = memory_of(data, count_values(data, 10**9))
    assert told >= 0.8 * taken(msgspec.json.decode(data)), "headers of dicts, rounded"
    assert told <= 90 * len(data) + 1000


def test_the_collector_rests_while_any_thread_makes_many_values_and_wakes_after_the_last():
    assert gc.isenabled()
    with collector_at_rest(10):
        assert gc.isenabled(), "few values are not worth it"
    with collector_at_rest(1_000_000):
        assert not gc.isenabled()
        with collector_at_rest(1_000_000):
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError), collector_at_rest(1_000_000):
        raise ValueError
    assert gc.isenabled()
    gc.disable()
    with collector_at_rest(1_000_000):
        pass
    assert not gc.isenabled(), "who had it off keeps it off"
    gc.enable()
