"""Rights and roles reach down from where they are held, and nowhere else."""

import pytest

from anlan.kernel.context import system
from anlan.kernel.errors import NotAllowed

DISTRICT, STREET, NEIGHBOUR = "11/110107/", "11/110107/110107004/", "11/110107/110107003/"


def test_a_right_covers_what_is_below_and_nothing_beside_or_above(somebody):
    clerk = somebody("town", STREET, ["room.noun.verb"])
    assert clerk.may("room.noun.verb", STREET)
    assert clerk.may("room.noun.verb", STREET + "110107004001/")
    for elsewhere in (NEIGHBOUR, DISTRICT, "11/", ""):
        assert not clerk.may("room.noun.verb", elsewhere)
        with pytest.raises(NotAllowed):
            clerk.require("room.noun.verb", elsewhere)
    assert not clerk.may("room.noun.other", STREET)


def test_a_role_is_held_where_the_post_is_and_below(somebody):
    """A commander of one district commands nobody in another one, even where something is shared with both."""
    commander = somebody("commander", STREET)
    assert commander.holds("commander", STREET + "110107004001/")
    for elsewhere in (NEIGHBOUR, DISTRICT):
        assert not commander.holds("commander", elsewhere)
    assert not commander.holds("deputy", STREET)


def test_the_platform_itself_holds_every_role_and_is_named():
    ctx = system("timer")
    assert ctx.holds("commander", DISTRICT)
    assert ctx.may("anything.at.all", DISTRICT)
    assert ctx.actor.key == "system:timer"


def test_paths_are_the_highest_ones_only(somebody):
    from dataclasses import replace

    clerk = somebody("town", STREET, ["a.b.c"])
    both = replace(clerk, grants=(*clerk.grants, *somebody("county", DISTRICT, ["a.b.c"]).grants))
    assert both.paths("a.b.c") == (DISTRICT,)
    assert clerk.paths("x.y.z") == ()
