"""The OpenAPI 3.1 document, made from the table of operations and the very types that check and answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from county_hub.api import shapes
from county_hub.api.operations import OPERATIONS, PATH_TYPES, Operation
from shared.ledger import codes
from shared.version import VERSION

BASE = "/api/v1"
_REF = "#/components/schemas/{name}"
_ABOUT = ("Read-only lists with cursors, figures with small cells hidden, and rows for exchange. Errors are problem details "
          "(RFC 9457). Answers to GET carry an ETag. Codes: `county-hub codes`. How to begin: docs/API.md.")
_WORDS = {400: "Something asked is wrong; `errors` says what", 401: "No good token", 403: "The token lacks the scope",
          404: "Not there, or not for this token", 409: "Not now", 413: "Too large", 415: "Not JSON",
          422: "Rows that cannot be taken", 429: "Too often; `retry-after` says when again",
          503: "Files of the county cannot be read"}


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    types = [*dict.fromkeys(one for op in OPERATIONS for one in (op.answer, op.body) if one is not None), shapes.Problem]
    _, schemas = msgspec.json.schema_components(types, ref_template=_REF)
    scopes = codes.names("api_scope")
    return {
        "openapi": "3.1.0",
        "info": {"title": "Disputes of a county, for other systems", "version": VERSION, "description": _ABOUT,
                 "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": BASE}],
        "security": [{"token": []}],
        "paths": _paths(),
        "components": {"schemas": schemas, "securitySchemes": {"token": {
            "type": "http", "scheme": "bearer",
            "description": "A token of `county-hub token add`, with scopes of " + ", ".join(scopes)}}},
    }


def _paths() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for op in OPERATIONS:
        made.setdefault(op.path, {})[op.method.lower()] = _operation(op)
    return made


def _operation(op: Operation) -> dict[str, Any]:
    parameters = [*_path_parameters(op), *_query_parameters(op)]
    if op.body is not None:
        parameters.append({"name": "Idempotency-Key", "in": "header", "required": True, "schema": _schema(shapes.Key)})
    made: dict[str, Any] = {
        "operationId": op.name, "summary": op.summary, "parameters": parameters,
        "description": f"Scope: `{op.scope}`." if op.scope else "Any good token.",
        "responses": {str(op.status): {"description": "As asked", "content": _content("application/json", op.answer),
                                       **({"headers": _ETAG} if op.method == "GET" else {})}, **_refusals(op)},
    }
    if op.method == "GET":
        made["responses"]["304"] = {"description": "As the ETag of If-None-Match has it"}
    if op.body is not None:
        made["requestBody"] = {"required": True, "content": _content("application/json", op.body)}
    return made


def _refusals(op: Operation) -> dict[str, Any]:
    content = _content("application/problem+json", shapes.Problem)
    return {str(status): {"description": _WORDS[status], "content": content}
            for status in sorted({400, 401, 403, 429, 503, *op.also})}


_ETAG = {"ETag": {"schema": {"type": "string"}, "description": "to be sent back as If-None-Match"}}


def _path_parameters(op: Operation) -> list[dict[str, Any]]:
    names: Sequence[str] = re.findall(r"{(\w+)}", op.path)
    return [{"name": name, "in": "path", "required": True, "schema": _schema(PATH_TYPES[name])} for name in names]


def _query_parameters(op: Operation) -> list[dict[str, Any]]:
    made = []
    for asked in msgspec.structs.fields(op.query):
        schema = _schema(asked.type)
        kinds = [one for one in schema.pop("anyOf", ()) if one.get("type") != "null"]
        schema = {**schema, **(kinds[0] if kinds else {})}
        if asked.default is not None:
            schema["default"] = asked.default
        made.append({"name": asked.name, "in": "query", "required": False, "schema": schema})
    return made


def _schema(type: Any) -> dict[str, Any]:
    return dict(msgspec.json.schema(type))


def _content(media: str, type: type) -> dict[str, Any]:
    return {media: {"schema": {"$ref": _REF.format(name=type.__name__)}}}
