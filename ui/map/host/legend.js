// The panel of layers with their legend and how sure each is; rebuilt only when its content changes.

import { Adjust } from './adjust.js';
import { element, svg } from './dom.js';
import { SIGNS } from './pens.js';
import { CROSS, INSET } from './styles.js';
import { probe } from './tiles.js';

const GROUPS = ['result', 'service', 'plan', 'base'];

export function grouped(layers) {
  // The layers that have a name, by group, the top one first.
  const groups = new Map();
  for (const spec of [...layers].reverse()) {
    if (!spec.title) continue;
    if (!groups.has(spec.group)) groups.set(spec.group, []);
    groups.get(spec.group).push(spec);
  }
  return groups;
}

function mark(item, dash) {
  const node = svg('g', { transform: 'translate(4.5,0.5) scale(0.54)' });
  const fill = !item.path ? 'none' : item.hollow ? '#fff' : item.color;
  const paint = { fill, stroke: item.color, 'stroke-width': 2.6, ...dash, ...(item.path && item.faint ? { 'fill-opacity': 0.5 } : {}) };
  node.appendChild(svg('path', { d: item.path || CROSS, 'fill-rule': 'evenodd', ...paint }));
  return node;
}

function sign(item) {
  // As on the map (styles.js): of what is not sure a smaller sign in a broken ring.
  const node = svg('g', { transform: 'translate(2.4,0.4) scale(0.72)' });
  const ringed = item.dash && !item.hollow;
  const broken = item.dash ? { 'stroke-dasharray': '2.2 2.6' } : {}; // so small, longer dashes would run together
  node.appendChild(svg('path', { d: item.path, fill: item.hollow || ringed ? '#fff' : item.color, stroke: item.color, 'stroke-width': 1.6, ...broken }));
  const within = ringed ? node.appendChild(svg('g', { transform: `translate(12,12) scale(${INSET * 0.94}) translate(-12,-12)` })) : node;
  if (ringed) within.appendChild(svg('path', { d: item.path, fill: item.color }));
  within.appendChild(svg('path', { d: item.glyph, 'fill-rule': 'evenodd', fill: item.hollow ? item.color : '#fff' }));
  return node;
}

export function swatch(item, hatch) {
  const s = svg('svg', { width: 22, height: 14, class: 'zp-swatch', 'aria-hidden': 'true' });
  const dash = item.dash ? { 'stroke-dasharray': item.dash } : {};
  if (item.type === 'line') s.appendChild(svg('line', { x1: 1, x2: 21, y1: 7, y2: 7, stroke: item.color, 'stroke-width': item.width || 2.5, ...dash }));
  else if (item.type === 'ring') {
    s.appendChild(svg('circle', { cx: 11, cy: 7, r: 5.6, fill: '#fff', stroke: item.color, 'stroke-width': 1.8 }));
    if (SIGNS[item.sign]) s.appendChild(svg('path', { d: SIGNS[item.sign], transform: 'translate(6.6,2.6) scale(0.55)', fill: 'none', stroke: item.color, 'stroke-width': 2.4 }));
  } else if (item.type === 'point') {
    s.appendChild(item.glyph ? sign(item) : mark(item, dash));
    if (item.glyph) s.setAttribute('height', 18);
  } else {
    const fill = item.hatch ? hatch(item.hatch) : item.color;
    s.appendChild(svg('rect', { x: 1, y: 1, width: 20, height: 12, rx: 2, fill, 'fill-opacity': item.hatch ? 1 : item.opacity ?? 1, stroke: item.stroke || item.color, 'stroke-width': item.strokeWidth ?? 1, ...dash }));
  }
  return s;
}

export class Legend {
  // shown(spec), turn(spec, on): the reader's switches; under(tile): the online map chosen, or null; adjusting: as Adjust takes it.
  constructor(panel, { shown, turn, under, hatch, adjusting }) {
    Object.assign(this, { panel, shown, turn, under, hatch, adjusting });
    this.adjusts = new Map(); // by layer: they outlive the rows
  }

  draw(data, sorted = data.layers) {
    // sorted: the layers as they lie on one another, the lowest first.
    this.data = data;
    const w = data.words;
    const key = JSON.stringify([data.lang, data.layers.map((l) => [l.id, l.title, l.legend, l.badge, l.on, l.note]), data.basis, data.tiles]);
    if (this.key === key) { this.renew(sorted); return; }
    this.key = key;
    const focus = document.activeElement;
    const open = this.panel.querySelector('details')?.open ?? window.innerWidth > 1200;
    this.panel.replaceChildren();
    const details = element('details');
    details.open = open;
    details.appendChild(element('summary', '', w.layers));
    const groups = grouped(sorted);
    const body = element('div', 'zp-legend');
    this.back = element('button', 'zp-place zp-restore', this.data.words.layer_reset_all);
    this.back.type = 'button';
    this.back.addEventListener('click', () => { this.adjusting.resetAll(); details.querySelector('summary').focus(); });
    body.appendChild(this.back);
    this.lists = new Map();
    this.rows = new Map();
    for (const name of GROUPS) {
      if (!groups.has(name)) continue;
      const base = name === 'base';
      const part = element(base ? 'details' : 'section');
      if (base) part.open = this.baseOpen || false;
      part.addEventListener('toggle', () => { this.baseOpen = part.open; });
      part.appendChild(element(base ? 'summary' : 'h4', '', w[`group_${name}`]));
      const list = part.appendChild(element('div', 'zp-rows'));
      this.lists.set(name, list);
      for (const spec of groups.get(name)) this.rows.set(spec.id, list.appendChild(this.row(spec)));
      if (base && (data.tiles || []).length) part.appendChild(this.tiles());
      body.appendChild(part);
      if (name === 'plan') body.appendChild(this.basis());
    }
    details.appendChild(body);
    this.panel.appendChild(details);
    this.renew(sorted);
    if (this.panel.contains(focus)) focus.focus({ preventScroll: true });
  }

  renew(sorted) {
    // The rows in the order of their layers, their signs as strong as those; the hand stays where it is.
    const focus = document.activeElement;
    this.back.hidden = !sorted.some((spec) => this.adjusting.touched(spec));
    for (const [name, specs] of grouped(sorted)) {
      const rows = specs.map(({ id }) => this.rows.get(id));
      const list = this.lists.get(name);
      if (rows.some((row, k) => row !== list.children[k])) list.replaceChildren(...rows);
      for (const spec of specs) {
        this.rows.get(spec.id).style.setProperty('--zp-strength', this.adjusting.strength(spec));
        this.adjusts.get(spec.id).draw(spec, this.data.words);
      }
    }
    if (document.activeElement !== focus && this.panel.contains(focus)) focus.focus({ preventScroll: true });
  }

  row(spec) {
    const row = element('div', 'zp-row');
    const line = element('label');
    const box = element('input');
    box.type = 'checkbox';
    box.checked = this.shown(spec);
    box.addEventListener('change', () => this.turn(spec, box.checked));
    line.appendChild(box);
    const legend = spec.legend || [];
    if (legend.length === 1) line.appendChild(swatch(legend[0], this.hatch));
    line.appendChild(element('span', 'zp-name', spec.title));
    if (spec.badge) line.appendChild(element('em', `zp-badge zp-${spec.badge.basis}`, spec.badge.text));
    row.appendChild(line);
    if (!this.adjusts.has(spec.id)) this.adjusts.set(spec.id, new Adjust(this.adjusting));
    const { button, node } = this.adjusts.get(spec.id);
    row.append(button, node);
    if (legend.length > 1) row.appendChild(this.list(legend));
    if (spec.note) row.appendChild(element('p', 'zp-note', spec.note));
    return row;
  }

  list(items) {
    const list = element('ul');
    for (const item of items) {
      const li = element('li');
      li.appendChild(swatch(item, this.hatch));
      li.appendChild(element('span', '', item.text));
      list.appendChild(li);
    }
    return list;
  }

  basis() {
    const row = element('div', 'zp-basis');
    row.appendChild(element('h4', '', this.data.words.basis));
    row.appendChild(this.list(this.data.basis || []));
    return row;
  }

  tiles() {
    // Nothing is asked of the outside until the reader presses the button; what does not answer is not offered.
    const words = () => this.data.words;
    const row = element('div', 'zp-online');
    row.appendChild(element('h4', '', words().online));
    const button = element('button', 'zp-place', words().probe);
    button.type = 'button';
    row.appendChild(button);
    const note = element('p', 'zp-note', words().probe_note);
    row.appendChild(note);
    button.addEventListener('click', async () => {
      button.disabled = true;
      const alive = (await Promise.all(this.data.tiles.map(async (t) => ((await probe(t)) ? t : null)))).filter(Boolean);
      button.remove();
      if (!alive.length) note.textContent = words().probe_none;
      for (const tile of [{ id: '', title: words().offline_map }, ...alive]) {
        const line = element('label');
        const radio = element('input');
        radio.type = 'radio'; radio.name = 'zp-tile'; radio.checked = !tile.id;
        radio.addEventListener('change', () => this.under(tile.id ? tile : null));
        line.appendChild(radio);
        line.appendChild(element('span', 'zp-name', tile.title));
        row.appendChild(line);
      }
    });
    return row;
  }
}
