"""The table of forms and its words fit the bodies: no row names a field that is not there, no person meets an English word."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import pytest

from shared import paths
from shared.disputes.acts import form_table
from shared.disputes.acts.verbs import KINDS
from shared.disputes.forms import choices as sources
from shared.disputes.kinds.registry import BODIES, CURRENT
from shared.ledger.form_fields import FormField, fields_of
from shared.ledger.texts import has


def fields(kind: str) -> dict[str, FormField]:
    return {f.name: f for f in fields_of(BODIES[kind, CURRENT[kind]])}


def with_parts(found: FormField) -> Iterator[FormField]:
    yield found
    for part in found.parts:
        yield from with_parts(part)


@pytest.mark.parametrize("kind", CURRENT)
def test_every_field_of_every_body_has_a_chinese_name_for_errors(kind: str) -> None:
    nameless = {part.name for found in fields(kind).values() for part in with_parts(found) if not has(f"node.field.{part.name}")}
    assert not nameless


@pytest.mark.parametrize("kind", form_table.rows())
def test_a_row_names_fields_of_its_body_and_places_to_choose_from(kind: str) -> None:
    row, known = form_table.row_of(kind), fields(kind)
    named = {*(row.ask or ()), *row.hide, *row.need, *row.blank, *row.preset, *row.as_is, *row.today, *row.source, *row.when,
             *row.options, *row.parts, *row.by, *filter(None, (row.sign,))}
    assert kind in CURRENT
    assert named <= set(known)
    assert set(row.source.values()) <= {*sources.SOURCES, *sources.LONG, *sources.NARROWED}
    assert all(other in known for other, _ in row.when.values())
    assert all(set(parts) <= {part.name for part in known[name].parts} for name, parts in row.parts.items())


@pytest.mark.parametrize("kind", CURRENT)
def test_what_can_be_chosen_has_words(kind: str) -> None:
    row = form_table.row_of(kind)
    for found in (part for f in fields(kind).values() if f.name not in row.hide for part in with_parts(f)):
        codes = row.options.get(found.name) or (() if form_table.table_of("", found.name) else found.options)
        assert all(has(f"form.option.{found.name}.{code}") for code in codes), found


def test_the_words_of_forms_are_for_kinds_and_fields_that_there_are() -> None:
    words = tomllib.loads((paths.CATALOGUE / "zh_CN" / "kinds.toml").read_text("utf-8"))
    for name, part in words["case"].items():
        known = fields(f"case.{name}")
        everything = {p.name for f in known.values() for p in with_parts(f)}
        assert set(part) <= {"title", "line", "words", "yes", "done", "field", "hint", "phrases", "preset"}, name
        assert {field for group in ("field", "hint") for field in part.get(group, {})} <= everything, name
        assert {field for group in ("phrases", "preset") for field in part.get(group, {})} <= set(known), name


def test_a_required_field_is_asked_or_filled_in_by_the_desk() -> None:
    for kind in KINDS:
        row = form_table.row_of(kind)
        asked = {f.name for part in form_table.asked(kind) for f in part}
        left = {name for name, f in fields(kind).items() if f.required} - asked - set(row.hide)
        assert left <= {"signatures", "consents", "files"}, kind
