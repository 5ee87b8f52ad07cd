"""Templates into answers: the Jinja environment, filters, security headers. Every value is escaped.

It must not read databases: pages hand over values.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.responses import Response

from county_hub.hub.compressed import Compressed
from shared.disputes.acts import form_table
from shared.disputes.acts.refusal import act_title
from shared.disputes.kinds.registry import CURRENT
from shared.ledger import codes
from shared.ledger.days import local_time, said_day
from shared.ledger.formats.hidden import shown
from shared.ledger.texts import t
from shared.ledger.verdict_words import reason_words

HERE = Path(__file__).parent
STYLE = HERE / "static" / "console.css"
SCRIPT = HERE / "static" / "console.js"
LIVE = HERE / "static" / "live.js"
WALL = HERE / "static" / "wall.css"

_ARTICLE = re.compile(r"([\u4e00-\u9fff]{3,})(?: [0-9]{4})? Arts? ([0-9]+)")

NAV = (("overview", "/console/"), ("intake", "/console/intake"), ("dispatch", "/console/dispatch"),
       ("mediation", "/console/mediation"), ("monitor", "/console/monitor"), ("psych", "/console/psych"),
       ("cases", "/console/cases"), ("offices", "/console/offices"))
HEARD = ("audio/wav", "audio/mp4", "audio/ogg")        # a spoken note, played in the page
# A page loads its own style sheet, its one script, papers in a frame and inline thumbnails, nothing from elsewhere; nothing that
# stands in a page runs, whatever a record holds.
HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; form-action 'self';"
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
    """What an event kind is called, beside those of other matters: no two kinds have the same words."""
    words, aggregate = act_title(kind), kind.partition(".")[0]
    if words == kind:
        return t("console.kind_unknown")            # a newer version wrote it
    return words if aggregate == "case" or words not in _of_several() else f"{t(f'acting.records.{aggregate}')}：{words}"


@lru_cache(maxsize=1)
def _of_several() -> frozenset[str]:
    """Titles that steps of several matters have, each clear on the page of its matter."""
    count = Counter(act_title(kind) for kind in CURRENT)
    return frozenset(words for words, n in count.items() if n > 1)


def source(text: str) -> str:
    """Where a deadline comes from, for an officer: the articles of law that it names, or that it is the county's own rule."""
    articles = [t("console.case.article", law=law, n=n) for law, n in _ARTICLE.findall(text)]
    return "、".join(articles) or t("console.case.own_rule")


def narrow_label(by: str, code: str) -> str:
    """What a group of choices belongs to: the name of the other answer's code, where it has one."""
    table = form_table.table_of("", by)
    tables = [name for name in (table, by) if name and name in codes.tables()]
    return next((codes.names(name)[code] for name in tables if code in codes.names(name)), code)


def yuan(fen: int) -> str:
    return f"¥{fen // 100:,}.{fen % 100:02d}"


def _shown(value: Any) -> Any:
    """Texts of other people in pages: nothing hidden in them."""
    return type(value)(shown(value)) if isinstance(value, str) else value


@pass_context
def _said(context: Context, value: Any) -> str:
    """A day, or a moment, as people say it on the day on which the page is made."""
    return said_day(str(value or ""), str(context.get("printed_at", "")))


@lru_cache(maxsize=4)
def _environment(more: Path | None = None) -> Environment:
    env = Environment(
        loader=FileSystemLoader([*([more] if more else []), HERE / "templates"]), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, finalize=_shown,
    )
    env.filters["yuan"] = yuan
    env.filters["day"] = lambda at: local_time(at)[:10]
    env.filters["said"] = _said
    env.filters["map_names"] = lambda ids, name: [name(id) for id in ids]
    version = hashlib.sha256(STYLE.read_bytes() + SCRIPT.read_bytes() + LIVE.read_bytes() + WALL.read_bytes()).hexdigest()[:12]
    env.globals.update(
        t=t, code=code, codes=code_filter, choices=codes.choices, kind_name=kind_name,
        reason=reason_words, source=source, css_version=version, narrow_label=narrow_label, nav=NAV,
    )
    return env


def templates() -> list[str]:
    """The names of all templates of pages."""
    return [name for name in _environment().list_templates() if name.endswith(".html")]


def ready(name: str) -> None:
    """Make a template into code, where it is not yet."""
    _environment().get_template(name)


def page(name: str, values: Mapping[str, Any], status: int = 200, more: Path | None = None) -> Response:
    """The template `name` filled with `values`. `more`: a folder of further templates, whose names come first."""
    body = _environment(more).get_template(name).render(**values)
    return Compressed(body, status, HEADERS, "text/html")


def style_sheet(file: Path = STYLE) -> Response:
    return _kept(file, "text/css")


def script(file: Path = SCRIPT) -> Response:
    return _kept(file, "text/javascript")


def _kept(file: Path, kind: str) -> Response:
    """For ever: the address names the version."""
    return Compressed(file.read_bytes(), media_type=kind, headers={"cache-control": "public, max-age=31536000, immutable"})
