"""`python -m county_hub.service.worker HOME`: a worker process of `county-hub serve`, which alone starts it.

What it is to do, and the key that opens HOME, it reads from stdin: neither stands in an argument or in the environment, where
others could read it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from county_hub.composition import open_hub
from county_hub.hub.crew.lines import Outbox
from county_hub.hub.crew.worker import among_workers, log_to, run
from county_hub.hub.hub import Hub, hub_home
from county_hub.hub.problems import HubProblem
from shared.ledger.texts import tolerate_missing
from sync.commands.serve import raise_open_files


def main(home_name: str) -> int:
    tolerate_missing()
    stdin, stdout = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)               # what a library prints must not get between the lines
    first = json.loads(stdin.readline() or b"{}")
    if not first:
        return 1                # the server went away at once
    outbox = Outbox()
    teller = threading.Thread(target=outbox.write_to, args=(stdout,), name="teller", daemon=True)
    teller.start()
    end_log = log_to(outbox)
    home = hub_home(str(Path(home_name)))
    if first["key"] is not None:
        home.safe.with_key(bytes.fromhex(first["key"]))
    raise_open_files()
    try:
        with among_workers(home), open_hub(home) as hub:
            hub.databases.told_by_others()
            hub.databases.lend_writers()        # 342 databases, one thread that works on them
            with _behind(hub, first["store"]):
                run(hub, first, stdin, outbox)
    except HubProblem as problem:
        print(problem.sentence, file=sys.stderr)
        return problem.exit_code
    finally:
        end_log()
        outbox.close()
        teller.join(5)
        with contextlib.suppress(OSError):
            stdout.close()
    return 0


def _behind(hub: Hub, store: Mapping[str, Any] | None) -> AbstractContextManager[None]:
    if store is None:
        return contextlib.nullcontext()
    from county_hub.couchdb.edge_behind import behind_worker  # 5 MB that only a worker of an edge needs

    return behind_worker(hub, store)


if __name__ == "__main__":
    # Threads that wait for a server that is gone must not keep the process.
    code = main(sys.argv[1])
    os._exit(code)
