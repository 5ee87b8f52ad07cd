"""Every limit and batch size of `sync`, each with its reason and what happens beyond it. No logic.

Sections belong to the modules they name; add a number only with a reason.
"""

from __future__ import annotations

# --- documents (replica_incoming, revisions) ------------------------------------------------------

MAX_DOC_BYTES = 8_000_000
"""Body of one document without attachments, as JSON. CouchDB's default `max_document_size`: what is larger
could never reach a CouchDB hub. Beyond: 413 document_too_large."""

MAX_DOC_VALUES = 500_000
"""Values in one document, members of objects and items of arrays: half of what one request may carry, since a value costs up to
a hundred bytes of memory wherever the document goes. Beyond: 413 document_too_large."""

MAX_NUMBER_DIGITS = 308
"""Digits of a whole number in a document: as far as a double reaches, so that every peer can hold it. CouchDB takes them; beyond
64 bits JavaScript peers round. Beyond it: 400 for that document alone."""

MAX_DOC_DEPTH = 200
"""Nesting of arrays and objects. Far beyond honest documents, far below the interpreter's recursion limit.
Beyond: 400."""

MAX_ID_BYTES = 7168
"""UTF-8 bytes of `_id`: the limit of the largest hosted CouchDB (IBM Cloudant), so no id is made that
cannot travel. Beyond: 400."""

MAX_REV_CHARS = 128
"""`N-digest`: CouchDB and PouchDB write 32 hex digits, others up to 64; the number has at most 19 digits.
Beyond: 400."""

MAX_REVISIONS_IDS = 20_000
"""`_revisions.ids` of one document: twenty times CouchDB's default revs limit. Beyond: 400."""

MAX_ATTACHMENT_BYTES = 128 * 1024 * 1024
"""One attachment, decoded. It is held in memory and in one SQLite row; large files belong in chunks.
Beyond: 413."""

REVS_LIMIT = 1000
"""Ancestors kept above each leaf: CouchDB's default, so both stem alike."""

# --- storage (`sync.replica`) ------------------------------------

BUSY_TIMEOUT_MS = 10_000
"""How long a writer waits for another process's transaction. Transactions last milliseconds; a bulk of
1,000 documents under a second. Beyond: 503, worth another try."""

WAL_AUTOCHECKPOINT_PAGES = 4000
"""Pages (4 KiB) in the write-ahead log before they are copied to the file: 16 MiB. Fewer means more syncs
while a bulk is loaded, more means a longer recovery after a crash."""

WAL_TRIES = 200
WAL_TRY_S = 0.05
"""Two processes that create the same file: the second tries again, for 10 s in all, as long as BUSY_TIMEOUT_MS."""

CACHE_KIB = 16_384
"""Page cache of one connection. Inner pages of the id index of ten million documents fit."""

CACHE_OF_MANY_KIB = 256
"""The same where a folder of databases is open at once (`Databases`): a county's 350 with up to five connections each would hold
whole small databases several times over, 16 MB a connection at most. The system's own cache holds each page once for all of
them; a page that is read again costs some microseconds."""

MAX_IDLE_READERS = 4
"""Reader connections kept open per replica; a fifth simultaneous reader opens one and closes it after use."""

PREFETCH_IDS = 500
"""Documents whose stored state is looked up with one query, and rows of one read while a feed streams:
about 300 kB."""

CHANGES_CHUNK = 500
"""Rows read at once while a changes feed streams: no read transaction lives longer, so the log can always
be checkpointed."""

INDEX_BATCH_DOCS = 1000
"""Documents that a Mango index takes in with one transaction: other writers wait some 50 ms at the most."""

CHANGES_CHUNK_BYTES = 8 * 1024 * 1024
"""A chunk of a feed ends early here, so that a few very large documents do not fill the memory of a
tablet."""

ATTACHMENTS_CHUNK = 10
"""Rows read at once when a feed inlines attachments."""

VACUUM_FREE_SHARE = 0.25
"""`compact` rewrites the file when at least this share of its pages is free: rewriting needs the space
twice."""

COMPACT_MIN_PAGES = 2560
COMPACT_MIN_BODIES = 1000
"""Below 10 MiB, or a thousand older bodies, compaction by itself is not worth waking the disk."""

MAX_PROBLEMS = 100
"""`verify` stops naming problems here; a file with that many is to be replaced, not read through."""

PENDING_COUNT_LIMIT = 2000
"""`pending` is counted exactly up to here. Beyond it is the distance of the seqs, an upper bound: counting
rows costs reading them."""

# --- waiting (replica_wait) -----------------------------------------------------------------------

POLL_OTHER_PROCESSES_S = 0.2
"""How often a waiter looks for commits of other processes and at its cancel flag: one row is read, from the
page cache as a rule. Commits of this process wake it at once."""

# --- selectors (mango) ----------------------------------------------------------------------------

MAX_SELECTOR_DEPTH = 50
"""Nesting of a Mango selector. Beyond: 400 invalid_selector."""

MAX_SELECTOR_CONDITIONS = 1000
"""Conditions of one selector, with those inside of `$and`, `$or`, `$elemMatch`; values in a list are not counted. The programs
write a dozen. Each is asked of each document. Beyond: 413 too_large."""

SCAN_S = 0.5
"""Documents are read through a selector so long at a time: then a feed or a query goes on with its next page, an index with its
next transaction, and others have their turn."""

MAX_SELECTOR_PATTERNS = 20
"""`$regex` of one selector: each remembers up to a megabyte while it runs. Beyond: 413 too_large."""

SELECTOR_WORK = 20_000_000
"""What one selector may cost on one document: a step is about a tenth of a microsecond (an item looked at by `$elemMatch`, a
character by `$regex`), so two seconds for the worst selector on the worst document. Beyond it the document does not match,
everywhere alike; CouchDB's `$regex` gives up so, too."""

MAX_REGEX_CHARS = 500
"""Length of a `$regex` pattern. Beyond: 400 bad_arg."""

MAX_REGEX_STEPS = 500
"""Characters, places and branches of a pattern when `{n,m}` is written out. Beyond: 400 bad_arg."""

MAX_REGEX_DEPTH = 50
"""Nesting of groups in a pattern: it is read by recursion. Beyond: 400 bad_arg."""

REGEX_SETS_KEPT = 500
REGEX_CHARS_KEPT = 5000
"""What one compiled pattern remembers of texts it has seen, about a megabyte at the most. Beyond it is forgotten and made anew:
a character then costs up to ten microseconds instead of a tenth of one."""

# --- commands (cli_documents) ---------------------------------------------------------------------

CLI_BULK_BATCH = 1000
"""Documents of one transaction of `bulk`: what was written before a cut stays, and others may write in
between."""

# --- files as chunks (blobs) ----------------------------------------------------------------------

BLOB_CHUNK_BYTES = 16 * 1024
"""One chunk by default: eight seconds on a line of 16 kbit/s, the most that a cut costs."""

BLOB_CHUNK_BYTES_MAX = 4 * 1024 * 1024
"""A chunk is one document; with base64 it must stay well below `MAX_DOC_BYTES`. Beyond: 400."""

BLOB_CHUNKS_MAX = 65_536
"""Chunks of one file: 1 GiB of 16 KiB chunks; the manifest then has 4 MB. Beyond: 413; use larger chunks."""

BLOB_THUMB_BYTES = 4096
"""A thumbnail travels inside the record, before any chunk: two seconds on a line of 16 kbit/s."""

BLOB_BATCH_BYTES = 1024 * 1024
"""Bytes of one request or one transaction of chunks, on any line."""

BLOB_REQUEST_S = 2.0
"""A request for chunks should take about this long: what a cut loses, and how often progress is reported."""

# --- the line, as far as more than one part asks ---

CANCEL_LOOK_S = 0.25
"""How often a waiting read looks at the cancel flag: below what a person feels as hanging."""

ROUND_TRIP_S = 0.6
GOODPUT_BYTES_PER_S = 4_000
"""A 32 kbit/s mobile line: the middle of the planned range."""

MIN_FREE_BYTES = 1 << 20
"""A disk with less than a megabyte free counts as full: a write would fail in the middle."""
