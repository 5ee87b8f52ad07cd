"""Limits and batch sizes of the replicator and the remote peer, each with its reason and what happens beyond it."""

from __future__ import annotations

# --- the line (remote_peer, remote_line) -----------------------------------------------------------------------

CONNECT_TIMEOUT_S = 10.0
"""A TCP handshake on a 2 s line takes 2-4 s, with one lost packet 5-7 s. Beyond: Unreachable."""

READ_TIMEOUT_S = 10.0
"""Silence of the other side. Heartbeats come more often; a stall of a bad mobile cell lasts a few
seconds. Beyond: Unreachable."""

SLOWEST_LINE_BYTES_PER_S = 1000
"""What was sent may still wait in the modem: an answer may come later by the request's size at 8 kbit/s, half of the
slowest planned line."""

CANCEL_LOOK_S = 0.25
"""How often a waiting read looks at the cancel flag: below what a person feels as hanging."""

HEARTBEAT_MS = 5_000
"""Asked of the peer while a longpoll waits: twice within the read timeout, so silence is a cut."""

LONGPOLL_GRACE_S = 2.0
"""CouchDB ignores a longpoll's timeout when a heartbeat is asked for: we end it ourselves this long after."""

WARM_CONNECTIONS = 2
"""Kept open per peer: one streams the feed, the other fetches and writes.
A new TLS handshake costs about 3.5 kB, a resumed one 1.5 kB."""

MAX_CONNECTIONS = 3
"""One more for a waiting longpoll."""

KEEPALIVE_S = 60.0
"""An idle connection is dropped after this; mobile operators forget NAT entries after one to five minutes."""

GZIP_FROM_BYTES = 200
"""Smaller bodies gain less than the 18 bytes of gzip's own frame plus the header that announces it."""

GZIP_LEVEL = 6
"""Level 9 saves under 1 % on event documents and costs three times the work."""

GZIP_FAST_LEVEL = 1
GZIP_FAST_FROM_BYTES_PER_S = 500_000
"""Above this measured rate the quick level is used: a quarter larger, in a third of the time."""

PLAIN_BODIES_FROM_BYTES_PER_S = 4_000_000
"""Above this measured rate (a LAN, loopback) compressing takes longer than sending: bodies go plain."""

NEAR_ROUND_TRIP_S = 0.01
"""A measured round trip below this is a wire or the same machine (mobile lines take 20 ms and more): feeds are asked for plain,
since packing and unpacking takes longer than sending."""

MAX_ANSWER_BYTES = 256 * 1024 * 1024
"""Decoded answer that is held in memory (`_bulk_get` with the largest attachment in base64). Beyond: BadAnswer."""

MAX_ANSWER_VALUES = 4_000_000
"""Values in one answer, or one row, counted before it is parsed: eight of the largest documents, a few hundred MB. 256 MB of
`[[],[],...]` would be 6 GB and the end of a tablet. Beyond: BadAnswer."""

MAX_ANSWER_HEAD_BYTES = 512 * 1024
"""Status lines and headers of one answer, interim ones (100 Continue) counted; honest ones have some hundred bytes, and what is
read with them of the body counts too. Beyond: Unreachable. The same when they take longer, from the first byte, than an answer
may be silent."""

ANSWER_GRACE_S = 60.0
MIN_ANSWER_BYTES_PER_S = 50
"""An answer in one piece may falter for a minute and comes at a twentieth of the slowest line on average, counted after
decompression. Beyond: Unreachable, and the next try asks for less."""

FEED_WITHOUT_ROWS_S = 3600.0
"""A feed that is no longpoll may live by heartbeats alone for an hour: so long a server may look for documents that fit a
filter. Beyond: Unreachable."""

MAX_ROW_BYTES = 200 * 1024 * 1024
"""One row of a feed: the largest document with its attachment in base64. Beyond: BadAnswer."""

MAX_HEAD_BYTES = 64 * 1024
"""What stands before and after the rows of a feed: some hundred bytes in honest answers. Beyond: BadAnswer."""

SCAN_WITHOUT_NEWLINE_BYTES = 64 * 1024
"""So much without a newline is taken for a server that writes all rows in one line."""

# --- batches (replicator) ------------------------------------------------------------------------------------------

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

FEED_PAGE_ROWS = 2_500
"""Rows asked at once of a server that makes its whole answer before it sends the first byte (pouchdb-server): it works on the
next page while we store this one. Smaller pages cost it more than they save; a request for so many rows costs nothing visible."""

MAX_PAGE_BYTES = 16 * 1024 * 1024
"""One such page in memory, taken off a fast line before it is decoded. Beyond: pages are decoded as they come."""

HELD_ROWS_BEFORE_LOOKING = 200
"""So many rows whose bodies were loaded for nothing before the feed is asked again without bodies."""

# --- checkpoints (replication_log) -------------------------------------------------------------------------------

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

MAX_SUSPECTS = 3
"""Documents that break the server one by one (500) with nothing accepted between: then the server is broken, not they."""

KNOWN_REVS = 200_000
"""(id, revision) pairs remembered as having come from the peer in this run: about 40 MB. Beyond: they are offered back,
which costs bytes and harms nothing."""

LONGPOLL_MS = 55_000
"""One wait for changes. Proxies drop requests after 60 s."""

# --- costs assumed until measured (replicator_push) -----------------------------------------------------------------

ROUND_TRIP_S = 0.6
GOODPUT_BYTES_PER_S = 4_000
"""A 32 kbit/s mobile line: the middle of the planned range."""

GZIP_SHARE = 0.45
"""Event documents shrink to this share (850 bytes to 390)."""

HELD_SHARE_SURE = 0.02
HELD_SHARE_UNSURE = 0.5
"""Share of offered documents that the target holds already: after the newest common session almost none; after a cut,
a restore or a fresh log perhaps half. Corrected by what the answers say."""
