"""`make bench`, or `python -m tests.bench [NAME ...]`: one table per question, all contestants in the same run.

A name is a module without `bench_`: sync, endpoint, poor_line, nothing_new, large, save ... Each module has `QUESTION` and
`run()`, which prints its tables.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from pathlib import Path

from tests.bench.bench_support import machine

FIRST = ("sync", "endpoint", "nothing_new", "large", "save", "poor_line", "tls")      # the order of docs/BENCHMARKS.md


def names() -> list[str]:
    """Every module that answers a question, those of the replication engine first."""
    modules = [path for path in Path(__file__).parent.glob("bench_*.py") if "\nQUESTION = " in path.read_text(encoding="utf-8")]
    found = {path.stem.removeprefix("bench_") for path in modules}
    return [*(name for name in FIRST if name in found), *sorted(found - set(FIRST))]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(names())} (default: all)")
    wanted = parser.parse_args().names or names()
    unknown = [name for name in wanted if name not in names()]
    if unknown:
        print(f"there is no benchmark {unknown[0]!r}; use one of {', '.join(names())}", file=sys.stderr)
        return 2
    print(f"# Benchmarks\n\n{machine()}", flush=True)
    for name in wanted:
        module = importlib.import_module(f"tests.bench.bench_{name}")
        started = time.monotonic()
        print(f"\n## {name}: {module.QUESTION}", flush=True)
        module.run()
        print(f"\n({name} took {time.monotonic() - started:.0f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
