"""Open the views of plans in PostGIS with QGIS without a screen, and say what it sees. Run by Debian's own python3.

usage: /usr/bin/python3 plans.py HOST DATABASE USER SCHEMA VIEW …
"""

import json
import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import QgsApplication, QgsDataSourceUri, QgsVectorLayer


def main(host, database, user, schema, *views):
    app = QgsApplication([], False)
    app.initQgis()
    told = {}
    for view in views:
        uri = QgsDataSourceUri()
        uri.setConnection(host, "5432", database, user, "")
        uri.setDataSource(schema, view, "geom", "", "id")
        layer = QgsVectorLayer(uri.uri(False), view, "postgres")
        renderer = layer.renderer()
        told[view] = {
            "valid": layer.isValid(), "crs": layer.crs().authid(), "features": layer.featureCount(),
            "points": [f.geometry().asWkt(3) for f in layer.getFeatures()],
            "renderer": renderer.type() if renderer else None,
            "classes": [c.value() for c in renderer.categories()] if renderer and renderer.type() == "categorizedSymbol" else [],
            "labels": layer.labelsEnabled(),
        }  # fmt: skip
    print(json.dumps(told))
    sys.stdout.flush()
    os._exit(0)  # its own end crashes


main(*sys.argv[1:])
