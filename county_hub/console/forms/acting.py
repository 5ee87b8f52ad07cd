"""One act by one form: what is common to acts on cases and on everything beside them.

A form that cannot be taken comes back filled as it was sent, the sentence beside the field it is about; what was taken is done
once, and the browser is sent on (303). It must not know which act it is.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from county_hub.console import render
from county_hub.console.forms import meanwhile, seek
from county_hub.console.forms.sent import Sent, sent
from county_hub.console.forms.typed import FIRST_ROWS, MORE, answers_of, typed_of
from county_hub.console.frame import Console, answer, error_page, frame, keep_unsent
from county_hub.console.once import FIELD as ONCE
from county_hub.console.once import Once
from county_hub.console.proof import needs_proof
from county_hub.console.session import Visitor, address_of, right_token
from county_hub.hub.problems import HubProblem
from shared.disputes.acts.drafts import left_out
from shared.disputes.acts.unfinished import DAY, beside
from shared.disputes.forms.answers import start, to_draft
from shared.disputes.forms.form import ActionForm, Question, Setting
from shared.disputes.forms.sought import Sought
from shared.ledger.formats.envelope import Event
from shared.ledger.texts import t

Shown = Callable[[Console, Request, Visitor], Response]
Taken = Callable[[Console, Request, Visitor, Sent], Response]
SIGNED = "signed"
DATE = "date"
SEAL = "seal"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form as the page shows it: what stands in it, and what is wrong. `errors` by path without `q.`."""

    title: str
    form: ActionForm
    action: str                 # where it is sent
    back: str                   # where "do not" leads
    section: str
    answers: Mapping[str, Any]
    errors: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    signed: Sequence[str] = ()
    date: str = ""
    seal: str = ""
    sealable: bool = False
    about: str = ""             # whom or what it is about, in a line
    dated: bool = True          # the day on paper may be another than today
    seen: str = ""              # what it was made from (`meanwhile`)
    looked: str = ""            # the question whose choices were looked through last

    @property
    def open_more(self) -> bool:
        """Something that is wrong stands among what is folded away."""
        folded = {q.name for q in self.form.more} | {DATE}
        return self.looked.partition(".")[0] in folded or any(path.partition(".")[0] in folded for path in self.errors)


@dataclass(frozen=True, slots=True)
class Task:
    """What a form is for. `save(draft, date, seal)` writes, and gives the address to go on to. `events()`: of the matter, as it
    stands; `refused`: why what was filled in cannot be done any more. `faults(draft, date)`: what else is wrong with it,
    by field."""

    title: str
    kind: str
    form: ActionForm
    setting: Setting
    action: str
    back: str
    section: str
    save: Callable[[Mapping[str, Any], str | None, str], str]
    audit: tuple[str, str]      # (what, subject)
    sealable: bool = False
    about: str = ""
    events: Callable[[], Sequence[Event]] = tuple
    refused: str = ""
    faults: Callable[[Mapping[str, Any], str | None], Mapping[str, str]] = lambda draft, date: {}


Make = Callable[[Mapping[str, Sought]], Task]       # by question: what is looked for among its choices


def showing(console: Console, handler: Shown) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(answer, console, request, handler)

    return endpoint


def taking(console: Console, handler: Taken, *, proof: bool = False) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of a form: bounded, from this visitor's own page, proved anew where `proof`."""

    async def endpoint(request: Request) -> Response:
        found = await sent(console, request)
        if isinstance(found, Response):
            return found
        await run_in_threadpool(keep_unsent, console, request, found.pairs)
        return await run_in_threadpool(
            answer, console, request, functools.partial(_checked, handler=handler, found=found, proof=proof))

    return endpoint


def _checked(console: Console, request: Request, visitor: Visitor, *, handler: Taken, found: Sent, proof: bool) -> Response:
    if not right_token(visitor, found.last.get("csrf", "")):
        return error_page(console, visitor, t("console.error.forbidden"), 403)
    if proof and (asked := needs_proof(console, request, visitor, found.pairs, files=bool(found.files))) is not None:
        return asked
    return handler(console, request, visitor, found)


def fresh(task: Task, given: Mapping[str, str] | None = None) -> Sheet:
    """The form that nobody has touched; `given`: what the link to it says already, by the question's name."""
    named = {q.name: (given or {})[q.name][:200] for q in task.form.all
             if q.name in (given or {}) and q.control not in ("rows", "group", "choices")}
    return Sheet(task.title, task.form, task.action, task.back, task.section,
                 {**_with_rows(task.form, start(task.form)), **named}, sealable=task.sealable, about=task.about,
                 seen=meanwhile.seen_of(task.events()))


def opened(console: Console, request: Request, visitor: Visitor, make: Make) -> Response:
    """The form, with what was typed into it when the session ran out."""
    kept = typed_of(console.unsent.take(visitor.account, request.url.path))
    if not kept:
        return page(console, visitor, fresh(make(seek.of_link(request.query_params)), request.query_params))
    task = make(seek.sought_of(kept))

    def last(name: str) -> str:
        return kept.get(name, [""])[-1]

    return page(console, visitor, Sheet(
        task.title, task.form, task.action, task.back, task.section, answers_of(task.form, kept), {}, t("acting.unsent"),
        [no for no in kept.get(SIGNED, ()) if no in dict(task.form.signers)], last(DATE), last(SEAL), task.sealable, task.about,
        seen=last(meanwhile.FIELD)))


def _with_rows(form: ActionForm, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Rows of which none is there yet begin with an empty one where they must be answered."""
    return {q.name: answers.get(q.name) or [_empty(q)] * FIRST_ROWS if q.control == "rows" and q.required else answers.get(q.name)
            for q in form.all}


def _empty(q: Question) -> dict[str, Any]:
    return {part.name: part.value for part in q.parts}


def page(console: Console, visitor: Visitor, sheet: Sheet, status: int = 200) -> Response:
    values = frame(console, visitor, sheet.section, sheet.title)
    return render.page("form.html", {
        **values, "sheet": sheet, "form": sheet.form, "answers": sheet.answers, "errors": sheet.errors, "notice": sheet.notice,
        "notice_kind": "bad", "once": Once.token(), "looked": sheet.looked, "today": console.officers.today(),
    }, status)


def take(console: Console, request: Request, visitor: Visitor, found: Sent, make: Make) -> Response:
    """Do it, or show the page again with what is wrong."""
    typed = typed_of(found.pairs)
    task, looked = make(seek.sought_of(typed)), seek.asked(typed)
    answers = answers_of(task.form, typed)
    signed = [no for no in typed.get(SIGNED, ()) if no in dict(task.form.signers)]
    date, seal = found.last.get(DATE, "").strip(), found.last.get(SEAL, "")

    def again(errors: Mapping[str, str], notice: str, status: int = 400, seen: str | None = None) -> Response:
        sheet = Sheet(task.title, task.form, task.action, task.back, task.section, answers, errors, notice, signed, date, seal,
                      task.sealable, task.about, seen=found.last.get(meanwhile.FIELD, "") if seen is None else seen,
                      looked=looked)
        return page(console, visitor, sheet, status)

    token = found.last.get(ONCE, "")
    if typed.get(MORE) or looked:
        return again({}, "", 200)
    if console.once.taken(visitor.account, token):
        return RedirectResponse(task.back, status_code=303)
    with console.one_act:
        events = task.events()
        came = meanwhile.since(events, found.last.get(meanwhile.FIELD, ""), visitor.staff or visitor.organ_person)
        if came or task.refused:
            words = meanwhile.told(came, console.officers.staff_name) + (task.refused or t("acting.meanwhile_again"))
            return again({}, words, 409 if came else 400, meanwhile.seen_of(events))
        return _done(console, request, visitor, found, task, again, (answers, signed, date, seal))


def _done(console: Console, request: Request, visitor: Visitor, found: Sent, task: Task, again: Callable[..., Response],
          given: tuple[Mapping[str, Any], Sequence[str], str, str]) -> Response:
    answers, signed, date, seal = given
    outcome = to_draft(task.form, answers, signed, task.setting)
    more = {DATE if path == DAY else path: words for path, words in task.faults(outcome.draft, date or None).items()}
    errors = {**beside(more, outcome.errors, (DATE, *(q.name for q in task.form.all))), **outcome.errors}
    if errors:
        return again(errors, t("form.errors", n=len(errors)))
    token = found.last.get(ONCE, "")
    if not console.once.claim(visitor.account, token):
        return RedirectResponse(task.back, status_code=303)
    try:
        onward = task.save(outcome.draft, date or None, seal)
    except HubProblem as problem:
        console.once.give_back(visitor.account, token)
        return again(problem.fields, problem.sentence)
    except BaseException:
        console.once.give_back(visitor.account, token)
        raise
    console.accounts.audit.note(visitor.account, *task.audit, address_of(request))
    if left_out(outcome.draft):
        onward += f"{'&' if '?' in onward else '?'}cut=1"
    return RedirectResponse(onward, status_code=303)


