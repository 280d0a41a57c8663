"""A report as DOCX for Word, WPS and LibreOffice: headings, tables and pictures that can be edited further."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any

from geo.errors import InputError
from geo.text import Text
from layers.page.legend import symbol_svg
from layers.report import blocks
from layers.report.blocks import Document, badge, clean
from layers.report.to_pdf import column_widths, png

__all__ = ["docx"]

WIDTH_MM = 182.0
"""Room between the margins of an A4 page."""
FONT = "Microsoft YaHei"
"""A font that every Chinese Windows has; elsewhere Word and LibreOffice take their own Chinese one."""


def docx(document: Document) -> bytes:
    """Return the document as DOCX; equal documents give equal bytes.

    Raises
    ------
    InputError
        If python-docx or typst (for the pictures) is not installed.
    """
    try:
        import docx as library
    except ImportError as error:
        raise InputError(
            Text(
                "写 DOCX 需要 python-docx：请安装（pip install python-docx），或改写 .html、.pdf",
                "DOCX needs python-docx: install it (pip install python-docx), or write .html or .pdf",
            )
        ) from error
    word = library.Document()
    _page(word, document)
    word.add_heading(clean(document.title), 0)
    for line in document.subtitle:
        _run(word.add_paragraph(), line, size=9, colour="5b6770")
    for part in document.blocks:
        _block(word, part, document)
    out = io.BytesIO()
    word.save(out)
    return _dated(out.getvalue())


def _page(word: Any, document: Document) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(14)
    section.top_margin, section.bottom_margin = (Mm(11), Mm(13)) if document.sheet else (Mm(16), Mm(18))
    section.footer_distance = Mm(6)
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Heading 3"):
        style = word.styles[name]
        style.font.name = FONT
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            style.element.rPr.rFonts.attrib.pop(qn(f"w:{theme}"), None)
        style.paragraph_format.space_after = Pt(2)
        style.paragraph_format.space_before = Pt(0 if document.sheet or name == "Normal" else 6)
    word.styles["Normal"].font.size = Pt(9)
    word.styles["Title"].font.size = Pt(17 if document.sheet else 22)
    noon = dt.datetime.combine(document.date, dt.time(12))
    told = word.core_properties
    told.title, told.author, told.created, told.modified = clean(document.title)[:250], "Zone Planner", noon, noon
    told.language = "zh-CN" if document.lang == "zh" else "en-GB"
    _run(section.footer.paragraphs[0], document.foot, size=7.5, colour="5b6770")


def _run(paragraph: Any, text: str, *, size: float = 0.0, colour: str = "", bold: bool = False) -> Any:
    from docx.shared import Pt, RGBColor

    run = paragraph.add_run(clean(text))
    if size:
        run.font.size = Pt(size)
    if colour:
        run.font.color.rgb = RGBColor.from_string(colour.lstrip("#").upper())
    run.bold = bold or None
    return run


def _marked(paragraph: Any, basis: str | None, lang: str) -> None:
    """Add the word of a basis, in its colours, behind what it is the basis of."""
    if basis is None:
        return
    look = badge(basis, lang)
    run = _run(paragraph, f" [{look['word']}]", size=7.5, colour=look["ink"])
    _shade(run._r.get_or_add_rPr(), look["ground"])


def _shade(properties: Any, colour: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour.lstrip("#").upper())):
        shade.set(qn(f"w:{name}"), value)
    properties.append(shade)


def _block(word: Any, part: blocks.Block, document: Document) -> None:
    lang = document.lang
    match part:
        case blocks.Heading(text, level, basis):
            _marked(word.add_heading(clean(text), level - 1), basis, lang)
        case blocks.Para(text, look, basis):
            paragraph = word.add_paragraph()
            _run(paragraph, text, size=0 if look == "text" else 8, colour="" if look == "text" else "5b6770")
            _marked(paragraph, basis, lang)
        case blocks.Points(items):
            for text, basis in items:
                paragraph = word.add_paragraph(style="List Bullet")
                _run(paragraph, text)
                _marked(paragraph, basis, lang)
        case blocks.Facts(pairs, inline):
            for name, told in pairs:
                paragraph = word.add_paragraph()
                _run(paragraph, f"{name}  ", size=8, colour="5b6770", bold=True)
                _run(paragraph, ("    " if inline else "\n").join(told), size=8)
        case blocks.KeyFigures(items):
            _keys(word, items, lang)
        case blocks.Figures():
            _figures(word, part, document)
        case blocks.Table():
            _table(word, part, document)
        case blocks.Break():
            word.add_page_break()


def _keys(word: Any, items: Any, lang: str) -> None:
    table = word.add_table(1, len(items))
    for cell, item in zip(table.rows[0].cells, items, strict=True):
        _shade(cell._tc.get_or_add_tcPr(), "#f4f7fa")
        _run(cell.paragraphs[0], item.label, size=7.5, colour="5b6770")
        _run(cell.add_paragraph(), item.value, size=13, colour="0b5fa5", bold=True)
        last = cell.add_paragraph()
        _run(last, item.note, size=7, colour="5b6770")
        _marked(last, item.basis, lang)


def _figures(word: Any, part: blocks.Figures, document: Document) -> None:
    from docx.shared import Mm

    free = WIDTH_MM / min(2, len(part.columns)) - 2
    table = word.add_table(1, len(part.columns)) if all(d.width for c in part.columns for d in c) else None
    if table is not None:
        _columns(table, [max(d.width for d in column) + 1 for column in part.columns])
    for k, column in enumerate(part.columns):
        cell = None if table is None else table.rows[0].cells[k]
        for n, drawing in enumerate(column):
            paragraph = word.add_paragraph() if cell is None else cell.paragraphs[0] if n == 0 else cell.add_paragraph()
            _picture(paragraph, png(drawing), width=Mm(drawing.width or free))
    for legend in part.legends:
        paragraph = word.add_paragraph()
        _run(paragraph, f"{legend['title'][document.lang]}  ", size=7.5, colour="5b6770", bold=True)
        for entry in legend["entries"]:
            _picture(paragraph, _symbol(entry), height=Mm(2.6))
            _run(paragraph, f" {entry[document.lang]}   ", size=7.5)
    if part.caption:
        _run(word.add_paragraph(), part.caption, size=7.5, colour="5b6770")


def _picture(paragraph: Any, content: bytes, **size: Any) -> None:
    """Add a picture with no room around it: where none is said, LibreOffice takes 3 mm on either side and crops."""
    shape = paragraph.add_run().add_picture(io.BytesIO(content), **size)
    for side in "TBLR":
        shape._inline.set(f"dist{side}", "0")


def _columns(table: Any, widths: Any) -> None:
    """Fix the widths of columns [mm] and leave no room inside the cells: a picture wider than its cell is cropped."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm

    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        one = OxmlElement(f"w:{side}")
        one.set(qn("w:w"), "0")
        one.set(qn("w:type"), "dxa")
        margins.append(one)
    look = table._tbl.tblPr.find(qn("w:tblLook"))  # the schema wants margins before it
    look.addprevious(margins) if look is not None else table._tbl.tblPr.append(margins)


def _symbol(entry: Any) -> bytes:
    return png(blocks.Drawing(symbol_svg(entry), 5.0))


def _table(word: Any, table: blocks.Table, document: Document) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Mm

    if table.title:
        _marked(word.add_heading(clean(table.title), 3), table.basis, document.lang)
    made = word.add_table(1 + len(table.rows), len(table.head), style="Table Grid")
    made.autofit = False
    widths = column_widths(table)
    for column, share in zip(made.columns, widths, strict=True):
        column.width = Mm(WIDTH_MM * share / sum(widths))
    cells = list(made._cells)  # one walk over the grid: asking row by row takes time that grows with its square
    rows = [table.head, *table.rows]
    for y, row in enumerate(rows):
        bold = y == 0 or (y <= len(table.whole) and table.whole[y - 1])
        for x, one in enumerate(row):
            cell = cells[y * len(table.head) + x]
            cell.width = Mm(WIDTH_MM * widths[x] / sum(widths))
            paragraph = cell.paragraphs[0]
            _run(paragraph, one.text, size=7.5, bold=bold)
            if table.head[x].number:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            if y == 0:
                _shade(cell._tc.get_or_add_tcPr(), "#eef2f6")
    made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    if table.note:
        _run(word.add_paragraph(), table.note, size=7.5, colour="5b6770")


def _dated(content: bytes) -> bytes:
    """Return the package with all its parts of one date, so that equal reports are equal files."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, source.read(name))
    return out.getvalue()
