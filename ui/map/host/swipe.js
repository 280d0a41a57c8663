// Two answers at one place: a handle across the map, what belongs to the left drawn left of it only, to the right right of it.

import { element } from './dom.js';

export const SIDES = ['left', 'right'];
const STEP = 0.02;
const LEAP = 0.1;

export function paneOf(spec, otherwise) {
  // Pictures below lines and names, points above them, on their side.
  if (!SIDES.includes(spec.side)) return otherwise;
  return spec.kind === 'image' ? `zp-${spec.side}` : `zp-${spec.side}-points`;
}

export function atIn(search) {
  // Where an address says that the handle stands, as a share of the width; null where it says nothing usable.
  const text = new URLSearchParams(search).get('swipe') ?? '';
  const at = text.trim() === '' ? NaN : Number(text);
  return at >= 0 && at <= 1 ? at : null;
}

export function moved(at, key) {
  // Where a key takes the handle; null for keys that do not.
  const steps = { ArrowLeft: -STEP, ArrowDown: -STEP, ArrowRight: STEP, ArrowUp: STEP, PageDown: -LEAP, PageUp: LEAP, Home: -1, End: 1 };
  if (!(key in steps)) return null;
  return Math.min(1, Math.max(0, +(at + steps[key]).toFixed(4)));
}

export function clips(from, to, x) {
  // What of a pane is seen on each side, in the pane's own pixels: from and to are corners of the view, x the handle's.
  const part = (a, b) => `polygon(${[[a, from.y], [b, from.y], [b, to.y], [a, to.y]].map(([px, py]) => `${px}px ${py}px`).join(', ')})`;
  return { left: part(from.x, x), right: part(x, to.x) };
}

export class Swipe {
  // settled() hears that the handle has come to rest somewhere else.
  constructor(map, box, settled, search = window.location.search) {
    this.map = map;
    this.box = box;
    this.settled = settled;
    this.at = atIn(search) ?? 0.5;
    this.panes = {};
    for (const side of SIDES) {
      this.panes[side] = [[`zp-${side}`, 302], [`zp-${side}-points`, 452]].map(([name, z]) => {
        const pane = map.createPane(name);
        pane.style.zIndex = z;
        if (!name.endsWith('points')) pane.style.pointerEvents = 'none';
        return pane;
      });
    }
    this.furnish();
    map.on('move zoom viewreset resize zoomend moveend', () => this.clip());
  }

  get shown() {
    return !this.line.hidden;
  }

  furnish() {
    this.line = element('div', 'zp-swipe');
    this.line.hidden = true;
    this.knob = element('button', 'zp-swipe-knob', '⇔');
    this.knob.type = 'button';
    for (const [key, value] of [['role', 'slider'], ['aria-orientation', 'horizontal'], ['aria-valuemin', '0'], ['aria-valuemax', '100']]) this.knob.setAttribute(key, value);
    this.names = {};
    for (const side of SIDES) {
      this.names[side] = element('div', `zp-swipe-name zp-swipe-${side}`);
      this.line.appendChild(this.names[side]);
    }
    this.line.appendChild(this.knob);
    this.box.appendChild(this.line);
    // The map must neither pan under the handle nor take it for a question about a place.
    for (const kind of ['mousedown', 'touchstart', 'click', 'dblclick', 'contextmenu']) this.line.addEventListener(kind, (e) => e.stopPropagation());
    this.line.addEventListener('pointerdown', (e) => this.grasp(e));
    this.line.addEventListener('pointermove', (e) => { if (this.held === e.pointerId) this.to(this.under(e)); });
    for (const kind of ['pointerup', 'pointercancel']) this.line.addEventListener(kind, (e) => { if (this.held === e.pointerId) this.release(); });
    this.knob.addEventListener('keydown', (e) => {
      const at = moved(this.at, e.key);
      if (at === null) return;
      e.preventDefault();
      e.stopPropagation(); // arrows move the handle, not the map as well
      this.to(at);
      this.settled();
    });
  }

  grasp(event) {
    event.stopPropagation();
    event.preventDefault();
    this.knob.focus({ preventScroll: true });
    this.held = event.pointerId;
    this.line.setPointerCapture?.(event.pointerId);
  }

  release() {
    this.held = null;
    this.settled();
  }

  under(event) {
    const view = this.box.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - view.left) / view.width));
  }

  to(at) {
    this.at = at;
    this.clip();
  }

  update(told, words) {
    // told: what stands on each side, in words; nothing where the panel compares nothing.
    this.line.hidden = !told;
    if (!told) return;
    for (const side of SIDES) this.names[side].textContent = told[side];
    this.knob.title = words.swipe_handle;
    this.knob.setAttribute('aria-label', words.swipe_handle);
    this.clip();
  }

  clip() {
    if (!this.shown) return;
    const size = this.map.getSize();
    const from = this.map.containerPointToLayerPoint([0, 0]);
    const to = this.map.containerPointToLayerPoint([size.x, size.y]);
    const part = clips(from, to, from.x + this.at * size.x);
    for (const side of SIDES) for (const pane of this.panes[side]) pane.style.clipPath = part[side];
    this.line.style.left = `${this.at * 100}%`;
    const percent = Math.round(this.at * 100);
    this.knob.setAttribute('aria-valuenow', percent);
    this.knob.setAttribute('aria-valuetext', `${this.names.left.textContent} ${percent}% | ${this.names.right.textContent} ${100 - percent}%`);
  }
}
