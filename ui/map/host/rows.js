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

const NEAR = 14; // [px]: a hand points no finer

/** Return whether a place [lat, lon] lies within a ring of places. */
export function within([lat, lon], ring) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [a, b] = [ring[i], ring[j]];
    if ((a[0] > lat) !== (b[0] > lat) && lon < ((b[1] - a[1]) * (lat - a[0])) / (b[0] - a[0]) + a[1]) inside = !inside;
  }
  return inside;
}

/** Return which of several rows (each its places) lies under a place: the nearest point at hand, else the smallest ground, else -1. */
export function under(rows, place, far) {
  let [best, least] = [-1, Infinity];
  rows.forEach((places, i) => {
    const away = places.length === 1 ? far(places[0]) : Infinity;
    if (away <= NEAR && away < least) [best, least] = [i, away];
  });
  if (best >= 0) return best;
  rows.forEach((places, i) => {
    if (places.length < 3 || !within(place, places)) return;
    const [lats, lons] = [places.map((p) => p[0]), places.map((p) => p[1])];
    const size = (Math.max(...lats) - Math.min(...lats)) * (Math.max(...lons) - Math.min(...lons));
    if (size < least) [best, least] = [i, size];
  });
  return best;
}

export class Rows {
  // send(pick) tells the page what was pressed.
  constructor(L, map, send, page = document) {
    this.L = L;
    this.map = map;
    this.send = send;
    this.page = page;
    map.on('mousemove', (e) => { this.at = e.latlng; this.soon ??= requestAnimationFrame(() => { this.soon = undefined; this.below(); }); });
    map.on('mouseout', () => { this.at = null; this.show(null); });
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

  below() {
    // The row of what the mouse is on: a point at hand, or the smallest part of the ground that is listed.
    if (!this.at) return;
    const rows = [...this.page.querySelectorAll('.st-key-side [data-at]')];
    const here = this.map.latLngToContainerPoint(this.at);
    const px = (place) => here.distanceTo(this.map.latLngToContainerPoint(place));
    this.show(rows[under(rows.map((row) => placesOf(row.dataset.at)), [this.at.lat, this.at.lng], px)] ?? null);
  }

  show(row) {
    if (row === this.shown) return;
    this.shown?.classList.remove('zp-here');
    row?.classList.add('zp-here');
    this.shown = row;
    // Within a list that scrolls by itself only: the panel stays where the planner reads.
    const list = row?.closest('.zp-grid.long');
    if (list) list.scrollTop = row.offsetTop - list.clientHeight / 2;
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
