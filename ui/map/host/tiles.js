// Online tiles: a choice, never asked for by themselves.

export function toGcj(lat, lng) {
  // The published GCJ-02 formula; used to move the tiles, never the data.
  const a = 6378245.0, ee = 0.006693421622965943, x = lng - 105, y = lat - 35, pi = Math.PI;
  const wave = (20 * Math.sin(6 * x * pi) + 20 * Math.sin(2 * x * pi)) * 2 / 3;
  let dLat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x)) + wave
    + (20 * Math.sin(y * pi) + 40 * Math.sin(y / 3 * pi)) * 2 / 3 + (160 * Math.sin(y / 12 * pi) + 320 * Math.sin(y * pi / 30)) * 2 / 3;
  let dLng = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x)) + wave
    + (20 * Math.sin(x * pi) + 40 * Math.sin(x / 3 * pi)) * 2 / 3 + (150 * Math.sin(x / 12 * pi) + 300 * Math.sin(x / 30 * pi)) * 2 / 3;
  const radians = lat / 180 * pi;
  const magic = 1 - ee * Math.sin(radians) ** 2;
  dLat = dLat * 180 / ((a * (1 - ee)) / (magic * Math.sqrt(magic)) * pi);
  dLng = dLng * 180 / (a / Math.sqrt(magic) * Math.cos(radians) * pi);
  return [lat + dLat, lng + dLng];
}

export function tileLayer(L, tile) {
  const options = { attribution: tile.attribution, subdomains: tile.subdomains || 'abc', maxZoom: 18, pane: 'zp-tiles' };
  const Shifted = L.TileLayer.extend({
    _shift(center) { const [lat, lng] = toGcj(center.lat, center.lng); return L.latLng(lat, lng); },
    _getTiledPixelBounds(center) { return L.TileLayer.prototype._getTiledPixelBounds.call(this, this._shift(center)); },
    _setZoomTransform(level, center, zoom) { L.TileLayer.prototype._setZoomTransform.call(this, level, this._shift(center), zoom); },
  });
  const Kind = tile.gcj ? Shifted : L.TileLayer;
  return L.layerGroup(tile.urls.map((url) => new Kind(url, options)));
}

const PATIENCE = 4000; // what has not answered by then is not offered [ms]

export function probe(tile) {
  return new Promise((resolve) => {
    const image = new Image();
    const timer = setTimeout(() => resolve(false), PATIENCE);
    image.onload = () => { clearTimeout(timer); resolve(true); };
    image.onerror = () => { clearTimeout(timer); resolve(false); };
    image.src = tile.probe;
  });
}
