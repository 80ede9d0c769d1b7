"""The bar chart: what was not measured is not drawn as nothing."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from anlan.kernel.documents import Line, bar_chart
from anlan.kernel.documents.chart import _BAR


def bars(picture: bytes) -> int:
    """Pixels in the colour of bars."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    wanted = tuple(int(_BAR[n : n + 2], 16) for n in (1, 3, 5))
    return sum(count for count, colour in image.getcolors(1 << 24) if colour == wanted)


def chart(values, **kw):
    return bar_chart([str(n) for n in range(len(values))], values, label="小时雨量（毫米）", dpi=100, **kw)


def test_it_has_the_size_asked_for_at_the_resolution_asked_for():
    image = Image.open(io.BytesIO(chart([1.0, 2.0], width_mm=127, height_mm=50.8)))
    assert image.format == "PNG"
    assert image.size == (500, 200)


def test_a_higher_value_gives_a_larger_bar():
    assert bars(chart([40, 4])) > bars(chart([40, 1])) > bars(chart([40, 0]))


def test_missing_differs_from_zero():
    assert chart([5, None, 3]) != chart([5, 0, 3])
    assert bars(chart([5, None, 3])) == bars(chart([5, 0, 3]))


@pytest.mark.parametrize("values", [[], [None], [0.0], [None, None], [0.001], [1e9]])
def test_it_draws_whatever_was_measured(values):
    assert chart(values)[:4] == b"\x89PNG"


@pytest.mark.parametrize("values", [[-1], [float("nan")], [float("inf")]])
def test_what_cannot_be_a_bar_is_refused(values):
    with pytest.raises(ValueError, match="finite"):
        chart(values)


def test_a_line_must_have_as_many_values_as_there_are_bars():
    with pytest.raises(ValueError, match="same length"):
        chart([1, 2], line=Line((1,), "累计"))
