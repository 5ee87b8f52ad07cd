"""`python -m county_hub` and the script `county-hub`."""

from __future__ import annotations

import sys

from shared.ledger.texts import t

OURS = ("county_hub", "shared", "sync")


def main() -> None:
    try:
        from county_hub.commands.cli import main as run
    except ModuleNotFoundError as missing:
        if (missing.name or "").split(".")[0] in OURS:
            raise
        print(t("hub.cli.no_extra", name=missing.name), file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:       # while it loads; later `run` says so itself
        print(t("hub.cli.interrupted"), file=sys.stderr)
        sys.exit(1)
    sys.exit(run())


if __name__ == "__main__":
    main()
