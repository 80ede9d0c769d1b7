"""What stands in the .docx: the measures of GB/T 9704, numbering, tables, marks of an exercise."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from datetime import UTC, datetime
from itertools import pairwise

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from PIL import Image

from anlan.kernel.documents import (
    LICENSED,
    Column,
    Document,
    Figure,
    Heading,
    Items,
    Moment,
    Paragraph,
    Serial,
    Table,
    Timeline,
    render_docx,
)
from anlan.kernel.documents.typeface import CHARACTER_PT

from . import samples


def opened(doc: Document, **kw):
    return docx.Document(io.BytesIO(render_docx(doc, **kw)))


def texts(file) -> list[str]:
    return [p.text for p in file.paragraphs if p.text]


def of_style(file, style_id: str):
    return [p for p in file.paragraphs if p.style.style_id == style_id]


def paper(*body, **kw) -> Document:
    return Document(title="关于测试的通知", body=body, **kw)


def test_the_sheet_has_the_margins_of_the_standard():
    section = opened(samples.order()).sections[0]
    got = [
        round(side / Mm(1), 1)
        for side in (
            section.page_width,
            section.page_height,
            section.top_margin,
            section.bottom_margin,
            section.left_margin,
            section.right_margin,
        )
    ]
    assert got == [210, 297, 37, 35, 28, 26]
    assert got[0] - got[4] - got[5] == 156
    assert got[1] - got[2] - got[3] == 225


def test_22_lines_of_28_characters_fill_the_type_area():
    normal = opened(samples.order()).styles["Normal"].element
    line = int(normal.pPr.find(qn("w:spacing")).get(qn("w:line"))) / 20
    squeeze = int(normal.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20
    size = int(normal.rPr.find(qn("w:sz")).get(qn("w:val"))) / 2
    high, wide = Mm(225) / Pt(1), Mm(156) / Pt(1)
    assert 22 * line <= high < 23 * line
    assert 28 * (size + squeeze) <= wide < 29 * (size + squeeze)


def test_every_style_names_its_east_asian_font():
    file = opened(samples.order())
    for style_id, font in (
        ("Normal", "Noto Serif CJK SC"),
        ("Heading1", "Noto Sans CJK SC"),
        ("PaperTitle", "Noto Serif CJK SC"),
    ):
        style = next(s for s in file.styles if s.style_id == style_id)
        fonts = style.element.rPr.find(qn("w:rFonts"))
        assert fonts.get(qn("w:eastAsia")) == font
        assert fonts.get(qn("w:asciiTheme")) is None
        assert fonts.get(qn("w:eastAsiaTheme")) is None


def test_an_authority_with_licensed_fonts_gets_them():
    file = opened(samples.order(), face=LICENSED)
    fonts = file.styles["Normal"].element.rPr.find(qn("w:rFonts"))
    assert fonts.get(qn("w:eastAsia")) == "仿宋_GB2312"


def test_headings_are_numbered_in_four_levels_and_begin_again_below_a_higher_one():
    file = opened(
        paper(
            Heading("甲"),
            Heading("乙", 2),
            Heading("丙", 3),
            Heading("丁", 4),
            Heading("戊", 4),
            Heading("己", 2),
            Heading("庚", 3),
            Heading("辛"),
            Heading("壬", 2),
        )
    )
    assert [p.text for p in file.paragraphs if p.style.style_id.startswith("Heading")] == [
        "一、甲", "（一）乙", "1.丙", "（1）丁", "（2）戊", "（二）己", "1.庚", "二、辛", "（一）壬",
    ]  # fmt: skip


def test_a_heading_never_stands_alone_at_the_foot_of_a_page():
    file = opened(samples.after_action_report())
    for level in "1234":
        style = next(s for s in file.styles if s.style_id == f"Heading{level}")
        assert style.element.pPr.find(qn("w:keepNext")) is not None
        assert style.element.pPr.find(qn("w:widowControl")) is not None


def test_the_head_carries_copy_number_urgency_mark_and_serial():
    file = opened(samples.order())
    assert [p.text for p in of_style(file, "CopyNumber")] == ["000001"]
    assert [p.text for p in of_style(file, "Urgency")] == ["特急"]
    (mark,) = of_style(file, "Mark")
    assert mark.text == "石景山区防汛抗旱指挥部文件"
    assert mark.style.font.color.rgb is not None
    assert str(mark.style.font.color.rgb) == "D7000F"
    assert [p.text for p in of_style(file, "Serial")] == ["石汛指〔2016〕12号"]
    (rule,) = of_style(file, "Rule")
    assert rule._p.pPr.find(qn("w:pBdr"))[0].get(qn("w:color")) == "D7000F"


def test_the_mark_becomes_smaller_for_a_long_name_so_that_it_stays_in_one_line():
    long = dataclasses.replace(samples.order(), head="北京市石景山区突发事件应急委员会办公室石景山区应急管理局文件")
    (mark,) = of_style(opened(long), "Mark")
    assert mark.runs[0].font.size / Pt(1) * len(mark.text) <= Mm(156) / Pt(1)


def test_an_upward_paper_names_those_who_sign_beside_the_serial():
    lines = [p.text for p in of_style(opened(samples.upward_report()), "Serial")]
    assert lines == ["\t签发人：局长（示例）", "石应急〔2016〕31号\t\t副局长（示例）"]


def test_a_serial_that_a_long_name_leaves_no_room_stands_below_it():
    long = dataclasses.replace(samples.upward_report(), signers=("区总值班室带班领导（示例）",))
    lines = [p.text for p in of_style(opened(long), "Serial")]
    assert lines == ["\t签发人：区总值班室带班领导（示例）", "石应急〔2016〕31号"]


def test_serials_have_neither_leading_zeros_nor_square_brackets():
    assert str(Serial("京应急", 2026, 7)) == "京应急〔2026〕7号"


def test_a_table_repeats_its_head_and_keeps_its_rows_whole():
    file = opened(samples.after_action_report())
    timeline = next(t for t in file.tables if t.rows[0].cells[0].text == "时间")
    assert timeline.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in timeline.rows)
    assert len(timeline.rows) == 1 + 60 + 3  # head, moments, one line for each of three days


def test_a_row_higher_than_a_page_may_break():
    file = opened(paper(Table((Column("说明"),), (("雨" * 4000,), ("短",)))))
    long, short = file.tables[0].rows[1:]
    assert long._tr.trPr is None or long._tr.trPr.find(qn("w:cantSplit")) is None
    assert short._tr.trPr.find(qn("w:cantSplit")) is not None


def test_unknown_prints_as_a_dash_and_zero_as_zero():
    file = opened(paper(Table((Column("死亡"), Column("失踪"), Column("转移")), ((0, None, ""),))))
    assert [c.text for c in file.tables[0].rows[1].cells] == ["0", "—", "—"]


def test_a_table_without_rows_says_so():
    file = opened(paper(Table((Column("甲"), Column("乙")), ())))
    assert file.tables[0].rows[1].cells[0].text == "（无记录）"


def test_a_row_that_does_not_fit_its_head_is_refused():
    with pytest.raises(ValueError, match="row 2 has 1 cells"):
        Table((Column("甲"), Column("乙")), ((1, 2), (1,)))


def test_figures_are_set_in_a_face_of_equal_widths():
    file = opened(paper(Table((Column("站"), Column("雨量", align="right")), (("古城", 30.4),))))
    assert [c.paragraphs[0].style.style_id for c in file.tables[0].rows[1].cells] == ["Cell", "FigureCell"]


def test_a_timeline_is_sorted_grouped_by_day_and_shown_in_the_zone_of_the_paper():
    file = opened(
        paper(
            Timeline(
                (
                    Moment(datetime(2016, 7, 19, 16, 5, tzinfo=UTC), "后"),
                    Moment(datetime(2016, 7, 19, 23, 50), "前", simulated=True),
                )
            )
        )
    )
    rows = [[c.text for c in row.cells] for row in file.tables[0].rows[1:]]
    assert rows == [
        ["2016年7月19日", "2016年7月19日"],
        ["23:50", "【模拟】前"],
        ["2016年7月20日", "2016年7月20日"],
        ["00:05", "后"],
    ]


def test_an_exercise_says_so_on_every_page_in_the_title_and_in_the_file():
    file = opened(samples.after_action_report())
    section = file.sections[0]
    assert "演练" in section.header.paragraphs[0].text
    assert "演练" in section.even_page_header.paragraphs[0].text
    assert of_style(file, "PaperTitle")[0].text.startswith("【演练】\n")
    assert file.core_properties.title.startswith("【演练】")


def test_a_real_paper_says_nothing_of_exercises():
    with zipfile.ZipFile(io.BytesIO(render_docx(samples.order()))) as parts:
        assert not [n for n in parts.namelist() if n.endswith(".xml") and "演练" in parts.read(n).decode()]


def test_page_numbers_stand_right_on_odd_and_left_on_even_pages():
    file = opened(samples.order())
    assert file.settings.odd_and_even_pages_header_footer
    section = file.sections[0]
    for footer, align in ((section.footer, 2), (section.even_page_footer, 0)):
        paragraph = footer.paragraphs[0]
        assert paragraph.alignment == align
        assert paragraph.text.startswith("— ")
        assert paragraph.text.endswith(" —")
        assert " PAGE " in [e.text for e in paragraph._p.iter(qn("w:instrText"))]


def test_the_order_has_the_four_things_that_the_law_asks_for():
    headings = [p.text[2:] for p in of_style(opened(samples.order()), "Heading1")]
    assert headings == ["响应事项", "响应级别", "预计期限", "处置措施"]


def test_signature_and_date_stay_together_and_the_date_begins_two_characters_further():
    name, day = of_style(opened(samples.order()), "Signature")
    assert name.text == "石景山区防汛抗旱指挥部"
    assert day.text == "2016年7月20日"
    assert name.paragraph_format.keep_with_next
    shift = (day.paragraph_format.left_indent - name.paragraph_format.left_indent) / Pt(CHARACTER_PT)
    assert shift == pytest.approx(2, abs=0.02)


def test_annexes_are_listed_and_those_with_content_printed_on_a_page_of_their_own():
    order = texts(opened(samples.order()))
    assert "附件：1.成员单位任务清单" in order
    assert "2.值守联络表" in order
    (mark,) = of_style(opened(samples.after_action_report()), "AnnexMark")
    assert mark.text == "附件"
    assert mark.paragraph_format.page_break_before


def test_lists_count_in_the_way_asked_for():
    body = [Items(("甲", "乙"), n) for n in ("1.", "（1）", "一是")]
    assert texts(opened(paper(*body)))[1:] == ["1.甲", "2.乙", "（1）甲", "（2）乙", "一是甲", "二是乙"]


def test_line_feeds_in_a_paragraph_begin_new_paragraphs():
    assert texts(opened(paper(Paragraph("第一段\n\n第二段\r\n第三段"))))[1:] == ["第一段", "第二段", "第三段"]


@pytest.mark.parametrize("bad", ["\x00", "\x0b", "\x1b", "\ud800", "\ufffe", "\u202e"])
def test_characters_that_no_paper_can_carry_are_left_out_everywhere(bad):
    text = f"积{bad}水"
    doc = Document(
        title=text,
        head=text,
        addressee=text,
        signature=text,
        signers=(text,),
        serial=text,
        cc=(text,),
        printed_by=text,
        notes=(text,),
        remark=text,
        body=(
            Heading(text),
            Paragraph(text, lead=text),
            Items((text,)),
            Table((Column(text),), ((text,),), caption=text, note=text),
            Timeline((Moment(datetime(2016, 7, 20), text, text),)),
        ),
    )
    raw = render_docx(doc)
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        content = parts.read("word/document.xml").decode()
    assert content.count("积水") >= 16
    assert bad not in content


def png(wide: int = 40, high: int = 20, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (wide, high), "white").save(out, kind)
    return out.getvalue()


def test_a_figure_fits_the_page_and_tells_its_content_to_those_who_cannot_see_it():
    file = opened(paper(Figure(png(20, 4000), "细长的图", alt="一条线", width_mm=400)))
    (shape,) = file.inline_shapes
    assert shape.width <= Mm(156)
    assert shape.height < Mm(225 - 30)
    assert shape._inline.docPr.get("descr") == "一条线"
    assert [p.text for p in of_style(file, "Caption")] == ["图1　细长的图"]


@pytest.mark.parametrize("content", [b"<svg/>", b"", png(kind="GIF"), png()[:40]])
def test_a_figure_that_is_no_picture_is_refused_by_its_caption(content):
    with pytest.raises(ValueError, match="雨量图"):
        render_docx(paper(Figure(content, "雨量图")))


def test_the_same_paper_gives_the_same_bytes():
    assert render_docx(samples.after_action_report(5)) == render_docx(samples.after_action_report(5))


def test_elements_stand_in_the_order_of_the_schema():
    """Word refuses a file whose paragraph properties are out of order; LibreOffice would not notice."""
    order = [
        "pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "numPr", "pBdr", "shd", "tabs",
        "snapToGrid", "spacing", "ind", "contextualSpacing", "jc", "outlineLvl", "rPr",
    ]  # fmt: skip
    place = {qn(f"w:{tag}"): n for n, tag in enumerate(order)}
    run_order = {
        qn(f"w:{tag}"): n
        for n, tag in enumerate(
            ["rStyle", "rFonts", "b", "bCs", "i", "iCs", "color", "spacing", "w", "kern", "position", "sz", "szCs"]
        )
    }
    table_order = {
        qn(f"w:{tag}"): n
        for n, tag in enumerate(
            ["tblStyle", "tblpPr", "tblW", "jc", "tblInd", "tblBorders", "shd", "tblLayout", "tblCellMar", "tblLook"]
        )
    }
    for sample in (samples.first_report(), samples.order(), samples.upward_report(), samples.after_action_report(5)):
        file = opened(sample)
        for root in (file.element, file.styles.element):
            for tag, ranks in (("w:pPr", place), ("w:rPr", run_order), ("w:tblPr", table_order)):
                for props in root.iter(qn(tag)):
                    if props.getparent().tag == qn("w:rPrDefault") or (root is not file.element and not _ours(props)):
                        continue
                    ranked = [ranks[child.tag] for child in props]
                    assert all(a < b for a, b in pairwise(ranked)), [child.tag for child in props]


def _ours(props) -> bool:
    from anlan.kernel.documents.styles import LOOKS

    return props.getparent().get(qn("w:styleId")) in LOOKS
