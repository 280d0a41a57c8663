"""Names of ten letters, the most a Shapefile holds: the one table of whoever writes them and whoever reads them back."""

from __future__ import annotations

import re

__all__ = ["SHORT", "short_of"]

SHORT: dict[str, str] = {
    "facility_id": "fac_id", "seats_kindergarten": "seat_kg", "seats_primary": "seat_pri", "seats_junior": "seat_jun",
    "seats_senior": "seat_sen", "area_km2_published": "area_pub", "accuracy_m": "accuracy", "source_id": "source",
    "covered_radius": "cov_radius", "covered_walk": "cov_walk", "share_radius": "shr_radius", "share_walk": "shr_walk",
    "radius_only": "rad_only", "candidate_id": "cand_id", "indicator_id": "indic_id", "project_id": "proj_id",
}  # fmt: skip
_PEOPLE = re.compile(r"people_((?:19|20)\d\d)")


def short_of(name: str) -> str | None:
    """Return the short name of a column that has one: of those above, or of the people of a year.

    Examples
    --------
    >>> short_of("seats_primary"), short_of("people_2025"), short_of("name_zh")
    ('seat_pri', 'pop_2025', None)
    """
    year = _PEOPLE.fullmatch(name)
    return f"pop_{year[1]}" if year else SHORT.get(name)
