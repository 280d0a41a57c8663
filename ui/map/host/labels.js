// The names on the map: in the reader's language, never one over another, and none hidden while there is room beside it.

import { element } from './dom.js';

export function phrase(properties, what, lang) {
  // A text in the reader's language, else in the other one.
  return properties[`${what}_${lang}`] ?? properties[`${what}_zh`] ?? properties[`${what}_en`];
}

export function label(L, at, properties, rule, lang) {
  // properties.label_more: other places [lon, lat] where it may stand as well, the better ones first.
  const node = element('div', `zp-label ${rule.className || ''}`);
  const text = element('span', '', phrase(properties, 'label', lang));
  node.appendChild(text);
  if (rule.color || properties.label_color) text.style.color = properties.label_color || rule.color;
  const marker = L.marker(at, { pane: 'zp-label', interactive: false, keyboard: false,
    icon: L.divIcon({ className: 'zp-anchor', html: node, iconSize: [0, 0] }) });
  const more = (properties.label_more || []).map(([lng, lat]) => L.latLng(lat, lng));
  return { marker, node, text, properties, rule, more };
}

export function relabel(labels, lang) {
  for (const one of labels) {
    const said = phrase(one.properties, 'label', lang);
    if (one.text.textContent !== said) one.text.textContent = said; // the same words written anew would be laid out anew
  }
}

export function overlap(a, b) {
  return a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
}

const SQUARE = 64; // what is taken is kept by squares of the screen [px]: a name is held against its neighbours only

export class Taken {
  constructor() { this.squares = new Map(); }

  every([left, top, right, bottom], act) {
    // Stops where act says so, and tells whether it did.
    const last = Math.floor(right / SQUARE), low = Math.floor(bottom / SQUARE), high = Math.floor(top / SQUARE);
    for (let x = Math.floor(left / SQUARE); x <= last; x += 1) for (let y = high; y <= low; y += 1) if (act(x * 100003 + y)) return true;
    return false;
  }

  add(box) {
    this.every(box, (key) => {
      const kept = this.squares.get(key);
      if (kept) kept.push(box); else this.squares.set(key, [box]);
      return false;
    });
  }

  free(box) {
    return !this.every(box, (key) => this.squares.get(key)?.some((other) => overlap(box, other)));
  }
}

export function alongLine(width, height, angle = 0) {
  // How wide and high a name is that lies along its line.
  const [along, across] = [Math.abs(Math.cos(angle * Math.PI / 180)), Math.abs(Math.sin(angle * Math.PI / 180))];
  return [width * along + height * across, width * across + height * along];
}

const BELOW = /zp-(poi|carrier)/; // these hang below their point (host.css)
const HANG = 9;
const SIGN = 11; // half the width of a sign that names keep off [px]

export function shifts(one, width, height) {
  // Where else a name may stand, off its place [px]: in the order of liking.
  if (one.rule.always || one.angle !== undefined) return [[0, 0]];
  if (BELOW.test(one.rule.className)) {
    const up = height + 2 * HANG, aside = width / 2 + HANG + 2, level = height / 2 + HANG;
    return [[0, 0], [0, -up], [aside, -level], [-aside, -level]];
  }
  if (one.more?.length) return [[0, 0]];
  const step = height + 3;
  return [[0, 0], [0, -step], [0, step], [width / 2, -step], [-width / 2, -step], [width / 2, step], [-width / 2, step], [0, -2 * step], [0, 2 * step]];
}

export function declutter(map, labels, signs = []) {
  // Greedy: the more important name chooses its place first, and all but numbers keep off the signs of what is asked about.
  const zoom = map.getZoom();
  const size = map.getSize();
  const taken = new Taken();
  const seen = (p) => p.x > -20 && p.y > -20 && p.x < size.x + 20 && p.y < size.y + 20;
  for (const at of signs) {
    const p = map.latLngToContainerPoint(at);
    if (seen(p)) taken.add([p.x - SIGN, p.y - SIGN, p.x + SIGN, p.y + SIGN]);
  }
  const fits = new Set(labels.filter((one) => zoom >= (one.rule.from ?? 0) && zoom < (one.rule.until ?? 99) && map.hasLayer(one.marker)));
  // All are measured before any is moved: a size asked for after a change makes the browser lay out the page each time.
  for (const one of fits) measure(one);
  for (const one of [...labels].sort((a, b) => (b.rule.rank || 0) - (a.rule.rank || 0))) {
    const found = fits.has(one) && room(map, one, taken, seen);
    if (found) {
      taken.add(found.box);
      move(one, found.x, found.y);
    }
    const visibility = found ? 'visible' : 'hidden';
    if (one.node.style.visibility !== visibility) one.node.style.visibility = visibility;
  }
}

function measure(one) {
  const said = one.text.textContent;
  if (one.width && one.said === said) return;
  [one.width, one.height] = alongLine(one.text.offsetWidth, one.text.offsetHeight, one.angle);
  one.said = said;
}

function room(map, one, taken, seen) {
  const home = map.latLngToContainerPoint(one.marker.getLatLng());
  const places = [home, ...(one.more || []).map((at) => map.latLngToContainerPoint(at))].filter(seen);
  if (!places.length) return null;
  const { width, height } = one;
  const drop = BELOW.test(one.rule.className) ? HANG + height / 2 : 0;
  for (const p of places) {
    for (const [dx, dy] of shifts(one, width, height)) {
      const x = p.x + dx, y = p.y + dy + drop;
      const box = [x - width / 2 - 2, y - height / 2 - 1, x + width / 2 + 2, y + height / 2 + 1];
      if (one.rule.always || taken.free(box)) return { box, x: p.x + dx - home.x, y: p.y + dy - home.y };
    }
  }
  return null;
}

function move(one, x, y) {
  const at = `${Math.round(x)},${Math.round(y)}`;
  if (one.at === at) return;
  one.at = at;
  one.node.style.left = `${Math.round(x)}px`;
  one.node.style.top = `${Math.round(y)}px`;
}
