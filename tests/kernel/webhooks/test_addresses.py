"""Where messages may go and where not."""

from __future__ import annotations

import ipaddress

import pytest

from anlan.kernel.errors import BadInput
from anlan.kernel.webhooks.addresses import Forbidden, check, is_listed, target_of

INSIDE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
    "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:db8::1",
)  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_listed(settings):
    settings.WEBHOOK_HOSTS, settings.WEBHOOK_NETS = [], []


@pytest.mark.parametrize("address", INSIDE)
def test_networks_that_are_not_public_are_refused_however_they_are_written(address):
    with pytest.raises(Forbidden):
        check([ipaddress.ip_address(address)])


def test_one_address_inside_is_enough_to_refuse_a_host():
    check([ipaddress.ip_address("1.1.1.1"), ipaddress.ip_address("2606:4700::1111")])
    with pytest.raises(Forbidden):
        check([ipaddress.ip_address("1.1.1.1"), ipaddress.ip_address("10.0.0.1")])


def test_an_installation_may_name_networks_of_its_own(settings):
    settings.WEBHOOK_NETS = ["10.20.0.0/16"]
    check([ipaddress.ip_address("10.20.3.4"), ipaddress.ip_address("::ffff:10.20.3.4")])
    with pytest.raises(Forbidden):
        check([ipaddress.ip_address("10.21.0.1")])


@pytest.mark.parametrize(
    "url",
    [
        "", "example.org", "ftp://example.org/", "https://", "https://user:secret@example.org/", "https://example.org/#x",
        "https://exa mple.org/", "https://example.org:99999/", "http://example.org/", "https://127.0.0.1/", "https://[::1]/",
        "https://169.254.169.254/latest", "https://例子.cn/", "https://example.org/\nHost: x", "https://" + "a" * 600,
    ],
)  # fmt: skip
def test_what_is_no_address_to_send_to_is_refused_with_a_way_out(url):
    with pytest.raises(BadInput) as refused:
        target_of(url)
    assert refused.value.field == "url"
    assert refused.value.mend


def test_a_listed_host_may_go_without_encryption(settings):
    settings.WEBHOOK_HOSTS = ["platform.example.org", "*.water.example.org"]
    assert target_of("http://platform.example.org:8080/in").port == 8080
    assert is_listed("a.water.example.org")
    assert not is_listed("water.example.org")
    assert not is_listed("evilwater.example.org")
    assert target_of("https://Elsewhere.example.org/in") == target_of("https://elsewhere.example.org:443/")
