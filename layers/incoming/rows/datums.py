"""Words that name the datum of degrees: brands of web maps and reference systems, wherever they stand in a file."""

from __future__ import annotations

import re

__all__ = ["SHIFTED", "datum_in", "shifted_in", "without"]

SHIFTED = ("gcj02", "bd09")
"""The datums of web maps, which lie half a kilometre and more beside WGS84."""
_GCJ = re.compile(
    r"gcj(?:-?_?02)?|\bgd_?(?=lng|lon|lat)|高德(?!置地|广场|地产)|amap|autonavi|火星|腾讯|tencent|qq地图|\bmars\b|奥维|ovital|谷歌|google|datav|阿里云|adcode",
    re.IGNORECASE,
)
_BD = re.compile(r"bd-?_?09(?:ll)?|\bbd_?(?=lng|lon|lat)|百度(?!百科|文库|贴吧|知道|网盘)|baidu|bdmap", re.IGNORECASE)
_WGS = re.compile(
    r"wgs-?_?(?:19)?84|cgcs-?_?2000|国家2000|天地图|大地2000|2000坐标|测绘|gps|gnss|rtk|北斗", re.IGNORECASE
)
_BESIDE = re.compile(rf"{_GCJ.pattern}|{_BD.pattern}|{_WGS.pattern}|大地", re.IGNORECASE)


def datum_in(text: str) -> str | None:
    """Return the datum that words name, None for none, or for two ("高德转WGS84" may be either).

    Examples
    --------
    >>> datum_in("百度经度"), datum_in("CGCS2000"), datum_in("学校名称")
    ('bd09', 'wgs84', None)
    """
    found = [d for pattern, d in ((_BD, "bd09"), (_GCJ, "gcj02"), (_WGS, "wgs84")) if pattern.search(text)]
    return found[0] if len(found) == 1 else None


def shifted_in(text: str) -> str | None:
    """Return the shifted datum that words name: a word for WGS84 is no sign of it outside the coordinates."""
    return "bd09" if _BD.search(text) else "gcj02" if _GCJ.search(text) else None


def without(header: str) -> str:
    """Return a header without the words that name a datum: what it says beside them.

    Examples
    --------
    >>> without("wgs84经度"), without("高德lng"), without("测绘纬度")
    ('经度', 'lng', '纬度')
    """
    return _BESIDE.sub("", header)
