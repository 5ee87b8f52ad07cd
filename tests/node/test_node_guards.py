"""The hard guards and the rows of the permission table at a desk, on real replicas and on the command line."""

from __future__ import annotations

import json

import pytest

from shared.texts import t
from tests.node.test_node_cli import run
from tests.support.node_world import CLERK, DRAFT, World
from village_node.errors import InvalidDraft, Refused

OWNERSHIP = {**DRAFT, "category": "DC07", "subcategory": "use_right"}


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_the_tablet_and_its_command_line_show_the_banner_of_an_excluded_matter(world):
    home = world.home()
    with world.desk(home) as desk:
        view = desk.register(CLERK, OWNERSHIP)
        assert view.banners[0] == t("banner.status_quo_required")
        assert "行政裁决" in view.banners[1]
        with pytest.raises(Refused, match="人民政府"):
            desk.settle_on_spot(CLERK, view.id, {"text": "DEMO", "agreed_by": [0, 1]})
        with pytest.raises(Refused, match="人民政府"):
            desk.accept(CLERK, view.id, {"rights_told": True, "parties_willing": True})
        rejected = desk.reject_acceptance(CLERK, view.id, {"reason": "DEMO 权属争议"})
        assert rejected.timeline[-1].body["channel"] == "to_adjudication"
    shown = json.loads(run("case", "show", home, view.id).stdout)
    assert shown["banners"][0] == t("banner.status_quo_required")


def test_a_subcategory_of_another_category_is_refused_naming_those_that_fit(world):
    with world.desk(world.home()) as desk, pytest.raises(InvalidDraft, match="承包"):
        desk.register(CLERK, {**DRAFT, "category": "DC07", "subcategory": "divorce"})


def test_a_land_matter_is_named_before_it_is_settled(world):
    with world.desk(world.home()) as desk:
        view = desk.register(CLERK, {**DRAFT, "category": "DC07", "subcategory": ""})
        with pytest.raises(Refused, match="小类"):
            desk.settle_on_spot(CLERK, view.id, {"text": "DEMO", "agreed_by": [0, 1]})
        desk.triage(CLERK, view.id, {"subcategory": "boundary"})
        assert desk.settle_on_spot(CLERK, view.id, {"text": "DEMO", "agreed_by": [0, 1]}).row.state == "closed"
