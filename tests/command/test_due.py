"""What the desk owes: sources from anywhere, the most urgent first, nothing that presses folded away, a broken source said aloud."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from anlan.command import due as register_of
from anlan.command.due import Brought, Due, folded, gather

NOON = datetime(2016, 7, 20, 12, tzinfo=UTC)


def row(name: str, minutes: float | None = None, *, matter: str = "", since: float | None = None) -> Due:
    at = None if minutes is None else NOON + timedelta(minutes=minutes)
    started = None if since is None else NOON - timedelta(minutes=since)
    return Due(
        id=name, text=name, where="", url="/", due_at=at, late=at is not None and at <= NOON, immediate=started is not None,
        since=started, matter=matter,
    )  # fmt: skip


@pytest.fixture
def sources(monkeypatch):
    """Only the sources that the test registers."""
    monkeypatch.setattr(register_of, "_SOURCES", {})
    monkeypatch.setattr(register_of, "_load", lambda: None)
    return register_of.register


def test_rows_of_all_sources_stand_by_urgency(sources, somebody):
    sources("shifts", title="交接班")(lambda _ctx: [row("handover", 240), row("some day")])
    sources("reports", title="信息报送")(lambda _ctx: [row("soon", 4), row("late", -20), row("at once", since=5)])
    found = gather(somebody("duty_officer", "11/110107/"))
    assert [r.id for r in found.rows] == ["late", "at once", "soon", "handover", "some day"]
    assert (found.total, found.late) == (5, 1)


def test_a_source_that_owes_more_than_it_shows_is_counted_whole(sources, somebody):
    sources("tasks", title="任务")(lambda _ctx: Brought([row("one", -1)], total=300, late=40))
    found = gather(somebody("duty_officer", "11/110107/"))
    assert (len(found.rows), found.total, found.late) == (1, 300, 40)


def test_a_broken_source_is_said_on_the_desk_and_holds_up_no_other(sources, somebody):
    def broken(_ctx):
        raise RuntimeError("no roster")

    sources("duty", title="值班表", url="/duty/")(broken)
    sources("reports", title="信息报送")(lambda _ctx: [row("report", 4)])
    rows = gather(somebody("duty_officer", "11/110107/")).rows
    assert [r.id for r in rows] == ["failed-duty", "report"]
    assert "值班表" in rows[0].text
    assert rows[0].url == "/duty/"


def test_of_a_long_list_only_what_has_time_goes_behind_the_first_row_of_its_matter():
    rows = [row(f"{n}", n - 3, matter="a" if n % 2 else "b") for n in range(14)]
    rows += [
        row("a later", 60, matter="a"),
        row("b later", 70, matter="b"),
        row("nobody's", 80),
        row("c alone", 90, matter="c"),
    ]
    shown = folded(rows, NOON)
    assert [r.id for r in shown] == [*(str(n) for n in range(14)), "nobody's", "c alone"]
    assert [r.id for r in shown[0].more] == ["b later"]
    assert [r.id for r in shown[1].more] == ["a later"]


def test_a_short_list_is_never_folded():
    rows = [row("first", 1, matter="a"), row("later", 300, matter="a")]
    assert folded(rows, NOON) == rows


def test_what_is_heard_is_late_owed_at_once_or_due_within_five_minutes():
    heard = {
        r.id
        for r in (row("late", -1), row("once", since=1), row("near", 5), row("hour", 60), row("ever"))
        if r.calls(NOON)
    }
    assert heard == {"late", "once", "near"}
