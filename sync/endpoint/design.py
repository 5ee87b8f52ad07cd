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


# --- what a design document must look like ---

_OBJECT, _TEXT = (dict,), (str,)
_SHAPES: tuple[tuple[tuple[str, ...], tuple[type, ...]], ...] = (
    (("filters",), _OBJECT),
    (("filters", "*"), (dict, str)),
    (("language",), _TEXT),
    (("lists",), _OBJECT),
    (("lists", "*"), (dict, str)),
    (("options",), _OBJECT),
    (("options", "include_design"), (bool,)),
    (("options", "local_seq"), (bool,)),
    (("options", "partitioned"), (bool,)),
    (("rewrites",), (str, list)),
    (("shows",), _OBJECT),
    (("shows", "*"), (dict, str)),
    (("updates",), _OBJECT),
    (("updates", "*"), (dict, str)),
    (("validate_doc_update",), _TEXT),
    (("views",), _OBJECT),
    (("views", "*"), _OBJECT),
    (("views", "*", "reduce"), _TEXT),
)
"""Member ("*": each) -> what it may be. After CouchDB's `couch_mrview:validate_ddoc_fields`."""

_KINDS: dict[type, str] = {dict: "object", str: "string", bool: "boolean", list: "array"}


def check_design(doc: dict[str, Any]) -> None:
    """A design document that no reader could use is refused when it is written, as CouchDB does; others are left alone.
    Raises BadRequest (invalid_design_doc)."""
    if not str(doc.get("_id", "")).startswith("_design/") or doc.get("_deleted") is True:
        return
    for path, kinds in _SHAPES:
        _check_shape(doc, path, kinds)
    kind: type = dict if doc.get("language") == "query" else str
    _check_shape(doc, ("views", "*", "map"), (kind,))
    for name, view in _functions(doc, "views").items():
        if name != "lib" and "map" not in view:
            raise _invalid(f"`views.{name[:60]}` must have a `map`")


def _check_shape(value: Any, path: tuple[str, ...], kinds: tuple[type, ...], so_far: str = "") -> None:
    if not path:
        if not isinstance(value, kinds):
            raise _invalid(f"`{so_far}` field must be a {' or '.join(_KINDS[kind] for kind in kinds)}")
        return
    if not isinstance(value, dict) or (so_far == "views.lib" and path):
        return
    names = list(value) if path[0] == "*" else [path[0]]
    for name in names:
        if name in value:
            _check_shape(value[name], path[1:], kinds, f"{so_far}.{name[:60]}" if so_far else name)


def _invalid(reason: str) -> BadRequest:
    return BadRequest(reason, error="invalid_design_doc")
