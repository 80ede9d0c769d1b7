"""A street with a shelter, and the people around it."""

from __future__ import annotations

import pytest
from django.contrib.gis.geos import Point

from anlan.kernel.clock import real_now
from anlan.places.models import Organisation, Region
from anlan.registry.models import Shelter

DISTRICT = "11/110107/"
STREET = "11/110107/110107004/"
VIEW = ["action.shelter.view", "action.relocation.view", "action.relocation.record", "registry.shelter.view"]


@pytest.fixture
def street(db):
    parent = None
    for code, level, path in (
        ("11", "province", "11/"),
        ("110107", "county", DISTRICT),
        ("110107004", "township", STREET),
    ):
        parent = Region.objects.create(
            code=code.ljust(12, "0"), name=code, level=level, path=path, full_name=code, parent=parent
        )
    return parent


@pytest.fixture
def shelter(street):
    office = Organisation.objects.create(code="office", name="街道办", kind="street", actor="town", region=street)
    return Shelter.objects.create(
        code="sh.1", name="示例小学", scope=STREET, updated_at=real_now(), grade="三级", shelter_class="场所", capacity=60,
        organisation=office,
        position=Point(116.18, 39.91, srid=4326),
    )  # fmt: skip


@pytest.fixture
def town(somebody, exercise):
    return somebody("town", STREET, VIEW, keys=["org:office", "in:110107004"], world=exercise.pk)


@pytest.fixture
def desk(somebody, exercise):
    return somebody("duty_officer", DISTRICT, VIEW, world=exercise.pk)
