"""Terms in working days, by the State Council's arrangement of the year."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.utils.timezone import make_aware

from anlan.kernel.days import day_kinds, working_day_after, working_days_between, working_term_end


@pytest.mark.parametrize(
    ("began", "count", "ends"),
    [
        ("2026-01-05", 5, "2026-01-12"),
        ("2025-09-28", 2, "2025-09-30"),  # the Sunday is worked, its own day does not count
        ("2025-09-26", 5, "2025-10-10"),  # off: 27; worked: 28 (a Sunday), 29, 30; off: 1 to 8 October; worked: 9, 10
        ("2024-02-08", 5, "2024-02-21"),  # worked: 9; off: 10 to 17; worked: 18 (a Sunday), 19, 20, 21
        ("2026-01-05", 0, "2026-01-05"),
        ("2190-01-01", 5, "2190-01-08"),  # nothing is arranged yet: the week alone
    ],
)
def test_a_term_counts_worked_weekends_and_leaves_out_holidays_and_its_own_first_day(began, count, ends):
    first = date.fromisoformat(began)
    assert working_day_after(first, count) == date.fromisoformat(ends)
    assert working_days_between(first, date.fromisoformat(ends)) == count


def test_a_term_runs_to_the_end_of_its_last_day():
    assert working_term_end(make_aware(datetime(2026, 1, 5, 23, 30)), 5) == make_aware(
        datetime(2026, 1, 12, 23, 59, 59)
    )
    assert working_days_between(date(2026, 1, 6), date(2026, 1, 5)) == 0


def test_a_count_over_any_span_is_that_of_its_days_one_by_one():
    first = date(2019, 12, 20)
    own = sum(not kind.off for kind in day_kinds([first + timedelta(days=n) for n in range(1, 801)], {}).values())
    assert working_days_between(first, first + timedelta(days=800)) == own
    assert working_days_between(date(1, 1, 2), date(2026, 11, 24)) == 528_273
