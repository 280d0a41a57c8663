// Measuring on the map: points by click or Enter, a double click or Enter twice ends, Escape leaves. Straight lengths, geodesic.

import { element } from './dom.js';
import { areaOf, lengthOf, pathOf } from './geodesy.js';
import { icon } from './icons.js';

const INK = '#b3261e';
const TAGS = 40; // beyond so many pieces their lengths would cover one another

const digits = (value, places = 0) => value.toLocaleString('en-US', { minimumFractionDigits: places, maximumFractionDigits: places });

export function lengthText(metres, words) {
  return metres < 1000 ? `${digits(metres, metres < 10 ? 1 : 0)} ${words.ruler_m}` : `${digits(metres / 1000, metres < 100000 ? 2 : 1)} ${words.ruler_km}`;
}

export function areaText(square, words) {
  if (square < 10000) return `${digits(square)} ${words.ruler_m2}`;
  return square < 1e6 ? `${digits(square / 10000, 2)} ${words.ruler_ha}` : `${digits(square / 1e6, 2)} ${words.ruler_km2}`;
}

export class Ruler {
  // turned(on) hears that measuring has begun or ended; busy() whether a click belongs to the drawing.
  constructor(L, map, box, { turned, busy }) {
    Object.assign(this, { L, map, box, turned, busy, on: false, kind: 'line', places: [], ended: false });
    const pane = map.createPane('zp-ruler');
    pane.style.zIndex = 632;
    pane.style.pointerEvents = 'none';
    this.renderer = L.svg({ pane: 'zp-ruler', padding: 0.5 });
    this.layer = L.layerGroup();
    this.furnish();
    map.on('click', ({ latlng }) => this.click(latlng));
    map.on('mousemove', ({ latlng }) => { if (this.on && !this.ended && this.places.length) { this.hand = latlng; this.draw(); } });
    map.on('dblclick', () => { if (this.on) this.end(); });
    document.addEventListener('keydown', (event) => this.key(event));
  }

  furnish() {
    this.node = element('div', 'zp-ruler');
    this.node.hidden = true;
    this.node.setAttribute('role', 'group');
    this.kinds = new Map(['line', 'area'].map((kind) => {
      const button = element('button', 'zp-ruler-kind');
      button.type = 'button';
      button.addEventListener('click', () => { this.kind = kind; this.draw(); this.box.focus({ preventScroll: true }); });
      return [kind, button];
    }));
    this.figure = element('output', 'zp-ruler-figure');
    this.figure.setAttribute('aria-live', 'polite');
    this.more = element('span', 'zp-ruler-more');
    this.back = element('button', 'zp-ruler-act');
    this.fresh = element('button', 'zp-ruler-act');
    this.leave = element('button', 'zp-ruler-act');
    for (const button of [this.back, this.fresh, this.leave]) button.type = 'button';
    this.leave.appendChild(icon('cross', 15));
    this.back.addEventListener('click', () => this.undo());
    this.fresh.addEventListener('click', () => this.clear());
    this.leave.addEventListener('click', () => { this.stop(); this.box.focus({ preventScroll: true }); });
    const head = element('div', 'zp-ruler-head');
    const kinds = element('div', 'zp-ruler-kinds');
    kinds.append(...this.kinds.values());
    head.append(kinds, this.back, this.fresh, this.leave);
    this.node.append(head, this.figure, this.more);
    this.L.DomEvent.disableClickPropagation(this.node);
    this.box.appendChild(this.node);
  }

  update(words) {
    this.words = words;
    this.node.setAttribute('aria-label', words.tool_measure);
    for (const [kind, button] of this.kinds) button.textContent = words[`ruler_${kind}`];
    this.back.textContent = words.ruler_back;
    this.fresh.textContent = words.ruler_clear;
    this.leave.title = words.ruler_leave;
    this.leave.setAttribute('aria-label', words.ruler_leave);
    if (this.on) this.draw();
  }

  toggle() {
    if (this.on) this.stop();
    else this.start();
  }

  start() {
    this.on = true;
    this.node.hidden = false;
    this.box.classList.add('zp-measuring');
    this.map.doubleClickZoom.disable();
    this.layer.addTo(this.map);
    this.box.focus({ preventScroll: true });
    this.clear();
    this.turned(true);
  }

  stop() {
    if (!this.on) return;
    this.on = false;
    this.places = [];
    this.node.hidden = true;
    this.box.classList.remove('zp-measuring');
    this.layer.clearLayers();
    this.layer.remove();
    // The second click of the double click that ended a line is no wish to look closer.
    setTimeout(() => { if (!this.on) this.map.doubleClickZoom.enable(); }, 400);
    this.turned(false);
  }

  click(latlng) {
    if (!this.on) return;
    if (this.busy()) { this.stop(); return; }
    this.add(latlng);
  }

  add(latlng) {
    if (this.ended) { this.places = []; this.ended = false; }
    const last = this.places[this.places.length - 1];
    // The second click of a double click, or Enter twice at one place: the line ends there.
    if (last && this.map.latLngToContainerPoint(last).distanceTo(this.map.latLngToContainerPoint(latlng)) < 3) { this.end(); return; }
    this.places.push(latlng);
    this.hand = null;
    this.draw();
  }

  end() {
    this.ended = this.places.length > 1;
    this.hand = null;
    this.draw();
  }

  undo() {
    this.places.pop();
    this.ended = false;
    this.hand = null;
    this.draw();
  }

  clear() {
    this.places = [];
    this.ended = false;
    this.hand = null;
    this.draw();
  }

  key(event) {
    if (!this.on || !this.box.contains(event.target) || /^(INPUT|TEXTAREA)$/.test(event.target.tagName)) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      if (this.places.length && !this.ended) this.end();
      else this.stop();
    } else if (event.key === 'Backspace') { event.preventDefault(); this.undo(); }
  }

  measured() {
    // What the panel says: {figure, more} of what is drawn, the hand's place included while it moves.
    const { words, kind } = this;
    const at = this.hand ? [...this.places, this.hand] : this.places;
    if (at.length < 2) return { figure: '', more: words[`ruler_${kind}_how`] };
    if (kind === 'area') {
      if (at.length < 3) return { figure: '', more: words.ruler_third };
      return { figure: areaText(areaOf(at), words), more: `${words.ruler_around} ${lengthText(pathOf([...at, at[0]]), words)}` };
    }
    const last = at.length > 2 ? `${words.ruler_last} ${lengthText(lengthOf(at[at.length - 2], at[at.length - 1]), words)} · ` : '';
    return { figure: lengthText(pathOf(at), words), more: `${last}${words.ruler_straight}` };
  }

  draw() {
    const { L, renderer, places, kind, words } = this;
    if (!words) return;
    for (const [name, button] of this.kinds) button.setAttribute('aria-pressed', String(name === kind));
    const { figure, more } = this.measured();
    if (this.figure.textContent !== figure) this.figure.textContent = figure;
    if (this.more.textContent !== more) this.more.textContent = more;
    this.back.disabled = this.fresh.disabled = !places.length;
    this.layer.clearLayers();
    const put = (layer) => this.layer.addLayer(layer);
    const at = this.hand ? [...places, this.hand] : places;
    const style = { renderer, pane: 'zp-ruler', interactive: false, color: INK, weight: 2.5 };
    if (kind === 'area' && at.length > 2) put(L.polygon(at, { ...style, fillColor: INK, fillOpacity: 0.1 }));
    else if (at.length > 1) {
      put(L.polyline(at, { ...style, color: '#fff', weight: 5.5, opacity: 0.85 }));
      put(L.polyline(at, { ...style, dashArray: this.ended ? null : '7 5' }));
    }
    for (const place of places) put(L.circleMarker(place, { ...style, weight: 2, radius: 4.5, fillColor: '#fff', fillOpacity: 1 }));
    if (at.length > 1 && at.length <= TAGS) {
      const round = kind === 'area' && at.length > 2 ? [...at, at[0]] : at;
      for (let k = 1; k < round.length; k += 1) if (round.length > 2) put(this.tag(round[k - 1], round[k]));
    }
  }

  tag(from, to) {
    const middle = this.map.options.crs ? this.map.layerPointToLatLng(this.map.latLngToLayerPoint(from).add(this.map.latLngToLayerPoint(to)).divideBy(2)) : from;
    const node = element('div', 'zp-ruler-tag', lengthText(lengthOf(from, to), this.words));
    return this.L.marker(middle, { pane: 'zp-ruler', interactive: false, keyboard: false, icon: this.L.divIcon({ className: 'zp-anchor', html: node, iconSize: [0, 0] }) });
  }
}
