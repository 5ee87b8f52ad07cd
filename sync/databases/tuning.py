"""Limits of a folder of databases, each with its reason and what happens beyond it."""

from __future__ import annotations

MAX_OPEN_REPLICAS = 1_000
"""Replicas that `Databases` keeps open, as far as the process may open files (`open_limit`). A county has some 350 databases:
with fewer places than databases each open would evict another one, and an idle hub would open and close all day. Beyond it the
least recently used one that nobody leases is closed."""

LEAST_OPEN_REPLICAS = 20
"""Kept open even where a process may open few files: what one request and the router need at once."""

FILES_FOR_OTHERS = 256
"""Files left to connections, logs and the program's own tables when the places for replicas are counted."""

FILES_PER_REPLICA = 15
"""Files that one open replica holds: five connections (a writer, `MAX_IDLE_READERS`) with file, log and shared memory each.
`serve` raises its limit of open files accordingly, as far as it may; beyond that the system refuses and says so in the log."""

COMMIT_POLL_S = 0.2
"""How often the files of a folder are looked at for commits of other processes (own commits wake feeds at
once). A look at all is two `stat` per database, about two milliseconds for a county, and twenty while other threads work."""

COMMIT_LOOK_AT_ALL_S = 5.0
"""How often all files are looked at where the system tells which were written (Linux): for what it does not tell, as commits of
another machine on a shared disk."""

DELETE_WAIT_S = 10.0
"""How long `Databases.delete` waits for leases of the database to end. Beyond it: 503, worth another try."""

MAX_FILE_NAME_BYTES = 240
"""Bytes of `<percent-encoded name>.replica`; file systems end at 255, and SQLite adds `-wal` or
`-journal`. Beyond it: 400."""

COMPACT_QUIET_S = 300.0
"""A database that nobody has written for five minutes may be compacted, when it is worth it: a writer that comes then waits
some seconds for a file of 100 MB."""

MAX_DB_UPDATES = 10_000
"""Databases whose latest event `_db_updates` remembers: thirty counties. Beyond it the oldest events are forgotten."""
