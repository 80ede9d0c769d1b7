"""What can be found from any page: people, places, organisations, incidents, plans and the rows of every ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.utils.translation import gettext_lazy as _

from anlan.command.queries.incidents import incident_page
from anlan.decision.queries import plans
from anlan.kernel.context import Context
from anlan.kernel.ledgers import ledgers
from anlan.kernel.ledgers.listing import Listing
from anlan.kernel.scope_names import scope_names
from anlan.kernel.web.search import Found, Source, add_source, holding
from anlan.places.queries import organisations, people, regions_under


def _people(ctx: Context, words: Sequence[str], limit: int) -> Iterator[Found]:
    for path in ctx.paths("places.person.view"):
        rows = people(path).filter(holding(words, "name", "phone", "posts__name", "posts__organisation__name"))
        for person in rows.prefetch_related("posts").order_by("username").distinct()[:limit]:
            posts = "、".join(
                dict.fromkeys(post.name for post in sorted(person.posts.all(), key=lambda p: (p.rank, p.code)))
            )
            # Example people have numbers that lead nowhere, and nobody outside is called in an exercise.
            dialled = "" if person.sample or ctx.is_exercise else person.phone
            yield Found(person.name, " · ".join(t for t in (posts, person.phone) if t), phone=dialled)


def _regions(ctx: Context, words: Sequence[str], limit: int) -> Iterator[Found]:
    for path in ctx.paths("places.region.view"):
        rows = regions_under(path).filter(holding(words, "full_name", "code"))
        for region in rows.filter(holding(words[-1:], "name", "code")).defer("outline").order_by("path")[:limit]:
            at = region.position
            yield Found(
                region.name,
                region.full_name,
                f"/map/?near={at.x:.5f},{at.y:.5f}" if at else f"/map/?region={region.code}",
            )


def _organisations(ctx: Context, words: Sequence[str], limit: int) -> Iterator[Found]:
    for path in ctx.paths("places.organisation.view"):
        rows = organisations(path).filter(holding(words, "name", "short_name", "region__name"))
        for body in rows.order_by("code")[:limit]:
            yield Found(body.name, f"{body.get_kind_display()} · {body.region.name}")


def _incidents(ctx: Context, words: Sequence[str], limit: int) -> Iterator[Found]:
    for row in incident_page(ctx, {"state": "all", "q": " ".join(words)}, limit=limit).rows:
        yield Found(row.title, f"{row.number} · {row.state_label}", row.get_absolute_url())


def _plans(ctx: Context, words: Sequence[str], limit: int) -> Iterator[Found]:
    for row in plans(ctx).filter(holding(words, "title", "region__name"))[:limit]:
        yield Found(
            row.title, f"{row.region.name if row.region else ''} v{row.version}".strip(), row.get_absolute_url()
        )


def _rows(ctx: Context, words: Sequence[str], limit: int) -> Iterator[Found]:
    """Rows of ledgers that the person may see, some of each kind of thing before more of one."""
    found = [iter(_of_ledger(ctx, key, words, limit)) for key in ledgers()]
    while found:
        for each in list(found):
            row = next(each, None)
            if row is None:
                found.remove(each)
            else:
                yield row


def _of_ledger(ctx: Context, key: str, words: Sequence[str], limit: int) -> Iterable[Found]:
    ledger = ledgers()[key]
    rows = list(Listing(ledger=ledger, q=" ".join(words)).rows(ctx)[:limit])
    places = scope_names().labels({row.scope for row in rows})
    return [
        Found(
            str(row), " · ".join(t for t in (str(ledger.title), places.get(row.scope, "")) if t), row.get_absolute_url()
        )
        for row in rows
    ]


add_source(Source("command.incident", _("事件"), _incidents, "command.incident.view", 10))
add_source(Source("places.person", _("人员"), _people, "places.person.view", 20))
add_source(Source("places.organisation", _("单位"), _organisations, "places.organisation.view", 30))
add_source(Source("places.region", _("地方"), _regions, "places.region.view", 15))
add_source(Source("decision.plan", _("预案"), _plans, "decision.plan.view", 50))
add_source(
    Source("kernel.ledger", _("台账"), lambda ctx, words, limit: islice(_rows(ctx, words, limit), limit), order=60)
)
