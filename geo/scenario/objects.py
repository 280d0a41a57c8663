"""The objects of a scenario: each one thing that a planner does to a place, from which year on, by whom, and why.

What is done to a facility may name the project of the plan that builds it (``project_id``, ``project_zh``), so that a record
of changes says it wherever it is read (``geo.scenario.projects``).

Places are in degrees of WGS 84, (lon, lat) as plain tuples rounded to seven decimals (1 cm): they can be compared and
counted, and come back from a file as they were. What cannot be meant is refused when an object is made, in words that
name the object, the field and what to do.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from geo.scenario.checks import WAYS, Area, Ring, checked, is_needed, members, same_id, told

__all__ = [
    "FACILITY_KINDS", "KINDS", "STREET_KINDS", "WAYS", "Added", "Barrier", "Closed", "District", "Growth", "Housing", "Moved", "Object", "Opened",
    "Removed", "Resized", "Street", "TransitLine", "as_plain", "of_plain", "subject",
]  # fmt: skip


class _Object:
    """What all objects have: a kind, an id, a year (None: always), an author and a reason."""

    kind: ClassVar[str]
    year: int | None
    author: str
    reason: str

    def __post_init__(self) -> None:
        """Bring every field to its plain form, and refuse what cannot be meant."""
        plain = checked(self.kind, {f.name: getattr(self, f.name) for f in fields(self)})  # type: ignore[arg-type]
        for name, value in plain.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True)
class Added(_Object):
    """One new facility: where, for which service, how large [seats or beds; None: not known], from which year.

    Examples
    --------
    >>> Added("NEW", "primary", 117.0, 39.1, seats=360).open_year is None
    True
    """

    kind: ClassVar[str] = "add"
    facility_id: str
    service: str
    lon: float
    lat: float
    seats: float | None = None
    open_year: int | None = None
    name_zh: str = ""
    author: str = ""
    reason: str = ""
    project_id: str = ""
    project_zh: str = ""

    @property
    def object_id(self) -> str:
        """The id of the new facility."""
        return self.facility_id

    @property
    def year(self) -> int | None:  # type: ignore[override]
        """The year it opens."""
        return self.open_year


@dataclass(frozen=True)
class Moved(_Object):
    """A facility at another place.

    Examples
    --------
    >>> Moved("S", 117.00000001, 39.1).lon, Moved("S", 117.0, 39.1).object_id
    (117.0, 'move:S')
    """

    kind: ClassVar[str] = "move"
    facility_id: str
    lon: float
    lat: float
    year: int | None = None
    author: str = ""
    reason: str = ""
    project_id: str = ""
    project_zh: str = ""

    @property
    def object_id(self) -> str:
        """``move:`` and the facility."""
        return f"move:{self.facility_id}"


@dataclass(frozen=True)
class Closed(_Object):
    """A facility that is closed.

    Examples
    --------
    >>> Closed("S", 2030).object_id
    'close:S'
    """

    kind: ClassVar[str] = "close"
    facility_id: str
    year: int | None = None
    author: str = ""
    reason: str = ""
    project_id: str = ""
    project_zh: str = ""

    @property
    def object_id(self) -> str:
        """``close:`` and the facility."""
        return f"close:{self.facility_id}"


@dataclass(frozen=True)
class Resized(_Object):
    """Another size of a facility for one service [seats or beds].

    Examples
    --------
    >>> Resized("S", "primary", 900).object_id
    'resize:S:primary'
    >>> Resized("S", "primary", -1)
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...resize:S:primary: seats must be a number of at least 0, not -1...
    """

    kind: ClassVar[str] = "resize"
    facility_id: str
    service: str
    seats: float
    year: int | None = None
    author: str = ""
    reason: str = ""
    project_id: str = ""
    project_zh: str = ""

    @property
    def object_id(self) -> str:
        """``resize:``, the facility and the service."""
        return f"resize:{self.facility_id}:{self.service}"


@dataclass(frozen=True)
class Opened(_Object):
    """A planned facility that opens in another year; ``year`` is that year.

    Examples
    --------
    >>> Opened("S", 2028).object_id
    'open:S'
    """

    kind: ClassVar[str] = "open"
    facility_id: str
    year: int
    author: str = ""
    reason: str = ""
    project_id: str = ""
    project_zh: str = ""

    @property
    def object_id(self) -> str:
        """``open:`` and the facility."""
        return f"open:{self.facility_id}"


@dataclass(frozen=True)
class Housing(_Object):
    """New dwellings on an area; None persons per dwelling: as the workspace supposes.

    Examples
    --------
    >>> Housing("N01", [(117.0, 39.0), (117.01, 39.0), (117.01, 39.01)], 500, year=2028).polygon
    ((117.0, 39.0), (117.01, 39.0), (117.01, 39.01), (117.0, 39.0))
    """

    kind: ClassVar[str] = "housing"
    object_id: str
    polygon: Ring
    dwellings: float
    persons_per_dwelling: float | None = None
    year: int | None = None
    author: str = ""
    reason: str = ""
    name_zh: str = ""


@dataclass(frozen=True)
class Street(_Object):
    """A new way on foot: a street joins whatever it crosses; a bridge, crossing or gate joins at its two ends only.

    Examples
    --------
    >>> Street("N02", [(117.0, 39.0), (117.001, 39.0)], "bridge").way
    'bridge'
    """

    kind: ClassVar[str] = "street"
    object_id: str
    line: Ring
    way: str = "street"
    year: int | None = None
    author: str = ""
    reason: str = ""
    name_zh: str = ""


@dataclass(frozen=True)
class Removed(_Object):
    """The street nearest to a place (within 50 m) is taken away.

    Examples
    --------
    >>> Removed("N03", 117.0, 39.0).kind
    'remove'
    """

    kind: ClassVar[str] = "remove"
    object_id: str
    lon: float
    lat: float
    year: int | None = None
    author: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Barrier(_Object):
    """A line that nobody walks across, or an area that nobody walks through.

    Examples
    --------
    >>> len(Barrier("N04", polygon=[(117.0, 39.0), (117.01, 39.0), (117.01, 39.01)]).polygon)
    4
    """

    kind: ClassVar[str] = "barrier"
    object_id: str
    line: Ring = ()
    polygon: Ring = ()
    year: int | None = None
    author: str = ""
    reason: str = ""
    name_zh: str = ""


@dataclass(frozen=True)
class Growth(_Object):
    """Growth of residents [persons] that comes to another zone instead, from a year on.

    Examples
    --------
    >>> Growth("N05", "south", "north", 200, 2028).people
    200.0
    """

    kind: ClassVar[str] = "growth"
    object_id: str
    from_zone: str
    to_zone: str
    people: float
    year: int | None = None
    author: str = ""
    reason: str = ""


@dataclass(frozen=True)
class District(_Object):
    """The school district of a school for one service: areas, each an outline and its holes (as a GeoJSON MultiPolygon).

    Examples
    --------
    >>> one = District("S", "primary", [[[(117.0, 39.0), (117.01, 39.0), (117.01, 39.01)]]])
    >>> one.object_id, len(one.area), one.area[0][0][-1]
    ('district:S:primary', 1, (117.0, 39.0))
    """

    kind: ClassVar[str] = "district"
    facility_id: str
    service: str
    area: Area
    year: int | None = None
    author: str = ""
    reason: str = ""

    @property
    def object_id(self) -> str:
        """``district:``, the school and the service."""
        return f"district:{self.facility_id}:{self.service}"


@dataclass(frozen=True)
class TransitLine(_Object):
    """A line of public transport in both directions: each corner is a stop, trips leave by a headway [min], all of it assumed.

    ``speed_km_h`` is that between the stops along the straight line, stopping included.

    Examples
    --------
    >>> line = TransitLine("N06", [(117.0, 39.0), (117.01, 39.0)], 10, first="6:30")
    >>> line.headway_min, line.speed_km_h, line.first, line.last
    (10.0, 20.0, '06:30', '22:00')
    """

    kind: ClassVar[str] = "transit"
    object_id: str
    line: Ring
    headway_min: float = 10.0
    speed_km_h: float = 20.0
    first: str = "06:00"
    last: str = "22:00"
    year: int | None = None
    author: str = ""
    reason: str = ""
    name_zh: str = ""


Object = (
    Added | Moved | Closed | Resized | Opened | Housing | Street | Removed | Barrier | TransitLine | Growth | District
)

KINDS: dict[str, type[Object]] = {
    one.kind: one
    for one in (Added, Moved, Closed, Resized, Opened, Housing, Street, Removed, Barrier, TransitLine, Growth, District)
}
"""The class of each kind, in the order in which a table lists them."""
FACILITY_KINDS = ("add", "move", "close", "resize", "open")
STREET_KINDS = ("street", "remove", "barrier")


def subject(one: Object) -> str:
    """Return what an object is about: its facility, or the object itself.

    Examples
    --------
    >>> subject(Closed("S")), subject(Removed("N03", 117.0, 39.0))
    ('S', 'N03')
    """
    return one.facility_id if isinstance(one, Added | Moved | Closed | Resized | Opened | District) else one.object_id


def as_plain(one: Object) -> dict[str, Any]:
    """Return an object as plain data: its kind, its id, and the fields that say something.

    Examples
    --------
    >>> as_plain(Closed("S", 2030))
    {'kind': 'close', 'object_id': 'close:S', 'facility_id': 'S', 'year': 2030}
    """
    held = {f.name: getattr(one, f.name) for f in fields(one)}
    if isinstance(one, Added):
        held["year"] = held.pop("open_year")
    named = {"kind": one.kind, "object_id": one.object_id}
    said = {k: _listed(v) for k, v in held.items() if v is not None and v not in ("", ())}
    return {**named, **{k: v for k, v in said.items() if k != "object_id"}}


def of_plain(data: Any) -> Object:
    """Return the object that plain data tell; the id of a change may be left out, it follows from its facility.

    Raises
    ------
    InputError
        If the kind or a field is not known (a later program wrote it), a field is missing, or cannot be meant.

    Examples
    --------
    >>> of_plain({"kind": "close", "facility_id": "S", "year": 2030})
    Closed(facility_id='S', year=2030, author='', reason='', project_id='', project_zh='')
    >>> of_plain({"kind": "close", "facility_id": "S", "height": 3})
    Traceback (most recent call last):
        ...
    geo.errors.InputError: ...close:S has fields that this program does not know: height; ...
    """
    kind, given = told(data, KINDS)
    cls = KINDS[kind]
    known = {f.name for f in fields(cls)}
    if cls is Added:
        given = {("open_year" if k == "year" else k): v for k, v in given.items()}
    stated = given.pop("object_id", None) if "object_id" not in known else None
    members(kind, given, known, {f.name for f in fields(cls) if is_needed(f)})
    made = cls(**given)
    same_id(stated, made.object_id)
    return made


def _listed(value: Any) -> Any:
    return [_listed(one) for one in value] if isinstance(value, tuple) else value
