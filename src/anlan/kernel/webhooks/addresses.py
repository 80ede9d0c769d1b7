"""Where messages may go. An address is looked at as text when it is registered, and as the host it leads to whenever one is connected.

Networks that are not public (loopback, private, link-local and the like) are refused unless the installation names them, so that nobody
makes the platform speak to what only the platform can reach.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from anlan.kernel.errors import BadInput
from anlan.kernel.wording import words as _

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_HOST = re.compile(r"[a-z0-9]([a-z0-9_.-]{0,251}[a-z0-9])?", re.ASCII)
_PRINTABLE = re.compile(r"[\x21-\x7e]+", re.ASCII)
#: Ways to write an IPv4 address inside an IPv6 one: what counts is where it leads.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Forbidden(OSError):
    """The host leads to a network that messages may not go to."""


@dataclass(frozen=True, slots=True)
class Target:
    scheme: str
    host: str
    port: int


def target_of(url: str) -> Target:
    """Scheme, host and port of a receiver's address. Raises BadInput (field ``url``) with what is wrong with it."""
    text = url.strip()
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _bad(_("接收地址不是完整的网址")) from None
    if not _PRINTABLE.fullmatch(text) or len(text) > 500 or parts.scheme not in ("http", "https") or not parts.hostname:
        raise _bad(_("接收地址不是完整的网址"))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _bad(_("接收地址里不能带用户名、密码或 # 之后的部分"))
    host = parts.hostname.rstrip(".")
    if not _HOST.fullmatch(host) and not _is_address(host):
        raise _bad(_("接收地址里的主机名无法识别"))
    if parts.scheme == "http" and not is_listed(host):
        raise _bad(
            _("接收地址没有加密（http），内容会被沿途看到"),
            _("请改用 https；内网主机可由运维人员写进 ANLAN_WEBHOOK_HOSTS 后再用 http"),
        )
    if _is_address(host):
        try:
            check([ipaddress.ip_address(host)])
        except Forbidden:
            raise _bad(
                _("接收地址在内部网络里，不允许推送"), _("确有必要时，请运维人员把这个网段写进 ANLAN_WEBHOOK_NETS")
            ) from None
    return Target(parts.scheme, host, port or (443 if parts.scheme == "https" else 80))


def is_listed(host: str) -> bool:
    """Whether the installation names the host (``host`` or ``*.domain``): no second look is needed."""
    return any(host == name or (name.startswith("*.") and host.endswith(name[1:])) for name in settings.WEBHOOK_HOSTS)


def check(addresses: Sequence[Address], nets: Iterable[str] | None = None) -> None:
    """Raise Forbidden unless every address is public or in a network that the installation names (`nets`: those for webhooks)."""
    named = [ipaddress.ip_network(net, strict=False) for net in (settings.WEBHOOK_NETS if nets is None else nets)]
    for address in addresses:
        if not _is_permitted(address, named):
            raise Forbidden(f"{address} is in a network that messages may not go to")


def _is_permitted(address: Address, named: Iterable[Network]) -> bool:
    inner = _inner(address)
    if any(inner.version == net.version and inner in net for net in named):
        return True
    return inner.is_global and not inner.is_multicast and not inner.is_reserved


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _bad(message: object, mend: object = "") -> BadInput:
    return BadInput(message, mend=mend or _("请写成 https://主机名/路径 的样子"), field="url")
