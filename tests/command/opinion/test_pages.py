"""The pages of public opinion as an officer uses them."""

import pytest

from anlan.command.models import OpinionTopic
from anlan.places.models import Person


@pytest.fixture
def page(client, exercise):
    """``page("zhibanyuan")``: a browser of that person in the exercise."""

    def enter(username):
        client.force_login(Person.objects.get(username=username))
        session = client.session
        session["anlan_world"] = str(exercise.pk)
        session.save()
        return client

    return enter


def test_an_officer_enters_verifies_joins_and_replies_on_the_pages(acting, at, call, feed, brings, page, exercise):
    at("13:10")
    brings(feed("甲报"), "石景山古城南路下凹桥积水<script>alert(1)</script>两辆车被淹", "某明星演唱会")
    browser = page("zhibanyuan")
    world = {"page_world": str(exercise.pk)}
    board = browser.get("/opinion/").content.decode()
    topic = OpinionTopic.objects.visible_to(acting("zhibanyuan")).get()
    assert topic.get_absolute_url() in board
    assert "<script>alert" not in board
    assert 'class="spark"' in board
    assert "某明星演唱会" in browser.get("/opinion/items/").content.decode()
    one = topic.get_absolute_url()
    shown = browser.get(one).content.decode()
    assert call.number in shown
    assert "归在一起的理由" in shown
    for address, given, says in (
        (f"{one}join/", {"incident": str(call.pk)}, 302),
        (f"{one}verify/", {"organisation": "x", "minutes": "半小时"}, 422),
        (f"{one}verify/", {"organisation": _unit(topic), "minutes": "30"}, 302),
        (f"{one}reply/", {"by": "", "where": "", "words": ""}, 422),
        (f"{one}reply/", {"by": "区应急局", "where": "官方账号", "words": "正在抽排"}, 302),
        ("/opinion/new/", {"text": "老山有人看到浓烟"}, 302),
    ):
        answer = browser.post(address, {**given, **world})
        assert answer.status_code == says, (address, answer.status_code)
    after = browser.get(one).content.decode()
    assert "正在抽排" in after
    assert one in browser.get(f"/opinion/of/{call.pk}/").content.decode()
    assert browser.get("/opinion/feeds/").status_code == 200
    assert browser.get("/ledger/command.opinion_feed/").status_code == 200
    street = page("gucheng")
    assert street.get("/opinion/").status_code == 403
    assert street.get(one).status_code == 404
    assert street.post(f"{one}reply/", {"by": "a", "where": "b", "words": "c", **world}).status_code == 403


def _unit(topic):
    from anlan.command.opinion.services.checking import takers

    return takers(topic)[0][0]
