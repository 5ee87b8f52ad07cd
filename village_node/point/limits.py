"""Every limit of the service point, each with its reason. Limits of the line are in `sync/tuning.py`."""

from __future__ import annotations

RECEIPT_WAIT_S = 6.0
"""How long a round waits for the receipt of what it pushed: the router judges within a second or two;
later ones come with the next round."""

CADENCE_S = 120
"""Seconds between rounds while all goes well: "nothing new" costs two small requests (DESIGN.md 6)."""

BACKOFF_FIRST_S = 15.0
"""First wait after a failed round; doubles, with jitter, up to BACKOFF_MOST_S."""

BACKOFF_MOST_S = 15 * 60.0
"""A line that has been dead for hours is tried four times an hour: a morning's work is up at most a
quarter hour after the signal is back, and the battery is spared."""

ENROL_TIMEOUT_S = 30.0
"""Enrolment is one small request, but on a 2 s line with a TLS handshake it takes several."""

HUB_TIMEOUT_S = 15.0
"""`/_hub/time` and the like."""

ADDRESS_TIMEOUT_S = 6.0
"""An address that is not the last one to try: in the office it answers at once, elsewhere nobody waits for it through a whole
round."""

CLOCK_WARN_MS = 5 * 60 * 1000
"""A device clock that is further off than this is told to the clerk; others warn at ten minutes
(DEMANDS.md 2.7)."""

DISK_WARN_BYTES = 200 * 1024 * 1024
"""Below this much free space the banner warns: about 40 photographs."""

SIGN_IN_DAYS = 120
"""Days after the last contact with the county in which people may sit down: devices that come back after three months are
foreseen (DESIGN.md 10), one that stays away for longer is lost or forgotten. The county's setting `sign_in_days` says
otherwise."""

SIGN_IN_DAYS_MOST = 3650
"""What the county may set."""

IDLE_LOCK_S = 300
"""Seconds without a touch until the screen asks for the PIN again; setting `idle_lock` of the directory ({"seconds": n})."""

NEWEST_FIRST = 400
"""Records that a fresh device copies before all others: some forty cases, 150 kB on the line, a minute and a half at 16
kbit/s."""

SILENT_DAYS = 3
"""Days after which an office that was not heard of is told to who looks after it: over a weekend nobody is missed. The county's
setting `silent_days` says otherwise."""

SILENT_DAYS_MOST = 365
"""What the county may set."""

PAGE_CACHE_KIB = 512
"""Pages that each connection to a replica of a HOME keeps in memory. The office's alone has five connections at times, and the
system keeps the file's pages anyway: to decrypt one again takes some microseconds, and a record touches a few dozen."""

TABLES_CACHE_KIB = 1_024
"""The same of each connection to the tables: two in the thread that draws, two in the one that asks. A page of a list reads some
hundred."""

PULL_ROWS = 500
"""Records of one transaction of a pull, and half of what is read ahead of it: as Python holds them five kilobytes each. With the
replicator's own 2,000 a pull left 20 MB behind, in memory that a few of them kept from going back to the system."""

MARKS_KEPT = 2_000
"""Documents of which the app remembers that they were checked (`shared.ledger.formats.checked`): some batches of a pull. A hub's
50,000 are 8 MB."""
