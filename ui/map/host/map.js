// The map: panes, corners, the ring of a question, the view, and what Python says of it all.

import { element } from './dom.js';
import { Draw } from './draw.js';
import { declutter, relabel } from './labels.js';
import { Layers } from './layers.js';
import { Legend } from './legend.js';
import { Help } from './help.js';
import { keepLink, viewIn } from './link.js';
import { Live, overpaint } from './live.js';
import { Loader } from './loading.js';
import { Notice, sentence } from './notice.js';
import { saved } from './picture.js';
import { onPaper } from './print.js';
import { restored, grown, Prompt, remembered } from './prompt.js';
import { Rows } from './rows.js';
import { Ruler } from './ruler.js';
import { Mark, Search } from './search.js';
import { Share } from './share.js';
import { Stack } from './stack.js';
import { hatching } from './styles.js';
import { Swipe } from './swipe.js';
import { tileLayer } from './tiles.js';
import { toolOf, Tools } from './tools.js';

// name, height, whether the mouse reaches it
const PANES = [
  ['zp-tiles', 200, false], ['zp-water', 205, false], ['zp-lakes', 206, false], ['zp-zonefill', 208, false], ['zp-streets', 210, false], ['zp-raster', 300, false],
  ['zp-result', 330, false], ['zp-zones', 350, false], ['zp-links', 360, false], ['zp-band', 400, false],
  ['zp-flow', 410, false], ['zp-points', 450, true], ['zp-mark', 615, false], ['zp-label', 620, false], ['zp-draw', 630, true], ['zp-vertex', 635, true], ['zp-pin', 640, false],
];

const TOOLS = [['zoomin', 'zoomout'], ['home', 'places', 'full'], ['measure', 'picture', 'print', 'link'], ['help']];
const CLOSE_UP = 15; // the zoom that shows a point that was searched for
const FURTHEST = 2.5; // how many zooms the view goes back from the whole place

export class ZoneMap {
  // send(place) hears what is asked about, drawn(ops) what the planner's hand has drawn.
  constructor(L, box, send, drawn) {
    this.L = L;
    this.box = box;
    this.send = send;
    this.map = L.map(box, {
      zoomControl: false, attributionControl: true, keyboard: true, zoomSnap: 0.25, zoomDelta: 0.5,
      wheelPxPerZoomLevel: 90, fadeAnimation: false, maxZoom: 19, minZoom: 3, preferCanvas: true,
    });
    this.map.attributionControl.setPrefix(false);
    for (const [name, z, live] of PANES) {
      const pane = this.map.createPane(name);
      pane.style.zIndex = z;
      if (!live) pane.style.pointerEvents = 'none';
    }
    this.furnish();
    this.swipe = new Swipe(this.map, box, () => this.remember());
    this.listen();
    this.rows = new Rows(L, this.map, (what) => this.send({ pick: what, n: Date.now() }));
    this.live = new Live(this.corner('bottomleft', 'zp-live'), {
      waiting: () => this.draw.outbox.waiting, ...overpaint(this.layers, (spec) => this.loader.build(spec)),
    });
    this.prompt = new Prompt({ draw: (found) => this.answered(found) });
    this.draw = new Draw(L, this.map, box, { send: drawn, live: this.live, streets: () => this.layers.drawn.get('streets')?.layer });
  }

  furnish() {
    const { L, box } = this;
    const hatch = hatching(box);
    this.stack = new Stack(this.map);
    this.loader = new Loader(L, {
      stack: this.stack, hatch, lang: () => this.lang, noted: (note) => this.noted(note), picked: (what) => this.send({ pick: what, n: Date.now() }),
    });
    this.layers = new Layers(this.map, (spec, fresh) => this.loader.build(spec, fresh), {
      stack: this.stack,
      failing: () => this.report(),
      came: () => { this.relabel(); this.declutter(); },
    });
    L.control.scale({ imperial: false, maxWidth: 140, position: 'bottomright' }).addTo(this.map);
    this.mark = new Mark(L, this.map, { ask: (row) => this.ask(L.latLng(row.lat, row.lon)) });
    this.search = new Search(this.corner('topleft', 'zp-search'), {
      go: (row) => this.found(row),
      ask: (row) => this.ask(L.latLng(row.lat, row.lon)),
      lead: (go) => this.send({ go, n: Date.now() }),
      lookUp: (words) => this.send({ find: words, n: Date.now() }),
      metres: (a, b) => this.map.distance(a, b),
    });
    const column = this.corner('topleft', 'zp-column');
    this.tools = new Tools(column, TOOLS, (id, button) => this.tool(id, button));
    if (!document.fullscreenEnabled) this.tools.hide('full');
    this.ruler = new Ruler(L, this.map, box, { turned: (on) => { this.tools.press('measure', on); this.advise(); }, busy: () => this.draw.busy });
    this.help = new Help(box, TOOLS.flat());
    this.share = new Share(column, this.tools.buttons.get('link'), () => this.remember());
    this.legend = new Legend(this.corner('topright', 'zp-panel'), {
      shown: (spec) => this.layers.shown(spec),
      turn: (spec, on) => { this.layers.turn(spec, on); this.declutter(); this.legend.renew(this.stack.specs); },
      under: (tile) => this.under(tile),
      hatch,
      adjusting: this.adjusting(),
    });
    onPaper(box, this.legend.panel);
    this.notice = new Notice(this.corner('bottomleft', 'zp-failed'), () => this.layers.retries.now(), () => box.focus());
    this.hint = element('div', 'zp-hint');
    box.appendChild(this.hint);
    this.coming = element('div', 'zp-coming');
    this.coming.hidden = true;
    this.coming.setAttribute('role', 'status');
    box.appendChild(this.coming);
    this.told = element('div', 'zp-hint zp-told');
    this.told.hidden = true;
    this.told.setAttribute('role', 'status');
    box.appendChild(this.told);
    this.cross = element('div', 'zp-cross');
    box.appendChild(this.cross);
    this.status = element('div', 'zp-sr');
    this.status.setAttribute('role', 'status');
    box.appendChild(this.status);
  }

  listen() {
    const { box } = this;
    this.map.on('click', (e) => { if (!this.draw.busy && !this.ruler.on) this.ask(e.latlng); });
    this.map.on('zoomend moveend', () => this.declutter());
    this.map.on('moveend', () => {
      if (this.resizing && this.seen) return; // the same place in the middle of another window, but for a pixel
      this.seen = { ...this.map.getCenter(), zoom: this.map.getZoom() };
      this.remember();
    });
    this.map.on('zoomend', () => { for (const spec of this.data?.layers || []) if (spec.from) this.layers.toggle(spec); });
    box.addEventListener('pointerdown', () => box.classList.remove('zp-keys'), true);
    box.addEventListener('keyup', () => box.classList.add('zp-keys'));
    box.addEventListener('keydown', (e) => {
      if (e.key !== 'Enter' || e.target !== box) return;
      e.preventDefault();
      if (this.draw.active) this.draw.here();
      else if (this.ruler.on) this.ruler.add(this.map.getCenter());
      else this.ask(this.map.getCenter());
    });
    document.addEventListener('keydown', (event) => {
      const id = box.isConnected ? toolOf(event, box) : null;
      if (!id || (id.startsWith('zoom') && event.target === box)) return; // Leaflet zooms by itself where it has the focus
      event.preventDefault();
      this.tool(id, this.tools.buttons.get(id));
    });
    box.addEventListener('pointerdown', (event) => { if (!this.tools.node.contains(event.target)) this.tools.close(); }, true);
    new ResizeObserver(() => {
      this.resizing = true;
      this.map.invalidateSize({ animate: false });
      this.resizing = false;
    }).observe(box);
    document.addEventListener('zp-theme', () => this.layers.repaint());
    window.addEventListener('online', () => this.layers.retries.now());
  }

  adjusting() {
    // What the rows of the legend do to their layers: at once, and nobody else is asked.
    const { stack, layers } = this;
    const seen = (spec) => Boolean(spec.title) && layers.shown(spec);
    const done = (spec) => { layers.fade(spec); layers.raise(); this.legend.renew(stack.specs); };
    const kept = () => { stack.keep(); this.remember(); };
    return {
      strength: (spec) => stack.strength(spec),
      touched: (spec) => stack.touched(spec),
      beside: (spec) => stack.beside(spec, seen),
      fade: (spec, strength) => { stack.fade(spec, strength); layers.fade(spec); this.legend.renew(stack.specs); },
      step: (spec, by) => { stack.step(spec, by, seen); done(spec); kept(); },
      reset: (spec) => { stack.reset(spec); done(spec); kept(); },
      resetAll: () => { stack.resetAll(); stack.specs.forEach((spec) => layers.fade(spec)); layers.raise(); this.legend.renew(stack.specs); kept(); },
      kept,
    };
  }

  get drawn() {
    return this.layers.drawn;
  }

  corner(position, className) {
    const control = this.L.control({ position });
    const node = element('div', className);
    control.onAdd = () => node;
    control.addTo(this.map);
    this.L.DomEvent.disableClickPropagation(node);
    this.L.DomEvent.disableScrollPropagation(node);
    return node;
  }

  ask(latlng) {
    // The ring answers the finger at once; the figures follow.
    const n = Date.now();
    window.zpTimes = { asked: performance.now(), n };
    this.mark.clear(); // the ring takes its place
    if (!this.data.stay) document.querySelector('.st-key-side')?.scrollTo(0, 0);
    const place = this.L.latLng(latlng.lat, latlng.wrap().lng);
    this.ring(place, true);
    const asked = { lon: +place.lng.toFixed(7), lat: +place.lat.toFixed(7), n };
    this.prompt.press(this.data.ask?.url, asked, (has) => this.send({ ...asked, has }));
  }

  async answered({ layers, gone, panel }) {
    // As the page's run will show it: in the panel that tells of a place, and on the map.
    document.querySelector('.st-key-side .zp-asked')?.replaceChildren(...panel.map(grown));
    this.layers.keep(new Set([...this.drawn.keys()].filter((id) => !gone.includes(id))));
    await Promise.all(layers.map((spec) => this.layers.put(spec)));
    this.relabel();
    this.declutter();
    this.clocked();
    return remembered(layers);
  }

  clocked() {
    // When the answer was seen, for who measures.
    const times = window.zpTimes;
    if (times) requestAnimationFrame(() => { times.drawn ??= performance.now(); });
  }

  noted(note) {
    // The panel shows the comment when it hears of it, and is turned to it then.
    this.send({ note, n: Date.now() });
    this.turning?.disconnect();
    const side = document.querySelector('.st-key-side');
    const turn = () => {
      const shown = side.querySelector(`.st-key-note_${note}_chosen`);
      if (shown) { this.turning.disconnect(); shown.scrollIntoView({ block: 'center' }); }
    };
    this.turning = new window.MutationObserver(turn);
    this.turning.observe(side, { childList: true, subtree: true, attributeFilter: ['class'] });
    turn();
  }

  ring(latlng, waiting) {
    if (!this.pin) {
      const node = element('div', 'zp-ring');
      node.appendChild(element('i'));
      this.pin = this.L.marker(latlng, { pane: 'zp-pin', interactive: false, keyboard: false,
        icon: this.L.divIcon({ className: 'zp-pin', html: node, iconSize: [0, 0] }) }).addTo(this.map);
      this.pinNode = node;
    }
    this.pin.setLatLng(latlng);
    this.pinNode.classList.toggle('zp-wait', waiting);
  }

  look(bounds) {
    // Beside the legend, not under it.
    const wide = this.legend.panel.offsetWidth;
    const beside = wide && this.box.offsetWidth > 700 ? wide + 24 : 24;
    this.map.fitBounds(bounds, { animate: false, maxZoom: 16, paddingTopLeft: [24, 52], paddingBottomRight: [beside, 30] });
  }

  under(tile) {
    if (this.online) this.online.remove();
    this.online = tile ? tileLayer(this.L, tile).addTo(this.map) : null;
  }

  async update(told) {
    const data = { ...told, layers: restored(told.layers) };
    const changed = this.lang !== data.lang;
    this.lang = data.lang;
    this.data = data;
    this.box.setAttribute('aria-label', data.words.map);
    this.box.inert = Boolean(data.covered); // the opening lies over it: nothing below is reached by key or reader
    // A panel opens at its top; within one, the planner stays where he reads.
    if (this.panel && this.panel !== data.address?.panel) document.querySelector('.st-key-side')?.scrollTo(0, 0);
    this.panel = data.address?.panel;
    this.furniture();
    this.stack.open(data.key);
    this.stack.lay(data.layers);
    this.legend.draw(data, this.stack.specs);
    this.share.draw(data.words, Boolean(data.address?.more));
    if (data.place) this.ring(this.L.latLng(data.place.lat, data.place.lon), false);
    else if (this.pin) { this.pin.remove(); this.pin = null; }
    if (!this.placed) {
      this.placed = true;
      const kept = viewIn(window.location.search);
      if (kept) {
        this.map.setView(kept.center, kept.zoom, { animate: false });
        // As it was named, not as rounded to a pixel: else each reload would move it on.
        this.seen = { lat: kept.center[0], lng: kept.center[1], zoom: kept.zoom };
      } else this.look(data.home);
      // Further out there is nothing to see: the ground ends.
      this.map.setMinZoom(Math.max(3, this.map.getBoundsZoom(data.home) - FURTHEST));
      this.view = kept ? data.view && data.view.id : undefined;
    }
    if (data.view && data.view.id !== this.view) {
      this.view = data.view.id;
      this.look(data.view.bounds);
    }
    this.live.update(data.draw);
    this.draw.update(data.draw);
    this.swipe.update(data.swipe, data.words);
    this.layers.keep(new Set(data.layers.map((l) => l.id)));
    this.report();
    if (changed) this.relabel();
    const putting = data.layers.map((spec) => this.layers.put(spec).then(() => this.loading()));
    this.loading();
    await Promise.all(putting);
    this.relabel();
    this.declutter();
    this.status.textContent = data.spoken || '';
    this.remember();
    this.draw.renewStreets();
    this.live.shown(data.draw);
    this.draw.shown(data.draw);
    if (data.place) this.clocked();
    this.box.dataset.ready = String(data.serial ?? '');
  }

  loading() {
    // Nothing looks finished before it is: what is still on its way has its name on the map, unless it comes at once.
    const names = this.layers.loading.map((spec) => spec.title).filter(Boolean);
    clearTimeout(this.slow);
    const show = () => {
      this.coming.hidden = !names.length;
      this.coming.textContent = names.length ? sentence(this.data.words.layers_loading, names, this.data.words.layers_between) : '';
    };
    if (names.length && this.coming.hidden) this.slow = setTimeout(show, 600); else show();
  }

  report() {
    if (!this.box.isConnected) { this.layers.retries.stop(); return; } // the page has taken this map away
    const { retries } = this.layers;
    const { layers, words } = this.data;
    const names = layers.filter((spec) => retries.has(spec.id)).map((spec) => spec.title || words.layer_unnamed);
    this.notice.show(names.reverse(), retries.trying, words); // the top one first, as in the legend
    this.advise();
  }

  relabel() {
    relabel(this.layers.labels, this.lang);
  }

  declutter() {
    declutter(this.map, this.layers.labels, this.pin ? [...this.layers.marks, this.pin.getLatLng()] : this.layers.marks);
  }

  remember() {
    // The address holds what is seen: a reload and a colleague see the same.
    if (this.data) keepLink({ ...this.data.address, ...this.stack.named() }, this.seen, this.swipe.shown ? this.swipe.at : null);
  }

  // -- furniture: search, tools, the first hint; rebuilt only when their content changes ------------------------------------
  furniture() {
    const { words, places } = this.data;
    this.search.update(this.data);
    const key = JSON.stringify([this.lang, places]);
    if (this.furnished === key) return;
    this.furnished = key;
    this.tools.draw(words);
    this.ruler.update(words);
    this.help.draw(words);
    this.tools.buttons.get('places').hidden = places.length < 2;
  }

  tool(id, button) {
    const { words, home, places } = this.data;
    const acts = {
      find: () => this.search.field.focus(),
      zoomin: () => this.map.zoomIn(1),
      zoomout: () => this.map.zoomOut(1),
      home: () => this.look(home),
      places: () => this.tools.menu(button, places.map(({ label, bounds }) => ({ label, act: () => this.look(bounds) }))),
      full: () => (document.fullscreenElement ? document.exitFullscreen() : this.box.requestFullscreen()),
      measure: () => { if (this.draw.active) this.draw.stop(); this.ruler.toggle(); },
      picture: () => this.picture(button),
      help: () => this.help.toggle(button),
      print: () => window.print(),
      link: () => this.share.press(),
    };
    if (id !== 'places') this.tools.close();
    acts[id]?.(words);
  }

  async picture(button) {
    // What is seen, as a file; while it is made the tool does not answer again.
    if (button.getAttribute('aria-busy') === 'true') return;
    button.setAttribute('aria-busy', 'true');
    const { words, caption, layers } = this.data;
    const shown = layers.filter((spec) => spec.title && this.map.hasLayer(this.layers.drawn.get(spec.id)?.layer ?? {}));
    this.tell(await saved(this.box, this.map, this.legend.panel, { words, caption, layers: shown }));
    button.setAttribute('aria-busy', 'false');
  }

  tell(text) {
    // A word in passing, seen and heard.
    this.told.textContent = text;
    this.told.hidden = false;
    clearTimeout(this.telling);
    this.telling = setTimeout(() => { this.told.hidden = true; }, 8000);
  }

  found(row) {
    // What was searched for: shown whole where it has an extent, and marked with its name.
    if (row.bounds) this.look([[row.bounds[1], row.bounds[0]], [row.bounds[3], row.bounds[2]]]);
    else this.map.setView([row.lat, row.lon], Math.max(this.map.getZoom(), CLOSE_UP), { animate: false });
    const { words } = this.data;
    const zone = row.zone && (this.lang === 'en' ? row.zone[1] || row.zone[0] : row.zone[0]);
    const kind = words[`find_kind_${row.kind}`];
    this.mark.put(row, { name: this.search.nameOf(row), where: [kind, zone].filter(Boolean).join(' · '), badge: row.basis ? this.search.badge(row.basis) : null }, words);
  }

  advise() {
    // What is missing comes before what could be done; both stand at the lower edge.
    const text = this.data.hint || '';
    this.hint.hidden = !text || this.ruler.on || Boolean(this.data.place) || this.layers.retries.known.size > 0;
    if (this.hint.textContent !== text) this.hint.textContent = text;
  }
}
