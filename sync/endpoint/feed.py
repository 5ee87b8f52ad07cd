"""What every feed of the endpoint is asked for: `timeout` and `heartbeat`; and how many one principal keeps open. Spec: CouchDB
API reference, /db/_changes."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sync.endpoint import tuning
from sync.endpoint.call import Call, as_number
from sync.errors import BadRequest, ServerError


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


def check_count(call: Call) -> None:
    """Before a feed is begun that may wait. Raises ServerError 429."""
    most = call.context.limits.feeds
    if call.context.feeds[call.asker] >= most and not (call.principal and call.principal.is_server_admin):
        raise ServerError(
            f"you have {most} feeds open, which is the most; close one", status=429, error="too_many_requests",
            retry_after=tuning.RETRY_AFTER_S,
        )  # fmt: skip


async def counted(call: Call, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces; until they end the feed counts."""
    feeds, asker = call.context.feeds, call.asker
    feeds[asker] += 1
    try:
        async for piece in pieces:
            yield piece
    finally:
        feeds[asker] -= 1
        if not feeds[asker]:
            del feeds[asker]

