"""The program of a packaged app: the words of `village-node`, and the app where there are none."""

from __future__ import annotations

import sys

from village_node.__main__ import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["app"]))
