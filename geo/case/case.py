"""One question as one value: a place, a service, a year, a demand; everything it needs worked out once.

Screen, shell, notebook and cluster task make a :class:`Case` and hand it to ``geo.answers``. What a case works out
goes into the store that came with it, by the frames it was made from, so that the next case on the same frames (a
click, another limit, a scenario that leaves a layer alone) finds it there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from geo import demand as pupils_by
from geo.card import card, short
from geo.case.in_year import facilities, housing, people, people_basis
from geo.coverage import radius_metres
from geo.demand import DemandSettings, Parameters
from geo.entrances import doors
from geo.errors import InputError, PlanError
from geo.frames import workspace_of
from geo.kept import Kept
from geo.measure import Rule, rule
from geo.modes import Mode, travel
from geo.network import Network
from geo.network.places import Places
from geo.services import STAGES, Service, service
from geo.text import Text
from geo.workspace import Workspace

if TYPE_CHECKING:
    from geo.transit import Transit

__all__ = ["Case"]


PLAIN = DemandSettings()


@dataclass(frozen=True, eq=False)
class Case:
    """A question about a place: which service, which year, which demand.

    Parameters
    ----------
    workspace
        The place; under a scenario, what ``geo.scenario.apply`` returns.
    service
        A key of ``geo.services.SERVICES``.
    year
        Year of people and facilities.
    demand
        What the planner chose of the demand.
    keep
        Where results are kept; a store of its own where not given.

    Raises
    ------
    InputError
        If there is no such service.

    Examples
    --------
    >>> from geo.examples import town
    >>> case = town()
    >>> case.supply["seats"].tolist(), int(case.people.sum())
    ([540.0], 1500)
    >>> case.nearest("walk")["metres"].round(1).tolist()
    [100.0, 500.0, 800.0]
    >>> case.of("kindergarten").supply.empty
    True
    >>> case.asked.name_en, case.is_school, case.people_basis is None
    ('Primary school', True, True)
    >>> case.model, case.numbers.value("share", "primary"), case.pupils.round(1).tolist()
    ('share', 0.057, [34.2, 28.5, 22.8])
    >>> case.weight.equals(case.pupils), case.class_sizes["senior"], case.class_size
    (True, 45, 45)
    >>> case.standard.radius_m, case.snaps["snap_m"].tolist(), len(case.homes)
    (500.0, [0.0, 0.0, 0.0], 3)
    """

    workspace: Workspace
    service: str
    year: int
    demand: DemandSettings = PLAIN
    keep: Kept = field(default_factory=Kept, repr=False)

    def __post_init__(self) -> None:
        """Refuse a service that there is not."""
        service(self.service, self.workspace.services)

    @classmethod
    def from_frames(
        cls,
        *,
        facilities: gpd.GeoDataFrame,
        people: gpd.GeoDataFrame,
        links: gpd.GeoDataFrame,
        zones: gpd.GeoDataFrame | None = None,
        service: str = "primary",
        year: int = 2025,
        limit: float | None = None,
        demand: DemandSettings | None = None,
        crs: str | None = None,
        name: str = "",
        keep: Kept | None = None,
    ) -> Case:
        """Return the case of one's own frames, for a notebook.

        Parameters
        ----------
        facilities
            Points, indexed by an id of one's own; column ``seats`` [seats or beds] where they are known, ``accuracy_m``
            (radius that holds the true place in 90 of 100 cases [m]), ``name_zh``, ``name_en`` or ``name``.
        people
            Points (or areas, taken at a point inside) with ``people`` [persons], or ``people_<year>``.
        links
            Lines that may be walked. ``u`` and ``v`` (ids of the ends) and ``metres`` [m] where there are any;
            otherwise lines meet where their ends do (within a millimetre), and are as long as they are drawn. Lines
            that only cross do not meet.
        zones
            Areas, indexed by an id; columns ``name_zh`` or ``name``, ``parent_id`` for parts of another (two levels:
            zones and sub-areas). One area around everybody where not given.
        service, year, demand
            As in ``Case``. The frames hold what there is in that year.
        limit
            The standard distance of the service [m]; a question that needs one asks for it where not given.
        crs
            Metric reference system to work in; that of ``links`` where it is one, else chosen from the place. Frames
            in another system are brought to it; ``case.workspace.own_frames`` (and the card that a notebook shows)
            tells from which.
        name
            What the place is called.

        Raises
        ------
        InputError
            If a column is missing or a value cannot be used; ``findings`` name the frame, its row and its field.
        CrsError
            If a frame does not say its reference system, has one without a known shift (Beijing 54, Xian 80), lies
            far from the links, or ``crs`` is not metric.

        Notes
        -----
        Columns ``basis`` and ``source_id`` of the frames go into the answers; where there are none, the basis is
        "assumed" and the source "own". Pupils are those of ``demand``: shares and ratios of the bundled place until
        ``DemandSettings.changes`` says otherwise.

        Examples
        --------
        >>> from geo.examples import homes, school, streets
        >>> case = Case.from_frames(facilities=school(), people=homes(), links=streets(), limit=500)
        >>> case
        Case(primary 2025; own frames: 1 schools, 3 cells)
        >>> case.workspace.own_frames["zones"].en
        'not given: one area around everybody'
        """
        place = workspace_of(
            facilities=facilities, people=people, links=links, zones=zones, service=service, year=year, limit=limit,
            crs=crs, name=name,
        )  # fmt: skip
        return cls(place, service, year, demand or PLAIN, keep or Kept())

    def __repr__(self) -> str:
        """Return service, year, place, and the demand where the planner chose one."""
        demand = "" if self.demand == PLAIN else f"; demand {short(self.demand.model, 12)}, not the plain one"
        found = len(self.workspace.layer(self.asked.layer))
        counts = f"{found} {self.asked.layer}, {len(self.workspace.cells)} cells"
        place = short(self.workspace.name_en or self.workspace.name_zh)
        under = f", {short(self.workspace.scenario, 20)}" if self.workspace.scenario else ""
        return f"Case({self.service} {self.year}; {place}{under}: {counts}{demand})"

    def _repr_html_(self) -> str:
        """Return the question as a card: what there is of the service, who needs it, the standard, the frames."""
        facts = {
            "地点 place": Text(self.workspace.name_zh, self.workspace.name_en),
            "方案 scenario": self.workspace.scenario,
            "年份 year": self.year,
            "设施 facilities": self._told(lambda: self._supply_words()),
            "居民 residents": self._told(lambda: f"{self.people.sum():,.0f}"),
            "标准 standard": self._told(
                lambda: f"{self.standard.radius_m:g} m {self.standard.standard} {self.standard.clause}"
            ),
            "需求 demand": "" if self.demand == PLAIN else self.demand,
            "坐标系 CRS": self.workspace.crs,
            **{f"自备数据 own frame: {name}": told for name, told in self.workspace.own_frames.items()},
        }
        return card(Text(self.asked.name_zh, self.asked.name_en), facts)

    def of(self, key: str) -> Case:
        """Return the same question about another service.

        Examples
        --------
        >>> from geo.examples import town
        >>> town().of("junior").service
        'junior'
        """
        return self if key == self.service else dataclasses.replace(self, service=key)

    def under(self, workspace: Workspace) -> Case:
        """Return the same question about the place under a scenario.

        Examples
        --------
        >>> from geo import scenario
        >>> from geo.examples import town
        >>> case = town()
        >>> without = scenario.apply(case.workspace, scenario.Scenario("none", closed=("S",)))
        >>> len(case.under(without).supply)
        0
        """
        return dataclasses.replace(self, workspace=workspace)

    @cached_property
    def asked(self) -> Service:
        """The service with its names, layer and unit."""
        return service(self.service, self.workspace.services)

    @property
    def is_school(self) -> bool:
        """Whether pupils of a stage are asked about, not all residents."""
        return self.service in STAGES

    @cached_property
    def supply(self) -> gpd.GeoDataFrame:
        """Facilities of the service in that year, with ``seats`` [seats or beds], NaN where unknown."""
        return self.keep(
            ("supply", self.service, self.year), self._layer,
            make=lambda: facilities(self.workspace, self.service, self.year),
        )  # fmt: skip

    @cached_property
    def doors(self) -> gpd.GeoDataFrame:
        """Where the facilities are entered (``geo.entrances.doors``); ``supply`` itself where no entrance is known.

        Examples
        --------
        >>> from geo.examples import town
        >>> town().doors.index.tolist()
        ['S']
        """
        return self.keep(("doors", self.service, self.year), self._layer, make=lambda: doors(self.supply))

    @cached_property
    def people(self) -> pd.Series:
        """Residents of each cell [persons]."""
        return self.keep(("people", self.year), self.workspace.cells, make=lambda: people(self.workspace, self.year))

    @property
    def people_basis(self) -> Text | None:
        """How the residents are known where they are no data: held or interpolated; None where they are."""
        return people_basis(self.workspace, self.year)

    @cached_property
    def numbers(self) -> Parameters:
        """Every number behind the demand: the workspace's own over the defaults, the planner's over both."""
        return self.keep(("numbers", self.demand), self.workspace.parameters, make=self._numbers)

    @cached_property
    def model(self) -> str:
        """The demand model of the stage: the one chosen, or shares where no standard prints a ratio (senior)."""
        if self.demand.model != "ratio":
            return self.demand.model
        key = f"ratio_{self.demand.bound}"
        return "ratio" if any(r.key == key and r.stage == self.service for r in self.numbers.rows) else "share"

    @cached_property
    def class_sizes(self) -> dict[str, float]:
        """Pupils of a class at each stage, by the rule of the demand settings."""
        return self.keep(
            ("class sizes", self.demand), self.workspace.parameters,
            make=lambda: pupils_by.class_sizes(
                self.demand.class_rule, kindergarten=self.demand.kindergarten_class, numbers=self.numbers
            ),
        )  # fmt: skip

    @property
    def class_size(self) -> int:
        """Pupils of a class at the stage asked about."""
        return int(self.class_sizes[self.service])

    @cached_property
    def pupils(self) -> pd.Series:
        """Pupils of the stage in each cell [persons], by the model of the demand settings.

        Raises
        ------
        InputError
            If the service is no school stage, or the year or a setting is not usable.
        """
        if self.service not in STAGES:
            raise InputError(
                Text(
                    f"没有学段“{self.service}”，可选：{'、'.join(STAGES)}",
                    f"no stage '{self.service}', choose one of {', '.join(STAGES)}",
                )
            )
        return self.keep(
            ("pupils", self.service, self.year, self.demand), self.workspace.cells, self.workspace.parameters,
            make=lambda: pupils_by.pupils(
                self.people, self.service, self.year, model=self.model, bound=self.demand.bound,
                numbers=self.numbers, housing=housing(self.workspace, self.demand.housing),
            ),
        )  # fmt: skip

    @property
    def weight(self) -> pd.Series:
        """Who needs the service in each cell: pupils for a school, residents otherwise [persons]."""
        return self.pupils if self.asked.unit == "pupils" else self.people

    @cached_property
    def standard(self) -> Rule:
        """What the service is measured by (``geo.measure.rule``)."""
        place = self.workspace
        return self.keep(
            ("standard", self.service), place.parameters, place.standards, make=lambda: rule(place, self.service)
        )

    @property
    def snaps(self) -> pd.DataFrame:
        """Where each cell centre meets the street network."""
        place = self.workspace
        return self.keep("snaps", place.network, place.cells, make=lambda: place.network.snap(place.cells))

    @property
    def homes(self) -> Places:
        """The cell centres as places on the network, ready to be walked to from a click."""
        place = self.workspace
        return self.keep("homes", place.network, place.cells, make=lambda: place.network.place(self.snaps))

    @property
    def stepless(self) -> Network:
        """The streets without their steps, for who cannot use them; the network itself where no steps are known.

        Examples
        --------
        >>> from geo.examples import town
        >>> case = town()
        >>> case.stepless is case.workspace.network
        True
        """
        place = self.workspace
        steps = place.streets["class"].eq("steps") if "class" in place.streets else pd.Series(dtype=bool)
        if not steps.any():
            return place.network
        return self.keep(
            "streets without steps", place.network, place.streets,
            make=lambda: Network.from_links(place.streets[~steps], directed=place.network.directed).prepare(),
        )  # fmt: skip

    def nearest(self, by: str) -> pd.DataFrame:
        """Return the nearest facility of each cell: ``target`` and ``metres``, by "radius" (straight line) or "walk".

        Examples
        --------
        >>> from geo.examples import town
        >>> town().nearest("walk").to_dict("list")
        {'target': ['S', 'S', 'S'], 'metres': [100.0, 500.0, 800.0]}
        """
        place = self.workspace
        if by == "radius":
            return self.keep(
                ("nearest by radius", self.service, self.year), place.cells, self._layer,
                make=lambda: self._of_facility(radius_metres(place.cells, self.doors)),
            )  # fmt: skip
        return self.keep(
            ("nearest on foot", self.service, self.year), place.network, place.cells, self._layer,
            make=lambda: self._of_facility(place.network.nearest(self.snaps, self.doors)),
        )  # fmt: skip

    def travel(self, mode: str) -> Mode:
        """Return how one gets about by a mode (a key of ``geo.modes.PRESETS``), its ways compiled.

        Compliance with a standard stays a matter of walking distances; a mode answers minutes.

        Examples
        --------
        >>> from geo.examples import homes, school, streets
        >>> case = Case.from_frames(facilities=school(), people=homes(), links=streets().assign(**{"class": "residential"}))
        >>> case.travel("bicycle").travel_times(homes(), school())["S"].round(2).tolist()
        [0.4, 2.0, 3.2]
        """
        place = self.workspace
        return self.keep(
            ("travel", mode), place.ways, place.streets, place.parameters, make=lambda: travel(place, mode)
        )

    def transit(
        self, date: str, *, walk: float = 1000.0, speed: str | float = "adult", step_free: bool = False
    ) -> Transit:
        """Return the timetable of a day joined to the streets.

        Parameters
        ----------
        date, walk, speed, step_free
            As ``geo.transit.Transit``; step-free ways go round the steps of the streets too (:attr:`stepless`).

        Raises
        ------
        InputError
            If the place has no timetable, or nothing runs on the day.

        Examples
        --------
        >>> import dataclasses
        >>> from geo.examples import buses, town
        >>> case = town()
        >>> case = case.under(dataclasses.replace(case.workspace, timetable=buses()))
        >>> case.transit("2025-05-09")
        Transit(2 stops, 1 lines with 3 runs around the day, walks up to 1000 m at 4.32 km/h)
        """
        from geo.transit import Transit  # most questions ride in nothing: the search is read when one does

        place = self.workspace
        timetable = place.timetable
        if timetable is None:
            raise InputError(
                Text(
                    "该工作区没有时刻表，不能问公交：请导入 GTFS",
                    "this workspace has no timetable and cannot answer by public transport: import GTFS",
                )
            )
        network = self.stepless if step_free else place.network
        return self.keep(
            ("transit", date, walk, speed, step_free), network, timetable,
            make=lambda: Transit(network, timetable, date, walk=walk, speed=speed, step_free=step_free),
        )  # fmt: skip

    def _of_facility(self, found: pd.DataFrame) -> pd.DataFrame:
        """Return nearest entrances as the facilities that they lead to."""
        if self.doors is self.supply:
            return found
        return found.assign(target=found["target"].map(self.doors["facility"]))

    def _supply_words(self) -> str:
        """Return how many facilities there are, their size, and of how many it is not known."""
        seats = self.supply["seats"]
        unknown = f", {int(seats.isna().sum())} of unknown size" if seats.isna().any() and seats.notna().any() else ""
        return f"{len(seats)}" + (f", {seats.sum():,.0f} seats{unknown}" if seats.notna().any() else "")

    def _told(self, make: Callable[[], str]) -> object:
        """Return what can be told, or why it cannot: a card is shown whatever the question lacks."""
        try:
            return make()
        except PlanError as error:
            return error.text

    def _numbers(self) -> Parameters:
        table = pupils_by.parameters(self.workspace.parameters)
        for key, stage, year, value in self.demand.changes:
            table = table.changed(key, value, stage=stage, year=year)
        return table

    @property
    def _layer(self) -> gpd.GeoDataFrame:
        return self.workspace.layer(self.asked.layer)
