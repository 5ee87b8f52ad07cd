"""The limits of the HTTP endpoint and of `Databases`, each with its reason and what happens beyond it (as
in `tuning`)."""

from __future__ import annotations

from dataclasses import dataclass

from sync import tuning as common

# --- databases ---

# --- what comes in ---

HTTP_WORKERS = 8
"""Threads that run handlers. SQLite has one writer per replica and Python one running thread: more
threads only help slow disks. Beyond it requests wait in order; a waiting feed holds no thread."""

WORKERS_OF_ONE = HTTP_WORKERS - 2
"""Of these, how many one principal, or one stranger's address, may keep busy at once: whoever opens hundreds of connections and
searches on all of them leaves two to the others. Beyond it his requests wait for his own."""

MAX_BODY_BYTES = 64 * 1024 * 1024
"""Body of a request that carries documents or an attachment, before and after gunzip (CouchDB's long-time
`max_http_request_size`). Beyond it: 413, and a replicator halves its batch. The other routes need far less:"""

MAX_OPEN_BODY_BYTES = 8 * 1024
"""Where no password is needed: a log-in has some hundred bytes. Beyond it: 413."""

MAX_SMALL_BODY_BYTES = 128 * 1024
"""Settings, `_local` documents (a checkpoint has two kilobytes, `MAX_LOCAL_DOC_BYTES` at the most), and all that needs no body.
Beyond it: 413."""

MAX_QUERY_BODY_BYTES = 1024 * 1024
"""Selectors of `_find`, `_explain` and `_index`: 25,000 ids in a list of `$in`. Beyond it: 413."""

MAX_LIST_BODY_BYTES = 16 * 1024 * 1024
"""Lists of ids and revisions: `MAX_BULK_ITEMS` of them with 160 bytes each. Beyond it: 413."""

MAX_LOCAL_DOC_BYTES = 64 * 1024
MAX_LOCAL_DOCS = 64
"""One `_local` document, and how many one principal (administrators aside) keeps in one database: a replicator needs one for
each replica and filter. Beyond it: 413; 507."""

LOCAL_IDLE_DAYS = 90
"""Of a principal that has so many, those that it has not written for so long are forgotten: checkpoints of replicas that are
gone. A replicator that comes back later compares instead of continuing."""

QUOTA_BYTES = 2 * 1024**3
QUOTA_BYTES_A_DAY = 256 * 1024**2
"""What one principal (administrators aside) may write into one database: two gigabytes at once, a village's records and years of
photographs after a restore, then 120 photographs of 2 MB a day. Beyond it: 507 with `Retry-After`; a replicator waits."""

MIN_WRITE_BYTES = 200
"""Each write counts as so much at the least: a row, its revision, its places in indexes."""

MAX_BODIES_BYTES = 256 * 1024 * 1024
"""Request bodies held by all requests together, as they came and gunzipped: four of the largest, or some hundred batches of a
replicator; one principal (administrators aside) holds half of it at the most. Beyond it: 429 with `Retry-After`."""

MAX_JSON_VALUES = 1_000_000
"""Values in one JSON body, counted before it is parsed: 64 MB of `[[],[],...]` are 21 million and 1.5 GB, parsed in seconds in
which nobody else is served. A batch of 1,000 events has 60,000; a million take a quarter of a second and 120 MB. Beyond: 413."""

MAX_PARSED_BYTES = 512 * 1024 * 1024
"""What the parsed bodies of all requests together may take in memory, estimated from their bytes (`json_cost`), those of
streams until these end; one principal half of it. Beyond it: 429 with `Retry-After`."""

LARGE_BODY_BYTES = 256 * 1024
"""Larger bodies are unzipped and parsed a few at a time and wait for it without holding a thread, so that small requests pass."""

LARGE_BODIES_AT_ONCE = 1
"""Python parses one at a time anyway; a second one would only need its memory earlier. Askers take turns."""

GUNZIP_PIECE_BYTES = 4 * 1024 * 1024
"""A gzip body is opened in pieces of this size, each counted before the next: a bomb stops at the budget."""

MAX_JSON_DEPTH = 200
"""Nesting of arrays and objects in a body. Encoders recurse; real documents stay below 20. Beyond it: 400."""

MAX_QUERY_BYTES = 32 * 1024
"""Query string; `open_revs` and `atts_since` lists of a much conflicted document need some kilobytes.
Beyond it: 414."""

MAX_QUERY_FIELDS = 100
"""Parameters of one query string: CouchDB knows about thirty. Beyond it: 400."""

MAX_BULK_ITEMS = 100_000
"""Documents, ids or keys in one `_bulk_docs`, `_bulk_get`, `_revs_diff`, `_all_docs`. Beyond it: 413."""

MAX_MULTIPART_PARTS = 1000
"""Parts of a `multipart/related` body. Beyond it: 400."""

MAX_PART_HEADER_BYTES = 16 * 1024
"""Headers of one multipart part. Beyond it: 400."""

BODY_GRACE_S = 120.0
MIN_BODY_BYTES_PER_S = 100
"""A body may be silent for two minutes, and comes at a tenth of the slowest line (8 kbit/s) on average: a cell that is full, many
stalls of a minute and a photograph of 2 MB all pass. Beyond it: 408, and whoever comes back resumes."""

# --- connections ---

MAX_CONNECTIONS = 2000
"""Open connections of a server. 1,000 devices have one or two each while they sync, three with a live feed, and are seldom
there all at once. Beyond it the one that idles longest at the busiest address is closed; with none idle 503."""

MAX_CONNECTIONS_PER_ADDRESS = 500
"""Mobile operators put many devices behind one address, so it must not be small; it keeps one address from taking all. Beyond
it as above. Loopback, where a proxy of our own may stand, and proxies that are named (`serve --proxy`) are bounded by
`MAX_CONNECTIONS` alone: they keep a count of their own."""

MAX_REFUSALS = 200
"""Refused connections that may still wait for their 503. Beyond it they are reset."""

RETRY_AFTER_S = 10
"""The `Retry-After` of a refusal: a sync of a day's work takes about so long."""

HEAD_TIMEOUT_S = 30.0
"""From the first byte of a request, or from the connection, to the end of its headers. Some 700 bytes in one or two packets:
a round trip of two seconds and several lost packets. Beyond it: 408, or the end where nothing came."""

ANSWER_GRACE_S = 120.0
MIN_ANSWER_BYTES_PER_S = 100
"""An answer may be left untaken for two minutes, and is taken at a tenth of the slowest line on average: the kernel's queue is
counted, so what fills its buffers is not punished. Beyond it: cut; a feed's reader has the rows that came."""

LINES_LOOK_S = 1.0
"""How often all connections are looked at: 2,000 take about ten milliseconds. The bounds above are exact to this."""

LINES_LOG_S = 60.0
"""Connections ended for a bound are counted and logged so often, in one line: a flood must not fill the disk."""

# --- what goes out ---

COMPRESS_MIN_BYTES = 300
"""Smaller bodies shrink by less than the header that says so, twice over. Fitting one packet is no reason to send more: on a
line of 20 kbit/s a replication log of 600 bytes takes 0.24 s, compressed 0.12 s."""

GZIP_LEVEL = 5
"""Text shrinks nearly as much as at level 9, in a third of the time."""

ZSTD_LEVEL = 3
"""zstd's default: a little smaller and several times faster than gzip."""

STREAM_PAGE_BYTES = 256 * 1024
"""One read of a feed aims at this much JSON; between two reads neither a thread nor a lease is held.
Larger pages save little and cost memory for every slow reader."""

STREAM_CHUNK_BYTES = 64 * 1024
"""A streamed answer is handed to the socket in pieces of this size, so that a slow reader holds back the
writer."""

FIRST_PAGE_ROWS = 100
"""Rows of a feed's first read; later ones follow from the size of these rows."""

MAX_SCAN_ROWS = 20_000
"""Rows that one read of a filtered feed looks at, found something or not: under a second of a thread; then a newline tells
the client that the feed lives."""

MAX_PAGE_ROWS = 2000
"""Rows of one read of a feed, however light they are: about 20 ms of a thread."""

DEFAULT_FEED_TIMEOUT_MS = 60_000
"""CouchDB's default for `timeout` of longpoll and continuous feeds."""

MAX_FEED_TIMEOUT_MS = 3_600_000
"""A feed without heartbeat ends after this at the latest, whatever the client asks."""

MIN_HEARTBEAT_MS = 1000
"""A smaller `heartbeat` is raised to this: each beat looks into the database, 6,000 times a second with 600 feeds of 100 ms."""

MAX_FEEDS = 100
"""Waiting feeds of one principal (administrators aside): a relay follows forty databases, a browser a handful. Beyond it: 429."""

BULK_GET_STREAM_BYTES = 1024 * 1024
"""A `_bulk_get` whose answer is larger is answered as a stream, a page at a time; a smaller one in one piece, with its length."""

BULK_GET_PAGE_DOCS = 20
BULK_GET_PAGE_ATTACHED = 4
"""Entries of one page at the most: their weight is known only when they are read, and all may be of the largest size."""

MAX_MULTIPART_ANSWER_BYTES = 256 * 1024 * 1024
"""A multipart `_bulk_get` is made in memory. Beyond it: 413; ask for fewer, or for JSON, which is streamed."""

MAX_ANSWERS_BYTES = 512 * 1024 * 1024
"""Answers in one piece that are being sent by all requests together: slow readers of large attachments. Beyond it: 503 with
`Retry-After`."""

RECHECK_S = 0.1
"""While a large answer is being taken, its asker's credential and rights are looked at again so often. Of feeds and streams they
are looked at before each piece."""

SESSION_LIFETIME_S = 600
"""Cookie sessions last this long and are renewed while used (CouchDB's `timeout`)."""

SESSION_MAX_AGE_S = 24 * 3600
"""A session in use is renewed up to this age; then name and password are asked for again."""

MAX_ENDED_SESSIONS = 100_000
"""Sessions ended before their time that are remembered, a day each: one takes a right password and a request. Beyond it the one
ended first may live to its natural end."""

MAX_WRONG_PASSWORDS = 10
WRONG_PASSWORD_WAIT_S = 60.0
MAX_WRONG_PASSWORD_WAIT_S = 3600.0
"""After ten wrong passwords for a name from one address the next must wait a minute after the last, after eleven two minutes, and
so on up to an hour: some forty guesses a day. Beyond it: 429."""

WRONG_PASSWORDS_FORGOTTEN_S = 24 * 3600.0
"""Without a wrong one for a day, the ten begin anew."""

MAX_WRONG_OF_ADDRESS = 100
"""Wrong passwords of an hour for all names from one address: behind one address of a mobile operator are many clerks, and what
their devices send is right. Beyond it: 429 for names that have not proven themselves from there."""

MAX_WRONG_OF_NAME = 100
"""Wrong passwords of an hour for one name from all addresses: it takes seven addresses to reach it. Beyond it: 429 at addresses
from which the name has not proven itself."""

MAX_WATCHED_GUESSERS = 10_000
"""Addresses, names and pairs of them that are counted, each; beyond it the longest silent one is forgotten."""

MAX_UUIDS = 1000
"""CouchDB's `uuids/max_count`. Beyond it: 400."""

FIND_DEFAULT_LIMIT = 25
"""CouchDB's default `limit` of `_find`."""

MAX_INDEX_FIELDS = 32
"""Fields of one Mango index; beyond a handful none narrows anything. Beyond it: 400."""

MAX_FIND_FIELDS = 1000
"""Names in `fields` of `_find`, each looked for in each document. Beyond it: 413."""

MAX_WAITING_BODY_BYTES = 64 * 1024
"""Selector or `doc_ids` of a feed that waits: kept as long as it waits, and looked through at each commit. Some 1,000 ids. Beyond
it: 413; a feed that does not wait takes `MAX_LIST_BODY_BYTES`, with a selector `MAX_QUERY_BODY_BYTES`."""

FIND_PAGE_DOCS = 500
"""Documents that `_find` reads and matches at a time."""

SHUTDOWN_S = 5
"""How long `serve` waits for running requests after SIGTERM; feeds are ended at once."""

MAX_REVS_LIMIT = 1_000_000
"""`_revs_limit` of a database. CouchDB's default is 1000; beyond this the number was a slip. Beyond it:
400."""

MAX_HEAD_BYTES = 64 * 1024
"""Request line and headers, and trailers. A parameter `doc_ids` or `keys` in the query has half of it. Beyond it: 431."""

FIND_MAX_LIMIT = 100_000
"""Documents in one answer of `_find`; scripts ask for "all" by a huge limit. Beyond it: fewer, and a
bookmark to go on with."""

KEEP_ALIVE_S = 120
"""How long an idle connection stays open. A new one costs a village line up to six round trips of two
seconds; an open one costs the server some kilobytes. Beyond it: closed."""

MAX_ROWS_COUNTED = 100_000
"""Rows that `offset` of `_all_docs` counts, at about a microsecond each. Beyond: null, as CouchDB answers when it cannot tell."""


@dataclass(frozen=True, slots=True)
class EndpointLimits:
    """What is handed to `create_app`: bytes, rows, documents and seconds. `bodies_bytes`, `parsed_bytes` and `answers_bytes` are
    of all requests together, `feeds` of one asker, all others of one answer or one page of it."""

    bodies_bytes: int = MAX_BODIES_BYTES
    parsed_bytes: int = MAX_PARSED_BYTES
    answers_bytes: int = MAX_ANSWERS_BYTES
    multipart_answer_bytes: int = MAX_MULTIPART_ANSWER_BYTES
    bulk_get_stream_bytes: int = BULK_GET_STREAM_BYTES
    page_bytes: int = STREAM_PAGE_BYTES
    find_page_docs: int = FIND_PAGE_DOCS
    scan_rows: int = MAX_SCAN_ROWS
    scan_s: float = common.SCAN_S
    selector_work: int = common.SELECTOR_WORK
    feeds: int = MAX_FEEDS
    recheck_s: float = RECHECK_S
