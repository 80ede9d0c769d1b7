"""Each reading once, whatever comes again, late, corrected, or while the journal is folded."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anlan.sensing import queries, store
from anlan.sensing.models import Block, Correction, Fold, Frame, Journal, Latest
from anlan.sensing.store.folding import STAYS
from tests.sensing.store.conftest import HOUR_US, NOON

FRESH, KNOWN, AMENDED = store.FRESH, store.KNOWN, store.AMENDED


@pytest.mark.parametrize("folded", [False, True])
def test_what_comes_again_late_or_corrected_has_its_place_before_and_after_the_fold(house, folded):
    assert house.keep((0, 0, 5.0), (1, 0, None)) == [FRESH, FRESH]
    if folded:
        assert house.fold() == 2
    assert house.keep((0, 0, 5.0), (1, 0, None), (0, -3, 1.0)) == [KNOWN, KNOWN, FRESH]
    assert house.keep((0, 0, None)) == [KNOWN], "missing says nothing against a value"
    assert house.keep((0, 0, 6.0), (1, 0, 2.0)) == [AMENDED, AMENDED]
    if folded:
        house.fold()
    assert house.keep((0, 0, 6.0)) == [KNOWN]
    assert house.held() == {(0, 0): 6.0, (1, 0): 2.0, (0, -3): 1.0}
    kept = Correction.objects.order_by("datastream_id").values_list("before", "after")
    assert list(kept) == [(5.0, 6.0), (None, 2.0)]


def test_the_same_time_twice_in_one_batch_counts_as_one_after_the_other(house):
    assert house.keep((0, 0, 1.0), (0, 0, 1.0), (0, 0, 2.0), (0, 0, None)) == [FRESH, KNOWN, AMENDED, KNOWN]
    assert house.held() == {(0, 0): 2.0}
    assert house.keep((0, 0, 2.0), (0, 0, 3.0)) == [KNOWN, AMENDED]
    assert house.held() == {(0, 0): 3.0}


def test_an_append_that_was_undone_leaves_no_trace_in_what_is_recognised(house):
    from django.db import transaction

    with transaction.atomic():
        house.keep((0, 0, 1.0))
        transaction.set_rollback(True)
    assert house.held() == {}
    assert house.keep((0, 0, 1.0)) == [FRESH]
    assert house.held() == {(0, 0): 1.0}


def test_a_fold_that_breaks_in_the_middle_leaves_everything_as_it_was(house, monkeypatch):
    house.keep((0, 0, 1.0), (1, 0, 2.0))
    before = house.held()

    def breaks(*_args, **_named):
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("anlan.sensing.store.folding.write_frames", breaks)
        with pytest.raises(RuntimeError):
            house.fold()
    assert (Block.objects.count(), Fold.objects.count(), house.held()) == (0, 0, before)
    assert house.fold() == 2
    assert (house.held(), store.waiting(house.world)) == (before, (0, 0))


def test_many_folds_are_joined_and_say_the_same(house):
    for hour in range(40):
        house.keep(*((gauge, hour - 40, float(hour)) for gauge in range(3)))
        house.fold()
    assert Block.objects.count() < 3 * 17
    assert len(house.held()) == 120
    frame = store.frames(house.world, "rain_mm", store.moment(NOON - 3 * HOUR_US), store.moment(NOON - 2 * HOUR_US))
    assert (len(frame), frame.total.tolist()) == (3, [38.0] * 3)


def test_folded_entries_stay_for_a_while_and_longer_for_who_follows_them(house, monkeypatch):
    from anlan.kernel import clock
    from anlan.sensing.store import folding

    follows = {}
    monkeypatch.setattr(folding, "_holds", [follows.get])
    house.keep((0, 0, 1.0))
    house.fold()
    first = Journal.objects.get().pk
    follows[house.world] = first - 1
    with clock.fixed(clock.real_now() + 2 * STAYS):
        house.fold()
        assert [e.id for e in store.entries_after(house.world, 0)] == [first], "it is still followed"
        follows[house.world] = first
        house.keep((0, 1, 1.0))
        house.fold()
        assert first not in [e.id for e in store.entries_after(house.world, 0)]
    assert house.keep((0, 0, 1.0), (0, 1, 1.0)) == [KNOWN, KNOWN]


def test_a_process_that_has_not_seen_the_entries_knows_them_all_the_same(house, monkeypatch):
    from collections import OrderedDict

    from anlan.kernel import clock
    from anlan.sensing.store import newest

    house.keep((0, 0, 1.0), (1, 2, 2.0))
    with clock.fixed(clock.real_now() + 2 * STAYS):
        house.fold()
        house.fold()
    monkeypatch.setattr(newest, "_known", OrderedDict())
    assert house.keep((0, 0, 1.0), (1, 2, 2.0), (1, 1, 0.5)) == [KNOWN, KNOWN, FRESH]


_row = st.tuples(st.integers(0, 2), st.integers(-30, 30), st.sampled_from([None, 0.0, 1.5, 7.25]))
_step = st.one_of(st.lists(_row, min_size=1, max_size=8), st.just("fold"))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(_step, max_size=8))
def test_the_store_reads_like_a_dictionary_of_everything_accepted(house, exercise, steps):
    from django.db import transaction

    truth = {}
    with transaction.atomic():
        for step in steps:
            if step == "fold":
                house.fold()
                continue
            expected = []
            for gauge, hour, value in step:
                stands = truth.get((gauge, hour), "nothing")
                if stands == "nothing":
                    expected.append(FRESH)
                elif value is None or value == stands:
                    expected.append(KNOWN)
                    continue
                else:
                    expected.append(AMENDED)
                truth[gauge, hour] = value
            assert house.keep(*step) == expected
        assert house.held() == truth
        _frames_agree(house, truth)
        _latest_agrees(house, truth)
        transaction.set_rollback(True)


def _frames_agree(house, truth):
    span = store.moment(NOON - 40 * HOUR_US), store.moment(NOON + 40 * HOUR_US)
    cells = store.frames(house.world, "rain_mm", *span)
    seen = {
        (house.gauges.index(pk), (hour - NOON) / HOUR_US): (came, known, total)
        for pk, hour, came, known, total in zip(
            cells.stream.tolist(), cells.hour_us.tolist(), cells.came.tolist(), cells.known.tolist(), cells.total.tolist(),
            strict=True,
        )
    }  # fmt: skip
    assert seen == {key: (1, int(v is not None), v or 0.0) for key, v in truth.items()}


def _latest_agrees(house, truth):
    streams = queries.datastreams(house.ctx)
    newest = queries.newest_readings(house.ctx, streams)
    hours = {}
    for (gauge, hour), value in truth.items():
        hours.setdefault(gauge, {})[hour] = value
    expected = {
        house.gauges[gauge]: (store.moment(NOON + max(own) * HOUR_US), own[max(own)]) for gauge, own in hours.items()
    }
    assert newest == expected


def test_where_another_process_judges_the_newest_reading_is_seen_before_it_is_folded(house, settings):
    settings.JUDGE = "process"
    house.keep((0, 0, 5.0), (1, 0, None), (2, -1, 3.0))
    assert Latest.objects.count() == 0
    shown = {s.pk: (s.value, s.value_at, s.value_unit) for s in queries.stations_with_latest(house.ctx) if s.value_at}
    streams = {s.pk: s for s in queries.datastreams(house.ctx)}
    codes = [streams[pk].thing_id for pk in house.gauges[:3]]
    noon = store.moment(NOON)
    assert shown == {
        codes[0]: (5.0, noon, "mm"), codes[1]: (None, noon, "mm"), codes[2]: (3.0, noon - timedelta(hours=1), "mm"),
    }  # fmt: skip
    house.fold()
    assert Latest.objects.count() == 3
    house.keep((0, 1, 6.0))
    assert {s.value for s in queries.stations_with_latest(house.ctx).filter(pk__in=codes[:1])} == {6.0}
    at_noon = {s.pk: s.value for s in queries.stations_at(house.ctx, noon)}
    assert (at_noon[codes[0]], at_noon[codes[2]]) == (5.0, None)


def test_an_hour_of_the_map_is_one_answer_with_what_is_folded_and_what_is_not(house):
    house.keep((0, 0, 5.0), (1, 0, 2.0))
    house.fold()
    house.keep((0, 0, 6.0), (2, 0, 1.0))
    noon = store.moment(NOON)
    hours = queries.hourly(house.ctx, "rain_mm", noon - timedelta(hours=1), noon)
    codes = {s.pk: s.thing_id for s in queries.datastreams(house.ctx)}
    assert sorted(hours[noon]) == sorted(
        (codes[house.gauges[g]], v, v, v, 1) for g, v in ((0, 6.0), (1, 2.0), (2, 1.0))
    )
    assert Frame.objects.count() == 1


def test_what_should_have_come_is_counted(house):
    house.keep(*((0, -h, 1.0) for h in range(24) if h % 4), (0, 0, None))
    stream = next(s for s in queries.datastreams(house.ctx) if s.pk == house.gauges[0])
    noon = store.moment(NOON)
    share = queries.obtained(house.ctx, [stream], noon - timedelta(hours=24), noon)
    assert share == {stream.pk: pytest.approx(18 / 24)}


def test_blocks_are_cut_into_partitions_by_their_year(house):
    from django.db import connection

    house.keep((0, 0, 1.0), (0, -24 * 365, 2.0))
    house.fold()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM sensing_block ORDER BY 1")
        assert [name for (name,) in cursor.fetchall()] == ["sensing_block_2015", "sensing_block_2016"]
    assert np.isclose(sum(house.held().values()), 3.0)


def test_the_engine_folds_what_is_old_or_much_and_leaves_the_rest(house, monkeypatch):
    from anlan.kernel import clock
    from anlan.sensing.store import folding

    house.keep((0, 0, 1.0), (1, 0, 1.0))
    assert store.fold_due() == 0
    with clock.fixed(clock.real_now() + folding.OLD):
        assert store.fold_due() == 2
    house.keep((0, 1, 1.0))
    assert store.fold_due() == 0
    monkeypatch.setattr(folding, "ENOUGH", 1)
    assert store.fold_due() == 1
