"""Functions of design documents, which do not run here (docs/decisions/0005): who asks for one that does not exist gets CouchDB's
404, who asks for one that does gets 501 with the way out.
"""

from __future__ import annotations

from typing import Any, NoReturn

from sync.endpoint.call import Call
from sync.endpoint.wire import Reply
from sync.errors import BadRequest, NotFound, NotImplementedByPeer

_MEMBERS = {"_view": "views", "_list": "lists", "_show": "shows", "_update": "updates", "_rewrite": "rewrites"}
"""Word of the path -> member of the design document that holds the functions."""

FUNCTIONS = frozenset((*_MEMBERS, "_info", "_search", "_search_info", "_nouveau"))


def run_function(call: Call) -> Reply:
    """Any method on /db/_design/ddoc/_view/name and its like. Raises NotFound, NotImplementedByPeer."""
    word, _, name = call.name.partition("/")
    ddoc = _design_document(call, call.id)
    member = _MEMBERS.get(word)
    if word == "_view" and name.partition("/")[0] not in _functions(ddoc, "views"):
        raise NotFound("missing_named_view")
    if member is not None and word != "_view":
        _require(ddoc, member, "" if word == "_rewrite" else name.partition("/")[0])
    raise NotImplementedByPeer(f"{word} runs JavaScript of a design document, which is not spoken here; use _find")


def run_filter(call: Call, name: str) -> NoReturn:
    """`filter=ddoc/name`, `filter=_view&view=ddoc/name` of a feed. Raises BadRequest, NotFound, NotImplementedByPeer."""
    by_view = name == "_view"
    kind = "view" if by_view else "filter"
    if by_view and not call.query.get("view"):
        raise BadRequest("`view` filter parameter is not provided.")
    ddoc_name, slash, function = (call.query["view"] if by_view else name).partition("/")
    if not ddoc_name or not slash or not function:
        raise BadRequest(f"`{kind}` must be of the form `designname/{kind}name`")
    _require(_design_document(call, f"_design/{ddoc_name}"), f"{kind}s", function)
    raise NotImplementedByPeer(
        f"filter {name[:60]!r} is a function in JavaScript, which is not spoken here; use _doc_ids, _selector or _design"
    )


def _design_document(call: Call, id: str) -> dict[str, Any]:
    with call.replica() as replica:
        return dict(replica.get(id))


def _require(ddoc: dict[str, Any], member: str, name: str) -> None:
    if not isinstance(ddoc.get(member), dict | list | str):
        raise NotFound(f"missing json key: {member}")
    if name and name not in _functions(ddoc, member):
        raise NotFound(f"missing json key: {name[:60]}")


def _functions(ddoc: dict[str, Any], member: str) -> dict[str, Any]:
    found = ddoc.get(member)
    return found if isinstance(found, dict) else {}
