"""Templates into answers: the Jinja environment, filters, security headers. Every value is escaped.

It must not read databases: pages hand over values.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from shared.ledger import codes, texts
from shared.ledger.formats.hidden import shown
from shared.ledger.texts import t
from shared.ledger.verdict_words import reason_words

HERE = Path(__file__).parent
STYLE = HERE / "static" / "console.css"

_ARTICLE = re.compile(r"([\u4e00-\u9fff]{3,})(?: [0-9]{4})? Arts? ([0-9]+)")

# The page may load its own style sheet and inline thumbnails, nothing else: no script runs, whatever a record holds.
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}


def code(table: str, value: object) -> str:
    return codes.name(table, str(value))


def code_filter(table: str) -> list[tuple[str, str]]:
    """What can be looked for: codes that ended too. A form offers `codes.choices`."""
    return list(codes.names(table).items())


def kind_name(kind: str) -> str:
    """What an event kind is called: the first words of its timeline text; the kind itself when a newer version wrote it."""
    found = texts.catalogue()
    text = found.get(f"kinds.{kind}.line") or found.get(f"timeline.{kind.partition('.')[2]}", "")
    return re.split(r"[{：（]", text)[0] or kind


def source(text: str) -> str:
    """Where a deadline comes from, for an officer: the articles of law that it names, or that it is the county's own rule."""
    articles = [t("console.case.article", law=law, n=n) for law, n in _ARTICLE.findall(text)]
    return "、".join(articles) or t("console.case.own_rule")


def yuan(fen: int) -> str:
    return f"¥{fen // 100:,}.{fen % 100:02d}"


def _shown(value: Any) -> Any:
    """Texts of other people in pages: nothing hidden in them."""
    return type(value)(shown(value)) if isinstance(value, str) else value


@lru_cache(maxsize=1)
def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        finalize=_shown,
    )
    env.filters["yuan"] = yuan
    version = hashlib.sha256(STYLE.read_bytes()).hexdigest()[:12]
    env.globals.update(
        t=t, code=code, codes=code_filter, choices=codes.choices, kind_name=kind_name,
        reason=reason_words, source=source, css_version=version
    )
    return env


def page(name: str, values: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """The template `name` filled with `values`."""
    body = _environment().get_template(name).render(**values)
    return HTMLResponse(body, status_code=status, headers=HEADERS)


def style_sheet() -> Response:
    return Response(
        STYLE.read_bytes(), media_type="text/css", headers={"cache-control": "public, max-age=31536000, immutable"}
    )
