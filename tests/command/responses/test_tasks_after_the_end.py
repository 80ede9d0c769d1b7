"""No task is given for what has ended: nobody would look for it there."""

from datetime import timedelta

import pytest

from anlan.command import services
from anlan.command.models import Incident, Task
from anlan.command.responses.services import issue_tasks
from anlan.kernel.errors import Conflict
from anlan.places.identity import context_of
from tests.cast import DISTRICT, GUCHENG, person


@pytest.mark.django_db
def test_an_incident_that_is_closed_takes_no_more_tasks():
    person("street", GUCHENG, "town")
    ctx = context_of(person("duty", DISTRICT, "duty_officer"))
    found = services.open_incident(ctx, text="古城街道地道桥下积水，两车被困")
    asked = {"text": "再去看一次", "organisations": ["org-street"], "due_at": ctx.now() + timedelta(hours=2)}
    assert issue_tasks(ctx, **asked, incident=found)
    Incident.everything.filter(pk=found.pk).update(state="closed", closed_at=ctx.now())
    with pytest.raises(Conflict):
        issue_tasks(ctx, **asked, incident=Incident.everything.get(pk=found.pk))
    assert Task.everything.count() == 1
