"""Make the fonts that the report carries: Noto Sans CJK SC (SIL OFL 1.1), cut to what Chinese planning texts need.

``python -m data.build.fonts [FOLDER]`` reads NotoSansCJK-Regular.ttc and NotoSansCJK-Bold.ttc there (Debian's
fonts-noto-cjk) and needs fontTools. All of GB 2312 in the regular weight, its first level (3 755 characters) in bold:
where bold has none, the regular one stands in.
"""

from __future__ import annotations

import sys
from pathlib import Path

from layers.report.to_pdf import covered

TARGET = Path(__file__).resolve().parents[2] / "layers" / "report" / "fonts"
SOURCE = Path("/usr/share/fonts/opentype/noto")


def common() -> set[int]:
    """Return what the bold weight has: everything but the rarer characters of GB 2312 (lead bytes from 0xD8 on)."""
    return {c for c in covered() if c < 0x2E80 or chr(c).encode("gb2312", "replace")[0] < 0xD8}


def main(source: Path = SOURCE) -> None:
    """Write both weights."""
    from fontTools import subset
    from fontTools.ttLib import TTCollection, TTFont

    options = subset.Options()
    options.layout_features = ["kern", "ccmp", "locl", "mark", "mkmk"]
    options.hinting = False
    options.name_IDs = ["*"]
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE"]
    options.notdef_outline = True
    for weight, wanted in (("Regular", covered()), ("Bold", common())):
        path = source / f"NotoSansCJK-{weight}.ttc"
        faces = TTCollection(path).fonts
        number = next(i for i, f in enumerate(faces) if f["name"].getDebugName(1).startswith("Noto Sans CJK SC"))
        font = TTFont(path, fontNumber=number)
        cut = subset.Subsetter(options)
        cut.populate(unicodes=sorted(wanted))
        cut.subset(font)
        subset.save_font(font, TARGET / f"NotoSansCJKsc-{weight}.otf", options)


if __name__ == "__main__":
    main(*(Path(a) for a in sys.argv[1:]))
