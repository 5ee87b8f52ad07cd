"""What waits for this office, and its figures, from what is on this device. Read only."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from shared.disputes.acts import tasks
from shared.disputes.figures import facts as figures_facts
from shared.disputes.figures import own as figures_own
from shared.disputes.rules import committees
from shared.disputes.tables import cases as read_model_queries
from shared.ledger.published.directory_heads import Staff
from shared.ledger.texts import t
from village_node.desk.present import office_name, short_number, with_offices
from village_node.point.errors import UsageError

if TYPE_CHECKING:
    from village_node.desk.cases import Cases
    from village_node.point.node import Node


def waiting(node: Node, cases: Cases, *, everybody: bool, person: Staff | None) -> list[dict[str, Any]]:
    """Tasks as plain rows, the earliest due first; `everybody`: of every office whose cases are here; `person`: what this one
    may do."""
    office = "" if everybody else node.config.office
    found = cases.by_book(f"tasks of {office} on {cases.today()}", lambda _book: _found(node, cases, office))
    if person is not None:
        found = [task for task in found if _may(node, task, person)]
    directory = node.directory
    return [{**asdict(task), "number": short_number(directory, task.number, task.case),
             "text": with_offices(task.text, directory),
             "adjudicator_name": office_name(directory, task.adjudicator)} for task in tasks.order(found)]


def _found(node: Node, cases: Cases, office: str) -> list[tasks.Task]:
    """Each of these cases is folded: once while records stand, whoever asks."""
    with node.tables.reader() as db:
        ids = read_model_queries.task_cases(db)
    return [task for id in ids for task in tasks.tasks(cases.fold(cases.events(id)), office, node.directory.lineage)]


def _may(node: Node, task: tasks.Task, person: Staff) -> bool:
    if task.needs == tasks.CHAIR:
        own = committees.of_table(task.adjudicator, node.directory.table(committees.TABLE + task.adjudicator))
        return own is not None and own.chair == person.id
    return task.needs in ("", *person.roles)


def figures(node: Node, cases: Cases, year: int | None) -> dict[str, Any]:
    """The year's figures of this office and those below it. Raises UsageError for a year that has not begun."""
    today = cases.today()
    if year is not None and year > int(today[:4]):
        raise UsageError(t("figures.report.future", value=year))
    with node.tables.reader() as db:
        facts = figures_facts.load(db, node.directory.lineage)
    made = figures_own.view(facts, node.config.office, year or int(today[:4]), today)
    return {**made, "office_name": office_name(node.directory, node.config.office)}
