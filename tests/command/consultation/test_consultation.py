"""A consultation from its call to its minutes."""

import uuid

import pytest
from django.test import Client

from anlan.command.consultation.reactions import propose_for_warning
from anlan.command.consultation.services import ask_participants, convene_consultation, give_guidance
from anlan.command.models import Consultation, ConsultationView, Expert, Task
from anlan.events.warning import WarningReceived
from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.loops.stepping import take_step
from anlan.places.identity import WORLD_KEY
from anlan.places.models import Person

from ..conftest import DISTRICT


def view_of(made, name):
    return ConsultationView.everything.select_related("consultation").get(consultation=made, name__contains=name)


def test_an_incident_is_talked_over_and_the_conclusion_reaches_those_who_act(call, acting, at):
    at("13:00")
    chief, water = acting("zhibanzhang"), acting("shuiwu")
    expert = Expert.objects.create(
        code="e1",
        name="水利专家（示例）",
        field="防洪",
        scope=DISTRICT,
        updated_at=clock.real_now(),
        phone="100-0000-0001",
    )
    for wrong, field in (({"meeting_url": "http://meet.invalid/1"}, "meeting_url"), ({"meeting_url": "https:// x"}, "meeting_url"),
                         ({"organisations": ["hd.water"]}, "organisations"), ({"incident": None, "title": " "}, "title")):  # fmt: skip
        with pytest.raises(BadInput) as refused:
            convene_consultation(chief, **{"incident": call, **wrong})
        assert refused.value.field == field
    with pytest.raises(NotAllowed):
        convene_consultation(acting("gucheng"), title="街道会商")
    assert Consultation.everything.count() == 0, "what was refused left nothing behind"

    made = convene_consultation(
        chief,
        incident=call,
        organisations=["sjs.water", "sjs.police"],
        experts=[str(expert.pk)],
        meeting_url="https://meet.invalid/1",
    )
    assert (made.state, made.material_at) == ("convened", chief.now())
    parts = {part["title"]: part["lines"] for part in made.material}
    assert call.title in parts["事件"][0]["text"]
    assert "被困人" in parts["事件"][1]["text"] or "不详" in parts["事件"][1]["text"]
    with pytest.raises(NotFound):
        Consultation.objects.get_visible(acting("weijian"), pk=made.pk)
    assert ask_participants(chief, consultation=made, organisations=["sjs.water"]) == [], "nobody is asked twice"

    take_step(water, view_of(made, "水务"), "give", {"text": "预计积水两小时排干"})
    with pytest.raises(NotFound):
        take_step(water, view_of(made, "公安"), "give", {"text": "替别人说"})
    take_step(
        acting("zhibanyuan"),
        view_of(made, "水利专家"),
        "record",
        {"text": "注意桥墩", "who": "水利专家（示例）", "means": "phone"},
    )
    with pytest.raises(NotAllowed):
        give_guidance(water, consultation=made, text="排水", organisations=["sjs.water"], minutes=60)
    again = {"consultation": made, "organisations": ["sjs.police"], "minutes": 30, "request": uuid.uuid4()}
    first, second = (give_guidance(chief, text="桥下断路并设警戒", **again) for _time in range(2))
    assert first == second, "sent twice, given once"
    assert Task.everything.get(text="桥下断路并设警戒").incident_id == call.pk
    done = take_step(
        chief, Consultation.everything.get(pk=made.pk), "conclude", {"conclusion": "维持现有处置，两小时后复核"}
    )
    assert done.state == "concluded"
    assert view_of(made, "公安").state == "silent", "who did not answer is written down"
    with pytest.raises(Conflict):
        ask_participants(chief, consultation=done, organisations=["sjs.fire"])
    assert Consultation.everything.get(pk=made.pk).material == made.material, "the material stays as it was"


def test_a_red_warning_proposes_one_consultation_a_county_and_a_person_decides(acting, exercise, at):
    at("12:10")
    ctx = system("test", world=exercise.pk)

    event = WarningReceived(
        warning="w-1", identifier="w-1", hazard="rainstorm", color="red", action="issue", issuer="区气象台", sent_at="",
        headline="暴雨红色预警信号", regions=["110107", "11", "999999"],
    )  # fmt: skip
    propose_for_warning(ctx, event)
    propose_for_warning(ctx, event)
    proposed = Consultation.everything.get()
    assert (proposed.state, proposed.about_id) == ("proposed", "w-1")
    made = convene_consultation(acting("daiban"), proposed=proposed, organisations=["sjs.water"])
    assert (made.pk, made.state, made.title) == (proposed.pk, "convened", "暴雨红色预警信号防范会商")
    take_step(acting("daiban"), made, "drop", {"reason": "改由市里统一会商"})
    assert ConsultationView.everything.get().state == "silent"


def test_the_pages(call, exercise, acting, at):
    at("13:00")

    def browser(username):
        client = Client()
        client.force_login(Person.objects.get(username=username))
        session = client.session
        session[WORLD_KEY] = str(exercise.pk)
        session.save()
        return client

    desk, water, other = browser("zhibanzhang"), browser("shuiwu"), browser("gongan")
    assert call.title in desk.get(f"/consultations/new/?incident={call.pk}").content.decode()
    assert water.get("/consultations/new/").status_code == 403
    bad = desk.post("/consultations/new/", {"incident": call.pk, "meeting_url": "javascript:alert(1)"})
    assert bad.status_code == 422
    assert desk.post("/consultations/new/", {"incident": call.pk, "organisations": ["sjs.water"]}).status_code == 302
    made = Consultation.everything.get()
    page = f"/consultations/{made.pk}/"
    assert "会商材料" in desk.get(page).content.decode()
    assert "发表意见" in water.get(page).content.decode()
    assert other.get(page).status_code == 404
    assert desk.get(f"{page}minutes.docx").status_code == 200
    assert water.get(f"{page}minutes.docx").status_code == 403
    assert (
        desk.post(f"{page}guide/", {"text": "x", "organisations": ["sjs.water"], "minutes": "many"}).status_code == 422
    )
    assert desk.post(f"{page}ask/", {"organisations": ["sjs.fire"]}).status_code == 302
    assert made.title in desk.get("/consultations/").content.decode()
