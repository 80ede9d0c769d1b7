"""The handbook that holds in a district, its own version over the shipped one, and the cards by kind of incident."""

from __future__ import annotations

import threading

import pytest

from anlan.decision.handbooks.queries import card_of_kind, handbooks_in_force, handbooks_with
from anlan.decision.handbooks.services import adopt_handbook, load_shipped_handbooks
from anlan.decision.models import HandbookVersion
from anlan.kernel.errors import BadInput, Conflict, NotAllowed
from anlan.kernel.worlds import REAL
from anlan.places.identity import context_of
from anlan.places.models import Person
from anlan.places.queries import region

from ..test_plan_pages import browser, text_of  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def shipped(district):
    load_shipped_handbooks()
    return {h.version.industry: h.version for h in handbooks_in_force(district)}


def office():
    return context_of(Person.objects.get(username="fangban"), world=REAL)


def form_of(version, **more):
    """The change form as a browser would send it back."""
    from anlan.decision.handbooks.content import parse_handbook
    from anlan.decision.handbooks.drafting import form_rows

    sent = {"why": "按本区名录补充", "about": version.content["about"], "basis": "\n".join(version.content["basis"])}
    for part, rows in form_rows(parse_handbook(version.content)).items():
        for row in rows:
            for column, value in row.items():
                sent.setdefault(f"{part}.{column}", []).append(value)
    return sent | more


def test_it_is_found_by_kind_read_printed_and_leads_to_plans_and_cards(shipped, browser):  # noqa: F811
    assert load_shipped_handbooks() == 0, "loading twice makes no second version"
    reader = browser("gucheng")
    assert "危险化学品事故应急指挥手册" in text_of(reader.get("/handbooks/?q=液氨"))
    assert "矿山事故应急指挥手册" not in text_of(reader.get("/handbooks/?q=液氨"))
    page = reader.get("/handbooks/of/waterlogging/", follow=True)
    said = text_of(page)
    for part in (
        "停止线",
        "第一小时",
        "救援人员的危险",
        "叫谁来",
        "区水务局",
        "建议值",
        "城镇排水与污水处理条例第27条",
    ):
        assert part in said, part
    assert "防汛" in said[said.index("有关预案") :][:200], "the plan whose headquarters has charge of waterlogging"
    assert "按事发地" in said, "which street, only the incident can say"
    paper = reader.get(f"/handbooks/{shipped['mine'].pk}/paper.docx")
    assert paper.status_code == 200
    assert paper.content[:2] == b"PK"
    assert reader.get(f"/handbooks/{shipped['mine'].pk}/paper.exe").status_code == 404
    assert reader.get(f"/handbooks/{shipped['mine'].pk}/change/").status_code in (403, 404), "a street writes none"


def test_the_district_writes_its_own_and_the_shipped_one_steps_back(shipped, district, browser):  # noqa: F811
    mine, writer = shipped["hazchem"], browser("fangban")
    url = f"/handbooks/{mine.pk}/change/"
    assert "存为新版并启用" in text_of(writer.get(url))
    sent = form_of(mine, seen="0")
    sent["stop_lines.zh"][0], sent["stop_lines.source"][0], sent["stop_lines.confidence"][0] = (
        "氯气站报警即撤",
        "本区规定",
        "high",
    )
    sent["key_points.zh"][-1] = "先查园区名录"
    bad = {**sent, "first_hour.within_min": ["75", *sent["first_hour.within_min"][1:]]}
    refused = writer.post(url, bad)
    assert refused.status_code in (400, 422)
    assert "第 1 条" in text_of(refused)
    assert "氯气站报警即撤" in text_of(refused), "what was typed is kept"
    assert writer.post(url, sent).status_code == 302
    held = {h.version.industry: h for h in handbooks_in_force(district)}["hazchem"]
    assert held.version.region == district
    assert held.version.version == 1
    assert held.whose == "石景山区"
    first, added = held.handbook.stop_lines[0], held.handbook.key_points[-1]
    assert (first.zh, first.provenance.source, first.provenance.suggested) == ("氯气站报警即撤", "本区规定", False)
    assert (added.zh, added.provenance.suggested) == ("先查园区名录", True), "without a source it is a suggestion"
    assert {h.version.industry: h for h in handbooks_in_force(region("11"))}["hazchem"].version == mine, (
        "elsewhere the shipped one"
    )
    assert writer.post(url, {**sent, "seen": "0"}).status_code == 409, "somebody saved meanwhile"
    assert "这不是现行的一版" in text_of(writer.get(f"/handbooks/{mine.pk}/"))
    with pytest.raises(BadInput):
        adopt_handbook(office(), region=district, content={**held.version.content, "cards": ["x"]}, why="试")
    with pytest.raises(NotAllowed):
        adopt_handbook(office(), region=region("11"), content=mine.content, why="试")
    assert HandbookVersion.objects.unscoped("test").filter(region=district).count() == 1


def test_a_card_by_kind_is_read_by_role_and_printed_with_its_code(shipped, district, browser):  # noqa: F811
    reader = browser("gongan")
    assert "踩踏" in text_of(reader.get("/kind-cards/?q=大客流"))
    whole, police = reader.get("/kind-cards/card_gas/"), reader.get("/kind-cards/card_gas/?who=police")
    assert whole.status_code == police.status_code == 200
    from anlan.analysis.data.incident_kinds import shipped_kinds

    steps = shipped_kinds().cards["card_gas"].steps
    theirs, other = (next(s.zh for s in steps if (s.who == "police") is mine) for mine in (True, False))
    assert theirs in text_of(police)
    assert other not in text_of(police)
    assert other in text_of(whole)
    assert "停止线" in text_of(whole), "of the industry's handbook"
    printed = reader.get("/kind-cards/card_gas/?print=1")
    assert b"<svg" in printed.content
    assert "扫码" in text_of(printed)
    assert reader.get("/kind-cards/card_nobody/").status_code == 404
    assert reader.get("/kind-cards/card_gas/?who=finance").status_code == 404
    held = handbooks_in_force(district)
    assert [h.version.industry for h in handbooks_with(held, card_of_kind("X1211"))] == ["hazchem"]
    assert handbooks_with(held, card_of_kind("")) == []
    assert card_of_kind("nonsense") is None


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_once_one_is_told(shipped, district):
    from django.db import connection

    ctx, answers = office(), []
    together = threading.Barrier(2)

    def save():
        together.wait()
        try:
            adopt_handbook(ctx, region=district, content=shipped["fire"].content, why="同时", seen=0)
            answers.append("kept")
        except Conflict:
            answers.append("told")
        finally:
            connection.close()

    both = [threading.Thread(target=save) for _n in range(2)]
    [t.start() for t in both]
    [t.join(60) for t in both]
    assert sorted(answers) == ["kept", "told"]
