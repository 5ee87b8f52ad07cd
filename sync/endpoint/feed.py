"""What every feed of the endpoint is asked for: `timeout` and `heartbeat`. Spec: CouchDB API reference, /db/_changes."""

from __future__ import annotations

from sync.endpoint import tuning
from sync.endpoint.call import Call, as_number
from sync.errors import BadRequest


def timeout_of(call: Call) -> float:
    """Seconds."""
    wanted = call.number("timeout", tuning.DEFAULT_FEED_TIMEOUT_MS) or 0
    return min(wanted, tuning.MAX_FEED_TIMEOUT_MS) / 1000


def heartbeat_of(call: Call) -> float | None:
    """Seconds, or None for none."""
    text = call.query.get("heartbeat", "false")
    if text == "false":
        return None
    wanted = tuning.DEFAULT_FEED_TIMEOUT_MS if text == "true" else as_number("heartbeat", text)
    if wanted == 0:
        raise BadRequest("The heartbeat value should be a positive integer (in milliseconds).")
    return max(wanted, tuning.MIN_HEARTBEAT_MS) / 1000
