"""The command post at the scene from its setting up to its end."""

import pytest
from django.db import transaction
from django.test import Client

from anlan.command.headquarters import site_queries as queries
from anlan.command.headquarters.layout import layout_svg
from anlan.command.headquarters.site_layouts import drop_layout, keep_layout, set_links
from anlan.command.headquarters.site_services import (
    offer_handover,
    report_safe,
    set_up_site_post,
    sign_in,
    sign_out,
)
from anlan.command.map import plotting
from anlan.command.map.symbols import symbols
from anlan.command.models import Incident, SiteEntry, SitePost, SitePresence
from anlan.command.queries.timeline import timeline
from anlan.command.responses.services import issue_tasks
from anlan.command.services import open_incident
from anlan.events.command import IncidentClosed
from anlan.kernel.announcing import announce
from anlan.kernel.context import system
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.ids import new_id
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.reactions import drain
from anlan.messaging.models import Message
from anlan.places.identity import WORLD_KEY
from anlan.places.models import Person, Post
from tests.racing import at_once, one_won


def post_of(username):
    return Post.objects.filter(holdings__person__username=username).order_by("rank").first().code


def read_texts(post):
    return list(SiteEntry.everything.filter(site_post=post).order_by("at", "pk").values_list("text", flat=True))


@pytest.fixture
def site(call, acting, at):
    at("12:50")
    take_step(acting("zhibanyuan"), call, "verify", {"how": "电话回拨"})
    return set_up_site_post(
        acting("zhibanzhang"), incident=call, commander=post_of("xiaofang"), groups=["rescue", "medical", "press"]
    )


def test_who_is_at_the_scene_is_known_until_the_last_has_left(site, call, acting, at):
    chief, fire = acting("zhibanzhang"), acting("xiaofang")
    assert [g["lead"] for g in site.groups] == ["区消防", "区卫健委", "区委宣传部"]
    assert "消防" in Incident.everything.get(pk=call.pk).commander
    with pytest.raises(Conflict):
        set_up_site_post(chief, incident=call, commander=post_of("gongan"))
    with pytest.raises(NotFound):
        queries.site_post(acting("shuiwu"), site.pk)

    once = new_id()
    mine = sign_in(fire, site_post=site, group="rescue", client_id=once, position="116.18,39.91")
    assert sign_in(fire, site_post=site, group="rescue", client_id=once).pk == mine.pk, (
        "what a phone sends twice is one arrival"
    )
    assert sign_in(fire, site_post=site, client_id=new_id()).pk == mine.pk, "nobody is there twice"
    team = sign_in(
        fire, site_post=site, name="联队一分队（示例）", unit="区救援联队", phone="100-0000-0001", headcount="12"
    )
    for wrong, field in (({"headcount": "0"}, "headcount"), ({"headcount": "很多"}, "headcount"), ({"group": "kitchen"}, "group"),
                         ({"position": "nan,nan"}, "position"), ({"position": "39.9"}, "position")):  # fmt: skip
        with pytest.raises(BadInput) as refused:
            sign_in(fire, site_post=site, name="某队", **wrong)
        assert refused.value.field == field
    head = queries.heads(fire, [site])[site.pk]
    assert (head.now, head.total, head.silent) == (13, 13, [])

    at("13:25")
    chief, fire = acting("zhibanzhang"), acting("xiaofang")
    report_safe(fire, presence=mine)
    head = queries.heads(fire, [site])[site.pk]
    assert [p.presence.pk for p in head.silent] == [team.pk], "35 minutes without a word"

    other = open_incident(acting("zhibanyuan"), text="八角街道来电：八角西街道路积水，一辆车被困")
    second = set_up_site_post(chief, incident=other, commander=post_of("zhihuizhang"), groups=["rescue"])
    sign_in(chief, site_post=second, name="联队一分队（示例）", phone="100-0000-0001", headcount=12)
    head = queries.heads(fire, [site])[site.pk]
    assert [(p.presence.pk, p.also) for p in head.doubled] == [(team.pk, other.title)], "at two scenes at once: named"

    at("13:30")
    with pytest.raises(Conflict, match="联队一分队"):
        take_step(fire, SitePost.everything.get(pk=site.pk), "close", {"conclusion": "险情排除"})
    with pytest.raises(NotAllowed):
        sign_out(acting("weijian"), presence=team)
    sign_out(fire, presence=team)
    with pytest.raises(Conflict):
        sign_out(fire, presence=team)
    sign_out(fire, presence=mine)
    closed = take_step(fire, SitePost.everything.get(pk=site.pk), "close", {"conclusion": "险情排除，人员清点齐全"})
    assert closed.state == "closed"
    with pytest.raises(Conflict):
        sign_in(fire, site_post=closed, name="迟到的人")
    assert queries.heads(fire, [site])[site.pk].total == 13


def test_command_passes_when_both_have_signed_and_the_scene_ends_with_its_incident(site, call, acting, at):
    at("13:00")
    fire = acting("xiaofang")
    take_step(fire, site, "log", {"text": "两车被困，已救出一人", "place": "桥下"})
    with pytest.raises(NotAllowed):
        offer_handover(acting("weijian"), site_post=site, to=post_of("zhihuizhang"), situation="交接")
    with pytest.raises(BadInput):
        offer_handover(fire, site_post=site, to=post_of("zhihuizhang"), situation=" ")
    offered = offer_handover(fire, site_post=site, to=post_of("zhihuizhang"), situation="积水 60 厘米，在场 13 人")
    with pytest.raises(Conflict):
        offer_handover(fire, site_post=site, to=post_of("fuzhihui"), situation="再来一次")
    assert "消防" in SitePost.everything.get(pk=site.pk).commander_name, "until the other one signs the first commands"
    at("13:16")
    pass_due()
    with pytest.raises(NotAllowed):
        take_step(fire, offered, "accept", {})
    head = acting("zhihuizhang")
    done = take_step(head, offered, "accept", {})
    now = SitePost.everything.get(pk=site.pk)
    assert (done.accepted_at, now.commander_since, now.owner_keys) == (
        head.now(),
        head.now(),
        [f"post:{post_of('zhihuizhang')}"],
    )
    assert Incident.everything.get(pk=call.pk).commander == now.commander_name
    with pytest.raises(NotAllowed):
        take_step(acting("xiaofang"), now, "log", {"text": "还在写"})
    sign_in(head, site_post=now)
    with transaction.atomic():
        over = IncidentClosed(incident=str(call.pk), region="110107")
        announce(system("test", world=call.world_id), over, scope=call.scope, shared_with=[])
    drain()
    ended = SitePost.everything.get(pk=site.pk)
    assert ended.state == "closed"
    texts = read_texts(site)
    assert texts[0].startswith("成立现场指挥部")
    assert texts[1] == "两车被困，已救出一人"
    assert "移交现场指挥" in texts[2]
    assert "尚未签离" in texts[3], "who had not signed out is written down"
    assert Message.everything.filter(text__contains="请接任现场指挥官").count() == 1


def test_the_pages(site, call, exercise, acting):
    def browser(username):
        client = Client()
        client.force_login(Person.objects.get(username=username))
        session = client.session
        session[WORLD_KEY] = str(exercise.pk)
        session.save()
        return client

    desk, fire, water = browser("zhibanzhang"), browser("xiaofang"), browser("shuiwu")
    page = f"/site-posts/{site.pk}/"
    once = str(new_id())
    for _again in range(2):
        assert fire.post(f"{page}sign/", {"client_id": once, "group": "rescue"}).status_code == 302
    assert SitePresence.everything.filter(site_post=site).count() == 1
    assert "报平安" in fire.get(f"{page}sign/").content.decode()
    text = desk.get(page).content.decode()
    assert "指挥权限" in text
    assert "移交现场指挥" in text
    assert call.title in desk.get("/site-posts/").content.decode()
    assert "在场" in desk.get(f"/incidents/{call.pk}/site-post/").content.decode()
    assert desk.get(f"{page}paper.docx").status_code == 200
    assert desk.get(f"/incidents/{call.pk}/site-post/new/").status_code == 200
    for address in (page, f"{page}sign/", f"{page}paper.docx"):
        assert water.get(address).status_code == 404
    assert water.get(f"/incidents/{call.pk}/site-post/new/").status_code in (403, 404)
    row = SitePresence.everything.get(site_post=site)
    assert fire.post(f"/site-posts/presence/{row.pk}/fly/").status_code == 404
    assert fire.post(f"/site-posts/presence/{row.pk}/out/").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_two_who_set_up_at_once_set_up_one(call, acting, at, transactional_db):
    at("12:50")
    chief, leader = acting("zhibanzhang"), acting("daiban")
    code = post_of("xiaofang")
    _made, refused = one_won(at_once(*[
        lambda who=who: set_up_site_post(who, incident=call, commander=code) for who in (chief, leader)
    ]))  # fmt: skip
    assert isinstance(refused, Conflict)
    assert SitePost.everything.count() == 1


def sees_the_scene(browser, call, tasks):
    """What a browser gets of the incident, its map and each of `tasks`."""
    addresses = [f"/incidents/{call.pk}/", f"/incidents/{call.pk}/map/", *(t.get_absolute_url() for t in tasks)]
    return [browser.get(address).status_code for address in addresses]


def test_who_commands_at_the_scene_sees_the_incident_and_nobody_sees_more(call, acting, page, at):
    at("12:50")
    duty, chief = acting("zhibanyuan"), acting("zhibanzhang")
    take_step(duty, call, "verify", {"how": "电话回拨"})
    plotting.draw(
        chief, incident=call, symbol=next(s.key for s in symbols().values() if s.kind == "point"), label="集结点",
        geometry={"type": "Point", "coordinates": [116.18, 39.91]},
    )  # fmt: skip
    (water,) = issue_tasks(duty, text="抽排积水", organisations=["sjs.water"], minutes=60, incident=call)
    assert sees_the_scene(page("xiaofang"), call, [water]) == [404, 404, 404]
    site = set_up_site_post(chief, incident=call, commander=post_of("xiaofang"), groups=["rescue", "medical"])
    at("12:55")
    (traffic,) = issue_tasks(
        acting("zhibanyuan"), text="封闭道路", organisations=["sjs.police"], minutes=60, incident=call
    )
    both = [water, traffic]
    assert sees_the_scene(page("xiaofang"), call, both) == [200, 200, 200, 200]
    fire = acting("xiaofang")
    assert [m["properties"]["label"] for m in plotting.marks_of(fire, call)] == ["集结点"]
    assert [m["properties"]["label"] for m in plotting.marks_on(fire, [call])] == ["集结点"]
    assert keep_layout(fire, site_post=site).layouts
    with pytest.raises(NotAllowed):
        take_step(fire, water, "acknowledge", {})
    assert sees_the_scene(page("weijian"), call, both) == [404] * 4, "who leads a group is not who commands"
    room = f'href="{call.get_absolute_url()}"'
    assert room in page("xiaofang").get(site.get_absolute_url()).content.decode()
    assert room not in page("weijian").get(site.get_absolute_url()).content.decode(), "no link that leads nowhere"
    assert sees_the_scene(page("shuiwu"), call, both) == [404, 404, 200, 404]
    other = open_incident(acting("zhibanyuan"), text="八角街道来电：八角西街道路积水，一辆车被困")
    assert sees_the_scene(page("xiaofang"), other, []) == [404, 404]

    offered = offer_handover(fire, site_post=site, to=post_of("gongan"), situation="积水 60 厘米，在场 13 人")
    assert sees_the_scene(page("gongan"), call, [water]) == [404] * 3, "not before the signature"
    take_step(acting("gongan"), offered, "accept", {})
    assert sees_the_scene(page("gongan"), call, both) == [200] * 4
    assert sees_the_scene(page("xiaofang"), call, both) == [404] * 4, "relieved"
    take_step(acting("gongan"), SitePost.everything.get(pk=site.pk), "close", {"conclusion": "险情排除"})
    assert sees_the_scene(page("gongan"), call, both) == [404, 404, 404, 200], "its own task stays"


def test_the_plan_of_the_area_and_the_links_of_the_scene_are_kept_with_the_post(site, call, acting, page, at):
    at("13:10")
    fire, chief = acting("xiaofang"), acting("zhibanzhang")
    with pytest.raises(Conflict):
        keep_layout(fire, site_post=site)
    plotting.draw(
        chief, incident=call, symbol=next(s.key for s in symbols().values() if s.kind == "point"), label="指挥车 <1>",
        geometry={"type": "Point", "coordinates": [116.18, 39.91]},
    )  # fmt: skip
    kept = keep_layout(fire, site_post=site, title="东口布置")
    assert [(k["title"], len(k["features"])) for k in kept.layouts] == [("东口布置", 1)]
    for wrong in (
        [("会议", "http://x.invalid/")],
        [("", "https://x.invalid/")],
        [("会议", "")],
        [(f"{n}", "https://x.invalid/") for n in range(13)],
    ):
        with pytest.raises(BadInput):
            set_links(fire, site_post=site, links=wrong)
    set_links(fire, site_post=site, links=[("现场会议", "https://meet.invalid/1"), ("", "")])
    with pytest.raises(NotAllowed):
        set_links(acting("weijian"), site_post=site, links=[])
    shown = page("xiaofang").get(site.get_absolute_url()).content.decode()
    assert "https://meet.invalid/1" in shown
    picture = page("xiaofang").get(f"{site.get_absolute_url()}layouts/1.svg")
    assert picture["Content-Type"].startswith("image/svg+xml")
    assert "指挥车 &lt;1&gt;" in picture.content.decode(), "what people write stays text"
    assert page("xiaofang").get(f"{site.get_absolute_url()}layouts/2.svg").status_code == 404
    assert page("shuiwu").get(f"{site.get_absolute_url()}layouts/1.svg").status_code == 404
    with pytest.raises(BadInput) as refused:
        keep_layout(fire, site_post=site, title="长" * 61)
    assert refused.value.field == "title"
    for _more in range(11):
        kept = keep_layout(fire, site_post=site)
    with pytest.raises(Conflict, match="12 份"):
        keep_layout(fire, site_post=site)
    with pytest.raises(NotAllowed):
        drop_layout(acting("weijian"), site_post=site, number=1)
    with pytest.raises(NotFound):
        drop_layout(fire, site_post=site, number=13)
    for _again in range(2):
        left = drop_layout(fire, site_post=site, number=1)
    assert (left.layouts[0]["title"], left.layouts[0]["removed_by"]) == ("东口布置", fire.actor.signature)
    assert read_texts(site).count("撤下布置图：东口布置") == 1
    shown = page("xiaofang").get(site.get_absolute_url()).content.decode()
    assert "layouts/1.svg" not in shown
    assert "layouts/2.svg" in shown
    assert len(keep_layout(fire, site_post=site, title="西口").layouts) == 13, "there is room again"
    story = [item for item in timeline(chief, Incident.everything.get(pk=call.pk))]
    assert any("成立现场指挥部" in item.text and item.url == site.get_absolute_url() for item in story)


def test_whoever_the_incident_is_shared_with_later_sees_what_was_drawn_before(call, acting, at):
    at("13:10")
    key = next(s.key for s in symbols().values() if s.kind == "point")
    chief = acting("zhibanzhang")
    plotting.draw(chief, incident=call, symbol=key, geometry={"type": "Point", "coordinates": [116.18, 39.91]})
    with pytest.raises(NotFound):
        Incident.objects.get_visible(acting("shuiwu"), pk=call.pk)
    Incident.everything.filter(pk=call.pk).update(shared_with=["org:sjs.water"])
    water = acting("shuiwu")
    shared = Incident.objects.get_visible(water, pk=call.pk)
    assert len(plotting.marks_of(water, shared)) == 1


def test_a_name_is_no_key_to_what_another_wrote_down(site, acting, at):
    """Two people of one name in one post: only the one who signed a team in signs it out."""
    at("13:10")
    fire = acting("xiaofang")
    team = sign_in(fire, site_post=site, name="志愿队", headcount=5)
    assert team.by_key == fire.actor.key
    SitePresence.everything.filter(pk=team.pk).update(by_name=acting("weijian").actor.signature)
    with pytest.raises(NotAllowed):
        sign_out(acting("weijian"), presence=team)


def test_a_plan_is_drawn_to_scale_with_north_up():
    def sign(kind, coordinates, sign="标记"):
        return {"geometry": {"type": kind, "coordinates": coordinates}, "properties": {"sign": sign, "label": ""}}

    svg = layout_svg([sign("Point", [116.0, 40.0]), sign("LineString", [[116.0, 40.0], [116.0, 40.001]])], title="图")
    assert 'cy="500.0"' in svg, "the southern point lies low"
    assert "20 m" in svg or "10 m" in svg
    one = layout_svg([sign("Point", [116.0, 40.0])], title="<x>")
    assert "<title>&lt;x&gt;</title>" in one
    assert 'cx="450.0" cy="280.0"' in one
