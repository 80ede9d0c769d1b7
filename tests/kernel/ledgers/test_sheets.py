"""A ledger out to a spreadsheet and back: 297 of 300 lines go in, three come back with their reasons."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from anlan.kernel.clock import real_now
from anlan.kernel.errors import Conflict, Refused
from anlan.kernel.ledgers.listing import Listing
from anlan.kernel.ledgers.sheets import export
from anlan.kernel.ledgers.taking_in import keep_upload, preview, take_in
from anlan.kernel.models import AuditEntry, LedgerImport, Outbox
from anlan.places.identity import context_of
from anlan.registry.models import Team
from tests.cast import GUCHENG

LIST = "/ledger/registry.team/"
HEAD = ["区划", "编号", "名称", "类别", "人数", "位置"]


def sheet(lines, head=HEAD):
    book = Workbook()
    book.active.append(head)
    for line in lines:
        book.active.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def three_hundred(bad=True):
    lines = [["110107004000", f"m{i:03}", f"第{i}队", "街道（乡镇）中队", i % 50, "116.18,39.91"] for i in range(300)]
    if bad:
        lines[10][0] = "110199000000"
        lines[20][4] = "很多"
        lines[30][3] = "T9"
    return lines


def upload(content, name="队伍.xlsx"):
    return SimpleUploadedFile(name, content)


def test_the_good_lines_go_in_and_the_bad_ones_come_back_with_reasons(browse, bureau, teams):
    mine = browse(bureau)
    address = mine.post(LIST + "import/", {"file": upload(sheet(three_hundred()))}).headers["Location"]
    page = mine.get(address).content.decode()
    assert "导入 297 行" in page
    assert not Team.everything.exists(), "a preview writes nothing"
    mine.post(address)
    assert Team.everything.count() == 297
    errors = load_workbook(io.BytesIO(mine.get(address + "errors.xlsx").content)).active
    rows = [[c.value for c in r] for r in errors.iter_rows()]
    bad = [r for r in rows if isinstance(r[0], int)]
    assert [r[0] for r in bad] == [12, 22, 32]
    assert "110199000000" in bad[0][1]
    assert "m020" in bad[1], "the line comes back as it was"
    assert all(r[2] for r in bad), "each says how to mend it"


def test_history_and_notice_of_an_import(bureau, teams):
    ctx = context_of(bureau)
    take_in(ctx, teams, keep_upload(ctx, teams, upload(sheet(three_hundred()))))
    row = Team.everything.get(code="m000")
    entry = AuditEntry.objects.get(object_id=str(row.pk))
    assert (entry.label, entry.data["line"], entry.data["after"]["name"]) == ("导入新增", 2, "第0队")
    notice = Outbox.objects.get(subject="kernel.ledger.imported")
    assert (notice.scope, notice.payload["created"]) == (GUCHENG, 297)


def test_the_error_sheet_can_be_mended_and_brought_back(browse, bureau, teams):
    mine = browse(bureau)
    address = mine.post(LIST + "import/", {"file": upload(sheet(three_hundred()))}).headers["Location"]
    mine.post(address)
    book = load_workbook(io.BytesIO(mine.get(address + "errors.xlsx").content))
    for row in book.active.iter_rows():
        for cell in row:
            cell.value = {"110199000000": "古城街道", "很多": 5, "T9": "T3"}.get(cell.value, cell.value)
    out = io.BytesIO()
    book.save(out)
    again = mine.post(LIST + "import/", {"file": upload(out.getvalue())}).headers["Location"]
    mine.post(again)
    assert Team.everything.count() == 300
    assert LedgerImport.objects.get(pk=again.rstrip("/").rsplit("/", 1)[-1]).counts["error"] == 0


def test_known_lines_change_what_differs_and_leave_absent_columns_alone(bureau, teams, team):
    ctx = context_of(bureau)
    lines = [["110107004000", "t1", "古城应急中队", "T3", 40], ["110107004000", "t9", "新队", "T3", None]]
    batch = keep_upload(ctx, teams, upload(sheet(lines, HEAD[:5])))
    assert preview(ctx, teams, batch)["counts"] == {"new": 1, "changed": 1, "unchanged": 0, "error": 0}
    take_in(ctx, teams, batch)
    team.refresh_from_db()
    assert (team.people, team.position.coords) == (40, (116.1875, 39.911))
    assert Team.everything.get(code="t9").people is None
    with pytest.raises(Conflict, match="已经导入过"):
        take_in(ctx, teams, batch)


def test_a_line_of_another_region_stays_out(street, teams):
    ctx = context_of(street)
    lines = [["110107004000", "a", "本街道", "T3", 1, ""], ["110107003000", "b", "别的街道", "T3", 1, ""]]
    batch = keep_upload(ctx, teams, upload(sheet(lines)))
    seen = preview(ctx, teams, batch)
    assert seen["counts"]["error"] == 1
    assert "不在您可以导入的区划内" in seen["errors"][0].message
    take_in(ctx, teams, batch)
    assert [t.code for t in Team.everything.all()] == ["a"]


def test_the_same_line_twice_goes_in_once(bureau, teams):
    ctx = context_of(bureau)
    lines = [["110107004000", "a", "甲", "T3", 1, ""], ["110107004000", "a", "乙", "T3", 1, ""]]
    batch = keep_upload(ctx, teams, upload(sheet(lines)))
    assert take_in(ctx, teams, batch)["error"] == 1
    assert Team.everything.get().name == "甲"


def test_only_the_one_who_brought_a_sheet_sees_it(browse, bureau, street, teams):
    address = browse(bureau).post(LIST + "import/", {"file": upload(sheet(three_hundred()))}).headers["Location"]
    assert browse(street).get(address).status_code == 404
    assert browse(street).post(address).status_code == 404
    assert browse(street).get(address + "errors.xlsx").status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [(b"MZ\x90\x00 not a table", "x.exe", "xlsx 或 csv"), (b"PK\x03\x04 broken", "x.xlsx", "x.xlsx"), (b"", "x.csv", "x.csv"),
     ("不,是,表头\n1,2,3".encode(), "x.csv", "表头")],
)  # fmt: skip
def test_what_is_no_table_is_refused_in_words(browse, bureau, teams, content, name, said):
    answer = browse(bureau).post(LIST + "import/", {"file": upload(content, name)})
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_csv_of_an_old_office_program_is_read(bureau, teams):
    ctx = context_of(bureau)
    text = "区划,编号,名称,类别,人数\n古城街道,g1,国标编码队,街道（乡镇）中队,8\n"
    take_in(ctx, teams, keep_upload(ctx, teams, upload(text.encode("gb18030"), "队伍.csv")))
    assert Team.everything.get().name == "国标编码队"


def test_what_goes_out_comes_back_unchanged(browse, bureau, teams, team, other_team):
    mine = browse(bureau)
    answer = mine.get(LIST + "export.xlsx", {"f.scope": "110107004000"})
    assert "utf-8''" in answer.headers["Content-Disposition"]
    ctx = context_of(bureau)
    batch = keep_upload(ctx, teams, upload(answer.content))
    assert preview(ctx, teams, batch)["counts"] == {"new": 0, "changed": 0, "unchanged": 1, "error": 0}
    text = mine.get(LIST + "export.csv").content.decode("utf-8-sig")
    assert "八角应急中队" in text
    assert AuditEntry.objects.filter(action="registry.team.export").count() == 2


def test_the_template_reads_back(browse, bureau, teams):
    content = browse(bureau).get(LIST + "import/template.xlsx").content
    heads = [c.value for c in next(load_workbook(io.BytesIO(content)).active.iter_rows(max_row=1))]
    assert "名称*" in heads


def test_who_may_not_bring_in_or_take_out_is_told_so(browse, teams):
    from tests.cast import DISTRICT, person

    meteo = browse(person("meteo", DISTRICT, "village"))
    for address in ("import/", "export.xlsx", "new/"):
        assert meteo.get(LIST + address).status_code == 403


def test_a_sheet_in_an_exercise_is_refused(bureau, teams, exercise):
    ctx = context_of(bureau, world=exercise.pk)
    with pytest.raises(Refused, match="演练"):
        keep_upload(ctx, teams, upload(sheet(three_hundred())))


def test_ten_thousand_rows_go_out_in_a_few_statements(bureau, teams, django_assert_max_num_queries):
    from django.http import QueryDict

    Team.objects.bulk_create(
        [
            Team(code=f"n{i}", name=f"队{i}", kind="T4", scope=GUCHENG, people=i, updated_at=real_now())
            for i in range(10_000)
        ],
        batch_size=2000,
    )
    ctx = context_of(bureau)
    with django_assert_max_num_queries(12):
        content, _name = export(ctx, Listing.read(teams, QueryDict("")), "xlsx")
    assert len(content) > 200_000
