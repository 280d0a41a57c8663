"""What a panel cannot answer without: named in words, with what to do and the way to bring it in. Never a 0 for what is not known."""

from __future__ import annotations

from geo.answers.known import no_data
from geo.case import Case
from geo.schema import LAYERS
from geo.text import Text
from ui.parts.markup import paragraph, title
from ui.parts.navigation import onward
from ui.words import both, pick, say, service_name

__all__ = ["bring", "lacks", "layer_name", "told"]

NEEDS = ("zones", "people", "service", "plan")
"""What an answer may need, in the order in which it is asked for."""


def layer_name(key: str) -> str:
    """Return the name of a layer in the language of the session."""
    if key == "population":
        return say("import_population")
    if key == "timetable":
        return say("import_timetable")
    return pick(Text(LAYERS[key].zh, LAYERS[key].en))


def lacks(case: Case, *needs: str) -> list[str]:
    """Return those of ``needs`` that the data of the place do not hold."""
    there = {"zones": _zones, "people": _people, "service": _service, "plan": _plan}
    return [need for need in NEEDS if need in needs and not there[need](case)]


def told(case: Case, *needs: str) -> bool:
    """Say what of ``needs`` is lacking, what to do about it, and lead there; return whether anything is."""
    missing = lacks(case, *needs)
    if not missing:
        return False
    first = {
        "zones": both("lack_zones"), "people": both("lack_people"), "service": both("lack_service", service=service_name(case.service)),
        "plan": both("lack_plan"),
    }  # fmt: skip
    title(say("list_stop").join(pick(first[need]) for need in missing))
    for need in missing:
        paragraph(say(f"lack_{need}_do"))
    bring(case, missing[0])
    return True


def bring(case: Case, need: str) -> None:
    """Offer to bring in what is lacking: the import opens with its layer chosen."""
    layer = {"zones": "zones", "people": "population", "service": case.asked.layer, "plan": "projects"}[need]
    onward(say("next_import", layer=layer_name(layer)), "import", key=f"bring_{layer}", import_layer=layer)


def _zones(case: Case) -> bool:
    return not case.workspace.zones.empty


def _people(case: Case) -> bool:
    """Return whether anybody lives there in any year: a year without residents is an answer, a place without is none."""
    place, cells, people = case.workspace, case.workspace.cells, case.people

    def look() -> bool:
        inside = cells[cells["zone_id"].notna()] if _zones(case) else cells
        return bool((people > 0).any() or any((inside[f"people_{year}"] > 0).any() for year in place.years))

    return case.keep("people there", cells, people, place.zones, make=look)


def _service(case: Case) -> bool:
    return not no_data(case)


def _plan(case: Case) -> bool:
    place = case.workspace
    return any(len(table) > 0 for table in (place.targets, place.facts, place.projects, place.contradictions))
