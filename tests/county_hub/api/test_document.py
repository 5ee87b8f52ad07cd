"""Schemathesis asks a running hub what its OpenAPI document allows and what it forbids: answers are as the document says, what is
wrong is refused, what is right is taken, and nothing ends in a fault of the hub. A fixed seed, and few questions an operation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import seed as seeded
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from county_hub.api.operations import OPERATIONS
from tests.support.county_hub.api_scene import Scene, asked_county

SEED, QUESTIONS = 20261129, 12
# Strangers are told to wait after some tries, so who has no token is asked in `test_interface`. What rows say is judged by the
# county's rules, which no schema tells.
WITHOUT = {"": {"ignored_auth"}, "handIn": {"positive_data_acceptance"}}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with asked_county(tmp_path_factory.mktemp("api")) as made:
        yield made


@pytest.fixture(scope="module")
def asked(scene: Scene) -> dict[str, Any]:
    document = schemathesis.openapi.from_url(scene.hub.url + "/api/v1/openapi.json")
    load_all_checks()
    return {found.ok().definition.raw["operationId"]: found.ok() for found in document.get_all_operations()}


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("name", [op.name for op in OPERATIONS])
def test_the_hub_answers_as_its_document_says(scene: Scene, asked: dict[str, Any], name: str, mode: GenerationMode) -> None:
    operation, headers = asked[name], {"Authorization": f"Bearer {scene.token()}"}
    checks = [CHECKS.get_one(one) for one in CHECKS.get_all_names() if one not in WITHOUT[""] | WITHOUT.get(name, set())]

    @seeded(SEED)
    @settings(max_examples=QUESTIONS, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def question(case: Any) -> None:
        assume(not any(value in ([], {}, None) for value in (case.query or {}).values()))       # is not sent at all
        case.call_and_validate(base_url=scene.hub.url + "/api/v1", headers=headers, checks=checks, timeout=30)

    question()
