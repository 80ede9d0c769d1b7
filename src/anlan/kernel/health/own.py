"""The kernel's own figures and checks: what waits to be announced, what failed, the processes, the disk, the backup."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from anlan.kernel import clock
from anlan.kernel.models import AuditEntry, Deadline, FailedReaction, Outbox
from anlan.kernel.runtime.paths import last_backup_file
from anlan.kernel.worlds import REAL

from .figures import Value, Verdict, add_check, add_gauge
from .processes import Process, processes

#: A backup older than this is said to be old.
BACKUP_EVERY = timedelta(days=2)
#: Below this much free space (or this share of the disk) it is said to be full soon.
FREE_BYTES, FREE_SHARE = 2 * 1024**3, 0.05


def _age(at: datetime | None) -> float:
    return max(0.0, (clock.real_now() - at).total_seconds()) if at else 0.0


def _unpublished() -> Value:
    return Outbox.objects.filter(published_at__isnull=True).count()


def _oldest_unpublished() -> Value:
    waiting = Outbox.objects.filter(published_at__isnull=True).order_by("id")
    return _age(waiting.values_list("recorded_at", flat=True).first())


def _put_aside() -> Value:
    rows = FailedReaction.objects.filter(resolved_at=None).values_list("reaction").annotate(n=Count("pk"))
    return {(name,): n for name, n in rows} or {("none",): 0}


def _faulty_deadlines() -> Value:
    return Deadline.objects.filter(status=Deadline.Status.OPEN, tries__gt=1, world__ended_at=None).count()


def _deadlines_behind() -> Value:
    """How long the oldest rung of the real world has been due without being climbed or put off."""
    late = Deadline.objects.filter(world_id=REAL, status=Deadline.Status.OPEN, not_before=None)
    due = late.filter(due_at__lte=clock.real_now()).order_by("due_at").values_list("due_at", flat=True).first()
    return _age(due)


def _unlinked() -> Value:
    return AuditEntry.objects.filter(seq=None).count()


def _jobs(status: str) -> Value:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = %s", [status])
        return cursor.fetchone()[0]


def _database_bytes() -> Value:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return cursor.fetchone()[0]


def _connections() -> Value:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1"
        )
        return {(state,): n for state, n in cursor.fetchall()}


def _disk_free() -> Value:
    return shutil.disk_usage(settings.VAR_DIR).free


def last_backup() -> datetime | None:
    """When the last backup was made on this machine; None when none was."""
    try:
        return datetime.fromisoformat(json.loads(last_backup_file(settings.VAR_DIR).read_text("utf-8"))["made_at"])
    except (OSError, ValueError, KeyError):
        return None


def _backup_age() -> Value:
    made = last_backup()
    return _age(made) if made else None


def _of_processes(figure: Callable[[Process], float]) -> Value:
    return {(p.name,): figure(p) for p in processes(settings.VAR_DIR)} or None


def _look_at_processes() -> Verdict:
    bad = [p for p in processes(settings.VAR_DIR) if p.state != "running"]
    if not bad:
        return Verdict("ok")
    words = {"standing": _("停住不动"), "gone": _("没有在运行")}
    text = "、".join(f"{p.name} {words[p.state]}" for p in bad)
    return Verdict(
        "trouble", text, _("没有在运行的会自动重新启动；反复出现或停住不动，请系统管理员看 var/log 下同名的日志")
    )


def _look_at_reactions() -> Verdict:
    n = FailedReaction.objects.filter(resolved_at=None).count()
    if not n:
        return Verdict("ok")
    text = _("有 %(n)d 件联动没有办成，已搁置") % {"n": n}
    return Verdict("trouble", text, _("请系统管理员在首页“没有办成的联动”里看原因"), url="/")


def _look_at_deadlines() -> Verdict:
    faulty = int(_number(_faulty_deadlines()))
    behind = _number(_deadlines_behind())
    if faulty:
        return Verdict(
            "trouble", _("有 %(n)d 个超时提醒发不出去") % {"n": faulty}, _("请系统管理员在首页看原因"), url="/"
        )
    if behind > 60:
        return Verdict("trouble", _("超时提醒晚了 %(n)d 秒") % {"n": behind}, _("请自行留意到期事项，并告诉系统管理员"))
    return Verdict("ok")


def _look_at_outbox() -> Verdict:
    waited = _number(_oldest_unpublished())
    if waited <= 10:
        return Verdict("ok")
    return Verdict(
        "trouble",
        _("有消息等了 %(n)d 秒还没有发布，页面可能不是最新") % {"n": waited},
        _("请刷新页面核对，并告诉系统管理员"),
    )


def _look_at_disk() -> Verdict:
    usage = shutil.disk_usage(settings.VAR_DIR)
    if usage.free >= min(FREE_BYTES, usage.total * FREE_SHARE):
        return Verdict("ok")
    text = _("磁盘只剩 %(n).1f GB") % {"n": usage.free / 1024**3}
    return Verdict("trouble", text, _("请系统管理员尽快清理或扩充，写满后平台收不下新的数据"))


def _look_at_backup() -> Verdict:
    made = last_backup()
    if made is None:
        return Verdict("unknown", _("这台机器上还没有做过备份"), _("请系统管理员运行 bin/anlan backup"))
    if clock.real_now() - made > BACKUP_EVERY:
        days = (clock.real_now() - made).days
        return Verdict("trouble", _("上一次备份是 %(n)d 天前") % {"n": days}, _("请系统管理员运行 bin/anlan backup"))
    return Verdict("ok")


def _number(value: Value) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


add_gauge(
    "anlan_outbox_unpublished", "Announcements that wait to be published.", _unpublished,
    title=gettext_lazy("待发布的消息"), limit=1000, order=20,
)  # fmt: skip
add_gauge(
    "anlan_outbox_oldest_seconds", "Age of the oldest announcement that waits to be published.", _oldest_unpublished,
    title=gettext_lazy("最早一条等了"), unit="s", limit=10, order=21,
)  # fmt: skip
add_gauge(
    "anlan_reactions_put_aside", "Reactions that kept failing and were put aside for a person.", _put_aside, labels=("reaction",),
    title=gettext_lazy("搁置的联动"), url="/", limit=0, order=30,
)  # fmt: skip
add_gauge(
    "anlan_deadlines_faulty", "Open deadlines whose climbing failed more than once.", _faulty_deadlines,
    title=gettext_lazy("发不出的超时提醒"), url="/", limit=0, order=31,
)  # fmt: skip
add_gauge(
    "anlan_deadlines_behind_seconds", "How long the oldest due rung has not been climbed.", _deadlines_behind,
    title=gettext_lazy("超时提醒晚了"), unit="s", limit=60, order=32,
)  # fmt: skip
add_gauge(
    "anlan_audit_unlinked", "Audit rows that are not yet in the chain.", _unlinked,
    title=gettext_lazy("未入链的留痕"), limit=5000, order=40,
)  # fmt: skip
add_gauge(
    "anlan_jobs_waiting", "Background jobs that wait to be run.", partial(_jobs, "todo"),
    title=gettext_lazy("待办的后台任务"), limit=1000, order=50,
)  # fmt: skip
add_gauge(
    "anlan_jobs_failed", "Background jobs that failed for good.", partial(_jobs, "failed"),
    title=gettext_lazy("失败的后台任务"), limit=0, order=51,
)  # fmt: skip
add_gauge(
    "anlan_process_up", "1 while the process runs, 0 when it is gone or stands still.",
    lambda: _of_processes(lambda p: float(p.state == "running")), labels=("process",), group="machine", of_database=False,
)  # fmt: skip
add_gauge(
    "anlan_process_memory_bytes", "Memory held by the process and what it started.",
    lambda: _of_processes(lambda p: p.memory), labels=("process",), group="machine", of_database=False,
)  # fmt: skip
add_gauge(
    "anlan_process_restarts_total", "Times that the supervisor started the process again.",
    lambda: _of_processes(lambda p: p.restarts), labels=("process",), group="machine", counter=True, of_database=False,
)  # fmt: skip
add_gauge(
    "anlan_database_bytes", "Size of the database.", _database_bytes,
    title=gettext_lazy("数据库"), unit="B", group="machine", order=10,
)  # fmt: skip
add_gauge(
    "anlan_database_connections", "Connections to the database by their state.", _connections, labels=("state",),
    title=gettext_lazy("数据库连接"), group="machine", order=11,
)  # fmt: skip
add_gauge(
    "anlan_disk_free_bytes", "Free space where the data lie.", _disk_free,
    title=gettext_lazy("磁盘剩余"), unit="B", group="machine", of_database=False, order=12,
)  # fmt: skip
add_gauge(
    "anlan_backup_age_seconds", "Age of the last backup made on this machine; absent when there is none.", _backup_age,
    title=gettext_lazy("上一次备份距今"), unit="s", group="machine", limit=BACKUP_EVERY.total_seconds(), of_database=False, order=13,
)  # fmt: skip
add_check("kernel.processes", gettext_lazy("各个进程都在运行"), _look_at_processes, order=20, of_database=False)
add_check("kernel.outbox", gettext_lazy("消息及时发布"), _look_at_outbox, order=30)
add_check("kernel.deadlines", gettext_lazy("超时提醒按时发出"), _look_at_deadlines, order=31)
add_check("kernel.reactions", gettext_lazy("各室之间的联动都办成"), _look_at_reactions, order=32)
add_check("kernel.disk", gettext_lazy("磁盘有空间"), _look_at_disk, order=80, of_database=False)
add_check("kernel.backup", gettext_lazy("备份不超过两天"), _look_at_backup, order=81, of_database=False)
