"""A plan on paper read into a draft: what is said plainly is read, the rest is left beside its words, and hostile files do no harm."""

from __future__ import annotations

import io
import zipfile

import pytest
from docx import Document

from anlan.decision.checking import check_documents
from anlan.decision.importing import read_docx, recognise
from anlan.decision.importing.conditions import level_in, read_condition
from anlan.decision.importing.document import PART
from anlan.kernel.conditions import BadFacts

PAPER = (
    ("Title", "某区防汛应急预案"),
    ("Heading 2", "1.1 编制依据"),
    (None, "《中华人民共和国防洪法》。"),
    ("Heading 2", "1.2 适用范围"),
    (None, "适用于本区行政区域内的洪涝灾害。"),
    ("Heading 1", "2 组织体系"),
    (None, "区防汛抗旱指挥部由区长任总指挥。"),
    ("Heading 2", "4.1 四级响应"),
    (None, "符合下列条件之一的："),
    (None, "（1）气象部门发布暴雨蓝色预警信号；"),
    (None, "（2）河水变得很浑浊；"),
    (None, "由区防汛指挥部办公室主任决定启动四级响应。"),
    (None, "响应措施"),
    (None, "（1）各街道：组织巡堤查险，2小时内上岗。"),
    ("Heading 2", "4.2 三级响应"),
    (None, "符合下列情形之一的："),
    (None, "（1）1小时雨量达到50毫米以上；"),
    (None, "（2）市防指启动Ⅲ级应急响应；"),
    (None, "由副指挥长签发启动令。"),
    (None, "响应行动"),
    (None, "公安分局负责下凹桥区断路，30分钟内到位。"),
    (None, "住建委：停止在建工地作业。"),
    ("Heading 1", "5 响应终止"),
    (None, "预警解除、水位退出警戒。"),
    ("Heading 1", "附件1 联系电话"),
    (None, "值班室电话另附"),
)


def paper(lines=PAPER, rows=()):
    document = Document()
    for style, text in lines:
        document.add_paragraph(text, style=style)
    if rows:
        table = document.add_table(0, len(rows[0]))
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def packed(**parts):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(PART if name == "main" else name, text)
    return held.getvalue()


def test_a_paper_plan_becomes_a_draft_with_each_piece_beside_its_words():
    found = recognise(read_docx(paper()), plan_id="qu-flood")
    content = found.content
    four, three = content["levels"]
    assert (content["zh"], content["hazard"], content["scope"]) == (
        "某区防汛应急预案",
        "flood",
        "适用于本区行政区域内的洪涝灾害。",
    )
    assert four["triggers"]["any"] == [{"var": "signal.rainstorm", "op": ">=", "value": "blue"}]
    assert [c["var"] for c in three["triggers"]["any"]] == ["rain_1h_mm", "city_response.flood"]
    assert (four["approve"]["role"], three["approve"]["role"]) == ("hq_office_head", "deputy")
    assert [(t["role"], t["within_min"]) for t in four["tasks"][1:]] == [("town", 120)]
    assert [(t["role"], t["within_min"], t["confidence"]) for t in three["tasks"][1:]] == [
        ("police", 30, "medium"), ("housing", 60, "low"),
    ]  # fmt: skip
    assert content["terminate"] == ["预警解除、水位退出警戒。"]
    assert [s["title"] for s in content["sections"]] == ["组织体系"]
    assert found.unread == 1
    assert next(p["text"] for p in found.source if p["wanted"] and not p["used"]) == "（2）河水变得很浑浊；"
    assert check_documents(content)["valid"]


def test_rows_of_a_table_are_tasks_too():
    lines = [*PAPER[:9], (None, "1小时雨量达到30毫米以上"), (None, "响应措施")]
    found = recognise(read_docx(paper(lines, rows=[("区水务局", "预泄错峰", "1小时内")])), plan_id="x")
    assert [(t["role"], t["within_min"]) for t in found.content["levels"][0]["tasks"][1:]] == [("water", 60)]


@pytest.mark.parametrize(
    ("text", "hazard", "leaf"),
    [
        ("24小时降雨量达到100毫米以上", "flood", {"var": "rain_24h_mm", "op": ">=", "value": 100, "unit": "mm"}),
        ("预计未来24小时雨量50毫米", "flood", {"var": "forecast_rain_24h_mm", "op": ">=", "value": 50, "unit": "mm"}),
        ("台风红色预警信号发布", "typhoon", {"var": "signal.typhoon", "op": ">=", "value": "red"}),
        ("气象台发布台风红色预警", "typhoon", {"var": "signal.typhoon", "op": ">=", "value": "red"}),
        ("造成3人以上10人以下死亡", "relief", None),
        (
            "死亡3人以上、10人以下",
            "relief",
            {"var": "deaths_missing", "unit": "人", "op": "range", "min": 3, "max": 10},
        ),
        ("紧急转移安置1.5万人以上", "relief", {"var": "relocated_plus_aid", "unit": "人", "op": ">=", "value": 15000}),
        ("河道水位超过警戒水位", "flood", {"var": "stage_vs_warning_m", "op": ">=", "value": 0, "unit": "m"}),
        ("各单位加强值守", "flood", None),
    ],
)
def test_only_what_is_said_plainly_is_read(text, hazard, leaf):
    assert read_condition(text, hazard) == leaf


def test_levels_are_found_in_headings_however_they_are_written():
    said = ("4.1 Ⅳ级响应", "（三）三级应急响应", "II级响应", "一级响应")
    assert [level_in(text) for text in said] == ["IV", "III", "II", "I"]
    assert level_in("二级医院响应及时") == ""


@pytest.mark.parametrize(
    "content",
    [
        b"", b"PK\x03\x04rubbish", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old", packed(other="x"), packed(main="<w:document"),
        packed(main='<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'), packed(main="<x>" + "a" * 50_000_000 + "</x>"), packed(main="<x/>"),
        packed(main="<x>" * 5000 + "</x>" * 5000),
    ],
    ids=["empty", "broken", "old", "no document", "cut off", "entities", "bomb", "no text", "deep"],
)  # fmt: skip
def test_a_file_that_is_no_paper_or_made_to_harm_is_refused_in_words(content):
    with pytest.raises(BadFacts) as wrong:
        read_docx(content, "预案.docx")
    assert "预案.docx" in str(wrong.value)
