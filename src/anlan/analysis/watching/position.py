"""How far a world is judged: the row that a turn holds, and writes at its end."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.db import connection

from anlan.kernel import clock
from anlan.kernel.exchanges import sent

from ..models import Watch

#: Advisory lock under which the row of a world is made (first of two keys).
LOCK = 0x616E6C07


def lock_watch(world: uuid.UUID) -> Callable[[], Watch]:
    """The row of the world, locked until the transaction ends: whoever judges this world waits for it. Asked at once, answered when
    it is called."""
    asked = _locked(world)

    def answer() -> Watch:
        if found := asked():
            return found[0]
        with connection.cursor() as cursor:
            # Only one makes it.
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, _lock_of(world)])
        made = _locked(world)()
        return made[0] if made else Watch.objects.create(world_id=world, judged_at=clock.real_now())

    return answer


def keep_position(watch: Watch, *, told: bool, lasting: bool = True) -> None:
    """How far a turn has come; `told` only where nobody else writes it.

    `lasting` False: the turn did nothing else, and its commit need not wait for the disk. A database that dies at this moment stands
    where it stood before, and the same readings are judged again, to the same end. Whatever commits later takes this with it.
    """
    columns = ["position", "book", "judged_at", *(["told"] if told else [])]
    watch.judged_at = clock.real_now()
    with connection.cursor() as cursor:
        moved = f"UPDATE analysis_watch SET {', '.join(f'{c} = %s' for c in columns)} WHERE world_id = %s"
        if not lasting:
            moved = (
                f"WITH moved AS ({moved} RETURNING 1) SELECT set_config('synchronous_commit', 'off', true) FROM moved"
            )
        cursor.execute(moved, [*(getattr(watch, c) for c in columns), watch.world_id])


def _locked(world: uuid.UUID) -> Callable[[], list[Watch]]:
    return sent(
        "SELECT position, told, lineage, book FROM analysis_watch WHERE world_id = %s FOR UPDATE", [world],
        lambda row: Watch(world_id=world, position=row[0], told=row[1], lineage=row[2], book=row[3]),
    )  # fmt: skip


def _lock_of(world: uuid.UUID) -> int:
    """A number of 32 bits, signed, for the world."""
    return int.from_bytes(world.bytes[-4:], "big", signed=True) ^ int.from_bytes(world.bytes[:4], "big", signed=True)
