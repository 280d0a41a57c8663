"""What goes into the package: the code, and beside it what it ships, under names of its own.

Everything else is said in pyproject.toml. ``data/``, ``static/`` and ``.streamlit/`` keep their places in a checkout;
in the package they are ``zoneplan_data``, ``zoneplan_static`` and ``zoneplan_settings``, so that no folder called ``data``
or ``static`` comes to lie among other people's packages (layers/home.py finds them in both).
"""

from __future__ import annotations

from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages(include=["geo", "geo.*", "layers", "layers.*", "ui", "ui.*", "commands"]),
        "zoneplan_data", "zoneplan_static", "zoneplan_settings",
    ],
    package_dir={"zoneplan_data": "data", "zoneplan_static": "static", "zoneplan_settings": ".streamlit"},
    py_modules=["app", "cli"],
    package_data={
        "layers.door": ["*.js"],
        "layers.page": ["*.js", "*.css"],
        "layers.report": ["*.typ", "fonts/*"],
        "ui": ["*.css"],
        "ui.parts": ["*.js"],
        "ui.map": ["*.css", "*.js", "host/*.js", "host/*.json"],
        "zoneplan_data": ["*.geojson", "*.csv", "*.json", "*.toml", "*.tif", "*.parquet", "*.zip"],
        "zoneplan_static": ["vendor/*/*", "vendor/*/*/*"],
        "zoneplan_settings": ["config.toml"],
    },
    include_package_data=False,
)  # fmt: skip
