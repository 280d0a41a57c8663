"""The services a planner can ask for, and where each one's facilities are found.

A service is a row of ``SERVICES``: its key (command line, files), its names, the layer that holds its
facilities, and either the seat column (schools) or the kinds (clinics, stops, facilities) that provide it. A
workspace adds its own in tables ``[services.KEY]`` of workspace.toml (``own_services``); ``Workspace.services`` holds both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

import pandas as pd

from geo.errors import Finding, InputError
from geo.text import Text

__all__ = ["SCHOOL_STAGES", "SERVICES", "STAGES", "Service", "own_services", "provides_service", "service"]


@dataclass(frozen=True)
class Service:
    """One service: names, layer of its facilities, and what makes a facility provide it.

    Examples
    --------
    >>> SERVICES["primary"].name_zh, SERVICES["primary"].seats, SERVICES["metro"].unit
    ('小学', 'seats_primary', 'people')
    """

    key: str
    name_zh: str
    name_en: str
    layer: Literal["schools", "clinics", "stops", "facilities"]
    seats: str | None = None
    """Seat column of the schools layer; a school provides the service when it is above zero."""
    kinds: tuple[str, ...] = ()
    """Kinds of the layer that provide the service (all layers but schools)."""
    unit: Literal["pupils", "people"] = "people"
    """Who needs it: pupils of the stage, or all residents."""


SERVICES: dict[str, Service] = {
    s.key: s
    for s in (
        Service("kindergarten", "幼儿园", "Kindergarten", "schools", "seats_kindergarten", unit="pupils"),
        Service("primary", "小学", "Primary school", "schools", "seats_primary", unit="pupils"),
        Service("junior", "初中", "Junior middle school", "schools", "seats_junior", unit="pupils"),
        Service("senior", "高中", "Senior middle school", "schools", "seats_senior", unit="pupils"),
        Service("community_health_centre", "社区卫生服务中心", "Community health centre", "clinics",
                kinds=("community_health_centre",)),
        Service("health_station", "社区卫生服务站", "Community health station", "clinics",
                kinds=("health_station",)),
        Service("hospital", "医院", "Hospital", "clinics", kinds=("hospital",)),
        Service("metro", "地铁站", "Metro station", "stops", kinds=("metro",)),
        Service("bus_stop", "公交站", "Bus stop", "stops", kinds=("bus", "bus_stop", "bus_station")),
        Service("elderly", "社区养老设施", "Elderly day care", "facilities", kinds=("elderly_day_care", "elderly_station")),
        Service("elderly_centre", "养老服务中心", "Elderly service centre", "facilities", kinds=("elderly_centre",)),
        Service("culture", "文化活动设施", "Cultural facility", "facilities", kinds=("culture",)),
        Service("sport", "体育设施", "Sports facility", "facilities", kinds=("sport",)),
        Service("market", "便民市场", "Food market", "facilities", kinds=("market",)),
        Service("park", "公园", "Park", "facilities", kinds=("park",)),
    )
}  # fmt: skip

STAGES: tuple[str, ...] = ("kindergarten", "primary", "junior", "senior")


def own_services(tables: object) -> dict[str, Service]:
    """Return the services that a workspace adds, from the tables ``[services.KEY]`` of its workspace.toml.

    Each table holds ``name_zh``, ``layer`` (clinics, stops or facilities; facilities where not given), ``kinds`` (a list;
    the key where not given), ``name_en``, and for its standard ``radius_m`` [m], ``standard``, ``clause``, ``basis``.

    Raises
    ------
    InputError
        With one finding a fault: a key that is taken or no plain word, no Chinese name, another layer, kinds that are no
        texts, a radius that is no positive number.

    Examples
    --------
    >>> own_services({"fire": {"name_zh": "消防站", "radius_m": 2500}})["fire"].kinds
    ('fire',)
    >>> own_services({"park": {"name_zh": "公园"}})
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...'park' is the name of a service of this program...
    """
    if not tables:
        return {}
    if not isinstance(tables, Mapping) or not all(isinstance(told, Mapping) for told in tables.values()):
        raise InputError(Text("[services] 下每个服务须为一个表，如 [services.fire]", "every service is a table of its own, such as [services.fire]"))  # fmt: skip
    faults = [fault for key, told in tables.items() for fault in _faults(str(key), told)]
    if faults:
        raise InputError(faults)
    return {
        str(key): Service(
            str(key), str(told["name_zh"]), str(told.get("name_en") or told["name_zh"]),
            cast(Any, told.get("layer", "facilities")), kinds=tuple(told.get("kinds", (str(key),))),
        )
        for key, told in tables.items()
    }  # fmt: skip


def _faults(key: str, told: Mapping[str, Any]) -> list[Finding]:
    """Return what is wrong with the table of one service."""
    kinds, radius = told.get("kinds", [key]), told.get("radius_m")
    good_radius = isinstance(radius, int | float) and not isinstance(radius, bool) and 0 < radius < 1e6
    wrong = (
        (key in SERVICES, "name", f"“{key}”是本工具已有的服务，请换一个名称", f"'{key}' is the name of a service of this program; take another"),
        (not re.fullmatch(r"[a-z][a-z0-9_]*", key), "name", f"服务名“{key}”须由小写字母、数字、下划线组成", f"the key '{key}' must be lower-case letters, digits and _"),
        (not str(told.get("name_zh") or "").strip(), "name_zh", "缺少中文名 name_zh", "lacks its Chinese name, name_zh"),
        (told.get("layer", "facilities") not in ("clinics", "stops", "facilities"), "layer", "layer 须为 clinics、stops 或 facilities", "layer must be clinics, stops or facilities"),
        (not (isinstance(kinds, list | tuple) and kinds and all(isinstance(k, str) and k for k in kinds)), "kinds", "kinds 须为文字列表，如 [\"fire\"]", "kinds must be a list of texts, such as [\"fire\"]"),
        (radius is not None and not good_radius, "radius_m", "radius_m 须为正数（米）", "radius_m must be a positive number [m]"),
    )  # fmt: skip
    return [
        Finding("error", f"[services.{key}] {zh}", f"[services.{key}] {en}", "workspace.toml", None, f"services.{key}.{field}")
        for bad, field, zh, en in wrong
        if bad
    ]  # fmt: skip


def service(key: str, among: Mapping[str, Service] | None = None) -> Service:
    """Return the service named ``key``, of ``SERVICES`` or of those given (``Workspace.services``).

    Raises
    ------
    InputError
        If there is no such service; the message lists those there are.

    Examples
    --------
    >>> service("primary").name_en
    'Primary school'
    >>> service("cinema")
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...unknown service 'cinema', choose one of kindergarten, primary, junior, senior, com...
    """
    known_here = SERVICES if among is None else among
    if key not in known_here:
        known = "、".join(f"{s.key}（{s.name_zh}）" for s in known_here.values())
        raise InputError(
            Text(
                f"没有名为“{key}”的服务，可选：{known}",
                f"unknown service '{key}', choose one of {', '.join(known_here)}",
            )
        )
    return known_here[key]


def provides_service(frame: pd.DataFrame, asked: Service) -> pd.Series:
    """Return True for the rows that provide the service: by seats or by the kind of school, or by kind.

    Examples
    --------
    >>> schools = pd.DataFrame({"kind": ["nine_year", "senior"], "seats_primary": [float("nan"), 0.0]})
    >>> provides_service(schools, service("primary")).tolist()  # a school of nine years is one, however large
    [True, False]
    """
    if not asked.seats:
        return frame["kind"].isin(asked.kinds)
    by_kind = frame["kind"].fillna("").map(lambda kind: asked.key in SCHOOL_STAGES.get(str(kind), ())).astype(bool)
    seats = frame[asked.seats]
    return (seats > 0) | (by_kind & seats.isna())


SCHOOL_STAGES: dict[str, tuple[str, ...]] = {
    "kindergarten": ("kindergarten",),
    "primary": ("primary",),
    "junior": ("junior",),
    "senior": ("senior",),
    "middle": ("junior", "senior"),
    "complete_middle": ("junior", "senior"),
    "nine_year": ("primary", "junior"),
    "twelve_year": ("primary", "junior", "senior"),
    "fifteen_year": ("kindergarten", "primary", "junior", "senior"),
    "school": ("primary", "junior", "senior"),
}
"""Stages of a school whose seats are unknown, by its kind."""
