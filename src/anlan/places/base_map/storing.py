"""Imported lines in the database: a source is replaced as a whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import shapely
from django.contrib.gis.geos import LineString
from django.db import transaction

from anlan.kernel import auditing, clock
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.texts import whole

from ..models import BaseLine, BaseMapSource
from .reading import Line

_BATCH = 2000


def replace_lines(
    ctx: Context, *, name: str, file: Path, attribution: str, datum: str, lines: Sequence[Line], refused: int
) -> BaseMapSource:
    """Put `lines` under the map as the source `name`, in place of what that source held. Nothing is stored when it fails half-way."""
    if not name.strip() or not attribution.strip():
        raise BadInput("a source needs a name and whose data it is", mend="say both: --name and --attribution")
    if not lines:
        raise BadInput(
            "no road and no water was found", mend="look whether the lines bear highway=, waterway= or kind="
        )
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=32)).hexdigest()
    with transaction.atomic():
        source, _made = BaseMapSource.objects.update_or_create(
            name=whole(name, 80, "name"),
            defaults={
                "file_name": file.name[:200], "digest": digest, "attribution": whole(attribution, 200, "attribution"), "datum": datum,
                "imported_at": clock.real_now(), "lines_count": len(lines), "refused_count": refused,
            },
        )  # fmt: skip
        source.lines.all().delete()
        for at in range(0, len(lines), _BATCH):
            BaseLine.objects.bulk_create(
                BaseLine(
                    source=source, kind=one.kind, rank=one.rank, name=one.name,
                    line=LineString(shapely.get_coordinates(one.shape), srid=4326),
                )
                for one in lines[at : at + _BATCH]
            )  # fmt: skip
        auditing.record(
            ctx, action="places.base_map.import", label="导入底图", object_type="places.base_map_source", object_id=source.pk,
            scope="", data={"name": source.name, "file": source.file_name, "digest": digest, "lines": len(lines), "refused": refused},
        )  # fmt: skip
    return source


def remove_lines(ctx: Context, *, name: str) -> int:
    """Take a source away; returns how many lines it had. Raises BadInput when there is none of that name."""
    with transaction.atomic():
        source = BaseMapSource.objects.filter(name=name).first()
        if source is None:
            known = "、".join(BaseMapSource.objects.values_list("name", flat=True)) or "none"
            raise BadInput(f"there is no source named {name!r}", mend=f"known: {known}")
        count = source.lines_count
        auditing.record(
            ctx, action="places.base_map.remove", label="撤下底图", object_type="places.base_map_source", object_id=source.pk, scope="",
            data={"name": source.name, "lines": count},
        )  # fmt: skip
        source.delete()
    return count
