"""Probes under way: when the chain counts as standing still, where, and when it is back. Times are given."""

from __future__ import annotations

import pytest

from anlan.analysis.watchdog.chain import STAGES, STUCK, Chain, words_for


@pytest.fixture
def chain():
    """One that has been up and well for a while."""
    made = Chain(deadline=5, began=0)
    made.send(1, 0)
    made.note(1, "live", 0.1)
    return made


def test_a_probe_that_comes_through_in_time_is_all_there_is_to_say(chain):
    chain.send(2, 10)
    chain.note(2, "web", 10.02)
    assert chain.note(2, "live", 10.1) is not None
    chain.note(2, "bus", 10.2)
    assert chain.through[2].took("bus") == pytest.approx(0.2), "what arrives a moment later is still noted"
    assert not chain.overdue(100)
    assert not chain.stands_still


def test_the_stage_is_the_first_that_nothing_is_known_of(chain):
    passage = chain.send(2, 10)
    assert passage.next_stage == "web"
    chain.note(2, "judge", 10.1)
    assert passage.next_stage == "outbox", "who was judged has come through the door"
    assert not chain.overdue(15)
    assert chain.overdue(15.1) == [passage]
    chain.get_stuck(passage, "outbox", 15.1)
    assert (chain.stands_still, chain.stage, chain.since) == (True, "outbox", 2)
    assert not chain.overdue(16), "said once"


def test_only_a_later_probe_in_time_ends_a_standstill(chain):
    for number, at in ((2, 10), (3, 20)):
        chain.send(number, at)
    for passage in chain.overdue(30):
        chain.get_stuck(passage, "judge", 30)
    assert chain.since == 2
    chain.note(3, "live", 31)
    assert chain.stands_still, "it came, eleven seconds late"
    chain.send(4, 32)
    chain.note(4, "live", 32.5)
    assert not chain.stands_still
    assert (chain.sent, chain.passed, chain.stuck) == (4, 3, 2)


def test_a_database_that_was_away_stays_the_reason_until_a_probe_comes_through(chain):
    chain.get_stuck(chain.send(2, 10), "database", 15.1)
    chain.get_stuck(chain.send(3, 11), "web", 16.1)
    assert chain.stage == "database"
    chain.send(4, 20)
    chain.note(4, "live", 20.1)
    chain.get_stuck(chain.send(5, 30), "web", 35.1)
    assert chain.stage == "web"


def test_a_platform_that_is_still_coming_up_calls_nobody_until_it_has_answered_once():
    chain = Chain(deadline=5, began=0)
    for number in range(1, 60):
        chain.get_stuck(chain.send(number, 10 * number), "web", 10 * number + 6)
    assert not chain.stands_still, "however slow the machine: it has not answered yet"
    chain.note(59, "web", 600)
    chain.get_stuck(chain.send(60, 605), "judge", 611)
    assert not chain.stands_still, "the first probe is given a minute from the first answer"
    chain.send(61, 620)
    chain.note(61, "live", 621)
    chain.get_stuck(chain.send(62, 630), "web", 636)
    assert (chain.stands_still, chain.stage) == (True, "web"), "it has been up: now silence is a standstill"


def test_a_platform_that_answers_and_lets_nothing_through_or_never_answers_is_said_in_the_end():
    chain = Chain(deadline=5, began=0)
    chain.note(1, "web", 100)
    chain.get_stuck(chain.send(2, 160), "judge", 166)
    assert (chain.stands_still, chain.stage) == (True, "judge")
    never = Chain(deadline=5, began=0)
    never.get_stuck(never.send(1, 890), "web", 896)
    assert not never.stands_still
    never.get_stuck(never.send(2, 900), "web", 906)
    assert never.stands_still


def test_a_standstill_from_before_a_start_goes_on_through_it():
    chain = Chain(deadline=5, began=0, since=1, stage="judge")
    chain.get_stuck(chain.send(2, 0), "web", 6)
    assert (chain.stands_still, chain.stage) == (True, "web")


def test_probes_that_never_come_are_forgotten(chain):
    chain.send(2, 10)
    assert not chain.forget(69)
    assert [p.number for p in chain.forget(71)] == [2]
    assert chain.note(2, "live", 72) is None


def test_every_stage_has_its_words_and_names_the_process_that_does_not_run():
    assert set(STUCK) == {*STAGES, "database"}
    text, mend = words_for("judge", {"engine": "standing", "web-1": "gone"})
    assert str(text) == "读数存下了，但没有研判（engine 进程停住不动、web-1 进程没有在运行）"
    assert "系统管理员" in mend
