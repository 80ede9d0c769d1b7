"""Days and times as they are typed."""

from datetime import date

import pytest
from django.utils.timezone import localtime

from anlan.kernel.errors import BadInput
from anlan.kernel.moments import day_in, moment_in, read_day, read_moment

NEVER = ("2016-02-30", "9999-12-31", "0001-01-01", "1899-12-31", "2201-01-01", "明天", "\0", "2016-07")


@pytest.mark.parametrize("text", NEVER)
def test_what_is_no_day_of_ours_is_refused_with_its_field(text):
    for read, typed in ((read_day, text), (read_moment, f"{text} 12:00"), (read_moment, f"{text}T23:59:59+14:00")):
        with pytest.raises(BadInput) as refused:
            read(typed, "until")
        assert refused.value.field == "until"
    assert (day_in(text), moment_in(f"{text} 12:00")) == (None, None)


def test_a_day_and_a_time_are_read_in_the_zone_of_the_place():
    assert [read_day(" 2016-07-20 ", "day"), read_day(" ", "day")] == [date(2016, 7, 20), None]
    assert read_moment("2016-07-20 12:40", "at") == read_moment("2016-07-20T04:40:00Z", "at")
    assert read_moment("", "at") is None
    assert [
        localtime(moment_in(f"{year}-01-01T00:00:00{zone}")).year
        for year in (1900, 2200)
        for zone in ("+14:00", "-12:00")
    ]
