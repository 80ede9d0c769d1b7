from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from anlan.kernel.engine.timers import pass_due
from anlan.kernel.loops.todo import todos
from anlan.kernel.reactions import drain
from anlan.messaging import services
from anlan.messaging.models import Call
from anlan.places.demonstration import load_people
from anlan.places.identity import WORLD_KEY, context_of
from anlan.places.models import Person, Region
from anlan.places.seeding import load_regions
from tests.remembered import put_back

NOON = datetime(2016, 7, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def people(db, settings, tmp_path):
    settings.DEMO, settings.VAR_DIR = True, str(tmp_path)
    put_back("district", lambda: (load_regions(), load_people()))


@pytest.fixture
def acting(people, exercise):
    return lambda username: context_of(Person.objects.get(username=username), world=exercise.pk)


@pytest.fixture
def home(people, exercise):
    def look(username, address="/"):
        client = Client()
        client.force_login(Person.objects.get(username=username))
        session = client.session
        session[WORLD_KEY] = str(exercise.pk)
        session.save()
        return client.get(address)

    return look


@pytest.fixture
def calls(acting):
    streets = Region.objects.filter(path__startswith="11/110107/", level="township")
    return services.start_calls(acting("zhibanyuan"), why="暴雨红色预警", text="请应答", regions=streets, urgent=True)


@pytest.fixture
def silence(calls, clock_to):
    """Nobody answers until the ladders are at their end."""
    for minutes in (10, 20, 30):
        clock_to(NOON + timedelta(minutes=minutes))
        pass_due()
        drain()


def test_whoever_is_asked_sees_it_with_its_button_and_others_do_not(home, calls):
    street = home("gucheng")
    assert [t["text"] for t in street.context["todo"]] == ["叫应 古城街道：暴雨红色预警"]
    assert street.context["todo"][0]["action"]["label"] == "应答"
    assert "现在没有要您办的事" in home("shuiwu").content.decode()


def test_the_desk_sees_what_rests_on_its_role_the_late_first(home, silence, clock_to, acting):
    services.send_somebody(acting("zhibanyuan"), call=Call.everything.filter(state="exhausted").first(), who="巡查组")
    clock_to(NOON + timedelta(minutes=45))
    shown = home("zhibanyuan")
    mine = shown.context["mine"]
    assert (mine.total, mine.late) == (9, 8)
    assert [t["phase"] for t in shown.context["todo"]] == ["late"] * 5, "one kind does not fill the page"
    whole = home("zhibanyuan", "/?all=1").context["todo"]
    assert [t["phase"] for t in whole] == ["late"] * 8 + ["open"]
    assert whole[0]["action"]["label"] == "派人上门"
    assert whole[-1]["action"]["label"] == "登记当面叫到"
    assert home("zhihuizhang").context["mine"].total == 0


def test_what_is_happening_and_who_is_on_duty_are_shown(home, calls):
    text = home("zhibanyuan").content.decode()
    for words in ("正在发生", "暴雨红色预警", "异常", "谁在岗", "带班领导"):
        assert words in text


def test_the_rail_begins_with_the_home_page_and_marks_it(home):
    first = home("gucheng").context["nav"][0]
    assert (first["key"], first["url"], first["active"]) == ("home", "/", True)


def test_an_exercise_does_not_show_in_the_real_world(people, calls):
    client = Client()
    client.force_login(Person.objects.get(username="gucheng"))
    session = client.session
    session[WORLD_KEY] = "00000000-0000-0000-0000-000000000000"
    session.save()
    assert client.get("/").context["mine"].total == 0


def test_home_asks_fewer_than_thirty_queries_with_much_to_do(home, silence, django_assert_max_num_queries):
    browser = home("zhibanyuan").client
    with django_assert_max_num_queries(29):
        assert len(browser.get("/?all=1").context["todo"]) == 9


def test_a_limit_keeps_the_counts_whole(acting, silence):
    few = todos(acting("zhibanyuan"), limit=2)
    assert (len(few.items), few.total) == (2, 9)
    assert few.by_loop["messaging.call"][0] == 9


def test_nobody_signed_in_is_led_to_the_sign_in_page(db):
    assert Client().get("/")["Location"] == "/signin/"


def test_a_role_held_elsewhere_makes_nothing_a_duty_here(acting, silence, exercise):
    from dataclasses import replace

    from anlan.kernel.context import Grant

    elsewhere = (
        Grant("duty_officer", "11/110108/", frozenset()),
        Grant("viewer", "11/110107/", frozenset({"messaging.call.view"})),
    )
    looker = replace(acting("shuiwu"), grants=elsewhere)
    assert Call.objects.visible_to(looker).filter(state="exhausted").count() == 9
    assert todos(looker).total == 0
