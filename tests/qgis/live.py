"""Run by QGIS's own Python: open a collection of an OGC API – Features service and say what is seen."""

import json
import os
import sys

from qgis.core import QgsApplication, QgsVectorLayer

app = QgsApplication([], False)
app.initQgis()
url, names = sys.argv[1], sys.argv[2:]
seen = []
for name in names:
    layer = QgsVectorLayer(f"url='{url}' typename='{name}' restrictToRequestBBOX='0'", name, "OAPIF")
    rows = [{f.name(): row[f.name()] for f in layer.fields()} for row in layer.getFeatures()] if layer.isValid() else []
    seen.append({
        "name": name, "valid": layer.isValid(), "crs": layer.crs().authid(), "editable": bool(layer.dataProvider().capabilities() & layer.dataProvider().AddFeatures),
        "rows": len(rows), "basis": sorted({str(r.get("basis")) for r in rows}),
    })  # fmt: skip
print("JSON:" + json.dumps(seen), flush=True)
os._exit(0)  # QGIS's own leaving crashes with the layers of a service still open
