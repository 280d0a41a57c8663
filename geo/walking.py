"""How fast people walk: presets, to turn metres into minutes and back.

Distances of a standard stay metres; minutes at a speed stand beside them. No clause at hand prints a speed for living
circles: the presets are the speeds that street crossings are designed for or were observed with, so they are estimates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from geo.errors import InputError
from geo.text import Text

__all__ = ["SPEEDS", "Speed", "lasting", "minutes", "speed", "walked"]

OWN = Text("规划者自定", "the planner's own")


@dataclass(frozen=True)
class Speed:
    """A walking speed [km/h], who walks so, how that is known and from where.

    Examples
    --------
    >>> SPEEDS["adult"].km_h, SPEEDS["adult"].basis, round(SPEEDS["adult"].m_per_min, 1)
    (4.32, 'estimated', 72.0)
    """

    key: str
    zh: str
    en: str
    km_h: float
    basis: str = "assumed"
    source: Text = OWN

    @property
    def m_per_min(self) -> float:
        """Metres walked in a minute.

        Examples
        --------
        >>> SPEEDS["elder"].m_per_min
        60.0
        """
        return self.km_h * 1000 / 60

    @property
    def words(self) -> Text:
        """Who walks so, and how fast, as it stands wherever minutes do.

        Examples
        --------
        >>> SPEEDS["adult"].words, speed(5).words.zh
        (Text(zh='成人 1.2 m/s', en='adult, 1.2 m/s'), '自定 1.39 m/s')
        """
        pace = f"{self.km_h / 3.6:.3g} m/s"
        return Text(f"{self.zh} {pace}", f"{self.en}, {pace}")


SPEEDS: dict[str, Speed] = {
    s.key: s
    for s in (
        Speed("adult", "成人", "adult", 4.32, "estimated", Text(
            "上海市城市干道行人过街设施规划设计导则、美国道路通行能力手册的过街设计步速约 1.2 m/s（转引）",
            "design speed at crossings, about 1.2 m/s: Shanghai's guideline for crossings of main roads and the US Highway Capacity Manual (quoted second-hand)",
        )),
        Speed("child", "儿童", "child", 4.2, "estimated", Text(
            "7–8 岁儿童平常步速均值 4.2–4.4 km/h（俄国行人步速表，转引），取低值",
            "children of 7 and 8 at an easy pace, 4.2 to 4.4 km/h on average (a Russian table of pedestrians, second-hand); the lower",
        )),
        Speed("elder", "老人", "elder", 3.6, "estimated", Text(
            "Coffin 与 Morrall（1995）建议老年人较多处取 1.0 m/s（转引）；GB 50180-2018 五分钟 300 米也合 1.0 m/s",
            "Coffin and Morrall (1995) advise 1.0 m/s where many are old (quoted second-hand); 300 m in 5 minutes of GB 50180-2018 is 1.0 m/s too",
        )),
    )
}  # fmt: skip


def speed(asked: str | float = "adult") -> Speed:
    """Return a preset by its key, or a speed of one's own [km/h].

    Raises
    ------
    InputError
        If it is neither a preset nor a number above 0 and at most 15 km/h.

    Examples
    --------
    >>> speed("elder").km_h, speed("4.5").km_h
    (3.6, 4.5)
    """
    if asked in SPEEDS:
        return SPEEDS[str(asked)]
    try:
        own = float(asked)
    except ValueError:
        own = float("nan")
    if not 0 < own <= 15:
        raise InputError(
            Text(
                f"步行速度“{asked}”无效：请选 {'、'.join(SPEEDS)}，或填 0–15 之间的公里/小时数",
                f"no walking speed '{asked}': choose {', '.join(SPEEDS)}, or give km/h above 0 and at most 15",
            )
        )
    return Speed("own", "自定", "own", own)


def minutes(metres: float, at: Speed) -> float:
    """Return the minutes [min] of a walk [m]; inf stays inf and unknown (NaN) unknown.

    Examples
    --------
    >>> minutes(600, SPEEDS["elder"]), minutes(float("inf"), SPEEDS["adult"])
    (10.0, inf)
    """
    return metres / at.m_per_min


def lasting(metres: float, at: Speed = SPEEDS["adult"]) -> Text:
    """Return how long a walk [m] lasts, in words.

    Examples
    --------
    >>> lasting(500), lasting(20, SPEEDS["elder"]).en, lasting(18_000).zh
    (Text(zh='约 7 分钟', en='about 7 min'), 'under 1 min', '约 4.2 小时')
    """
    long = minutes(metres, at)
    if long >= 120:
        return Text(f"约 {long / 60:.1f} 小时", f"about {long / 60:.1f} h")
    return Text("不到 1 分钟", "under 1 min") if long < 1 else Text(f"约 {long:.0f} 分钟", f"about {long:.0f} min")


def walked(metres: float, at: Speed = SPEEDS["adult"]) -> Text:
    """Return metres on foot with their minutes beside them, as every place that tells a walk says it.

    Examples
    --------
    >>> walked(500), walked(1234.5, SPEEDS["elder"]).en, walked(20).zh
    (Text(zh='500 米（约 7 分钟）', en='500 m (about 7 min)'), '1,234 m (about 21 min)', '20 米（不到 1 分钟）')
    >>> walked(float("nan")), walked(float("inf")).zh
    (Text(zh='—', en='—'), '步行不可达')
    """
    if math.isnan(metres):
        return Text("—", "—")
    if math.isinf(metres):
        return Text("步行不可达", "not reachable on foot")
    long = lasting(metres, at)
    return Text(f"{metres:,.0f} 米（{long.zh}）", f"{metres:,.0f} m ({long.en})")
