import pytest

from anlan.places.demonstration import load_people
from anlan.places.identity import context_of
from anlan.places.models import Person
from anlan.places.seeding import load_regions
from tests.remembered import put_back

DISTRICT = "11/110107/"
#: The call of about 12:40 on the 20th: an underpass is flooded, two cars are trapped, nobody knows about people.
CALL = "12时35分古城街道来电：古城南路下凹桥积水，两辆车被困，人数不详"


@pytest.fixture
def people(db, settings, tmp_path):
    """The demonstration district."""
    settings.DEMO, settings.VAR_DIR, settings.ATTACHMENT_DIR = True, str(tmp_path), str(tmp_path / "files")
    put_back("district", lambda: (load_regions(), load_people()))


@pytest.fixture
def acting(people, exercise):
    """``acting("zhibanyuan")``: the context of a sample person in the exercise."""

    def make(username, world=None):
        return context_of(Person.objects.get(username=username), world=world or exercise.pk)

    return make


@pytest.fixture
def at(clock_to):
    """``at("12:41")``: the exercise's clock on the day of the storm."""
    from datetime import datetime

    def move(time, day=20):
        clock_to(datetime.fromisoformat(f"2016-07-{day:02d}T{time}:00+08:00"))

    return move


@pytest.fixture
def call(acting, at):
    """The incident of the call, opened by the duty officer at 12:41."""
    from anlan.command.services import open_incident

    at("12:41")
    return open_incident(acting("zhibanyuan"), text=CALL)


@pytest.fixture
def page(acting, client, exercise):
    """``page("daiban")``: the browser of a person inside the exercise."""

    def of(username):
        client.force_login(Person.objects.get(username=username))
        session = client.session
        session["anlan_world"] = str(exercise.pk)
        session.save()
        return client

    return of
