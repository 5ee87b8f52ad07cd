"""Somebody who works at the console over HTTP: opens forms, fills them in by the types of their questions, sends them, and reads
what the page says. Every text carries a mark (`marks`), so that whatever is played is tried for injection too.
"""

from __future__ import annotations

import contextlib
import html
import re
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from county_hub.hub.hub import hub_home
from tests.support.county_hub.hub_support import PASSWORD, RunningHub
from tests.support.county_hub.marks import judged, mark

FIELD = re.compile(r'<(input|select|textarea)\b([^>]*)>(.*?)(?=<(?:input|select|textarea|button)\b|</form>|\Z)', re.S)
ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')
OPTION = re.compile(r'<option value="([^"]*)"([^>]*)>')
TODAY_PLUS, DEMO = "2999-01-01", "DEMO 演示"


@dataclass
class Form:
    """What a browser would send if nobody typed; `must` are the names that carry a star."""

    values: dict[str, list[str]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    options: dict[str, list[str]] = field(default_factory=dict)
    must: set[str] = field(default_factory=set)


def form_of(page: str) -> Form:
    """The form of acts on a page."""
    found = re.search(r'<form class="card act".*?</form>', page, re.S)
    assert found, re.sub(r"<[^>]+>", " ", page)[-600:]
    text, made = found[0], Form()
    for block in re.split(r'(?=<div class="ask)', text):
        starred = '<b class="must">' in block
        for tag, words, rest in FIELD.findall(block):
            given = {name: html.unescape(value) for name, value in ATTRIBUTE.findall(words)}
            name, kind = given.get("name", ""), given.get("type", tag)
            if not name:
                continue
            if starred:
                made.must.add(name)
            made.kinds[name] = kind
            if kind in ("radio", "checkbox"):
                made.options.setdefault(name, []).append(given.get("value", ""))
                if "checked" in given:
                    made.values.setdefault(name, []).append(given.get("value", ""))
            elif tag == "select":
                choices = OPTION.findall(rest)
                made.options[name] = [html.unescape(value) for value, _ in choices if value]
                made.values[name] = [html.unescape(value) for value, more in choices if "selected" in more] or [""]
            elif tag == "textarea":
                made.values[name] = [html.unescape(rest.partition("</textarea>")[0])]
            else:
                made.values[name] = [given.get("value", "")]
    return made


def filled(form: Form, given: dict[str, Any]) -> dict[str, list[str]]:
    """Everything with a star answered by its type, then what the test gives."""
    data = {name: list(values) for name, values in form.values.items()}
    for name in form.must:
        within = name.split(".")[1] if name.count(".") > 1 else ""
        if any(data.get(name, [""])) or name in given or within not in ("", "place", "parties", "party"):
            continue                        # a star within a group counts where the group is filled in
        if form.options.get(name):
            wanted = [one for one in form.options[name] if one]
            data[name] = ["yes"] if "yes" in wanted else wanted[:1]
        elif form.kinds[name] == "date":
            data[name] = [TODAY_PLUS if name.endswith(("due", "until", "end")) else "2026-11-27"]
        elif form.kinds[name] != "file":
            data[name] = ["1"] if re.search(r"seats|copies|amount|no$", name) else ["9:30"] if name.endswith("start") else [
                "11:30"] if name.endswith("end") else [DEMO]
    for name, value in given.items():
        data[name if name == "signed" else f"q.{name}"] = value if isinstance(value, list) else [str(value)]
    return data


def marked(form: Form, data: dict[str, list[str]], plain: set[str]) -> dict[str, list[str]]:
    """A mark in every text that is not answered, and behind every one that begins with DEMO."""
    made = dict(data)
    for name, kind in form.kinds.items():
        value = (data.get(name) or [""])[-1]
        if kind not in ("text", "textarea", "input", "search") or form.options.get(name) or name in plain:
            continue
        if name.startswith(("find.", "found.")):
            continue                        # words to look for in a list: they do nothing
        if value == DEMO or (not value and name.count(".") < 3):
            made[name] = [mark()]
        elif value.startswith("DEMO"):
            made[name] = [value + mark()]
    return made


class Player:
    def __init__(self, hub: RunningHub, client: Any, village_case: str) -> None:
        self.hub, self.client, self.village_case, self.done = hub, client, village_case, set[str]()
        self.plain = set[tuple[str, str]]()      # (form, field) that takes no mark

    def play(self, path: str, files: dict[str, Any] | None = None, **given: Any) -> Any:
        """Open the form, fill it in, send it; the answer of where that leads."""
        page = self.client.get(path)
        assert page.status_code == 200, (path, notice(page.text))
        form = form_of(page.text)
        data, more = filled(form, given), {"files": files} if files else {}
        answer = self.client.post(path, data=marked(form, data, plain := set()), **more)
        for _ in range(3):
            if answer.status_code != 400:
                break
            # what is no text comes back as it was typed, and is typed as it should be
            assert judged(answer)[0] == [], path
            wrong = {f"q.{name}" for name in re.findall(r'id="e-([^"]+)"', answer.text)}
            plain |= wrong or {name for name in form.kinds if name.startswith("q.")}
            answer = self.client.post(path, data=marked(form, data, plain), **more)
        self.plain |= {(path.rpartition("/")[2], name) for name in plain}
        assert answer.status_code == 200, (path, notice(answer.text), {k: v for k, v in data.items() if "place" in k or any(v)})
        assert "console." not in notice(answer.text), path
        return answer

    def act(self, case: str, verb: str, **given: Any) -> None:
        answer = self.play(f"/console/cases/{case}/do/{verb}", **given)
        assert f"done={verb}" in str(answer.url), (verb, notice(answer.text))
        self.done.add(verb)

    def step(self, kind: str, record: str = "", **given: Any) -> str:
        """The id of the record."""
        answer = self.play(f"/console/records/{record}/do/{kind}" if record else f"/console/records/new/{kind}", **given)
        assert f"done={kind}" in str(answer.url), (kind, notice(answer.text))
        self.done.add(kind)
        return str(answer.url).partition("/records/")[2].partition("?")[0]

    def case(self, **given: Any) -> str:
        answer = self.play("/console/cases/new", **{
            "parties": "2", "parties.0.name": "演示甲", "parties.0.role": "applicant", "parties.0.phone": "10000000003",
            "parties.1.name": "演示乙", "parties.1.role": "respondent", "category": "DC02", "summary": "DEMO 排水渠", **given})
        assert "受理回执" in answer.text
        self.done.add("register")
        return str(answer.url).partition("/cases/")[2].partition("/")[0]


def notice(page: str) -> str:
    said = re.findall(r'class="(?:card empty|notice|wrong)[^>]*>(.*?)</(?:div|span|p)>', page, re.S)
    return " ".join(re.sub(r"<[^>]+>", "", one) for one in said)


def run_out(hub: RunningHub) -> None:
    """Every session that is good now has ended a moment ago."""
    with contextlib.closing(sqlite3.connect(hub_home(str(hub.home)).accounts)) as db, db:
        db.execute("UPDATE sessions SET until = made_at + 1")


def again(client: Any, answer: Any, staff: str = "x1") -> Any:
    """The page on which one is after signing in again."""
    assert "/console/login" in str(answer.url)
    return client.post("/console/login", data={"staff": staff, "password": PASSWORD, "next": answer.url.params["next"]})
