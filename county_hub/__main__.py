"""`python -m county_hub` and the script `county-hub`."""

from __future__ import annotations

import sys

from county_hub.cli import main as run


def main() -> None:
    sys.exit(run())


if __name__ == "__main__":
    main()
