"""The core: who is served, are there seats, where best. Pure functions over frames; reads no file, knows no screen.

Begin with a :class:`Case`, made from one's own frames, and ask it with :mod:`geo.answers`::

    import geo

    case = geo.Case.from_frames(facilities=schools, people=homes, links=streets, zones=zones, limit=500)
    answer = geo.answers.coverage(case)
    answer["zones"]        # a table; answer.method, answer.basis and answer.sources say what is behind it
    answer.explore()       # a map

The single steps are functions of their own, on frames and Series: ``geo.coverage``, ``geo.access``, ``geo.adequacy``,
``geo.assignment``, ``geo.siting``, ``geo.demand``, ``geo.equity``, ``geo.network``, ``geo.modes``, ``geo.transit``, ``geo.scenario``, ``geo.crs``.
docs/notebook.md walks through them. Nothing is imported before it is asked for.

Examples
--------
>>> import geo
>>> geo.Text("小学", "primary school").en
'primary school'
>>> "Case" in dir(geo)
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # so that an editor knows the names too
    from geo import access as access
    from geo import adequacy as adequacy
    from geo import answers as answers
    from geo import assignment as assignment
    from geo import coverage as coverage
    from geo import crs as crs
    from geo import demand as demand
    from geo import equity as equity
    from geo import modes as modes
    from geo import network as network
    from geo import scenario as scenario
    from geo import siting as siting
    from geo import transit as transit
    from geo import travel as travel
    from geo.answers import Answer as Answer
    from geo.case import Case as Case
    from geo.errors import CrsError as CrsError
    from geo.errors import InfeasibleError as InfeasibleError
    from geo.errors import InputError as InputError
    from geo.errors import PlanError as PlanError
    from geo.network import Network as Network
    from geo.scenario import Scenario as Scenario
    from geo.siting import Siting as Siting
    from geo.text import Text as Text
    from geo.workspace import Workspace as Workspace

__all__ = [
    "Answer",
    "Case",
    "CrsError",
    "InfeasibleError",
    "InputError",
    "Network",
    "PlanError",
    "Scenario",
    "Siting",
    "Text",
    "Workspace",
    "access",
    "adequacy",
    "answers",
    "assignment",
    "coverage",
    "crs",
    "demand",
    "equity",
    "modes",
    "network",
    "scenario",
    "siting",
    "transit",
    "travel",
]

_HOME = {
    "Answer": "answers",
    "Case": "case",
    "CrsError": "errors",
    "InfeasibleError": "errors",
    "InputError": "errors",
    "Network": "network",
    "PlanError": "errors",
    "Scenario": "scenario",
    "Siting": "siting",
    "Text": "text",
    "Workspace": "workspace",
}
"""The module that holds each value of this face; the other names are the modules themselves."""


def __getattr__(name: str) -> Any:
    """Return a name of the face, imported now (PEP 562): who asks for an error does not wait for the compiler."""
    if name not in __all__:
        raise AttributeError(f"module 'geo' has no attribute {name!r}")
    found = import_module(f"geo.{_HOME.get(name, name)}")
    return getattr(found, name) if name in _HOME else found


def __dir__() -> list[str]:
    """Return the main names, for whoever presses the tab key."""
    return __all__
