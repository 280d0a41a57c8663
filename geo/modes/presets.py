"""Who goes how fast on which ways: a preset a mode, every number with its source, open to a workspace's own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from geo.errors import Finding, InputError
from geo.text import Text

__all__ = ["PRESETS", "TABLE", "Preset", "preset"]

TABLE = "modes"
"""Table of workspace.toml with a place's own numbers: ``[modes.car]``, ``[modes.car.speeds]``."""

LINKS = ("motorway", "trunk", "primary", "secondary", "tertiary")
FOOTWAYS = ("footway", "pedestrian", "corridor")


@dataclass(frozen=True)
class Preset:
    """How one goes: speeds by class of way [km/h], what stops one, and where the numbers are from.

    Examples
    --------
    >>> car = PRESETS["car"]
    >>> car.speeds["primary"], car.basis, "footway" in car.speeds, car.delay("08:30"), car.delay("12:00")
    (50.0, 'estimated', False, 1.5, 1.0)
    """

    key: str
    zh: str
    en: str
    speeds: Mapping[str, float]
    """Class of way to speed on the level and without delay [km/h]; a class that is not named cannot be used."""
    source: Text
    basis: str = "estimated"
    permission: str = "foot"
    """Which column of a way says whether one may use it: foot, bicycle or car."""
    posted: bool = False
    """Whether the posted limit of a way (``maxspeed``), where it is known, stands in place of the speed of its class."""
    uphill: float = 0.0
    """Speed lost on each per cent of rise, as a share of the speed on the level."""
    downhill: float = 0.0
    """Speed won on each per cent of fall, as a share of the speed on the level."""
    slowest: float = 0.0
    fastest: float = float("inf")
    """Speeds on slopes stay between these [km/h]."""
    pushed: frozenset[str] = frozenset()
    """Classes on which one dismounts, and goes in both directions at the slowest speed, where a way does not say more."""
    steepest: float = float("inf")
    """Ways that rise or fall more than this anywhere [rise / run] cannot be used."""
    surfaces: Mapping[str, float] = field(default_factory=dict)
    """Surface to highest speed on it [km/h]; 0: it cannot be used."""
    refused: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Values of other columns (``smoothness``, ``wheelchair``) with which one does not come through."""
    doorless: frozenset[str] = frozenset()
    """Classes on which no door opens: places are brought to the next other way."""
    congestion: Mapping[int, float] = field(default_factory=dict)
    """Hour of the day to how many times the moving takes as long as on free streets; hours not named: once. Always assumed."""
    parking: float = 0.0
    """Minutes to park and walk on from there, added to every way that is gone; none where a workspace does not tell them."""
    connected: int = 1
    """Ways in parts of fewer nodes, from which one cannot come back to where one was, are left out (cut off at the edge
    of the map, car parks), where they are less than a twentieth of all: places are brought to the next way instead."""

    def delay(self, start: Any) -> float:
        """Return how many times the moving takes as long at a time of day ("08:30", or seconds after midnight).

        Examples
        --------
        >>> PRESETS["bicycle"].delay("08:30")
        1.0
        """
        return self.congestion.get(_hour(start), 1.0)

    def words(self) -> Text:
        """Return what the mode is called, how fast it goes, and on what basis, as it stands beside its minutes.

        Examples
        --------
        >>> PRESETS["wheelchair"].words().en
        'wheelchair: 3.6 km/h; estimated'
        """
        low, high = min(self.speeds.values()), max(self.speeds.values())
        pace = f"{low:g} km/h" if low == high else f"{low:g}–{high:g} km/h"
        zh = "假定" if self.basis == "assumed" else "估计" if self.basis == "estimated" else self.basis
        more = Text("", "")
        if self.parking:
            minutes = f"{self.parking:g}"
            more = Text(f"，另加停车和步行 {minutes} 分钟", f", {minutes} min more to park and walk")
        return Text(f"{self.zh}：{pace}{more.zh}，{zh}", f"{self.en}: {pace}{more.en}; {self.basis}")


def _hour(start: Any) -> int:
    text = str(start)
    try:
        hour = int(text.split(":")[0]) if ":" in text else int(float(text) // 3600)
    except ValueError:
        hour = -1
    if not 0 <= hour < 48:
        raise InputError(
            Text(
                f"时刻“{start}”无效：请写成 07:30，或零点后的秒数",
                f"no time of day '{start}': write 07:30, or seconds after midnight",
            )
        )
    return hour % 24


def _car() -> dict[str, float]:
    speeds = {"motorway": 100.0, "trunk": 80.0, "primary": 50.0, "secondary": 40.0}
    speeds |= dict.fromkeys(("tertiary", "unclassified", "residential", "road"), 30.0)
    # The assumed crossings of the bundled streets stand for whatever leads over a railway or an expressway there.
    speeds |= {"crossing": 30.0, "living_street": 20.0, "service": 15.0, "motorway_link": 50.0, "trunk_link": 40.0}
    return speeds | {f"{name}_link": speeds[name] for name in LINKS[2:]}


RIDDEN = (
    "primary", "secondary", "tertiary", *(f"{name}_link" for name in LINKS[2:]), "unclassified", "residential", "road",
    "living_street", "service", "cycleway", "crossing",
)  # fmt: skip
WALKED = (*RIDDEN, "trunk", "trunk_link", *FOOTWAYS, "path", "track", "bridleway")
ROUGH = (
    "sand",
    "mud",
    "gravel",
    "pebblestone",
    "grass",
    "ground",
    "dirt",
    "earth",
    "woodchips",
    "rock",
    "stepping_stones",
)

PRESETS: dict[str, Preset] = {
    p.key: p
    for p in (
        Preset(
            "bicycle", "自行车", "bicycle",
            {**dict.fromkeys(RIDDEN, 15.0), "track": 12.0, "path": 13.0, **dict.fromkeys(FOOTWAYS, 13.0)},
            Text(
                "平路速度取 OSRM 自行车配置（推行 4 km/h）；坡度影响按 Parkin 与 Rotheram（2010）：每上坡 1% 减 1.44 km/h、每下坡 1% 增 0.86 km/h（平路 21.6 km/h，系数转引），按比例折算",
                "level speeds of OSRM's bicycle profile (pushed: 4 km/h); slopes after Parkin and Rotheram (2010), Transport Policy 17, 335-341: 1.44 km/h less on each per cent up, 0.86 km/h more on each down, of 21.6 km/h on the level (quoted second-hand), taken as shares",
            ),
            permission="bicycle", uphill=1.44 / 21.6, downhill=0.86 / 21.6, slowest=4.0, fastest=25.0,
            pushed=frozenset(FOOTWAYS), connected=50,
            surfaces={
                "wood": 10.0, "metal": 10.0, "paving_stones": 10.0, "compacted": 10.0, "cobblestone": 7.0, "sett": 9.0,
                "unpaved": 6.0, "fine_gravel": 10.0, "gravel": 6.0, "pebblestone": 6.0, "ground": 10.0, "dirt": 8.0,
                "earth": 6.0, "grass": 6.0, "mud": 3.0, "sand": 3.0,
            },
        ),
        Preset(
            "car", "小汽车", "car", _car(),
            Text(
                "有限速按限速；否则按 CJJ 37-2012（2016年版）表3.2.1 设计速度的中值（快速路 80、主干路 50、次干路 40、支路 30），高速、匝道、宅间路、示意过街通道为假定；拥堵系数（早晚高峰 1.5）为假定",
                "the posted limit where known, else the middle design speed of CJJ 37-2012 (2016), table 3.2.1 (expressway 80, main road 50, secondary 40, branch 30); motorways, ramps, lanes and the crossings of the bundled streets assumed; congestion (1.5 in the peaks) assumed",
            ),
            permission="car", posted=True, congestion=dict.fromkeys((7, 8, 17, 18), 1.5), connected=50,
            doorless=frozenset(f"{name}{link}" for name in LINKS[:2] for link in ("", "_link")),
        ),
        Preset(
            "wheelchair", "轮椅", "wheelchair", dict.fromkeys(WALKED, 3.6),
            Text(
                "不走台阶；坡度不超过 1:12（GB 55019-2021 第2.3.1条；GB 50763-2012 表3.4.4 限长 9 m，长坡未另算）；速度 1.0 m/s 为假定",
                "no steps; no slope above 1:12 (GB 55019-2021 clause 2.3.1; table 3.4.4 of GB 50763-2012 allows it for 9 m only, which is not looked at); 1.0 m/s is assumed",
            ),
            steepest=1 / 12, surfaces=dict.fromkeys((*ROUGH, "cobblestone", "unpaved"), 0.0),
            refused={
                "smoothness": frozenset(("bad", "very_bad", "horrible", "very_horrible", "impassable")),
                "wheelchair": frozenset(("no",)),
            },
        ),
        Preset(
            "pram", "婴儿车", "pram", dict.fromkeys(WALKED, 4.32),
            Text(
                "不走台阶；坡度不超过 1:8（GB 50763-2012 表3.4.4 最陡一档，用于婴儿车为假定）；速度 1.2 m/s 同成人步行",
                "no steps; no slope above 1:8 (the steepest of GB 50763-2012 table 3.4.4; that it holds for prams is assumed); 1.2 m/s, as an adult walks",
            ),
            steepest=1 / 8, surfaces=dict.fromkeys(("sand", "mud", "rock", "stepping_stones"), 0.0),
            refused={"smoothness": frozenset(("very_bad", "horrible", "very_horrible", "impassable"))},
        ),
    )
}  # fmt: skip
NUMBERS = ("uphill", "downhill", "slowest", "fastest", "steepest", "parking")


def preset(mode: str, parameters: Mapping[str, Any] | None = None) -> Preset:
    """Return the preset of a mode with what a workspace says of it (``[modes.<mode>]`` of workspace.toml).

    Parameters
    ----------
    mode
        A key of ``PRESETS``.
    parameters
        The tables of workspace.toml. ``speeds`` and ``surfaces`` (km/h by name) are laid over those of the preset,
        ``congestion`` is one number for all hours or a table of hours; ``uphill``, ``downhill``, ``slowest``,
        ``fastest``, ``steepest``, ``parking``, ``basis``, ``source_zh`` and ``source_en`` take the place of the preset's.

    Raises
    ------
    InputError
        If there is no such mode or key, or a number is none or out of range.

    Examples
    --------
    >>> own = {"modes": {"car": {"congestion": 2, "speeds": {"primary": 45}}}}
    >>> ours = preset("car", own)
    >>> ours.speeds["primary"], ours.speeds["secondary"], ours.delay("03:00"), ours.basis
    (45.0, 40.0, 2.0, 'assumed')
    >>> preset("tram")
    Traceback (most recent call last):
        ...
    geo.errors.InputError: 没有出行方式“tram”，可选：bicycle、car、wheelchair、pram / there is no mode 'tram': choose bicycle, car, wheelchair, pram
    """
    if mode not in PRESETS:
        raise InputError(
            Text(
                f"没有出行方式“{mode}”，可选：{'、'.join(PRESETS)}",
                f"there is no mode '{mode}': choose {', '.join(PRESETS)}",
            )
        )
    plain = PRESETS[mode]
    told = dict((parameters or {}).get(TABLE, {}).get(mode, {}))
    if not told:
        return plain
    known = (*NUMBERS, "speeds", "surfaces", "congestion", "basis", "source_zh", "source_en")
    strange = sorted(set(told) - set(known))
    if strange:
        raise _wrong(mode, strange[0], f"没有这一项，可写：{'、'.join(known)}", f"is unknown: write {', '.join(known)}")
    new: dict[str, Any] = {name: _number(mode, name, told[name]) for name in NUMBERS if name in told}
    for name in ("speeds", "surfaces"):
        if name in told:
            own = {str(k): _number(mode, f"{name}.{k}", v) for k, v in dict(told[name]).items()}
            new[name] = {**getattr(plain, name), **own}
    if "speeds" in new:  # a class with the speed 0 is one that cannot be used
        new["speeds"] = {k: v for k, v in new["speeds"].items() if v > 0}
    if "congestion" in told:
        given = told["congestion"]
        hours = {int(h): v for h, v in given.items()} if isinstance(given, Mapping) else dict.fromkeys(range(24), given)
        new["congestion"] = {h: _number(mode, f"congestion.{h}", v, least=1.0) for h, v in hours.items()}
    own_words = Text(
        str(told.get("source_zh", "workspace.toml 自定")), str(told.get("source_en", "set in workspace.toml"))
    )
    source = Text(f"{own_words.zh}；其余：{plain.source.zh}", f"{own_words.en}; otherwise: {plain.source.en}")
    return dataclasses.replace(plain, **new, basis=str(told.get("basis", "assumed")), source=source)


def _number(mode: str, name: str, value: Any, least: float = 0.0) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= 1000
    if not good:
        raise _wrong(
            mode,
            name,
            f"须为 {least:g}–1000 的数，现为 {value!r}",
            f"must be a number from {least:g} to 1000, not {value!r}",
        )
    return float(value)


def _wrong(mode: str, name: str, zh: str, en: str) -> InputError:
    return InputError([Finding("error", zh, en, "workspace.toml", field=f"{TABLE}.{mode}.{name}")])
