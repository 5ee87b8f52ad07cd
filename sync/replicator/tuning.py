"""Limits and batch sizes of the replicator and the remote peer, each with its reason and what happens beyond it."""

from __future__ import annotations

# --- batches (one_pass) --------------------------------------------------------------------------------------------

BATCH_ROWS = 2_000
"""Rows of one local transaction at the most; fewer when the line is slow: what has arrived is committed at once. A transaction
touches a page of the id index for nearly every document, so in a large replica 2,000 at once write a third less than four times
500 (measured: the rate at 100,000 documents falls by a fifth instead of by two)."""

ROWS_IN_FLIGHT = 4_000
"""Rows that may wait between the line and the disk: about 4 MB of event documents. Beyond: the line waits (TCP's own
flow control)."""

TOTAL_AFTER_ROWS = 200
"""So many rows of a remote feed before its length is asked for, to say how long it takes: a request (some seconds of a poor line)
that a daily sync does not pay."""

BYTES_IN_FLIGHT = 8 * 1024 * 1024
"""Bodies of those rows, as JSON. Beyond: the line waits; a single larger document passes alone."""

PUSH_BYTES_START = 64 * 1024
"""First body of a push before compression: two seconds of a 64 kbit/s line. From then on the measured rate decides."""

PUSH_BYTES_CUTS = 8 * 1024
"""Body of a push while the line cuts: what is lost with a cut stays small."""

PUSH_BYTES_MAX = 2 * 1024 * 1024
"""Largest body of a push; CouchDB takes 8 MB, front proxies often only 1-4 MB. A 413 halves it."""

PUSH_SECONDS = 2.0
"""A batch should take about this long: long enough that round trips do not count, short enough to show progress."""

BULK_GET_IDS = 100
"""Revisions asked with one `_bulk_get`: their bodies with ancestry fit well into memory."""

LARGE_DOC_BYTES = 32 * 1024
"""Above this (body and attachments) a document waits until the smaller ones of the same pass are through: 13 s of a 20 kbit/s
line, thirty records. A chunk of a file in base64 (22 kB) is below it: order among files is `blobs`' own."""

MAX_PUT_OFF = 100
"""So many large documents wait together. Beyond: they are copied before more is read, since the checkpoint stands before them."""

HELD_ROWS_BEFORE_LOOKING = 200
"""So many rows whose bodies were loaded for nothing before the feed is asked again without bodies."""

# --- checkpoints (log, checkpoints) ----------------------------------------------------------------------------

LOCAL_LOG_EVERY_S = 0.2
"""How often the local log is written while batches pass: on a fast line a write with each would cost more than the batch.
After a crash so much is copied again, which changes nothing."""

FIRST_LOG_AFTER_S = 3.0
"""The first write of the remote side's log. A server with one thread (pouchdb-server) answers it only when it has made its
whole feed, so a short first pull must not wait for it; and the longer it waits, the more a push that was cut asks again."""

SOURCE_LOG_EVERY_S = 30.0
"""Pull: how often the remote side's log is written. What was read since can be proven by its last rows instead."""

TARGET_LOG_EVERY_S = 10.0
"""Push: how often the remote side's log is written. After a cut at most this much is offered again."""

LOG_WRITE_TRIES = 20
"""Writing a `_local` document that another replicator of the same replica writes too. Each try loses only to a write of the
other's, and those are seconds apart. Beyond it: Conflict."""

PROOF_ROWS = 16
"""Rows before a resume point that are asked again after a cut, without bodies: about 1 kB. A restored source shows the same
ones at the same seqs only if it was rewritten exactly alike."""

HISTORY_ENTRIES = 16
"""Sessions remembered, thinned with age (every one, every second, every fourth ...): 16 reach back over 10,000
sessions, so a backup of last year still finds a common one. Beyond: the oldest is forgotten."""

OWN_FILTERS_KEPT = 16
"""Own filters remembered with the epoch of their first use: one for each name of a device. Beyond: the oldest is forgotten."""

MAX_REJECTED = 5_000
"""Documents one peer may refuse before the replication stops with an error: beyond, something else is wrong than
documents, and the list in one `_local` document would grow without bound."""

# --- trying again (replicator) ------------------------------------------------------------------------------------

ATTEMPTS = 4
"""Failures in a row without any progress before a one-shot replication gives up. Any committed batch starts anew."""

BACKOFF_FIRST_S = 0.5
BACKOFF_MAX_S = 300.0
"""First and longest pause; doubled each time, jittered to 50-150 % so that a county does not return in one second."""

MAX_SUSPECTS = 12
"""Documents that are refused one by one with nothing accepted between: then the server is broken, not they. Each costs two small
requests."""

KNOWN_REVS = 200_000
"""(id, revision) pairs remembered as having come from the peer in this run: about 40 MB. Beyond: they are offered back,
which costs bytes and harms nothing."""

LONGPOLL_MS = 55_000
"""One wait for changes. Proxies drop requests after 60 s."""

# --- costs assumed until measured (push) -------------------------------------------------------------------

GZIP_SHARE = 0.45
"""Event documents shrink to this share (850 bytes to 390)."""

HELD_SHARE_SURE = 0.02
HELD_SHARE_UNSURE = 0.5
"""Share of offered documents that the target holds already: after the newest common session almost none; after a cut,
a restore or a fresh log perhaps half. Corrected by what the answers say."""
