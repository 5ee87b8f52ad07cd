"""What goes wrong in the hub, in words for the person who can mend it.

    HubProblem            exit code 1   the hub could not do it
    `-- UsageProblem      exit code 2   the command or the input was wrong

The text is one Chinese sentence that names the field, the value and the remedy. Only the command line and
the console show it; HTTP answers to devices stay English.
"""

from __future__ import annotations

from collections.abc import Mapping


class HubProblem(Exception):
    """One sentence for a person; `sentence` has no traceback and no English library text in front. `fields`: by field what is
    wrong with each, where several were asked."""

    exit_code = 1

    def __init__(self, sentence: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.sentence, self.fields = sentence, dict(fields or {})

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> HubProblem:
        """All that is wrong at once, one line each."""
        return cls("\n".join(dict.fromkeys(fields.values())), fields)


class UsageProblem(HubProblem):
    exit_code = 2
