"""The report to hand up: one page is one page, its text can be selected, its numbers are the answers', hostile text stays text."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import re
import socket
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import docx
import geopandas as gpd
import pypdf
import pytest
from fontTools.ttLib import TTFont
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cli
from geo import answers
from geo.adequacy import ALL
from geo.case import Case
from geo.errors import InputError
from geo.monitor import Actual
from geo.scenario import Added, Scenario, apply
from layers import home, workspace
from layers.page.figure import Picture, fixed
from layers.report import blocks, to_pdf
from layers.report import making as report
from layers.report.asked import DRAWS
from layers.report.chart import bars
from tests.need import need

DAY = dt.date(2026, 11, 28)
A4 = (595.28, 841.89)


@pytest.fixture(scope="module")
def case() -> Case:
    return workspace.case(workspace.load(home.SHIPPED), "primary")


@pytest.fixture(scope="module")
def whole(case: Case) -> blocks.Document:
    return report.document(case, "whole", date=DAY)


def read(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(content))


def text_of(content: bytes) -> str:
    """Return the text of a PDF without blanks and places to break a line."""
    return re.sub(r"[\s\u200b]", "", "".join(page.extract_text() for page in read(content).pages))


def fonts(content: bytes) -> list[dict]:
    found = []
    for page in read(content).pages:
        for font in page["/Resources"].get("/Font", {}).values():
            found += [f.get_object()["/FontDescriptor"] for f in font.get_object()["/DescendantFonts"]]
    return found


def test_the_sheet_is_one_page_of_a4_with_the_fonts_inside(whole: blocks.Document) -> None:
    content = report.written(whole, "pdf")
    pages = read(content).pages
    assert len(pages) == 1
    assert tuple(float(v) for v in pages[0].mediabox[2:]) == pytest.approx(A4, abs=0.1)
    held = fonts(content)
    assert held and all("/FontFile3" in f or "/FontFile2" in f for f in held)
    assert all("NotoSansCJKsc" in str(f["/FontName"]) for f in held)


def test_the_numbers_of_the_sheet_are_those_of_the_answers(case: Case, whole: blocks.Document) -> None:
    told = text_of(report.written(whole, "pdf"))
    total = answers.coverage(case)["total"].iloc[0]
    stage = answers.adequacy(case)["stages"].set_index("stage").loc["primary"]
    assert f"500米（约7分钟）内{total['covered_walk']:,.0f}人" in told
    for words in (f"{total['people']:,.0f}", f"{total['share_walk']:.1%}", f"{total['share_radius']:.1%}"):
        assert words in told
    assert f"{stage['seats']:,.0f}/{stage['demand']:,.0f}" in told and f"缺{stage['deficit']:,.0f}个" in told
    for _, row in answers.coverage(case)["zones"].query("level == 'zone'").iterrows():
        assert f"{row['name_zh']}{row['people']:,.0f}{row['covered_walk']:,.0f}{row['share_walk']:.1%}" in told
    assert "每个数字都标明依据" in told and "假设" in told and "1:150,000" in told


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_whole_report_says_all_its_sections_and_both_sides_of_a_contradiction(case: Case, lang: str) -> None:
    made = report.document(case, "full", lang=lang, date=DAY, zones=["haiyang"])
    content = report.written(made, "pdf")
    told = text_of(content)
    assert len(read(content).pages) > 4
    for row in answers.coverage(case)["zones"].loc[["haiyang"]].itertuples():
        assert f"{row.covered_walk:,.0f}" in told and f"{row.share_walk:.1%}" in told
    clash = answers.register(case.workspace)["contradictions"].iloc[2]
    for column in (f"finding_{lang}", f"settled_{lang}"):
        assert re.sub(r"\s", "", str(clash[column])) in told
    sections = (
        ("概要", "全区", "分片区", "规划指标", "方法", "局限", "数据来源")
        if lang == "zh"
        else ("Summary", "Indicators", "Limits", "Sources")
    )
    assert all(s in told for s in sections)
    heads = {c.text for b in made.blocks if isinstance(b, blocks.Table) for c in b.head}
    assert not [h for h in heads if lang == "zh" and h.isascii() and not h.isdigit() and h]
    cells = {c.text for b in made.blocks if isinstance(b, blocks.Table) for row in b.rows for c in row}
    assert not cells & {"nan", "None", "inf", "NaN", "<NA>"}


def test_one_actual_more_is_in_the_report_with_its_light_and_nothing_is_green_without(case: Case) -> None:
    bare = report.document(case, "full", date=DAY, zones=["jingjin"])
    assert "没有数据，就没有绿灯" in " ".join(b.text for b in bare.blocks if isinstance(b, blocks.Para))
    told = report.document(case, "full", date=DAY, zones=["jingjin"], actuals=[Actual("I01", 2024, 9.5)])
    row = answers.monitored(case.workspace, [Actual("I01", 2024, 9.5)])["targets"].iloc[0]
    table = next(b for b in told.blocks if isinstance(b, blocks.Table) and b.title == "指标进度")
    words = [c.text for c in table.rows[0]]
    assert {"9.5", "2024"} <= set(words) and str(row["rule_zh"]) in words[-1]
    assert len([r for r in table.rows if r[-1].text.startswith("灰：无数据")]) == len(table.rows) - (
        row["light"] != "grey"
    )


def test_sheets_of_a_zone_a_place_and_a_plan_are_one_page_each_in_both_languages(case: Case) -> None:
    plan = Scenario("补两所", added=(Added("N01", "primary", 117.662, 39.060, seats=1080, name_zh="新小学"),))
    mine = workspace.case(apply(case.workspace, plan, 2025), "primary")
    sheet = report.document(mine, "plan", date=DAY, today=case)
    for told in (
        sheet,
        report.document(mine, "plan", lang="en", date=DAY, today=case),
        report.document(case, "zone", date=DAY, zones=["huayuan"]),
        report.document(case, "site", lang="en", date=DAY, site=(117.662, 39.060)),
    ):
        assert len(read(report.written(told, "pdf")).pages) == 1
    compared = answers.compared({"现状": case, "补两所": mine})["total"].iloc[1]
    told = text_of(report.written(sheet, "pdf"))
    assert f"{compared['covered']:,.0f}" in told and f"较现状{compared['d_covered']:+,.0f}" in told
    with pytest.raises(InputError, match="--scenario"):
        report.document(case, "plan", date=DAY, today=case)


def test_equal_documents_are_equal_files_and_nothing_is_asked_of_a_network(
    whole: blocks.Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*args: object, **more: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refused)
    for form in report.ENDINGS:
        assert report.written(whole, form) == report.written(whole, form), form


def test_a_map_at_a_fixed_scale_is_the_same_ground_whatever_it_shows(case: Case) -> None:
    place = case.workspace
    size = {"scale": 50_000, "width": 182, "height": 96}
    bare = fixed(place, Picture(), ["huayuan"], **size)
    full = fixed(place, Picture(facilities=place.clinics, service="hospital"), ["huayuan"], **size)
    assert 'viewBox="0 0 1820 960"' in bare
    outline = re.compile(r'<path d="(M[^"]+)" fill="none" stroke-width|<path d="(M[^"]+)" fill="#')
    assert outline.findall(bare)[:3] == outline.findall(full)[:3]
    # The bar of 2 km is 40 mm of paper at 1 : 50 000; here it is 1 km: 20 mm, 200 units.
    bar = re.search(r"M24 \d+V\d+H([\d.]+)V", bare)
    length = re.search(r">([\d.]+) (k?m)</text>", bare)
    assert bar and length
    metres = float(length[1]) * (1000 if length[2] == "km" else 1)
    assert float(bar[1]) - 24 == pytest.approx(metres / 50_000 * 1000 * 10, abs=0.1)


def test_what_is_not_known_has_no_bar() -> None:
    drawn = bars([("甲", [None, 0.0]), ("乙", [float("nan"), 5.0])], ["a", "b"], width=100, unknown="未知").svg
    assert drawn.count("未知") == 2
    assert drawn.count("<rect") == 4  # the paper, two of the key, one bar: nothing for unknown or none


HOSTILE = (
    "<script>alert(1)</script>", "#let x = 1", "*b* _i_ `c`", "$x^2$", "@ref <label>", "\\u{41} \\#", "{{7*7}} ${7*7}", "= h", "- a", "//c",
    "שלום עולם", "‮evil", "a" * 400, "字" * 300, "\x00\x07\x1b[31m", "' OR 1=1 --", "]]>", "&lt;",
)  # fmt: skip


def hostile(text: str, *, sheet: bool = True) -> blocks.Document:
    """Return a document with a text in every place that has one."""
    cell = blocks.Cell(text)
    parts = [
        blocks.Heading(text, 2, "assumed"), blocks.Para(text), blocks.Points([(text, text)]), blocks.Facts([(text, [text, text])], inline=True),
        blocks.KeyFigures([blocks.KeyFigure(text, text, text, "derived")]), blocks.Figures([[bars([(text, [1.0])], [text], width=180, unknown=text)]], (), text),
        blocks.Table(text, [cell, cell], [[cell, blocks.Cell(text, True)]], (), "assumed", text),
    ]  # fmt: skip
    return blocks.Document(text, (text,), parts, "zh", DAY, text, sheet=sheet)


class Seen(HTMLParser):
    """Collects elements and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


def said(document: docx.document.Document) -> str:
    return "\n".join(
        [p.text for p in document.paragraphs] + [c.text for t in document.tables for r in t.rows for c in r.cells]
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_in_all_three(text: str) -> None:
    told, shown = hostile(text), blocks.clean(text)
    seen = Seen()
    seen.feed(report.written(told, "html").decode())
    assert "script" not in seen.tags and shown in seen.text
    assert shown in said(docx.Document(io.BytesIO(report.written(told, "docx"))))
    content = report.written(told, "pdf")
    assert len(read(content).pages) == 1
    if shown.isprintable() and shown.isascii() and len(shown) < 100:
        assert re.sub(r"\s", "", shown) in text_of(content)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.sampled_from("#*_$@<>[](){}\\`\"'=-+/~^&%;:, \n\tabc字符\u200f\u202e\ud800\x00\x0c\ufffe")))
def test_any_text_is_set_and_said_as_it_is(text: str) -> None:
    shown = blocks.clean(text)
    assert len(read(report.written(hostile(text), "pdf")).pages) == 1
    seen = Seen()
    seen.feed(report.written(hostile(text), "html").decode())
    assert not seen.tags & {"script", "iframe", "object"} and shown.strip() in seen.text


def test_docx_holds_the_same_words_and_numbers(whole: blocks.Document) -> None:
    made = docx.Document(io.BytesIO(report.written(whole, "docx")))
    told = said(made)
    for part in whole.blocks:
        if isinstance(part, blocks.Table):
            assert all(c.text in told for row in part.rows for c in row)
        if isinstance(part, blocks.KeyFigures):
            assert all(k.value in told and blocks.badge(k.basis, "zh")["word"] in told for k in part.items)
    assert made.core_properties.title == whole.title
    assert len(made.inline_shapes) >= 4
    plates = next(t for t in made.tables if t._tbl.xpath(".//pic:pic"))
    for column in plates.columns:  # a picture wider than its column is cropped
        sizes = [int(e.get("cx")) for cell in column.cells for e in cell._tc.xpath(".//wp:extent")]
        assert sizes and max(sizes) <= column.width


def test_libreoffice_opens_the_docx(whole: blocks.Document, tmp_path: Path) -> None:
    office = need("soffice")
    (tmp_path / "sheet.docx").write_bytes(report.written(whole, "docx"))
    subprocess.run(
        [office, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "sheet.docx")],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    told = text_of((tmp_path / "sheet.pdf").read_bytes())
    assert re.sub(r"\s", "", whole.title) in told and "步行覆盖率" in told


def test_the_font_that_comes_along_has_what_it_says() -> None:
    for weight in ("Regular", "Bold"):
        font = TTFont(to_pdf.FONTS / f"NotoSansCJKsc-{weight}.otf")
        have = set(font.getBestCmap())
        if weight == "Regular":
            assert to_pdf.covered() - have <= {0x200B}, [hex(c) for c in to_pdf.covered() - have]
        assert "Open Font License" in font["name"].getDebugName(13)
    assert (to_pdf.FONTS / "OFL.txt").is_file()


def test_the_shell_writes_by_the_ending_and_says_what_a_sheet_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    words = ["report", "--service", "primary", "--data", str(home.SHIPPED), "--sheet"]
    assert cli.main([*words, "--zone", "jingjin", "--out", str(tmp_path / "a.pdf"), "--lang", "en"]) == 0
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert cli.main([*words, "site", "--out", str(tmp_path / "b.docx")]) == 2
    assert "--lon" in capsys.readouterr().err
    assert not (tmp_path / "b.docx").exists()


def test_the_report_gives_the_plans_own_sentences_and_what_else_it_asks_for(case: Case) -> None:
    told = report.document(case, "full", date=DAY, zones=["haiyang"])
    said = {
        words for b in told.blocks if isinstance(b, blocks.Facts) for _, all_of_them in b.pairs for words in all_of_them
    }
    quotes = case.workspace.quotes
    mine = quotes[
        (quotes["kind"] == "zone")
        & (quotes["id"] == "haiyang")
        & quotes["field"].isin(["role", "functions", "carriers"])
    ]
    assert len(mine) >= 3
    for quote in mine["quote"]:
        assert any(f"“{quote}”（第" in words for words in said), quote
    rows = {r[0].text: [c.text for c in r] for b in told.blocks if isinstance(b, blocks.Table) for r in b.rows}
    for fact in case.workspace.facts.to_dict("records"):
        assert rows[fact["id"]] == [fact["id"], fact["name_zh"], fact["what_zh"], fact["clause"]]


def test_the_report_has_the_living_circles_of_the_answer(case: Case) -> None:
    told = report.document(case, "full", date=DAY, zones=["haiyang"])
    table = next(b for b in told.blocks if isinstance(b, blocks.Table) and b.title == "步行距离内的人口 / 半径内的用地")
    answer = answers.circles(case).tables["zones"].set_index(["zone_id", "service"])
    row = next(r for r in table.rows if r[0].text == "海洋片区")
    column = next(k for k, c in enumerate(table.head) if c.text.startswith("小学"))
    one = answer.loc[("haiyang", "primary")]
    assert row[column].text == f"{one['share_metres']:.1%} / {one['share_area']:.1%}"
    assert "公园" in table.note  # no parks in the data: not called missing


def test_a_zone_on_a_control_line_is_told_in_the_report(case: Case) -> None:
    place = case.workspace
    red = gpd.GeoDataFrame(
        {"kind": ["ecology"], "basis": "sourced", "accuracy_m": 1.0, "name_zh": ["红线"]},
        geometry=[place.zones.loc["haiyang"].geometry], crs=place.crs,
    )  # fmt: skip
    told = report.document(
        dataclasses.replace(case, workspace=dataclasses.replace(place, controls=red)),
        "full",
        date=DAY,
        zones=["haiyang"],
    )
    heads = [b.text for b in told.blocks if isinstance(b, blocks.Heading) and b.level == 2]
    assert heads[4] == "五、用地与控制线"
    assert [h[0] for h in heads[:9]] == list("一二三四五六七八九")
    table = next(b for b in told.blocks if isinstance(b, blocks.Table) and b.title == "不符与不能判定")
    inside = place.projects[place.projects.within(red.geometry.iloc[0].buffer(-5))]
    broken = {r[0].text for r in table.rows if r[3].text == "不符"}
    assert len(inside) and set(inside.index[:5]) <= broken


def test_the_report_tells_how_sure_its_numbers_are_in_the_words_of_the_answer(
    case: Case, whole: blocks.Document
) -> None:
    sure = answers.uncertain(case, draws=DRAWS)
    rows = sure["intervals"].set_index(["zone_id", "quantity"])
    told = [b.text for b in whole.blocks if isinstance(b, blocks.Para)]
    assert any(rows.loc[(ALL, "covered"), "words_zh"] in text for text in told)
    zone = report.document(case, "zone", zones=("haiyang",), lang="en", date=DAY)
    assert any(
        rows.loc[("haiyang", "covered"), "words_en"] in b.text for b in zone.blocks if isinstance(b, blocks.Para)
    )
    assert len(read(report.written(zone, "pdf")).pages) == 1
    full = report.document(case, "full", zones=("haiyang",), date=DAY)
    (table,) = [b for b in full.blocks if isinstance(b, blocks.Table) and "不确定性" in b.title]
    drivers = sure["drivers"]
    mine = drivers[(drivers["zone_id"] == ALL) & (drivers["quantity"] == "covered")]
    assert table.rows[0][0].text == mine.loc[mine["total"].idxmax(), "zh"]
    for note in sure.notes:
        assert any(isinstance(b, blocks.Para) and b.text == note.zh for b in full.blocks)


def test_what_was_found_gets_a_chapter_and_the_plan_is_checked():
    case = workspace.case(workspace.load(home.SHIPPED), "primary", 2025)
    terms = answers.usual_terms(case, first=2025, last=2027)
    near = {"spacing": 1000.0, "time_limit": 5.0}
    more = (answers.programme(case, terms, **near), answers.robust(case, p=1, draws=20, **near), answers.value(case, p=1, draws=50, values=10, **near))  # fmt: skip
    told = {
        lang: report.document(case, lang=lang, date=dt.date(2026, 1, 2), zones=["huayuan"], more=more)
        for lang in ("zh", "en")
    }
    for lang, heads in (("zh", ("滚动计划", "稳健选址", "先查什么", "规划的自洽")), ("en", ("Rolling programme", "Sites that hold", "What to measure first", "Is the plan consistent"))):  # fmt: skip
        chapters = [b.text for b in told[lang].blocks if isinstance(b, blocks.Heading) and b.level == 2]
        for head in heads:
            assert any(head in c for c in chapters), (head, chapters)
    html = report.written(told["zh"], "html").decode()
    for answer in more:
        assert str(answer["summary"]["words_zh"].iloc[0]) in html
    opened = more[0]["schedule"]
    assert html.count("■") > len(opened)  # a mark for each year in which one serves
    first = answers.consistency(case.workspace)["conflicts"].iloc[0]
    assert str(first["sentence_zh"]) in html
    for form in ("pdf", "docx"):
        assert len(report.written(told["zh"], form)) > 10_000
