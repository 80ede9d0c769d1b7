"""The demonstration district: organisations, posts, sample people and contact ladders from data/shijingshan.yaml.

Idempotent. Sample accounts can be used only in the demonstration and only from this machine; anywhere else their passwords are
unusable.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.translation import gettext as _

from anlan.kernel import auditing, clock
from anlan.kernel.context import system
from anlan.kernel.runtime.cli import ACCOUNTS_FILE

from .data.roster import Roster, read_roster
from .models import Holding, LadderRung, Organisation, Person, Post, Region

PASSWORD_FILE = "demo-password.txt"


def demonstration_accounts() -> list[tuple[str, str, str]]:
    """Sign-in name, post and what to try, in the order in which a storm passes through them."""
    return [
        ("zhibanyuan", _("区总值班室值班员"), _("接报、叫应、起草首报")),
        ("zhibanzhang", _("区总值班室值班长"), _("核对事件、催办、登记应答")),
        ("daiban", _("带班领导"), _("签发首报和续报")),
        ("fuzhihui", _("区防指副指挥长"), _("批准三级响应")),
        ("zhihuizhang", _("区防指指挥长"), _("批准二级响应、终止响应")),
        ("fangban", _("区防汛办工作人员"), _("研判、响应看板")),
        ("gucheng", _("古城街道值班员"), _("签收任务、开设避难场所、应答叫应")),
        ("gucheng.shuji", _("古城街道老古城东社区书记"), _("手机页：应答叫应、报情况")),
        ("gucheng.wangge", _("古城街道老古城东社区网格员"), _("手机页：离线报情况")),
        ("bajiao", _("八角街道值班员"), _("只看得到本街道")),
        ("shuiwu", _("区水务局联络员"), _("签收任务、反馈数据")),
        ("gongan", _("公安分局联络员"), _("签收任务、反馈")),
        ("jiuyuan", _("区应急救援联队队长"), _("签收任务、上报位置")),
        ("admin", _("平台管理员"), _("系统管理、人员与岗位")),
    ]


def demonstration_password() -> str:
    """The common password of the demonstration, made once and kept in the installation's own folder (0600)."""
    file = Path(settings.VAR_DIR) / PASSWORD_FILE
    try:
        return file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        password = "anlan-" + "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _i in range(8))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(password + "\n", encoding="ascii")
        return password


def write_accounts() -> Path:
    """The list of accounts that the start of the demonstration shows."""
    names = demonstration_accounts()
    width = max(len(username) for username, _post, _try in names)
    lines = [_("演示账号（只在本机有效），密码都是：%(password)s") % {"password": demonstration_password()}]
    lines += [f"  {username:<{width}}  {post}：{what}" for username, post, what in names]
    lines += [_("每个街道、社区和部门都有自己的账号，见 places/data/shijingshan.yaml。")]
    file = Path(settings.VAR_DIR) / ACCOUNTS_FILE
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


@transaction.atomic
def load_people(name: str = "shijingshan") -> dict[str, int]:
    """Load the roster; returns how many rows of each kind were new. Running it again changes nothing that is right."""
    roster = read_roster(name)
    before = _counts()
    _load_organisations(roster)
    _load_duty_phones(roster)
    posts = _load_posts(roster)
    people = _load_accounts(roster)
    _load_holdings(roster, posts, people)
    _load_ladders(roster, posts)
    added = {kind: count - before[kind] for kind, count in _counts().items() if count != before[kind]}
    if added:
        auditing.record(
            system("demonstration"), action="places.demonstration.loaded", label=_("载入示例机构与人员"),
            object_type="places.region", object_id=roster.place, scope=Region.objects.get(code=roster.place).path, data=added,
        )  # fmt: skip
    if settings.DEMO:
        write_accounts()
    return added


def _counts() -> dict[str, int]:
    kinds = {
        "organisations": Organisation,
        "posts": Post,
        "people": Person,
        "holdings": Holding,
        "ladder rungs": LadderRung,
    }
    return {kind: model._default_manager.count() for kind, model in kinds.items()}


def _load_organisations(roster: Roster) -> None:
    rows = [
        Organisation(
            code=o.code, name=o.name, short_name=o.short_name, kind=o.kind, actor=o.actor, region_id=o.region,
            parent_id=o.parent or None, sample=True,
        )
        for o in roster.organisations
    ]  # fmt: skip
    fields = ["name", "short_name", "kind", "actor", "region", "scope", "parent", "sample"]
    Organisation.objects.bulk_create(rows, update_conflicts=True, unique_fields=["code"], update_fields=fields)


def _load_duty_phones(roster: Roster) -> None:
    """Sample numbers that cannot be dialled; one that was corrected by hand stays."""
    blank = set(Organisation.objects.filter(sample=True, duty_phone="").values_list("pk", flat=True))
    numbered = [
        Organisation(code=o.code, duty_phone=f"100-0002-{n:04d}")
        for n, o in enumerate(roster.organisations)
        if o.code in blank
    ]
    Organisation.objects.bulk_update(numbered, ["duty_phone"], batch_size=500)


def _load_posts(roster: Roster) -> dict[str, Post]:
    rows = [
        Post(
            code=p.code, name=p.name, organisation_id=p.organisation, region_id=p.region, roles=list(p.roles), rank=p.rank,
            sample=True,
        )
        for p in roster.posts
    ]  # fmt: skip
    fields = ["name", "organisation", "region", "scope", "roles", "rank", "sample"]
    Post.objects.bulk_create(rows, update_conflicts=True, unique_fields=["code"], update_fields=fields)
    return {p.code: p for p in Post.objects.filter(code__in=[p.code for p in roster.posts])}


def _load_accounts(roster: Roster) -> dict[str, Person]:
    known = Person.objects.in_bulk([p.username for p in roster.people], field_name="username")
    encoded = _password_for(next((p for p in known.values() if p.sample), None))
    administrators = {p.code for p in roster.posts if "admin" in p.roles}
    homes = {p.code: p.region.path for p in Post.objects.select_related("region")}
    rows = [
        Person(
            username=p.username, name=p.name, phone=p.phone, email=p.email, sample=True, must_change_password=False,
            is_administrator=p.post in administrators, password=encoded, scope=homes.get(p.post, ""),
        )
        for p in roster.people
        if p.username not in known or known[p.username].sample
    ]  # fmt: skip
    fields = ["name", "phone", "email", "scope", "sample", "must_change_password", "is_administrator", "password"]
    Person.objects.bulk_create(rows, update_conflicts=True, unique_fields=["username"], update_fields=fields)
    return Person.objects.in_bulk([p.username for p in roster.people], field_name="username")


def _password_for(known: Person | None) -> str:
    """One hash for all: argon2 is slow by intent. The stored one is kept while it still fits, so that sessions live on."""
    if not settings.DEMO:
        return make_password(None)
    password = demonstration_password()
    if known is not None and check_password(password, known.password):
        return known.password
    return make_password(password)


def _load_holdings(roster: Roster, posts: dict[str, Post], people: dict[str, Person]) -> None:
    # Whoever was relieved of a post by hand stays relieved.
    held = set(Holding.objects.values_list("person_id", "post_id"))
    now = clock.real_now()
    wanted = [(people[p.username].pk, posts[p.post].pk) for p in roster.people]
    Holding.objects.bulk_create(
        [Holding(person_id=person, post_id=post, since=now) for person, post in wanted if (person, post) not in held]
    )


def _load_ladders(roster: Roster, posts: dict[str, Post]) -> None:
    rows = [
        LadderRung(region_id=r.region, order=r.order, post=posts[r.post], after_min=r.after_min) for r in roster.ladders
    ]
    LadderRung.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["region", "order"], update_fields=["post", "after_min"]
    )
