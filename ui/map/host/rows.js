// Rows of the panel and things on the map: a row that says where it lies (data-at="lon,lat lon,lat …") is marked on the
// map while it is pointed at, and the map goes there when it is pressed; a row with data-pick tells the page besides.
// Only the browser works here: no run of the page is asked for by a glance.

/** Return the places that a row names as [lat, lon], [] where it names none that are on earth. */
export function placesOf(text) {
  const pairs = (text || '').trim().split(/\s+/).filter(Boolean).map((pair) => pair.split(',').map(Number));
  const fine = pairs.every(([lon, lat]) => Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(lon) <= 180 && Math.abs(lat) <= 90);
  return fine ? pairs.map(([lon, lat]) => [lat, lon]) : [];
}

/** Return the row (or dot of a chart) that something in it belongs to, null where it belongs to none. */
export function rowOf(target) {
  return target?.closest?.('[data-at],[data-pick]') ?? null;
}

export class Rows {
  // send(pick) tells the page what was pressed.
  constructor(L, map, send, page = document) {
    this.L = L;
    this.map = map;
    this.send = send;
    const heard = { mouseover: 'over', mouseout: 'out', focusin: 'over', focusout: 'out', click: 'press', keydown: 'key' };
    for (const [event, act] of Object.entries(heard)) page.addEventListener(event, (e) => { if (map.getContainer().isConnected) this[act](e); }); // not a map that the page took away
  }

  over(e) {
    const row = rowOf(e.target);
    if (row !== this.row) this.mark(row);
  }

  out(e) {
    if (rowOf(e.relatedTarget) !== this.row) this.mark(null);
  }

  key(e) {
    if ((e.key !== 'Enter' && e.key !== ' ') || e.target !== rowOf(e.target)) return;
    e.preventDefault();
    this.press(e);
  }

  press(e) {
    const row = rowOf(e.target);
    if (!row) return;
    const places = placesOf(row.dataset.at);
    if (places.length) this.go(places);
    if (row.dataset.pick) this.send(row.dataset.pick);
  }

  mark(row) {
    this.drawn?.remove();
    this.drawn = null;
    this.row = row;
    const places = placesOf(row?.dataset.at);
    if (!places.length) return;
    const look = { pane: 'zp-mark', color: '#d9480f', weight: 4, opacity: 0.95, fill: false, interactive: false };
    this.drawn = places.length > 1 ? this.L.polygon(places, look) : this.L.circleMarker(places[0], { ...look, radius: 16 });
    this.drawn.addTo(this.map);
  }

  go(places) {
    if (places.length > 1) this.map.fitBounds(this.L.latLngBounds(places), { animate: false, padding: [60, 60] });
    else this.map.setView(places[0], Math.max(this.map.getZoom(), 15), { animate: false });
  }
}
