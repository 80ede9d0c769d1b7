"""Signs drawn, instructions given and presses of 一键通 stand in the story, told together and without repeats."""

from __future__ import annotations

from uuid import uuid4

from anlan.command.map import plotting
from anlan.command.models import PreparedSet
from anlan.command.queries.timeline import timeline
from anlan.command.responses.instructions.giving import give_instruction
from anlan.command.responses.onepress.services import press

POINT = {"type": "Point", "coordinates": [116.188, 39.9115]}


def texts(ctx, call):
    return [i.text for i in timeline(ctx, call)]


def test_what_was_drawn_and_ordered_is_told(acting, at, call):
    at("12:50")
    duty = acting("zhibanyuan")
    first = plotting.draw(duty, incident=call, symbol="post", geometry=POINT, label="前方指挥部")
    plotting.draw(duty, incident=call, symbol="post", geometry=POINT, label="警戒点")
    plotting.redraw(duty, incident=call, mark=first.mark.pk, seen=1, label="指挥部")
    at("13:05")
    duty = acting("zhibanyuan")
    plotting.draw(duty, incident=call, symbol="post", geometry=POINT, label="集结点")
    plotting.remove(duty, incident=call, mark=first.mark.pk)
    give_instruction(
        acting("fangban"), text="封闭道路", asked=["org:sjs.st.gucheng", "org:sjs.water"], minutes=30, source="hand", incident=call
    )  # fmt: skip
    told = texts(duty, call)
    assert [t for t in told if "标绘" in t] == [
        "在图上标绘 2 处：前方指挥部、警戒点", "在图上标绘 1 处：集结点", "从图上去掉标绘 1 处：指挥部",
    ]  # fmt: skip
    orders = [t for t in told if "封闭道路" in t]
    assert len(orders) == 1, "once, not again for each unit"
    assert "古城街道" in orders[0]
    line = next(i for i in timeline(duty, call) if "标绘" in i.text)
    assert line.url == f"/incidents/{call.pk}/map/"
    assert any("标绘" in t for t in texts(acting("gucheng"), call)), "the street sees the map of its incident"


def test_a_press_is_told_with_what_became_of_its_parts(acting, at, call):
    at("12:50")
    chief = acting("zhibanzhang")
    prepared = PreparedSet.objects.visible_to(chief).filter(current=True, retired_at=None).first()
    if prepared is None:
        prepared = PreparedSet(
            code="t", name="示例一键通", scope="11/110107/", may_press=["duty_chief"], parts=[], made_at=chief.now(),
            made_by_name="示例",
        )  # fmt: skip
        prepared.save()
    press(chief, prepared=prepared, incident=call, request=uuid4())
    assert any(t.startswith(f"一键通“{prepared.name}”：") for t in texts(chief, call))
