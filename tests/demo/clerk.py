"""A clerk's process for the demo: one order a line on stdin, one acknowledgement a line on stdout after the save is durable."""

from __future__ import annotations

import json
import sys

from village_node.commands.files import parse_file
from village_node.composition import open_desk


def main() -> None:
    home, staff = sys.argv[1:3]
    desk = open_desk(home)
    for line in sys.stdin:
        order = json.loads(line)
        view = desk.register(staff, order["register"], files=[parse_file(words) for words in order["files"]])
        print(json.dumps({"saved": view.id}), flush=True)


if __name__ == "__main__":
    main()
