"""A small land and people with posts in it, for tests that sign in. Roles and permissions are those of the product."""

from __future__ import annotations

from typing import Any

from anlan.kernel import clock
from anlan.places.models import Holding, Organisation, Person, Post, Region

DISTRICT = "11/110107/"
BAJIAO = "11/110107/110107003/"
GUCHENG = "11/110107/110107004/"
HAIDIAN = "11/110108/"

_LAND = (
    ("110000000000", "北京市", "province", None, "11/"),
    ("110107000000", "石景山区", "county", "110000000000", DISTRICT),
    ("110107003000", "八角街道", "township", "110107000000", BAJIAO),
    ("110107004000", "古城街道", "township", "110107000000", GUCHENG),
    ("110108000000", "海淀区", "county", "110000000000", HAIDIAN),
)


def settle() -> dict[str, Region]:
    """The regions by path."""
    for code, name, level, parent, path in _LAND:
        Region.objects.get_or_create(
            code=code, defaults={"name": name, "level": level, "parent_id": parent, "path": path, "full_name": name}
        )
    return {r.path: r for r in Region.objects.all()}


def person(name: str, path: str, *roles: str, organisation: str = "") -> Person:
    """Somebody who holds a post with these roles in the region; signs in with any test client's ``force_login``."""
    region = settle()[path]
    code = organisation or f"org-{name}"
    body, _made = Organisation.objects.get_or_create(
        code=code, defaults={"name": code, "kind": "bureau", "region": region}
    )
    post = Post.objects.create(
        code=f"{code}.{name}", name=f"{name}岗", organisation=body, region=region, roles=list(roles)
    )
    somebody = Person.objects.create(username=name, name=name, must_change_password=False, scope=path)
    Holding.objects.create(person=somebody, post=post, since=clock.real_now())
    return somebody


def signed_in(client: Any, somebody: Person) -> Any:
    client.force_login(somebody)
    return client
