"""Spreadsheets coming in: every line is judged first; then the good ones go in together and the bad ones go back.

The preview and the taking-in read the same kept file by the same rules; what was previewed as good may still have been
changed by somebody else meanwhile, and is judged again.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from anlan.events.ledgers import LedgerImported
from anlan.kernel import auditing, clock
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotFound, Refused
from anlan.kernel.models import LedgerImport
from anlan.kernel.services.files import file_store
from anlan.kernel.spreadsheet import Column, TableResult, read_table, write_xlsx
from anlan.kernel.spreadsheet.cells import as_text
from anlan.kernel.spreadsheet.heading import SEARCHED, find_heading
from anlan.kernel.spreadsheet.opening import open_table

from .declaration import Ledger
from .reading import Reader
from .services import across, as_fault, assign, demand_reality, follow
from .sheets import columns_of
from .showing import Shower

MAX_SHEET_BYTES = 20 * 1024 * 1024
#: Lines shown on the preview page; all of them are counted.
SHOWN_LINES = 300
BATCH = 500

New, Changed, Unchanged, Wrong = "new", "changed", "unchanged", "error"


@dataclass
class Line:
    """One line of the sheet and what it would do."""

    line: int
    outcome: str
    title: str = ""
    row: Any = None
    values: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Wrongness:
    """Why a line stays out: `column` and `value` as they stand in the sheet, `mend` says what to do."""

    line: int
    column: str
    value: str
    message: str
    mend: str


def keep_upload(ctx: Context, ledger: Ledger, file: Any) -> LedgerImport:
    """Keep the uploaded file until it is taken in. Raises BadInput when it is too large or no table by its name."""
    _demand(ctx, ledger)
    name = str(file.name)[-200:]
    if not name.lower().endswith((".xlsx", ".csv")):
        raise BadInput(
            _("“%(name)s”不是 xlsx 或 csv 表格") % {"name": name},
            field="file",
            mend=_("请在表格软件里另存为 xlsx 后再导入"),
        )
    if file.size > MAX_SHEET_BYTES:
        raise BadInput(
            _("表格有 %(now).1f MB，最多 %(n)d MB") % {"now": file.size / 2**20, "n": MAX_SHEET_BYTES // 2**20}, field="file",
            mend=_("请分成几份导入，或去掉表里的图片"),
        )  # fmt: skip
    digest = file_store().put(file.read(), name=name, limit=MAX_SHEET_BYTES).digest
    return LedgerImport.objects.create(
        ledger=ledger.key, digest=digest, name=name, actor=ctx.actor.key, actor_name=ctx.actor.name[:120],
        uploaded_at=clock.real_now(),
    )  # fmt: skip


def import_of(ctx: Context, ledger: Ledger, pk: UUID) -> LedgerImport:
    """One's own import of this ledger, or NotFound."""
    found = LedgerImport.objects.filter(pk=pk, ledger=ledger.key, actor=ctx.actor.key).first()
    if found is None:
        raise NotFound()
    return found


def judge(
    ctx: Context, ledger: Ledger, batch: LedgerImport, *, locked: bool = False
) -> tuple[list[Line], list[Wrongness], list[str]]:
    """Every line with its outcome, what is wrong, and notes about the sheet as a whole. Writes nothing.

    `locked`: nobody else changes the rows that the lines mean before this transaction ends.
    """
    columns = columns_of(ledger)
    content = file_store().read(batch.digest)
    table = read_table(content, batch.name, columns)
    wrong = [Wrongness(e.line, e.column, _short(e.value), str(e.message), str(e.mend)) for e in table.errors]
    present = _present(content, batch.name, columns)
    reader = Reader(ctx, ledger)
    labels = {c.name: str(c.label) for c in columns}
    read: list[tuple[int, dict[str, Any]]] = []
    for parsed in table.rows:
        # A column that the sheet does not have leaves what is kept alone; an empty cell empties it.
        given = {name: value for name, value in parsed.values.items() if name in present}
        values, faults = reader.read(given, partial=True)
        if faults:
            wrong += [_fault(parsed.line, f, given, labels) for f in faults]
        else:
            read.append((parsed.line, values))
    lines = _matched(ctx, ledger, read, wrong, labels, locked=locked)
    return lines, sorted(wrong, key=lambda w: w.line), _notes(table)


def _present(content: bytes, name: str, columns: Sequence[Column]) -> set[str]:
    """Names of the columns that the sheet has."""
    heading, _lines = _raw(content, name, columns)
    return {column.name for column in heading.values()}


def _raw(
    content: bytes, name: str, columns: Sequence[Column]
) -> tuple[dict[int, Column], Iterable[tuple[int, Sequence[Any]]]]:
    """The columns by place and the lines below the heading, as they stand in the sheet that is read."""
    for _title, lines in open_table(content, name):
        first = list(itertools.islice(lines, SEARCHED))
        heading = find_heading(first, columns)
        if heading is not None:
            return heading.columns, itertools.chain(first[heading.taken :], lines)
    return {}, ()


def _notes(table: TableResult) -> list[str]:
    """What was left aside, said once."""
    notes = []
    if table.unknown:
        notes.append(_("没有认出的列，未读：%(columns)s") % {"columns": "、".join(table.unknown)})
    if table.sheets_ignored:
        notes.append(
            _("只读了工作表“%(sheet)s”，其他未读：%(others)s")
            % {"sheet": table.sheet, "others": "、".join(table.sheets_ignored)}
        )
    if table.errors_left_out:
        notes.append(_("错误太多，另有 %(n)d 处未列出") % {"n": table.errors_left_out})
    return notes


def _matched(
    ctx: Context,
    ledger: Ledger,
    read: Sequence[tuple[int, dict[str, Any]]],
    wrong: list[Wrongness],
    labels: dict[str, str],
    *,
    locked: bool,
) -> list[Line]:
    """Which row each line means: the one in use with the same identity that this person sees; else it is new."""
    known = _known(ctx, ledger, [values for _line, values in read], locked=locked)
    shower = Shower(ledger)
    lines: list[Line] = []
    seen: dict[tuple[Any, ...], int] = {}
    for number, values in read:
        key = tuple(values.get(name) for name in ledger.identity)
        twins = [r for r in known.get(key, []) if r.scope == values.get("scope", r.scope)] or known.get(key, [])
        row = twins[0] if len(twins) == 1 else None
        said = _objection(ctx, ledger, key, values, row, twins, seen)
        if said:
            shown = "、".join(str(v) for v in key)
            wrong.append(Wrongness(number, "、".join(labels.get(n, n) for n in ledger.identity), shown, *said))
            continue
        seen[key] = number
        whole = row if row is not None else ledger.model.blank(ctx)
        faults = across(ledger, whole, values)
        if faults:
            wrong += [_fault(number, f, {}, labels) for f in faults]
            continue
        before, after = assign(ledger, whole, values, fresh_row=row is None, shower=shower)
        outcome = New if row is None else Changed if after else Unchanged
        objection = _guarded(ctx, ledger, whole, outcome)
        if objection is not None:
            wrong.append(Wrongness(number, objection[0], "", *objection[1:]))
            continue
        title = str(values.get(ledger.name_field, getattr(whole, ledger.name_field, "")))
        lines.append(Line(number, outcome, title, whole, values, before, after))
    return lines


def _guarded(ctx: Context, ledger: Ledger, row: Any, outcome: str) -> tuple[str, str, str] | None:
    """Label of the field, what the room's own rule says against the line, and how to mend it."""
    if ledger.guard is None or outcome == Unchanged:
        return None
    try:
        ledger.guard(ctx, row, "create" if outcome == New else "change")
    except Refused as fault:
        label = next((str(f.label) for f in ledger.resolved if f.name == fault.field), "")
        return label, str(fault.message), str(fault.mend or _("改正这一格后重新导入"))
    return None


def _objection(
    ctx: Context, ledger: Ledger, key: tuple[Any, ...], values: dict[str, Any], row: Any, twins: list[Any],
    seen: dict[tuple[Any, ...], int],
) -> tuple[str, str] | None:  # fmt: skip
    if key in seen:
        return _("与第 %(n)d 行重复") % {"n": seen[key]}, _("同一条记录只留一行")
    if len(twins) > 1:
        return _("有 %(n)d 条已有记录都是这个编号") % {"n": len(twins)}, _("请写明区划，或到台账里逐条修改")
    if row is None:
        absent = [f for f in ledger.form_fields if f.required and values.get(f.name) in (None, "")]
        if absent:
            said = _("新记录缺少“%(labels)s”") % {"labels": "、".join(str(f.label) for f in absent)}
            return said, _("补上这几列，或核对编号是否写错")
    for scope in (values.get("scope"), getattr(row, "scope", None)):
        if scope is not None and not ctx.may(ledger.permission("import"), scope):
            return _("这条记录不在您可以导入的区划内"), _("请由该区划的人员导入，或核对区划")
    return None


def _known(
    ctx: Context, ledger: Ledger, read: Sequence[dict[str, Any]], *, locked: bool
) -> dict[tuple[Any, ...], list[Any]]:
    """Rows in use by identity, for the identities in the sheet."""
    first = ledger.identity[0]
    wanted = list({values.get(first) for values in read} - {None})
    known: dict[tuple[Any, ...], list[Any]] = {}
    links = [f.name for f in ledger.resolved if f.kind == "link"]
    for start in range(0, len(wanted), 5000):
        rows = ledger.model.objects.visible_to(ctx).filter(
            retired_at__isnull=True, **{f"{first}__in": wanted[start : start + 5000]}
        )
        if locked:
            # Whole rows are written: what somebody changes meanwhile (a password, a closed account) must not be undone.
            rows = rows.select_for_update(of=("self",)).order_by("pk")
        for row in rows.select_related(*links) if links else rows:
            known.setdefault(tuple(getattr(row, name) for name in ledger.identity), []).append(row)
    return known


def _fault(line: int, fault: dict[str, str], given: dict[str, Any], labels: dict[str, str]) -> Wrongness:
    name = fault["field"]
    return Wrongness(
        line, labels.get(name, name), _short(given.get(name, "")), fault["message"], _("改正这一格后重新导入")
    )


def _short(value: Any) -> str:
    return "" if value is None else str(value)[:60]


def preview(ctx: Context, ledger: Ledger, batch: LedgerImport) -> dict[str, Any]:
    """What the preview page shows; nothing is written but the counts."""
    lines, wrong, notes = judge(ctx, ledger, batch)
    counts = {word: sum(1 for li in lines if li.outcome == word) for word in (New, Changed, Unchanged)}
    counts[Wrong] = len({w.line for w in wrong})
    if batch.taken_at is None:
        LedgerImport.objects.filter(pk=batch.pk).update(counts=counts)
    words = {New: (_("新增"), "working"), Changed: (_("更新"), "waiting"), Unchanged: (_("没有变化"), "done")}
    names = {f.name: str(f.label) for f in ledger.resolved}
    shower = Shower(ledger)
    shown = [
        {
            "line": li.line, "title": li.title, "word": words[li.outcome][0], "phase": words[li.outcome][1],
            "url": li.row.get_absolute_url() if li.outcome != New else "",
            "changes": [
                {"label": names[n], "before": shower.spoken(n, li.before.get(n)), "after": shower.said(ledger.field(n), li.values[n])}
                for n in li.after
            ] if li.outcome == Changed else [],
        }
        for li in lines[:SHOWN_LINES]
    ]  # fmt: skip
    return {
        "counts": counts, "takes": counts[New] + counts[Changed] if batch.taken_at is None else 0, "notes": notes,
        "errors": wrong[:SHOWN_LINES], "lines": shown, "more": max(0, len(lines) - SHOWN_LINES),
    }  # fmt: skip


def take_in(ctx: Context, ledger: Ledger, batch: LedgerImport) -> dict[str, int]:
    """Write every good line in one transaction; returns the counts. A second press does nothing new."""
    _demand(ctx, ledger)
    with transaction.atomic():
        mine = LedgerImport.objects.select_for_update().get(pk=batch.pk)
        if mine.taken_at is not None:
            raise Conflict(_("这份表格已经导入过"), mend=_("要再次导入，请重新选择文件"))
        lines, wrong, _said = judge(ctx, ledger, mine, locked=True)
        fresh = [li for li in lines if li.outcome == New]
        changed = [li for li in lines if li.outcome == Changed]
        _write(ctx, ledger, mine, fresh, changed)
        mine.counts = {
            New: len(fresh), Changed: len(changed), Unchanged: len(lines) - len(fresh) - len(changed),
            Wrong: len({w.line for w in wrong}),
        }  # fmt: skip
        mine.taken_at = clock.real_now()
        mine.save(update_fields=["counts", "taken_at"])
    return dict(mine.counts)


def _write(ctx: Context, ledger: Ledger, batch: LedgerImport, fresh: list[Line], changed: list[Line]) -> None:
    now = ctx.now()
    for line in (*fresh, *changed):
        line.row.updated_at = now
    columns = [f.name for f in ledger.form_fields]
    manager = ledger.model.objects
    try:
        with transaction.atomic():
            manager.bulk_create([li.row for li in fresh], batch_size=BATCH)
            if changed and ledger.guard is not None:
                # The rule may have completed fields that are not among the columns.
                for line in changed:
                    line.row.save()
            elif changed:
                manager.in_world(ctx).bulk_update(
                    [li.row for li in changed], [*columns, "updated_at"], batch_size=BATCH
                )
    except IntegrityError as error:
        raise as_fault(ledger, error) from error
    for line in (*fresh, *changed):
        follow(ctx, ledger, line.row, "create" if line.outcome == New else "change")
    at = (clock.real_now(), now)
    entries = [
        auditing.prepare(
            ctx, action=f"{ledger.key}.{verb}", label=label, object_type=ledger.key, object_id=li.row.pk, scope=li.row.scope,
            data={"before": li.before, "after": li.after, "import": str(batch.pk), "line": li.line}, at=at,
        )
        for verb, label, some in (("create", _("导入新增"), fresh), ("change", _("导入更新"), changed))
        for li in some
    ]  # fmt: skip
    type(entries[0]).objects.bulk_create(entries, batch_size=BATCH) if entries else None
    if entries:
        announce(
            ctx,
            LedgerImported(ledger=ledger.key, batch=str(batch.pk), created=len(fresh), changed=len(changed)),
            scope=_common(li.row.scope for li in (*fresh, *changed)),
        )


def _common(paths: Iterable[str]) -> str:
    """The longest path above all of them: who may see the notice may see where everything lies."""
    found: list[str] | None = None
    for path in set(paths):
        parts = path.rstrip("/").split("/")
        if found is None:
            found = parts
        else:
            same = 0
            while same < min(len(found), len(parts)) and found[same] == parts[same]:
                same += 1
            found = found[:same]
    return "/".join(found) + "/" if found else ""


def error_sheet(ctx: Context, ledger: Ledger, batch: LedgerImport) -> tuple[bytes, str]:
    """The bad lines with their reasons, in the columns of the template, to be mended and brought back."""
    columns = columns_of(ledger)
    _lines, wrong, _said = judge(ctx, ledger, batch)
    reasons: dict[int, list[Wrongness]] = {}
    for w in wrong:
        reasons.setdefault(w.line, []).append(w)
    heading, raw = _raw(file_store().read(batch.digest), batch.name, columns)
    given = {
        number: {heading[p].name: as_text(v) for p, v in enumerate(cells) if p in heading}
        for number, cells in raw
        if number in reasons
    }
    rows = []
    for number, why in sorted(reasons.items()):
        text = "；".join(f"{w.column}：{w.message}" if w.column else w.message for w in why)
        cells = given.get(number, {})
        rows.append(
            [number, text, "；".join(dict.fromkeys(w.mend for w in why)), *[cells.get(c.name, "") for c in columns]]
        )
    head = [Column("line", _("行号"), "int"), Column("why", _("原因"), "text"), Column("mend", _("怎样改"), "text")]
    texts = [Column(c.name, c.label, "text") for c in columns]
    name = _("%(title)s-错误行.xlsx") % {"title": ledger.title}
    return write_xlsx([*head, *texts], rows, title=str(ledger.title), notes=[]), name


def _demand(ctx: Context, ledger: Ledger) -> None:
    demand_reality(ctx, ledger)
    if not ctx.paths(ledger.permission("import")):
        ctx.require(ledger.permission("import"), "")
