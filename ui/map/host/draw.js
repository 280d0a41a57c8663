// Drawing on the map: what the planner's hand does becomes small operations; what is drawn is what Python says of the plan.
//
// An operation is sent until Python has said that it was taken (data.draw.done), each once by its number: a second drag
// during a run of the page is neither lost nor done twice. A line half drawn belongs to the map and outlives every run.

import { element } from './dom.js';
import { geoman } from './leaflet.js';

const PENS = { point: 'Marker', line: 'Line', area: 'Polygon' };
const SNAP = { snappable: true, snapDistance: 14, snapMiddle: false };
const STREETS_FROM = 13; // further out all streets lie within reach of the mouse, and none is meant

export const rounded = (latlng) => [+latlng.lng.toFixed(7), +latlng.lat.toFixed(7)];

export function shapeOf(shape, layer) {
  // What Python takes: [lon, lat], or a list of them; a ring is not closed.
  if (shape === 'point') return rounded(layer.getLatLng());
  const points = layer.getLatLngs();
  return (shape === 'area' ? points[0] : points).map(rounded);
}

export class Outbox {
  // Operations that Python has not said it took, oldest first.
  constructor(send, now = () => Date.now()) {
    this.send = send;
    this.now = now;
    this.waiting = [];
    this.last = 0;
  }

  put(op) {
    this.last = Math.max(this.last + 1, this.now());
    this.waiting.push({ ...op, n: this.last });
    this.send(this.waiting);
    return this.last;
  }

  taken(done) {
    this.waiting = this.waiting.filter((op) => op.n > done);
    this.last = Math.max(this.last, done); // a clock that was put back does not bring numbers back
  }

  moves(id) {
    return this.waiting.some((op) => op.id === id && op.op !== 'select');
  }
}

export function shortcut(event) {
  // undo, redo, or nothing: never while somebody writes in a field.
  const { target, key } = event;
  if (target && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable)) return null;
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return null;
  const letter = key.toLowerCase();
  if (letter === 'y' || (letter === 'z' && event.shiftKey)) return 'redo';
  return letter === 'z' ? 'undo' : null;
}

export class Draw {
  constructor(L, map, box, { send, streets }) {
    this.L = L;
    this.map = map;
    this.box = box;
    this.streets = streets; // () => the street layer, for snapping
    this.outbox = new Outbox((ops) => {
      window.zpDraw = { sent: performance.now(), n: ops[ops.length - 1].n };
      send({ ops });
    });
    this.tool = null;
    this.objects = new Map(); // id -> {key, layer, spec}
    this.ghosts = new Map(); // number of the operation -> layer
    this.held = null; // id of what is being dragged
    this.bar = element('div', 'zp-draw');
    this.bar.setAttribute('role', 'toolbar');
    this.bar.hidden = true;
    box.appendChild(this.bar);
    L.DomEvent.disableClickPropagation(this.bar);
    document.addEventListener('keydown', (event) => this.key(event));
    map.on('moveend', () => this.renewStreets());
    map.on('click', ({ latlng }) => { this.clicked = latlng; });
  }

  get active() {
    return Boolean(this.tool);
  }

  update(told) {
    this.told = told;
    this.bar.hidden = !told;
    this.box.classList.toggle('zp-drawing', Boolean(told && this.tool));
    if (!told) { this.stop(); this.reconcile([]); return; }
    this.outbox.taken(told.done);
    for (const [n, layer] of [...this.ghosts]) if (n <= told.done) { layer.remove(); this.ghosts.delete(n); }
    this.furnish();
    this.reconcile(told.objects);
    this.ready();
  }

  // -- Geoman: asked for when drawing is near, not with the page -----------------------------------------------------
  ready() {
    this.loading ??= geoman().then(() => {
      const { L, map } = this;
      if (!map.pm) { map.pm = new L.PM.Map(map); map.pm.setGlobalOptions({}); }
      map.on('pm:create', ({ layer }) => this.made(layer));
      this.snap = L.polyline([], { stroke: false, interactive: false, snapIgnore: false, pmIgnore: true }).addTo(map);
      this.renewStreets();
      for (const entry of this.objects.values()) this.enable(entry);
      this.box.dataset.draws = 'yes';
    }).catch((error) => { this.loading = null; console.warn('geoman', error); });
    return this.loading;
  }

  renewStreets() {
    if (!this.snap || !this.told) return;
    const layer = this.map.getZoom() >= STREETS_FROM ? this.streets() : null;
    this.snap.setLatLngs(layer ? layer.within(this.map.getBounds().pad(0.1)) : []);
  }

  // -- the tools -------------------------------------------------------------------------------------------------------
  async start(tool) {
    this.stop();
    this.tool = tool;
    this.mark();
    await this.ready();
    if (this.tool?.id !== tool.id || !this.map.pm) return;
    const style = { color: tool.colour, weight: 4, fillOpacity: 0.15 };
    this.map.pm.enableDraw(PENS[tool.shape], { ...SNAP, tooltips: false, continueDrawing: false, markerEditable: false, allowSelfIntersection: false,
      markerStyle: { icon: this.icon(tool), pane: 'zp-draw', interactive: false }, pathOptions: { ...style, pane: 'zp-draw' }, templineStyle: style, hintlineStyle: { ...style, dashArray: '5 6' } });
  }

  stop() {
    if (!this.tool) return;
    this.tool = null;
    if (this.map.pm) this.map.pm.disableDraw();
    this.mark();
  }

  made(layer) {
    const { tool } = this;
    if (!tool) { layer.remove(); return; }
    if (tool.shape === 'point' && this.clicked) {
      // Geoman puts it where the pen was seen last; a busy page may not have seen the last move before the click.
      const [pen, hand] = [layer.getLatLng(), this.clicked].map((at) => this.map.latLngToContainerPoint(at));
      if (pen.distanceTo(hand) > SNAP.snapDistance + 2) layer.setLatLng(this.clicked);
    }
    const n = this.outbox.put({ op: 'add', tool: tool.id, at: shapeOf(tool.shape, layer) });
    this.ghosts.set(n, layer);
    // The click that ended the drawing is not a question: the map hears it before the tool is put away.
    setTimeout(() => { if (this.tool?.id === tool.id) this.stop(); }, 0);
  }

  here() {
    // Without a mouse: the middle of the map is where the pen is.
    const { tool } = this;
    if (tool.shape === 'point') {
      const at = this.map.getCenter();
      const ghost = this.L.marker(at, { icon: this.icon(tool), pane: 'zp-draw', interactive: false, keyboard: false, pmIgnore: true }).addTo(this.map);
      this.ghosts.set(this.outbox.put({ op: 'add', tool: tool.id, at: rounded(at) }), ghost);
      this.stop();
    } else this.map.pm?.Draw[PENS[tool.shape]]._finishShape();
  }

  key(event) {
    if (!this.told || !this.box.isConnected) return;
    const step = shortcut(event);
    const inMap = this.box.contains(event.target);
    const { key } = event;
    if (step) this.step(step);
    else if (key === 'Escape' && this.tool) this.stop();
    else if (key === 'Escape' && inMap && this.told.selected) this.select('');
    else if ((key === 'Delete' || key === 'Backspace') && inMap && this.told.selected) this.remove();
    else return;
    event.preventDefault();
  }

  step(which) {
    if (this.told[which]) this.outbox.put({ op: which });
  }

  remove() {
    this.outbox.put({ op: 'remove', id: this.told.selected });
  }

  select(id) {
    if (this.told.selected === id) return;
    this.told.selected = id;
    this.mark();
    this.outbox.put({ op: 'select', id });
  }

  // -- what is drawn ---------------------------------------------------------------------------------------------------
  reconcile(specs) {
    const wanted = new Set(specs.map((spec) => spec.id));
    for (const [id, entry] of [...this.objects]) if (!wanted.has(id)) { entry.layer.remove(); this.objects.delete(id); }
    for (const spec of specs) {
      const key = JSON.stringify(spec);
      const old = this.objects.get(spec.id);
      // What the hand holds, or has just put down, stays where the hand has put it; what was refused goes back.
      if (old && (this.held === spec.id || this.outbox.moves(spec.id) || (old.key === key && !old.sent))) continue;
      if (old) {
        const focused = old.layer.getElement?.() === document.activeElement;
        old.layer.remove();
        this.put(spec, key);
        if (focused) this.objects.get(spec.id).layer.getElement?.()?.focus();
      } else this.put(spec, key);
    }
    this.mark();
  }

  put(spec, key) {
    const { L } = this;
    const options = { pane: 'zp-draw', pmIgnore: false, snapIgnore: true, bubblingMouseEvents: false };
    const turn = ([lon, lat]) => [lat, lon];
    const layer = spec.shape === 'point'
      ? L.marker(turn(spec.at), { ...options, icon: this.icon(spec), draggable: true, alt: spec.label, title: spec.label })
      : L[spec.shape === 'area' ? 'polygon' : 'polyline'](spec.at.map(turn), { ...options, color: spec.colour, weight: 4, fillOpacity: 0.15 });
    const entry = { key, spec, layer };
    this.objects.set(spec.id, entry);
    layer.on('click', () => this.select(spec.id));
    layer.on('dragstart pm:markerdragstart', () => { this.held = spec.id; });
    layer.on('dragend pm:edit', () => this.moved(entry));
    layer.addTo(this.map);
    layer.getElement?.()?.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.stopPropagation(); // not a question about the middle of the map
      this.select(spec.id);
    });
    if (this.snap) this.enable(entry);
  }

  enable({ layer }) {
    if (!layer.pm) this.L.PM.reInitLayer(layer);
    layer.pm?.enable({ ...SNAP, preventMarkerRemoval: true, allowSelfIntersection: false });
  }

  moved(entry) {
    const { spec, layer } = entry;
    this.held = null;
    const at = shapeOf(spec.shape, layer);
    const text = JSON.stringify(at);
    if (text === (entry.sent ?? JSON.stringify(spec.at))) return; // Geoman and Leaflet both say it
    entry.sent = text;
    this.told.selected = spec.id;
    this.outbox.put({ op: 'move', id: spec.id, at });
  }

  icon({ colour }) {
    const node = element('i', 'zp-handle');
    node.style.setProperty('--zp-colour', colour);
    return this.L.divIcon({ className: 'zp-handle-box', html: node, iconSize: [26, 26], iconAnchor: [13, 13] });
  }

  // -- the bar ---------------------------------------------------------------------------------------------------------
  furnish() {
    const { told } = this;
    const key = JSON.stringify([told.tools, told.words]);
    if (this.barKey !== key) {
      this.barKey = key;
      this.bar.replaceChildren();
      this.bar.setAttribute('aria-label', told.words.draw_bar);
      this.buttons = new Map();
      for (const tool of told.tools) this.button(`tool-${tool.id}`, tool.label, () => (this.tool?.id === tool.id ? this.stop() : this.start(tool)));
      this.button('undo', told.words.draw_undo, () => this.step('undo'));
      this.button('redo', told.words.draw_redo, () => this.step('redo'));
      this.button('remove', told.words.draw_remove, () => this.remove());
      this.help = element('div', 'zp-draw-help');
      this.help.setAttribute('role', 'status');
      this.bar.appendChild(this.help);
      if (this.tool) {
        const kept = told.tools.find((tool) => tool.id === this.tool.id); // in the words of now
        if (kept) this.tool = kept;
        else this.stop();
      }
    }
    this.mark();
  }

  button(id, label, act) {
    const node = element('button', `zp-tool zp-tool-${id}`, label);
    node.type = 'button';
    node.addEventListener('click', act);
    this.bar.appendChild(node);
    this.buttons.set(id, node);
  }

  mark() {
    // Which tool is out, what is chosen, what can be taken back.
    const { told, buttons } = this;
    this.box.classList.toggle('zp-drawing', this.active);
    for (const [id, { layer }] of this.objects) {
      const node = layer.getElement?.();
      if (!node) continue;
      node.classList.toggle('zp-chosen', id === told?.selected);
      node.setAttribute('aria-pressed', String(id === told?.selected));
    }
    if (!told || !buttons) return;
    for (const tool of told.tools) {
      buttons.get(`tool-${tool.id}`).setAttribute('aria-pressed', String(this.tool?.id === tool.id));
    }
    buttons.get('undo').disabled = !told.undo;
    buttons.get('redo').disabled = !told.redo;
    buttons.get('remove').disabled = !told.selected;
    const help = this.tool ? this.tool.help : '';
    if (this.help.textContent !== help) this.help.textContent = help;
  }

  shown(told) {
    // When the picture that follows an operation is on the screen: asked for by tests and by benchmarks/page.py.
    const clock = window.zpDraw;
    if (told && clock && !clock.drawn && told.done >= clock.n) requestAnimationFrame(() => { clock.drawn = performance.now(); });
  }
}
