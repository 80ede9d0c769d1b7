import pytest

from anlan.command.models import OpinionFeed
from anlan.command.opinion.feeds import Entry
from anlan.kernel.clock import real_now
from tests.command.conftest import DISTRICT


@pytest.fixture
def feed(people):
    """``feed("甲报")``: a feed of the district."""

    def make(name, **fields):
        given = {"url": f"https://{abs(hash(name))}.example/rss", "scope": DISTRICT, "updated_at": real_now(), **fields}
        return OpinionFeed.objects.create(name=name, **given)

    return make


@pytest.fixture
def brings(acting):
    """``brings(feed, "标题", …)``: the feed brings entries in the exercise's world; returns how many were new."""
    from anlan.command.opinion.services import take_entries
    from anlan.kernel.context import system

    def bring(source, *titles, text="", at=None, url=""):
        ctx = system("opinion", world=acting("zhibanyuan").world)
        return take_entries(ctx, source, [Entry(t, text, url, source.name, at) for t in titles])

    return bring
