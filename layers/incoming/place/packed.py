"""Degrees, minutes and seconds written as one number: 117.3936 or 1173936 for 117°39′36″.

Read as decimal degrees they lie up to 40 km away and look like any others. What gives them away is that no minute and
no second ever reaches 60; a true decimal does so in two of three numbers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.errors import Finding
from layers.incoming.place.extent import Floats
from layers.incoming.rows.table import OpenQuestionError, Question, RefusedError, error, warning

__all__ = ["unpacked"]

ROWS = 3
"""From so many rows on, minutes and seconds that all stay below 60 are no chance (under one in fifty even of three)."""


def unpacked(xy: Floats, texts: list[tuple[str, str]], told: object, notes: list[Finding]) -> Floats:
    """Return longitude and latitude in decimal degrees; asks where they may be degrees, minutes and seconds.

    Parameters
    ----------
    xy
        Longitude, latitude as the cells have them, NaN where a row has none.
    texts
        The same as they were written: how many decimals there are tells.
    told
        The answer to ``angle``: ``decimal`` or ``dms``.
    notes
        Takes the warning of a file of one row, of which nobody can tell.

    Raises
    ------
    OpenQuestionError
        If both readings are possible.
    RefusedError
        If the answer is none, or does not fit the numbers.
    """
    if told not in (None, "decimal", "dms"):
        raise RefusedError(error("angle 的答案无效，可选 decimal 或 dms", "no answer to angle; choose decimal or dms"))
    present = np.asarray(np.isfinite(xy).all(axis=1), dtype=np.bool_)
    if told == "decimal" or not present.any():
        return xy
    whole = bool((np.abs(xy[present]) > 360).all())
    scale = 1.0 if whole else 1e4
    packed = np.abs(xy[present]) * scale
    degrees, minutes, seconds = _parts(packed)
    fits = bool(
        (minutes < 60).all() and (seconds < 60).all() and (degrees[:, 0] <= 180).all() and (degrees[:, 1] <= 90).all()
    )
    if told == "dms":
        if not fits:
            raise RefusedError(
                error("坐标不能按度分秒读取：有的分或秒不小于 60；请核对", "the coordinates are no degrees, minutes and seconds: some reach 60; check them")
            )  # fmt: skip
        return _decimal(xy, scale)
    if not fits or not (whole or _written(texts, present)):
        return xy
    shown, then = xy[present][0], _decimal(xy[present][:1], scale)[0]
    km = float(np.hypot((then[0] - shown[0]) * 87, (then[1] - shown[1]) * 111)) if not whole else 0.0
    apart = ("", "") if whole else (f"两种读法相差约 {km:.0f} 公里。", f" The two readings are {km:.0f} km apart.")
    if present.sum() == 1 and not whole:  # one row in eight is so by chance: said, not asked
        notes.append(
            warning(f"坐标若是度分秒连写（DD.MMSS），真正的位置是 {then[0]:.5f}, {then[1]:.5f}，与十进制度相差约 {km:.0f} 公里；请在预览中核对",
                    f"if the coordinates are degrees, minutes and seconds in one number, the place is {then[0]:.5f}, {then[1]:.5f}, {km:.0f} km away; check the preview")
        )  # fmt: skip
        return xy
    raise OpenQuestionError([Question(
        "angle",
        f"坐标如 {texts[int(np.flatnonzero(present)[0])][0]}：全部的“分”“秒”都小于 60，像是度分秒连写（{then[0]:.5f}, {then[1]:.5f}）。{apart[0]}是哪一种？",
        f"Coordinates such as {texts[int(np.flatnonzero(present)[0])][0]}: no minute or second reaches 60, they look like degrees, minutes and seconds in one number ({then[0]:.5f}, {then[1]:.5f}).{apart[1]} Which is it?",
        (("dms", "度分秒连写（DD.MMSS）", "degrees, minutes and seconds (DD.MMSS)"), ("decimal", "十进制度", "decimal degrees")), "dms",
    )])  # fmt: skip


def _written(texts: list[tuple[str, str]], present: npt.NDArray[np.bool_]) -> bool:
    """Return whether the decimals can be minutes and seconds: at least four of them, or a few zeros fewer."""
    decimals = [
        [len(t.partition(".")[2].rstrip()) for t in pair] for pair, here in zip(texts, present, strict=True) if here
    ]
    longest = [max(d[k] for d in decimals) for k in (0, 1)]
    if min(longest) < 3 or max(longest) > 8:
        return False
    # Two rows may fit by chance; then only four decimals, as nobody writes degrees, are taken for a sign.
    return len(decimals) >= ROWS or all(n == 4 for d in decimals for n in d)


def _parts(packed: Floats) -> tuple[Floats, Floats, Floats]:
    """Return degrees, minutes and seconds of DDDMMSS.s; a hair is added, for 36 may stand as 35.999999."""
    value = packed + 1e-6
    degrees = np.floor(value / 1e4)
    minutes = np.floor((value - degrees * 1e4) / 100)
    return degrees, minutes, value - degrees * 1e4 - minutes * 100


def _decimal(xy: Floats, scale: float) -> Floats:
    degrees, minutes, seconds = _parts(np.abs(xy) * scale)
    return np.sign(xy) * (degrees + minutes / 60 + (seconds - 1e-6) / 3600)
