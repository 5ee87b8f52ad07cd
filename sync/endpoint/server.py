"""Routes of the server itself: `/`, `_up`, `_session`, `_all_dbs`, `_dbs_info`, `_uuids`, `_active_tasks`.

Spec: CouchDB API reference, "Server".
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from sync.endpoint import tuning
from sync.endpoint.auth import Principal, Sessions, basic_header
from sync.endpoint.call import Call, string_list
from sync.endpoint.database import database_info
from sync.endpoint.wire import Reply, media_type, ok
from sync.errors import BadRequest, NotFound, NotImplementedByPeer, Unauthorized
from sync.storage import has_room

COUCHDB_VERSION = "3.5.0"
"""The version whose API is spoken; clients choose their calls by it."""


def welcome(call: Call) -> Reply:
    return Reply(
        value={
            "couchdb": "Welcome",
            "version": COUCHDB_VERSION,
            "uuid": call.context.server_uuid,
            "features": [],
            "vendor": {"name": "shuoshi sync"},
        }
    )


def up(call: Call) -> Reply:
    """GET /_up: 503 while nothing could be stored."""
    if not has_room(call.context.databases.root):
        return Reply(503, {"status": "disk_full", "seeds": {}})
    return Reply(value={"status": "ok", "seeds": {}})


def uuids(call: Call) -> Reply:
    count = call.number("count", 1) or 0
    if count > tuning.MAX_UUIDS:
        raise BadRequest(f"count parameter too large; at most {tuning.MAX_UUIDS}")
    return Reply(value={"uuids": [call.context.new_uuid() for _ in range(count)]}, headers={"cache-control": "no-cache"})


def active_tasks(call: Call) -> Reply:
    """Always empty: nothing here runs beyond the request that asked for it."""
    return Reply(value=[])


# --- databases of the server ---


def all_dbs(call: Call) -> Reply:
    """The databases that the principal may read, in order; `startkey`, `endkey`, `limit`, `skip`,
    `descending`."""
    names = [name for name in call.context.databases.names() if call.for_database(name).may("read")]
    first = call.from_json("startkey", "start_key")
    last = call.from_json("endkey", "end_key")
    descending = call.flag("descending")
    if descending:
        names.reverse()
        first, last = last, first
    low, high = _place(first), _place(last)
    names = [name for name in names if (first is None or (1, name) >= low) and (last is None or (1, name) <= high)]
    skip, limit = call.number("skip", 0) or 0, call.number("limit")
    return Reply(value=names[skip:][:limit])


def _place(bound: Any) -> tuple[int, str]:
    """Where any JSON lies beside names, as CouchDB collates: numbers and truth values before all texts, lists, objects after."""
    if isinstance(bound, str):
        return 1, bound
    return (2 if isinstance(bound, (list, dict)) else 0), ""


def dbs_info(call: Call) -> Reply:
    """GET: all databases; POST `{"keys": [names]}`: these, `info` null with `error` where there is none."""
    names = call.context.databases.names()
    if call.method == "POST":
        names = string_list(call.json_object().get("keys"), "keys")
    return Reply(value=[_info_row(call, name) for name in names])


def _info_row(call: Call, name: str) -> dict[str, Any]:
    try:
        inner = call.for_database(name)
        if not inner.may("read"):
            return {"key": name, "error": "forbidden"}
        return {"key": name, "info": database_info(inner)}
    except (NotFound, BadRequest):
        return {"key": name, "error": "not_found"}


# --- sessions (CouchDB API reference, /_session) ---


def get_session(call: Call) -> Reply:
    return Reply(value={"ok": True, "userCtx": _names(call.principal), "info": _session_info(call)})


def post_session(call: Call) -> Reply:
    """Name and password as JSON or as a form; answers with the cookie."""
    name, password = _credentials(call)
    sessions = call.context.sessions
    if sessions is None:
        raise NotImplementedByPeer("this server gives no cookies; send name and password with each request")
    principal = call.authenticate({**call.headers, "authorization": basic_header(name, password)})
    if principal is None:
        raise Unauthorized("Name or password is incorrect.")
    cookie = session_cookie(sessions, sessions.issue(principal))
    return Reply(value={"ok": True, **_names(principal)}, headers={"set-cookie": cookie})


def delete_session(call: Call) -> Reply:
    """The session ends here too, whoever else has the cookie."""
    if call.context.sessions is not None:
        call.context.sessions.end(cookie_of(call))
    cookie = f"{Sessions.COOKIE}=; Version=1; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
    reply = ok()
    reply.headers["set-cookie"] = cookie
    return reply


def cookie_of(call: Call) -> str:
    """The value of the session cookie that came, or ""."""
    for item in call.headers.get("cookie", "").split(";"):
        name, _, value = item.strip().partition("=")
        if name == Sessions.COOKIE and value:
            return value
    return ""


def session_cookie(sessions: Sessions, value: str) -> str:
    return f"{sessions.COOKIE}={value}; Version=1; Path=/; HttpOnly; SameSite=Strict; Max-Age={sessions.lifetime_s}"


def _credentials(call: Call) -> tuple[str, str]:
    if media_type(call.headers.get("content-type", "")) == "application/x-www-form-urlencoded":
        form = parse_qs(call.body().decode("utf-8", "replace"), max_num_fields=10)
        given: dict[str, Any] = {key: values[0] for key, values in form.items()}
    else:
        given = call.json_object()
    name, password = given.get("name", given.get("username")), given.get("password")
    if not isinstance(name, str) or not isinstance(password, str) or not name:
        raise BadRequest("request body must contain a username and a password")
    return name, password


def _names(principal: Principal | None) -> dict[str, Any]:
    if principal is None:
        return {"name": None, "roles": []}
    return {"name": principal.name or None, "roles": sorted(principal.roles)}


def _session_info(call: Call) -> dict[str, Any]:
    info: dict[str, Any] = {"authentication_handlers": ["cookie", "default"]}
    if call.principal is not None:
        info["authenticated"] = "default" if "authorization" in call.headers else "cookie"
    return info
