"""What a room may cost, each amount with its reason."""

MOST_PEOPLE = 6
"""Everybody sends to everybody: at six, five copies of a small picture leave each telephone (about 1 Mbit/s)."""

MOST_OFFICERS = 3
"""Of one room: who leads, a colleague who may take it, one more who was asked in."""

MOST_ROOMS = 60
"""Rooms that are open at once; a county has a dozen meetings a day, and each link is good for days."""

CODE_LETTERS = 7
"""35 bits beside a check character: read out in one breath. It is tried against a link that nobody can guess, and wrong tries
count (`county_hub.hub.kept.registry`)."""

MESSAGE_BYTES = 64 * 1024
"""Of one request: five session descriptions, which are 6 kB each with every candidate of a telephone."""

SAID_AT_ONCE = 40
"""Messages in one request: what gathers while the one before is under way."""

WAITING_MESSAGES = 400
"""Of one participant whose line stands still: five descriptions and some hundred candidates. Beyond it the line is cut, and the
browser begins anew."""

MESSAGES_AT_ONCE, MESSAGES_A_SECOND = 300, 25
"""Of one participant. Meeting five others at once takes some 20 requests, typing minutes two a second."""

TURN_HOURS = 12
"""How long a name and password for the TURN server hold, and no longer than the meeting: a day's sitting. A page gets fresh ones
whenever its line begins anew; what was already relayed goes on."""

HEARTBEAT_S = 5.0
"""How often a line says that it is there, and asks whether it may still be: a dismissed officer hears at most so much more."""

LOOK_S = 0.5
"""How often a quiet line looks whether the server ends: a shutdown waits no longer for it."""

MOST_LINES = 200
"""Open lines of all rooms together; each holds a connection."""

MINUTES_LETTERS = 4000
"""As the record takes them (`shared.ledger.formats.fields.Text`)."""

SIGNATURE_BYTES = 200 * 1024
"""Of a picture as it is sent; what is kept is drawn anew, 600 points wide, about 4 kB."""

SHOWN_BYTES = 4 << 20
"""Of a page that is shown to everybody, held in memory while it is: an A4 page at 110 points an inch is 200 kB."""

PART_BYTES = 15 << 20
"""Of one part of a recording, which becomes one file of the case (16 MiB at the most): five minutes at 350 kbit/s."""

MOST_PARTS = 40
"""Parts of one recording, below the files that one event may name: more than three hours."""
