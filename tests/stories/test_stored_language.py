"""An officer whose screen is English works: everything kept is Chinese, for whoever reads it next."""

import re

import pytest
from django.apps import apps
from django.db import models
from django.utils.translation import override

from anlan.action.services import open_shelter
from anlan.command.incoming import receive
from anlan.command.models import Incoming, Report
from anlan.command.services import add_followup, open_incident
from anlan.decision.models import Proposal
from anlan.decision.services import approve
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.models import AuditEntry
from anlan.kernel.reactions import drain
from anlan.kernel.web.history import entries_of
from anlan.messaging import services as messaging
from anlan.places.models import Region
from anlan.registry.models import Shelter
from tests.decision.conftest import at, district, house, person, rain  # noqa: F401

#: Two words of English after each other: no code, no name of a field, no unit reads like this.
ENGLISH = re.compile(r"\b[A-Za-z]{2,} [a-z]{2,}\b")
#: Rows that are not words of the platform: sources of figures, settings, what the shipped data says.
_OTHERS = ("registry.", "sensing.", "django", "procrastinate", "places.", "analysis.", "kernel.world", "decision.plan")


def words_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (w for v in value.values() for w in words_in(v))
    elif isinstance(value, list | tuple):
        yield from (w for v in value for w in words_in(v))


@pytest.mark.django_db
def test_nothing_that_an_english_speaking_officer_does_is_kept_in_english(rain, house, person, clock_to):  # noqa: F811
    with override("en"):
        rain("20 11:00", mm24=106)
        approve(
            person("fuzhihui"), Proposal.objects.in_world(house).open().get(),
            {"matter": "启动", "expected_hours": 24, "measures": "上岗"},
        )  # fmt: skip
        drain()
        clock_to(at("20 12:41"))
        duty, leader = person("zhibanyuan"), person("daiban")
        waiting = receive(duty, text="古城南路下凹桥积水，两辆车被困", source="街道（示例）", scope="11/110107/")
        incident = open_incident(duty, text=waiting.text, incoming=Incoming.everything.get(pk=waiting.pk))
        add_followup(duty, incident, text="水深一米", facts={"trapped": 2})
        report = Report.everything.get(stage="first")
        take_step(duty, report, "submit", {})
        take_step(leader, report, "sign", {})
        take_step(duty, report, "send", {"means": "written", "received_by": "市值班室（示例）"})
        street = Region.objects.get(code="110107004000")
        round_ = messaging.start_calls(duty, why="暴雨", text="请到岗", regions=[street], urgent=True)
        messaging.chase_calls(duty, round=round_)
        shelter = Shelter.everything.first()
        if shelter is not None:
            open_shelter(duty, shelter=shelter)
        drain()
        clock_to(at("20 20:00"))
        pass_due()
        drain()
    found = []
    for model in apps.get_models():
        if model._meta.label_lower.startswith(_OTHERS) or not model.__module__.startswith("anlan."):
            continue
        fields = [
            f.attname
            for f in model._meta.concrete_fields
            if isinstance(f, models.TextField | models.CharField | models.JSONField)
        ]
        for row in model._base_manager.values_list(*fields):
            found += [
                f"{model._meta.label}.{name}: {text[:90]}"
                for name, value in zip(fields, row, strict=True)
                for text in words_in(value)
                if ENGLISH.search(text)
            ]
    assert not found, "\n".join(sorted(set(found))[:40])
    assert AuditEntry.objects.filter(label="签发").exists()
    with override("en"):
        shown = {line["label"] for line in entries_of("command.report", report.pk)}
    assert "Sign" in " ".join(shown)
    assert "签发" not in shown
