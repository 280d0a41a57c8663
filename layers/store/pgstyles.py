"""How QGIS draws the views of plans: styles in ``public.layer_styles``, where it looks for them by itself."""

from __future__ import annotations

from layers.store.revision import Rows
from layers.write.planlooks import AREAS, COMMENTS, LINES, POINTS
from layers.write.qml import Style, qml

__all__ = ["are_there", "keep"]

TABLE = """CREATE TABLE IF NOT EXISTS public.layer_styles (
    id serial PRIMARY KEY, f_table_catalog varchar, f_table_schema varchar, f_table_name varchar, f_geometry_column varchar,
    stylename text, styleqml xml, stylesld xml, useasdefault boolean, description text, owner varchar(63), ui xml,
    update_time timestamp DEFAULT CURRENT_TIMESTAMP, type varchar)"""
STYLES = {
    "object_points": Style("point", POINTS, "kind", label="name"),
    "object_lines": Style("line", LINES, "kind", label="object_id"),
    "object_areas": Style("polygon", AREAS, "kind", label="object_id"),
    "comment_points": Style("point", COMMENTS, "settled", label="text"),
}


def keep(db: Rows, schema: str) -> None:
    """Put the styles of the views of a schema in place of those they had, in a transaction."""
    db.execute("SELECT pg_advisory_xact_lock(hashtextextended('layer_styles', 3))")
    db.execute(TABLE)
    db.execute("DELETE FROM public.layer_styles WHERE f_table_schema = ? AND owner = 'zoneplan'", (schema,))
    for view, style in STYLES.items():
        db.execute(
            "INSERT INTO public.layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, stylename,"
            " styleqml, useasdefault, description, owner) VALUES (current_database(), ?, ?, 'geom', ?, XMLPARSE(DOCUMENT ?),"
            " true, 'Zone Planner', 'zoneplan')",
            (schema, view, view, qml(style)),
        )


def are_there(db: Rows, schema: str) -> bool:
    """Return whether QGIS finds a style for each view of a schema."""
    if db.execute("SELECT to_regclass('public.layer_styles')").fetchone()[0] is None:
        return False
    asked = "SELECT DISTINCT f_table_name FROM public.layer_styles WHERE f_table_schema = ?"
    return {row[0] for row in db.execute(asked, (schema,)).fetchall()} >= set(STYLES)
