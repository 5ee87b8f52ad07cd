"""The verbs of the command line as use cases of the console.

Each option becomes a question, the answers are typed back into the very same parser, and the very same function does it on the
hub that is open already.
"""

from __future__ import annotations

import argparse
import functools
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from county_hub.commands.program import refusals
from county_hub.commands.systems.choices import SOURCES
from county_hub.console.forms.uses import Told, Use, UseRow, table
from county_hub.county.desk import CountyDesk
from county_hub.county.forms.use_choices import choices_of
from county_hub.hub.problems import UsageProblem
from shared.commands.arguments import day_argument
from shared.commands.output import Answer
from shared.disputes.forms.form import ActionForm, Question
from shared.disputes.forms.sought import NOTHING, Offered, Sought, part
from shared.ledger import codes
from shared.ledger.texts import has, t

_BESIDE = frozenset({"help", "home", "json", "out", "refused", "key_file"})       # a page has no use for these
_FOLDED = 5         # more questions than this, and those that may stay empty are folded away
Files = Mapping[str, tuple[str, bytes]]


class Asking(argparse.ArgumentParser):
    """A parser that is asked by a page: what it refuses is a sentence, never the end of the program."""

    def error(self, message: str) -> NoReturn:
        raise UsageProblem(message.rstrip("。"))

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise UsageProblem(message or "")


def verbs_of(parser: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> list[tuple[str, argparse.ArgumentParser]]:
    """(words, parser) of every verb; an alias is none."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        return [(" ".join(path), parser)]
    found, seen = list[tuple[str, argparse.ArgumentParser]](), set[int]()
    for name, made in below[0].choices.items():
        if id(made) not in seen:
            seen.add(id(made))
            found += verbs_of(made, (*path, name))
    return found


def uses_of(make: Callable[[str], argparse.ArgumentParser], desk: CountyDesk) -> list[Use]:
    """Every row, in their order. `make(word)` gives a parser made of `Asking` that knows the commands of this word: asked when a
    page is opened first, for loading all of them was a quarter of the start of `serve`."""
    @functools.cache
    def leaves(word: str) -> Mapping[str, argparse.ArgumentParser]:
        return dict(verbs_of(make(word)))

    verbs = [_Verb(row, leaves, desk) for row in table()[0].values()]
    return [Use(verb.row, verb.title, verb.form, verb.files, verb.run, verb.faults) for verb in verbs]


@dataclass(frozen=True)
class _Verb:
    row: UseRow
    leaves: Callable[[str], Mapping[str, argparse.ArgumentParser]]
    desk: CountyDesk

    @property
    def parser(self) -> argparse.ArgumentParser:
        return self.leaves(self.row.words.partition(" ")[0])[self.row.words]

    @property
    def title(self) -> str:
        return t(f"uses.title.{self.row.name}")

    @property
    def _options(self) -> list[argparse.Action]:
        return [a for a in self.parser._actions if a.dest not in _BESIDE and a.dest not in self.row.hide and not _names_actor(a)]

    def files(self) -> tuple[tuple[str, str], ...]:
        return tuple((a.dest, self._label(a)) for a in self._options if a.type is Path)

    # -- what is asked --

    def form(self, sought: Mapping[str, Sought]) -> ActionForm:
        asked = [q for a in self._options
                 if a.type is not Path and (q := self._question(a, sought.get(a.dest, NOTHING))) is not None]
        top = [q for q in asked if q.required or len(asked) <= _FOLDED]
        return ActionForm(self.row.words, tuple(top), tuple(q for q in asked if q not in top), t("uses.do"), "")

    def _question(self, action: argparse.Action, sought: Sought) -> Question | None:
        group = self._either(action)
        if group:
            if group[0] is not action:
                return None
            return Question(action.dest, t("uses.which"), "choice", required=True,
                            choices=tuple((a.dest, self._label(a)) for a in group))
        control, offered = self._control(action, sought)
        more = offered.total > len(offered.choices) or bool(sought.words)
        default = "no" if control == "yes" else "" if control != "choices" else []
        if control == "yes" and "--as" in action.option_strings:
            default = "yes"
        return Question(action.dest, self._label(action), control, required=bool(action.required), value=default,
                        choices=offered.choices, hint=self._hint(action), total=offered.total if more else 0,
                        words=sought.words)

    def _control(self, action: argparse.Action, sought: Sought) -> tuple[str, Offered]:
        named = self.row.controls.get(action.dest, "")
        if action.nargs == 0 or ("--as" in action.option_strings and action.dest == "staff"):
            return "yes", part(())
        if named:
            return ("choices" if named in ("people", "roles", "scopes") else "choice"), _choices(named, self.desk, sought)
        if action.dest in self.row.tables:
            many = action.dest == "rooms"
            return ("choices" if many else "choice"), part([*codes.names(self.row.tables[action.dest]).items()])
        if action.choices is not None:
            return "choice", part([(str(c), _choice_name(str(c))) for c in action.choices if c])
        if action.type is day_argument:
            return "date", part(())
        return ("lines" if isinstance(action, argparse._AppendAction) or action.nargs == "+" else "text"), part(())

    def _label(self, action: argparse.Action) -> str:
        key = f"uses.label.{self.row.labels.get(action.dest, action.dest)}"
        return t(key) if has(key) else str(action.help or action.dest)

    @staticmethod
    def _hint(action: argparse.Action) -> str:
        return t(f"uses.hint.{action.dest}") if has(f"uses.hint.{action.dest}") else ""

    def _either(self, action: argparse.Action) -> list[argparse.Action]:
        """The flags of which exactly one is given, where this is one of them."""
        for group in self.parser._mutually_exclusive_groups:
            if action in group._group_actions and group.required and all(a.nargs == 0 for a in group._group_actions):
                return list(group._group_actions)
        return []

    # -- what is done --

    def faults(self, answers: Mapping[str, Any], staff: str) -> dict[str, str]:
        """Every option by itself: may it be left out, is it one of those offered, can it be read, and what the command asks of it
        before it begins."""
        found, given = dict[str, str](), argparse.Namespace(**self.parser._defaults)
        form = self.form({name: Sought(chosen=(*(value if isinstance(value, list) else [str(value)]),))
                          for name, value in answers.items()})
        offered = {q.name: dict(q.choices) for q in form.all if q.control in ("choice", "choices")}
        for action in self._options:
            setattr(given, action.dest, None if action.required else action.default)
            value = answers.get(action.dest)
            chosen = value if isinstance(value, list) else [value]
            strange = [one for one in chosen if one and one not in offered.get(action.dest, chosen)]
            if strange:
                found[action.dest] = t("uses.not_offered", field=self._label(action), value="、".join(map(str, strange))[:80])
            elif action.type is not Path:
                try:
                    self._read(action, answers, staff, given)
                except argparse.ArgumentError as wrong:
                    found[action.dest] = wrong.message
        checks = self.parser.get_default("checks")
        return {**(checks(self.desk, given) if checks is not None else {}), **found}

    def _read(self, action: argparse.Action, answers: Mapping[str, Any], staff: str, given: argparse.Namespace) -> None:
        """One option into `given`. Raises `argparse.ArgumentError`."""
        texts = self._values(action, answers, {}, staff, Path(), None)
        if action.nargs == 0 or not texts:
            if texts:
                setattr(given, action.dest, True)
            return
        values = [self.parser._get_value(action, text) for text in texts]
        for value in values:
            self.parser._check_value(action, value)
        setattr(given, action.dest, values if isinstance(action, argparse._AppendAction) or action.nargs == "+" else values[0])

    def run(self, answers: Mapping[str, Any], files: Files, staff: str) -> Told:
        with tempfile.TemporaryDirectory(prefix="county-hub-") as folder:
            place = Path(folder)
            out = place / _result(self.row.result, answers) if self.row.result else None
            with refusals():
                try:
                    command, *verb = self.row.words.split()
                    known = argparse.Namespace(command=command, verb=" ".join(verb))
                    arguments = self.parser.parse_args(self._argv(answers, files, staff, place, out), known)
                    made = arguments.asks(self.desk, arguments)
                except UsageProblem as problem:
                    raise UsageProblem(problem.sentence.replace(f"{place}/", ""), problem.fields) from problem
            return _told(made, out, place)

    def _argv(self, answers: Mapping[str, Any], files: Files, staff: str, place: Path, out: Path | None) -> list[str]:
        named, placed = list[str](), ["-"]
        for action in self.parser._actions:
            flag = action.option_strings[0] if action.option_strings else ""
            values = self._values(action, answers, files, staff, place, out)
            if not flag and action.dest != "home":
                placed += values
            elif flag:
                named += [flag] if values == [flag] else [f"{flag}={value}" for value in values]
        return [*named, "--", *placed]

    def _values(self, action: argparse.Action, answers: Mapping[str, Any], files: Files, staff: str, place: Path, out: Path | None
                ) -> list[str]:
        if action.dest == "out":
            return [str(out)] if out is not None else []
        if action.type is Path:
            return [str(_kept(place, *files[action.dest]))] if action.dest in files else []
        group = self._either(action)
        if group:
            return [action.option_strings[0]] if answers.get(group[0].dest) == action.dest else []
        if _names_actor(action) or ("--as" in action.option_strings and action.dest == "staff"):
            return [staff] if _names_actor(action) or answers.get(action.dest) == "yes" else []
        given = answers.get(action.dest, "")
        if action.nargs == 0:
            return [action.option_strings[0]] if given == "yes" else []
        if isinstance(given, list):
            return [";".join(given)] if given else []
        lines = [line.strip() for line in str(given).splitlines() if line.strip()]
        return lines if isinstance(action, argparse._AppendAction) or action.nargs == "+" else lines[:1]


def _choices(named: str, desk: CountyDesk, sought: Sought) -> Offered:
    return part(SOURCES[named](desk), sought) if named in SOURCES else choices_of(named, desk, sought)


def _names_actor(action: argparse.Action) -> bool:
    """`--as`: who sits at the console, where somebody must be named."""
    return "--as" in action.option_strings and action.dest == "staff" and action.required


def _choice_name(choice: str) -> str:
    return t(f"uses.choice.{choice}") if has(f"uses.choice.{choice}") else choice


def _result(name: str, answers: Mapping[str, Any]) -> str:
    made = name.format_map({key: str(value) for key, value in answers.items()})
    return made.replace("/", "_").replace("\\", "_")[:80]


def _kept(place: Path, name: str, data: bytes) -> Path:
    """What was uploaded, under its own name, so that a refusal names the file as its owner knows it."""
    file = place / (Path(name).name or "file")
    file.write_bytes(data)
    return file


def _told(made: Any, out: Path | None, place: Path) -> Told:
    file = (out.name, out.read_bytes()) if out is not None and out.exists() else None
    if not isinstance(made, Answer):
        return Told(file=file, lines=() if file or made is None else _as_lines(made))
    lines = [line.replace(f"{place}/", "") for line in (*(made.lines or ()), *made.notes)]
    return Told([line for line in lines if line.strip()], made.table, file, made.code == 0)


def _as_lines(value: Any) -> Sequence[str]:
    """What answers in JSON alone: its whole numbers and texts, with the words of their fields where they have some."""
    rows = value.items() if isinstance(value, Mapping) else ()
    plain = [(_word(str(name)), one) for name, one in rows if isinstance(one, (str, int)) and not isinstance(one, bool)]
    return [f"{word}：{one}" for word, one in plain if word]


def _word(name: str) -> str:
    return next((t(key) for key in (f"uses.label.{name}", f"form.field.{name}", f"node.field.{name}") if has(key)), "")
