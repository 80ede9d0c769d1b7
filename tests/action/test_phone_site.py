"""A command post at a scene on the phone: pressed without a line, counted once, at the time it was pressed."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from anlan.action.phone.items import Sent, take_item
from anlan.action.phone.sheet import sheet
from anlan.command.headquarters.site_services import set_up_site_post
from anlan.command.models import SitePresence
from anlan.command.services import open_incident
from anlan.kernel.clock import real_now
from anlan.kernel.errors import BadInput, Conflict, NotFound
from anlan.kernel.loops.stepping import take_step
from anlan.places.demonstration import load_people
from anlan.places.identity import context_of
from anlan.places.models import Person, Post
from anlan.places.seeding import load_regions
from tests.remembered import put_back


@pytest.fixture
def acting(db, settings, tmp_path):
    settings.DEMO, settings.VAR_DIR, settings.ATTACHMENT_DIR = True, str(tmp_path), str(tmp_path / "files")
    put_back("district", lambda: (load_regions(), load_people()))
    return lambda name: context_of(Person.objects.get(username=name))


def pressed(post, step, made_at=None, **evidence):
    return Sent(uuid.uuid4(), "task", {"task": str(post.pk), "step": step, "evidence": evidence}, made_at)


def card(ctx, post):
    return next((t for t in sheet(ctx)["tasks"] if t["id"] == str(post.pk)), None)


def test_whoever_comes_without_a_line_is_counted_once_at_the_time_it_was_pressed(acting):
    duty, fire = acting("zhibanyuan"), acting("xiaofang")
    incident = open_incident(duty, text="古城街道来电：古城南路下凹桥积水，两辆车被困，人数不详")
    take_step(duty, incident, "verify", {"how": "电话回拨"})
    code = Post.objects.filter(holdings__person__username="xiaofang").order_by("rank").first().code
    post = set_up_site_post(acting("zhibanzhang"), incident=incident, commander=code, groups=["rescue"])
    type(post).objects.in_world(duty).filter(pk=post.pk).update(opened_at=real_now() - timedelta(hours=1))
    assert [s["name"] for s in card(fire, post)["steps"]] == ["sign_in"]
    assert card(acting("shuiwu"), post) is None, "nobody is asked who is not called there"
    with pytest.raises(NotFound):
        take_item(acting("shuiwu"), pressed(post, "sign_in"))

    noted = real_now() - timedelta(minutes=25)
    item = pressed(post, "sign_in", noted, headcount=6, group="rescue")
    first = take_item(fire, item)
    assert take_item(fire, item) == first
    mine = SitePresence.objects.visible_to(fire).get()
    assert (mine.arrived_at, mine.headcount, mine.group) == (noted, 6, "rescue")
    assert [s["name"] for s in card(fire, post)["steps"]] == ["safe", "out"]

    take_item(fire, pressed(post, "safe", real_now() - timedelta(minutes=5)))
    heard = SitePresence.objects.visible_to(fire).get().seen_at
    take_item(fire, pressed(post, "safe", noted + timedelta(minutes=1)))
    assert SitePresence.objects.visible_to(fire).get().seen_at == heard, "an older sign of life takes back no newer one"
    before = real_now()
    take_item(fire, pressed(post, "out", before + timedelta(days=300)))
    left = SitePresence.objects.visible_to(fire).get().left_at
    assert before <= left <= real_now(), "a phone's wrong clock sends nobody into the future"
    with pytest.raises(Conflict):
        take_item(fire, pressed(post, "out"))
    with pytest.raises(BadInput):
        take_item(fire, pressed(post, "fly"))
