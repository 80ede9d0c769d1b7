"""The pages of the duty room cost as many questions to the database with a hundred open incidents as with ten."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from anlan.command.models import Incident
from anlan.kernel.web import nav
from anlan.places.models import Person
from bench.filling import Filling

#: The most that each page may ask, its frame and the rail's counts included; the desk asks six sources of the duty room's own work,
#: the room of an incident its command posts and consultations.
MOST = {"home": 25, "desk": 35, "list": 11, "room": 31}


def test_a_hundred_open_incidents_cost_no_more_questions_than_ten(people):
    filling = Filling()
    client = Client()
    client.force_login(Person.objects.get(username="zhibanyuan"))

    def asked(url):
        client.get(url, headers={"accept": "text/html"})
        nav._COUNTED.clear()
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(url, headers={"accept": "text/html"})
            count = len(queries)
        assert answer.status_code == 200
        return count

    def all_pages():
        room = Incident.everything.order_by("received_at").last().get_absolute_url()
        return {
            "home": asked("/"),
            "desk": asked("/desk/"),
            "list": asked("/incidents/"),
            "room": asked(room),
        }

    filling.incidents(10, open_share=1)
    few = all_pages()
    filling.incidents(90, open_share=1)
    many = all_pages()
    assert Incident.everything.filter(closed_at=None).count() == 100
    assert many == few
    assert {name: count for name, count in many.items() if count > MOST[name]} == {}
