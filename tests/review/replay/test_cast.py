"""Who plays whom: a post is played by a labelled stand-in until its holder is there."""

from anlan.review.replay.cast import Cast, place_of
from anlan.review.replay.scenario import load_scenario


def the_cast(storm):
    return Cast.of(load_scenario(storm.replay.scenario), storm.world)


def test_a_stand_in_is_marked_and_has_the_rights_of_the_post(storm):
    played = the_cast(storm).context("sjs.st.gucheng.duty")
    assert played.actor.simulated
    assert played.world == storm.world
    assert played.may("action.relocation.record", "11/110107/110107004/")
    assert not played.may("action.relocation.record", "11/110107/110107003/")


def test_nobody_plays_a_post_whose_holder_is_there(storm, somebody_there):
    post = "sjs.st.gucheng.duty"
    before = the_cast(storm)
    assert before.plays(post)
    somebody_there("gucheng")
    now = the_cast(storm)
    assert not now.plays(post)
    assert now.context(post) is None
    assert now.plays("sjs.st.bajiao.duty")


def test_nobody_plays_a_post_that_nobody_holds(storm):
    assert the_cast(storm).context("no.such.post") is None
    assert place_of("no.such.post") == ("", "no.such.post")


def test_posts_of_one_entry_answer_in_turn_and_the_silent_ones_never(storm):
    cast = the_cast(storm)
    streets = ["bajiao", "gucheng", "guangning", "jindingjie", "laoshan"]
    minutes = {s: cast.turn(f"sjs.st.{s}.duty", "calls", "answer_min") for s in streets}
    assert minutes["guangning"] is None
    assert cast.behaviour("sjs.st.guangning.duty", "calls") == {"silent": True}
    answering = [m for m in minutes.values() if m is not None]
    assert set(answering) <= {1.0, 2.0, 3.0, 4.0}
    assert len(set(answering)) > 1
    assert cast.turn("sjs.st.bajiao.duty", "calls", "no_such_thing") is None


def test_the_first_post_in_rank_that_knows_how_answers_for_an_organisation(storm):
    cast = the_cast(storm)
    assert cast.task_player("sjs.st.gucheng") == "sjs.st.gucheng.duty"
    assert cast.task_player("no.such.organisation") is None
