"""Open exports in QGIS without a screen and say what it sees, as JSON. Run by Debian's own python3.

usage: /usr/bin/python3 verify.py out.png file.gpkg [layer …]      (also .shp, .dxf, .geojson, .gdb)
"""

import json
import os
import sys
from array import array
from collections import Counter

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsDistanceArea,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, QImage


def symbols(renderer):
    """Return (label, symbol) of each class of a renderer."""
    if renderer.type() == "categorizedSymbol":
        return [(c.label(), c.symbol().clone()) for c in renderer.categories()]
    if renderer.type() == "graduatedSymbol":
        return [(r.label(), r.symbol().clone()) for r in renderer.ranges()]
    return [("", renderer.symbol().clone())] if hasattr(renderer, "symbol") else []


def render(layers, path):
    """Draw the layers over their common extent and return the picture."""
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4548"))
    box = None
    for layer in layers:
        turn = QgsCoordinateTransform(layer.crs(), settings.destinationCrs(), QgsProject.instance())
        one = turn.transformBoundingBox(layer.extent())
        box = one if box is None else box
        box.combineExtentWith(one)
    box.grow(max(box.width(), box.height(), 100) * 0.05)
    settings.setExtent(box)
    settings.setOutputSize(QSize(1400, 1000))
    settings.setBackgroundColor(QColor(255, 255, 255))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    picture = job.renderedImage()
    picture.save(path)
    return picture


def pixels(picture):
    """Return how often each colour is seen."""
    plain = picture.convertToFormat(QImage.Format_RGB32)
    raw = plain.constBits().asstring(plain.sizeInBytes())
    return {colour & 0xFFFFFF: n for colour, n in Counter(array("I", raw)).items()}


def areas(layer):
    """Return area [m2] on the ellipsoid and in EPSG:4548 of each polygon, by the first field."""
    measure = QgsDistanceArea()
    measure.setSourceCrs(layer.crs(), QgsProject.instance().transformContext())
    measure.setEllipsoid("EPSG:7030")
    turn = QgsCoordinateTransform(layer.crs(), QgsCoordinateReferenceSystem("EPSG:4548"), QgsProject.instance())
    found = {}
    for feature in layer.getFeatures():
        shape = feature.geometry()
        if shape.isNull() or shape.type() != 2:
            continue
        names = [f.name() for f in layer.fields()]
        key = next((n for n in ("zone_id", "ZONE_ID") if n in names), None)
        ellipsoid = measure.measureArea(shape)
        shape.transform(turn)
        found[str(feature[key]) if key else str(feature.id())] = [ellipsoid, shape.area()]
    return found


def main():
    """Print what QGIS sees."""
    out, path, names = sys.argv[1], sys.argv[2], sys.argv[3:]
    app = QgsApplication([], False)
    app.initQgis()
    layers, told = [], []
    for name in names or [None]:
        layer = QgsVectorLayer(f"{path}|layername={name}" if name else path, name or "layer", "ogr")
        if not layer.isValid():
            told.append({"layer": name, "valid": False})
            continue
        layers.append(layer)
        labels = layer.labeling().settings() if layer.labelsEnabled() and layer.labeling() else None
        told.append({
            "layer": name,
            "valid": True,
            "crs": layer.crs().authid(),
            "features": layer.featureCount(),
            "invalid": sum(
                1 for f in layer.getFeatures() if not f.geometry().isNull() and not f.geometry().isGeosValid()
            ),
            "renderer": layer.renderer().type(),
            "attr": layer.renderer().classAttribute() if hasattr(layer.renderer(), "classAttribute") else "",
            "classes": [[label, symbol.color().name()] for label, symbol in symbols(layer.renderer())],
            "bases": [
                symbol.symbolLayer(0).dataDefinedProperties().property(k).expressionString()
                for _, symbol in symbols(layer.renderer())
                for k in symbol.symbolLayer(0).dataDefinedProperties().propertyKeys()
            ],
            "labels": labels.fieldName if labels else "",
            "font": labels.format().font().family() if labels else "",
            "aliases": {f.name(): f.alias() for f in layer.fields()},
            "texts": [str(v) for f in layer.getFeatures() for v in f.attributes() if isinstance(v, str)][:200],
            "areas": areas(layer),
            "styled": [s for s in layer.listStylesInDatabase()[2]] if path.endswith(".gpkg") else [],
        })  # fmt: skip
    if layers:
        seen = pixels(render(layers[::-1], out))
        for one in told:
            one["pixels"] = [seen.get(int(colour[1:], 16), 0) for _, colour in one.get("classes", [])]
    print("JSON:" + json.dumps(told, ensure_ascii=False))
    sys.stdout.flush()
    # Leaving by the usual way crashes in Qt's teardown without a screen.
    os._exit(0)


main()
