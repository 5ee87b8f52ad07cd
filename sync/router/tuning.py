"""The limits of the router and the projector, each with its reason and what happens beyond it (as in
`tuning`)."""

from __future__ import annotations

ROUTER_BATCH = 500
"""Feed rows per step: one transaction per database and step. Larger batches save little (the signatures cost
more than the commits) and hold 1 kB per document in memory."""

ROUTER_CHUNK_BATCH = 64
"""Chunks copied at a time: 64 of 22 kB (16 KiB in base64) are 1.4 MB in memory."""

ROUTER_TRIES = 5
"""Tries of a document that makes a rule or a database fail, before it goes to quarantine for a person to
look at."""

ROUTER_RETRY_S = 2.0
"""Wait before the second try; it doubles with each. Five tries span half a minute: longer than a restart of a
database server, shorter than a clerk's patience for a receipt."""

ROUTER_HELD_RETRY_S = 3600.0
"""Held documents are judged again when the judge's knowledge changed, and at least this often."""

ROUTER_POLL_S = 300.0
"""How often a following router looks at every source, for commits that it was not notified of. The watch of the folder
notifies it of those of other processes within a second; this is the net below it. With hundreds of databases one look costs
a second or two of a core, so a shorter time would keep an idle hub busy."""

ROUTER_NAMES_S = 15.0
"""How long the list of files databases is believed: a database made meanwhile has its files copied so much later at most."""

ROUTER_BUSY_S = 30.0
"""How long a router waits for another worker that writes the router's file. Beyond it:
sqlite3.OperationalError; the step is done again later."""

ROUTER_PAGE = 500
"""Rows that a pass over the router's own tables (waiting documents, wanted chunks, a sweep) takes at a
time."""

ROUTER_BUSY_ITEMS, ROUTER_REST_S = 25, 0.25
"""After a look that routed so many documents at least a following router rests so many seconds: a county's devices come back
all at once, and what comes many times a second shares the transactions and receipts of one step. Few documents go at once."""

ROUTER_WAKE_S = 0.5
"""How often a following router without news looks at its cancel flag and at what has become due: the time a
program takes to stop, and the delay of a retry, at most."""
