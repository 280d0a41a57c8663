// Drawing on the map: what the planner's hand does becomes small operations; what is drawn is what Python says of the plan.
//
// An operation is sent until Python has said that it was taken (data.draw.done), each once by its number: a second drag
// during a run of the page is neither lost nor done twice. A line half drawn belongs to the map and outlives every run.

import { DrawBar } from './drawbar.js';
import { geoman } from './leaflet.js';
import { Outbox, shortcut } from './outbox.js';
import { CORNERS, faultTip, handle, penOptions, PENS, rounded, shapeLayer, shapeOf, SNAP } from './pens.js';

const STREETS_FROM = 13; // further out all streets lie within reach of the mouse, and none is meant
const PICK = 24; // how far from a facility the hand may be to mean it [px]
const PEN_PANES = { vertexPane: 'zp-vertex', layerPane: 'zp-draw', markerPane: 'zp-draw' };

export class Draw {
  constructor(L, map, box, { send, streets, live }) {
    this.L = L;
    this.map = map;
    this.box = box;
    this.live = live; // hears where the hand is
    this.streets = streets; // () => the street layer, for snapping
    this.outbox = new Outbox((ops) => {
      window.zpDraw = { sent: performance.now(), n: ops[ops.length - 1].n };
      live.first(ops, () => send({ ops: this.outbox.waiting }));
    });
    this.tool = null;
    this.objects = new Map(); // id -> {key, layer, more, spec}
    this.ghosts = new Map(); // number of the operation -> layer
    this.held = null; // id of what is being dragged
    this.dropped = false; // whether it has been let go just now
    this.renderer = L.svg({ pane: 'zp-draw', padding: 0.5 });
    this.bar = new DrawBar((id) => this.press(id));
    box.appendChild(this.bar.node);
    L.DomEvent.disableClickPropagation(this.bar.node);
    document.addEventListener('keydown', (event) => this.key(event));
    map.on('moveend', () => this.renewStreets());
    map.on('click', ({ latlng }) => {
      this.clicked = latlng;
      if (this.tool?.shape === 'pick') this.pick(latlng);
    });
  }

  get active() {
    return Boolean(this.tool);
  }

  get busy() {
    // Whether a click belongs to the drawing and asks nothing about the place.
    return this.active || this.dropped || this.held !== null;
  }

  drop() {
    // What snapped away from under the mouse leaves the map itself below it: the browser calls letting go a click.
    this.held = null;
    this.dropped = true;
    setTimeout(() => { this.dropped = false; }, 0);
  }

  update(told) {
    this.told = told;
    this.bar.node.hidden = !told;
    this.box.classList.toggle('zp-drawing', Boolean(told && this.tool));
    if (!told) { this.stop(); this.reconcile([]); return; }
    this.outbox.taken(told.done);
    for (const [n, layer] of [...this.ghosts]) if (n <= told.done) { layer.remove(); this.ghosts.delete(n); }
    if (this.bar.furnish(told) && this.tool) {
      const kept = told.tools.find((tool) => tool.id === this.tool.id); // in the words of now
      if (kept) this.tool = kept;
      else this.stop();
    }
    this.reconcile(told.objects);
    this.ready();
  }

  // -- Geoman: asked for when drawing is near, not with the page -----------------------------------------------------
  ready() {
    this.loading ??= geoman().then(() => {
      const { L, map } = this;
      map.pm ??= new L.PM.Map(map);
      map.pm.setGlobalOptions({ panes: PEN_PANES });
      map.on('pm:create', ({ layer }) => this.made(layer));
      this.snap = L.polyline([], { stroke: false, interactive: false, snapIgnore: false, pmIgnore: true }).addTo(map);
      this.renewStreets();
      this.mark();
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
  press(id) {
    const tool = this.told.tools.find((one) => `tool-${one.id}` === id);
    if (id === 'remove') this.remove();
    else if (!tool) this.step(id);
    else if (this.tool?.id === tool.id) this.stop();
    else this.start(tool);
  }

  async start(tool) {
    this.stop();
    this.tool = tool;
    this.map.doubleClickZoom.disable();
    this.box.focus({ preventScroll: true }); // Enter, Space, Escape and the arrows are the pen's now
    this.mark();
    await this.ready();
    if (this.tool?.id !== tool.id || !this.map.pm || tool.shape === 'pick') return;
    this.map.pm.enableDraw(PENS[tool.shape], penOptions(this.L, tool, this.renderer));
  }

  stop() {
    if (!this.tool) return;
    this.tool = null;
    if (this.map.pm) this.map.pm.disableDraw();
    // The second click of the double click that ended a line is no wish to look closer.
    setTimeout(() => { if (!this.tool) this.map.doubleClickZoom.enable(); }, 400);
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
    this.added(tool, layer);
    // The click that ended the drawing is not a question: the map hears it before the tool is put away.
    setTimeout(() => { if (this.tool?.id === tool.id) this.stop(); }, 0);
  }

  added(tool, layer) {
    // By mouse or keyboard alike: a ghost until Python has it, and asked about at once.
    const n = this.say({ op: 'add', tool: tool.id, at: shapeOf(tool.shape, layer) });
    this.ghosts.set(n, layer);
    this.live.down(n);
  }

  here() {
    // Without a mouse: the middle of the map is where the pen is.
    const { tool } = this;
    const at = this.map.getCenter();
    if (tool.shape === 'pick') this.pick(at);
    else if (tool.shape === 'point') {
      const ghost = this.L.marker(at, { icon: handle(this.L, tool), pane: 'zp-draw', interactive: false, keyboard: false, pmIgnore: true }).addTo(this.map);
      this.added(tool, ghost);
      this.stop();
    } else this.map.pm?.Draw[PENS[tool.shape]]._finishShape();
  }

  corner() {
    // A corner in the middle of the map, snapped as the mouse would be.
    const seen = { latlng: this.map.getCenter(), originalEvent: {} };
    this.map.fire('mousemove', seen);
    this.map.fire('click', seen);
  }

  pick(at) {
    const centre = this.map.latLngToContainerPoint(at);
    const reach = this.map.distance(at, this.map.containerPointToLatLng(centre.add([PICK, 0])));
    this.say({ op: 'pick', at: rounded(at), reach: Math.ceil(reach) });
    setTimeout(() => this.stop(), 0); // the map's own question hears the click first
  }

  key(event) {
    if (!this.told || !this.box.isConnected) return;
    const step = shortcut(event);
    const { key, target } = event;
    const inMap = this.box.contains(target);
    const onBar = this.bar.node.contains(target);
    if (step) this.step(step);
    else if (key === 'Escape' && this.tool) this.stop();
    else if (key === 'Escape' && inMap && this.told.selected) this.select('');
    else if (key === ' ' && inMap && !onBar && this.tool?.shape in CORNERS) this.corner();
    else if (key === 'Enter' && inMap && !onBar && target !== this.box && this.tool) this.here(); // a corner has the focus; the map hears its own
    else if ((key === 'Delete' || key === 'Backspace') && inMap && this.told.removable) this.remove();
    else return;
    event.preventDefault();
  }

  say(op) {
    // Meant for what is drawn now, whatever panel is open when it arrives.
    return this.outbox.put({ ...op, of: this.told.of });
  }

  step(which) {
    if (this.told[which]) this.say({ op: which });
  }

  remove() {
    this.say({ op: 'remove', id: this.told.selected });
  }

  select(id) {
    if (this.told.selected === id) return;
    this.told.selected = id;
    this.mark();
    this.say({ op: 'select', id });
  }

  // -- what is drawn ---------------------------------------------------------------------------------------------------
  reconcile(specs) {
    const wanted = new Set(specs.map((spec) => spec.id));
    for (const [id, entry] of [...this.objects]) if (!wanted.has(id)) this.take(id, entry);
    for (const spec of specs) {
      const key = JSON.stringify(spec);
      const old = this.objects.get(spec.id);
      // What the hand holds, or has just put down, stays where the hand has put it; what was refused goes back.
      if (old && (this.held === spec.id || this.outbox.moves(spec.id) || (old.key === key && !old.sent))) continue;
      const focused = old && old.layer.getElement?.() === document.activeElement;
      if (old) this.take(spec.id, old);
      this.put(spec, key);
      if (focused) this.objects.get(spec.id).layer.getElement?.()?.focus();
    }
    this.mark();
  }

  take(id, { layer, more }) {
    layer.pm?.disable?.();
    for (const one of [layer, ...more]) one.remove();
    this.objects.delete(id);
  }

  put(spec, key) {
    const { layer, more } = shapeLayer(this.L, spec, this.renderer);
    if (spec.fault) more.push(faultTip(this.L, spec, layer));
    const entry = { key, spec, layer, more };
    this.objects.set(spec.id, entry);
    layer.on('click', () => this.select(spec.id));
    // Three tellers of one story: Leaflet of a marker, Geoman of a marker it drags itself (ends 10 ms late), Geoman of a corner.
    layer.on('dragstart pm:dragstart pm:markerdragstart', () => { this.held = spec.id; });
    layer.on('drag pm:drag pm:markerdrag', () => this.live.held({ op: 'move', id: spec.id, at: shapeOf(spec.shape, layer) }));
    layer.on('dragend pm:dragend pm:markerdragend', () => this.drop());
    layer.on('dragend', () => this.moved(entry));
    // A corner made by dragging the middle of a side is told when it is put down.
    layer.on('pm:edit', () => { if (this.held !== spec.id || spec.shape === 'point') this.moved(entry); });
    for (const one of [...more, layer]) one.addTo(this.map);
    const node = layer.getElement?.();
    if (!node) return;
    if (spec.shape !== 'point') { node.setAttribute('tabindex', '0'); node.setAttribute('aria-label', spec.label); }
    node.setAttribute('role', 'button');
    node.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || this.tool) return;
      event.stopPropagation(); // not a question about the middle of the map
      this.select(spec.id);
    });
  }

  enable({ layer, spec }) {
    // A point can always be dragged; corners are shown of what is chosen, else they would cover the map.
    if (!this.snap || spec.fixed) return;
    if (!layer.pm) this.L.PM.reInitLayer(layer);
    const wanted = spec.shape === 'point' || this.told?.selected === spec.id;
    if (!layer.pm || layer.pm.enabled() === wanted) return;
    if (wanted) layer.pm.enable({ ...SNAP, preventMarkerRemoval: true, allowSelfIntersection: spec.shape !== 'area' });
    else layer.pm.disable();
  }

  moved(entry) {
    const { spec, layer } = entry;
    this.held = null;
    const at = shapeOf(spec.shape, layer);
    const text = JSON.stringify(at);
    if (!entry.sent && text === JSON.stringify(spec.at)) this.live.clear(); // put down where it was
    if (text === (entry.sent ?? JSON.stringify(spec.at))) return; // Geoman and Leaflet both say it
    entry.sent = text;
    this.told.selected = spec.id;
    this.live.down(this.say({ op: 'move', id: spec.id, at }));
  }

  mark() {
    // Which tool is out, what is chosen, what can be taken back.
    const { told } = this;
    this.box.classList.toggle('zp-drawing', this.active);
    for (const [id, entry] of this.objects) {
      this.enable(entry);
      const node = entry.layer.getElement?.();
      if (!node) continue;
      node.classList.toggle('zp-chosen', id === told?.selected);
      node.setAttribute('aria-pressed', String(id === told?.selected));
    }
    if (told) this.bar.mark(told, this.tool);
  }

  shown(told) {
    // When the picture that follows an operation is on the screen: asked for by tests and by benchmarks/page.py.
    const clock = window.zpDraw;
    if (told && clock && !clock.drawn && told.done >= clock.n) requestAnimationFrame(() => { clock.drawn = performance.now(); });
  }
}
