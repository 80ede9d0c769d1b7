"""Every loop comes to an end, and everybody whom it names can exist."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from anlan.kernel.loops import ASSIGNEE, loops, model_of
from anlan.kernel.web.drawing import drawn
from anlan.places.permissions import permissions_by_role

PLACES = Path(__file__).resolve().parents[2] / "src" / "anlan" / "places" / "data"


@pytest.mark.parametrize("key", loops())
def test_every_state_leads_to_an_end(key):
    loop = loops()[key]
    ends = {s.name for s in loop.states if s.final}
    assert ends
    for state in loop.open_states:
        reached, todo = {state}, [state]
        while todo:
            fresh = {s.target for s in loop.steps_from(todo.pop())} - reached
            reached |= fresh
            todo += fresh
        assert reached & ends, f"{key}: from {state} there is no end"


@pytest.mark.parametrize("key", loops())
def test_every_state_can_be_reached_or_is_opened_into(key):
    loop = loops()[key]
    targets = {loop.initial, *(s.target for s in loop.steps)}
    assert targets == {s.name for s in loop.states}


@pytest.mark.parametrize("key", [k for k in loops() if not k.startswith("sample.")])
def test_every_role_that_a_loop_names_exists(key):
    loop = loops()[key]
    named = (
        {r for s in loop.steps for r in s.may}
        | {s.owner for s in loop.states}
        | {r.notify for s in loop.states for r in s.escalate}
    )
    named |= set(loop.opened_by)
    asked = {r for r in named if r.startswith(".")}
    assert all(hasattr(model_of(key), r[1:]) for r in asked), "a rung that asks the record names a member of it"
    named -= asked
    assert named - {ASSIGNEE, "system", ""} <= known_roles(), sorted(named - known_roles())


@pytest.mark.parametrize("key", [k for k in loops() if any(s.together for s in loops()[k].states)])
def test_what_falls_late_together_belongs_to_something_with_an_address(key):
    for name in {s.together for s in loops()[key].states if s.together}:
        whole = model_of(key)._meta.get_field(name).related_model
        assert hasattr(whole, "about"), f"{key}: a message about the whole needs its address"
        assert hasattr(whole, "scope")


def known_roles() -> set[str]:
    organisation = yaml.safe_load((PLACES / "organisation.yaml").read_text(encoding="utf-8"))
    listed = {
        entry.get("id") or entry.get("code") for part in ("roles", "actors") for entry in organisation.get(part, [])
    }
    district = yaml.safe_load((PLACES / "shijingshan.yaml").read_text(encoding="utf-8"))
    return listed | set(district.get("extra_roles", {})) | set(permissions_by_role())


@pytest.mark.parametrize("key", loops())
def test_every_method_that_gives_a_time_limit_exists(key):
    for state in loops()[key].states:
        if isinstance(state.within, str):
            assert callable(getattr(model_of(key), state.within, None)), f"{key}.{state.name}: no method {state.within}"


@pytest.mark.parametrize("key", loops())
def test_every_loop_draws_itself(key):
    assert drawn(loops()[key]).startswith("<svg")
