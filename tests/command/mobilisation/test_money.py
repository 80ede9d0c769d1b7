"""Sums as people write them."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from anlan.command.cooperation.services import _eta
from anlan.command.mobilisation.answering import _whole
from anlan.command.mobilisation.money import fen_of, yuan
from anlan.command.mobilisation.sheet import compensations_xlsx
from anlan.command.models import Appeal, Compensation, Pledge
from anlan.kernel.clock import real_now
from anlan.kernel.errors import BadInput
from anlan.kernel.strangers import net_of


@pytest.mark.parametrize(
    ("text", "fen"),
    [("1200", 120_000), ("1,200.50", 120_050), (" 0.1元 ", 10), ("0", 0), ("99999999.99", 9_999_999_999)],
)
def test_a_sum_is_whole_fen(text, fen):
    assert fen_of(text, "sum") == fen


@pytest.mark.parametrize(
    "text", ["", "abc", "-1", "1.234", "1e9", "٣", "NaN", "999999999", "1.2.3", "一百", "1200,50", "1,5", "1，5"]
)
def test_what_is_no_sum_is_refused(text):
    with pytest.raises(BadInput) as refused:
        fen_of(text, "sum")
    assert refused.value.field == "sum"


@pytest.mark.parametrize("given", ["３", 3.0, "3.0", "+3", " 3 "])
def test_a_number_is_counted_as_the_evidence_takes_it(given):
    assert [_whole(given), _eta(given)] == [3, 3]
    assert [_whole(bad) for bad in (None, "", "NaN", "1e99999", "-1", "1.5", "x")] == [None] * 7


def test_one_sender_is_one_ipv4_address_or_one_ipv6_network():
    assert net_of("2001:db8:1:2::5") == net_of("2001:db8:1:2:ffff::9") != net_of("2001:db8:1:3::5")
    assert [net_of(a) for a in ("192.0.2.9", "::ffff:192.0.2.9", "", "x")] == ["192.0.2.9", "::ffff:192.0.2.9", "", "x"]


def test_the_sheet_names_residents_only_where_its_reader_may_know_them():
    rows = [
        Compensation(scope=scope, appeal=Appeal(title="征集"), pledge=Pledge(name="示例居民"), what="车", amount=1, used_from=real_now(),
                     used_to=real_now(), state="recorded")
        for scope in ("11/110107/", "11/110108/")
    ]  # fmt: skip
    sheet = compensations_xlsx(rows, contact=lambda one: one.scope == "11/110107/", title="台账")
    cells = [c for row in load_workbook(BytesIO(sheet)).active.iter_rows(values_only=True) for c in row]
    assert (cells.count("示例居民"), cells.count("示**")) == (1, 1)


def test_a_sum_is_shown_in_yuan():
    assert [yuan(123_456_789), yuan(5), yuan(None)] == ["1,234,567.89", "0.05", ""]
