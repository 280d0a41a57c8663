"""The place as it would be under a scenario. The base stays as it is, and what nothing touches stays the very same frame."""

from __future__ import annotations

import dataclasses

from geo.scenario.districts import changed as districts
from geo.scenario.facilities import changed as facilities
from geo.scenario.projects import changed as projects
from geo.scenario.residents import changed as residents
from geo.scenario.scenario import Scenario
from geo.scenario.streets import changed as streets
from geo.scenario.transit import changed as transit
from geo.services import provides_service
from geo.workspace import Workspace

__all__ = ["apply"]


def apply(workspace: Workspace, scenario: Scenario, year: int | None = None) -> Workspace:
    """Return the workspace as it would be under a scenario; the base is left as it is.

    Parameters
    ----------
    year
        Only what holds by then is applied (``Scenario.at``); everything where no year is given. Facilities count from
        their opening year and residents come in their year in either case, as frames can tell that by themselves;
        what is closed, moved, resized, built or barred holds at once in what is returned.

    Returns
    -------
    workspace
        Frames of layers that nothing touches are the same objects as those of the base.

    Raises
    ------
    InputError
        If an object does not fit the base: a facility or zone that is not there, an id that is taken, growth that there
        is not, a way that meets no street. Every fault is told, each with its object.

    Examples
    --------
    >>> from geo.examples import town
    >>> base = town().workspace
    >>> other = apply(base, Scenario("larger", resized={"S": {"primary": 900}}))
    >>> other.schools["seats_primary"].to_dict(), other.scenario, other.cells is base.cells
    ({'S': 900.0}, 'larger', True)
    >>> from geo.scenario.objects import Closed
    >>> later = Scenario("closes in 2030", objects=(Closed("S", 2030),))
    >>> [len(apply(base, later, year).schools) for year in (2029, 2030, None)]
    [1, 0, 0]
    """
    plan = scenario.at(year)
    changed = {
        **facilities(workspace, plan.objects),
        **projects(workspace, plan.objects),
        **residents(workspace, plan.objects),
        **streets(workspace, plan.objects),
        **districts(workspace, plan.objects),
        **transit(workspace, plan.objects),
    }
    # A layer that is the same frame still says by itself whether it holds a service.
    had = (
        key
        for key, asked in workspace.services.items()
        if asked.layer in changed and provides_service(workspace.layer(asked.layer), asked).any()
    )
    return dataclasses.replace(workspace, **changed, scenario=scenario.name, complete=workspace.complete.union(had))
