import pytest

from anlan.places.demonstration import load_people
from anlan.places.identity import context_of
from anlan.places.models import Person, Region
from anlan.places.seeding import load_regions
from tests.remembered import put_back


@pytest.fixture
def people(db, settings, tmp_path):
    """The demonstration district."""
    settings.DEMO, settings.VAR_DIR = True, str(tmp_path)
    put_back("district", lambda: (load_regions(), load_people()))


@pytest.fixture
def acting(people, exercise):
    """``acting("gucheng")``: the context of a sample person in the exercise."""

    def make(username, simulated=False):
        person = Person.objects.get(username=username)
        return context_of(person, world=exercise.pk, simulated=simulated)

    return make


@pytest.fixture
def street():
    return lambda code="110107004000": Region.objects.get(code=code)


@pytest.fixture
def communities():
    return lambda count=3: list(Region.objects.filter(path__startswith="11/110107/110107004/", level="village")[:count])
