"""Limits of the line to a remote peer, each with its reason and what happens beyond it."""

from __future__ import annotations

CONNECT_TIMEOUT_S = 10.0
"""A TCP handshake on a 2 s line takes 2-4 s, with one lost packet 5-7 s. Beyond: Unreachable."""

READ_TIMEOUT_S = 10.0
"""Silence of the other side. Heartbeats come more often; a stall of a bad mobile cell lasts a few
seconds. Beyond: Unreachable."""

SLOWEST_LINE_BYTES_PER_S = 1000
"""What was sent may still wait in the modem: an answer may come later by the request's size at 8 kbit/s, half of the
slowest planned line."""

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

FEED_PAGE_ROWS = 2_500
"""Rows asked at once of a server that makes its whole answer before it sends the first byte (pouchdb-server): it works on the
next page while we store this one. Smaller pages cost it more than they save; a request for so many rows costs nothing visible."""

MAX_PAGE_BYTES = 16 * 1024 * 1024
"""One such page in memory, taken off a fast line before it is decoded. Beyond: pages are decoded as they come."""

KEYS_AT_ONCE = 1000
"""Ids of one `_all_docs` by keys: some 100 kB of request, far below the 8 MB that CouchDB takes. Beyond it: several requests."""

PURGED_AT_ONCE = 100
"""Documents of one `_purge`: CouchDB's `purge.max_document_id_number`. Beyond it: several requests."""

OPEN_DATABASES = 32
"""Databases of one server whose connections are kept: a county has hundreds. Beyond it the one not used for longest is closed."""
