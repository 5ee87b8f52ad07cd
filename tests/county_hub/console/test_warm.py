"""The pages' templates are made into code behind the start, and a server that stops before that waits for nothing."""

from __future__ import annotations

from county_hub.console import render
from county_hub.console.warm import warming


def test_every_template_is_ready_some_time_after_the_start() -> None:
    render._environment.cache_clear()
    with warming(after_s=0, pause_s=0) as thread:
        thread.join(60)
        assert not thread.is_alive()
    kept = {key[1] for key in render._environment().cache or ()}
    assert set(render.templates()) <= kept
    assert len(render.templates()) > 40


def test_a_server_that_stops_at_once_has_made_none() -> None:
    render._environment.cache_clear()
    with warming(after_s=600) as thread:
        pass
    assert not thread.is_alive()
    assert not render._environment().cache
