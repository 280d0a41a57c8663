// The map on the page. Python sends data, never script: layers as URLs of published files (redrawn only when
// their content hash changes), small answers inside the message. Every text from data is set with textContent.

const ROOT = (() => {
  // Where the app is served from, also behind a reverse proxy that adds a path: the folder of Streamlit's own script.
  const own = [...document.querySelectorAll('script[src]')].map((s) => s.src).find((s) => s.includes('/static/js/'));
  return own ? own.split('/static/js/')[0] + '/' : new URL('.', document.baseURI).href;
})();
const address = (url) => new URL(url, ROOT).href;

function leaflet() {
  // One copy for the page, from the app itself.
  if (window.L && window.L.version) return Promise.resolve(window.L);
  if (!window.zpLeaflet) {
    window.zpLeaflet = new Promise((resolve, reject) => {
      const css = document.createElement('link');
      css.rel = 'stylesheet';
      css.href = address('app/static/vendor/leaflet/leaflet.css');
      document.head.appendChild(css);
      const script = document.createElement('script');
      script.src = address('app/static/vendor/leaflet/leaflet.js');
      script.onload = () => resolve(window.L);
      script.onerror = () => reject(new Error('leaflet.js'));
      document.head.appendChild(script);
    });
  }
  return window.zpLeaflet;
}

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = String(text);
  return node;
}

function svg(tag, attributes) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

// ---- styles -------------------------------------------------------------------------------------------------

function styled(rules, properties) {
  // A plain style, then the first matching value of each rule: {by: 'kind', cases: {metro: {...}}}.
  const style = { ...(rules.style || {}) };
  for (const rule of rules.rules || []) {
    const found = rule.cases[properties[rule.by]] ?? rule.cases['*'];
    if (found) Object.assign(style, found);
  }
  return style;
}

const shapes = new Map(); // SVG outline in a box of 24 x 24 -> Path2D
function outline(path) {
  if (!shapes.has(path)) shapes.set(path, new Path2D(path));
  return shapes.get(path);
}
const CROSS = 'M6 6L18 18M18 6L6 18';

function glyphClass(L) {
  // A point drawn on canvas: shape and colour for the kind, filled when it exists, rim broken when it is not sure.
  return L.CircleMarker.extend({
    _updatePath() {
      const renderer = this._renderer;
      if (!renderer._drawing || this._empty()) return;
      const { path, color, hollow, radius, dash, faint } = this.options;
      const p = this._point;
      const r = radius * Math.min(1, Math.max(0.6, (this._map.getZoom() - 8) / 6));
      const scale = r / 10;
      const ctx = renderer._ctx;
      ctx.save();
      ctx.globalAlpha = 1;
      ctx.translate(p.x, p.y);
      ctx.scale(scale, scale);
      ctx.translate(-12, -12);
      ctx.lineJoin = 'round';
      const line = outline(path || CROSS);
      if (path) {
        ctx.lineWidth = 5 / scale; ctx.strokeStyle = 'rgba(255,255,255,.85)'; ctx.stroke(line);
        ctx.fillStyle = '#ffffff'; ctx.fill(line, 'evenodd');
        if (!hollow) { ctx.globalAlpha = faint ? 0.5 : 1; ctx.fillStyle = color; ctx.fill(line, 'evenodd'); ctx.globalAlpha = 1; }
      }
      ctx.lineWidth = (hollow ? 2 : 1.5) / scale;
      ctx.strokeStyle = color;
      if (dash) ctx.setLineDash(dash.map((d) => d / scale));
      ctx.stroke(line);
      ctx.restore();
    },
  });
}

function streetClass(L) {
  // The street network from one compact binary file, drawn per tile: crisp at every zoom, 100 000 lines in milliseconds.
  return L.GridLayer.extend({
    async load(url) {
      const buffer = await (await fetch(address(url))).arrayBuffer();
      const head = new Uint32Array(buffer, 0, 2);
      const [lines, points] = head;
      this.origin = new Float64Array(buffer, 8, 2);
      this.starts = new Uint32Array(buffer, 24, lines + 1);
      this.xy = new Float32Array(buffer, 24 + 4 * (lines + 1), 2 * points);
      this.rank = new Uint8Array(buffer, 24 + 4 * (lines + 1) + 8 * points, lines);
      this.buckets = new Map();
      this.cell = 40075016.685578488 / 16384;
      for (let i = 0; i < lines; i += 1) this._bucket(i);
      this.ready = true;
      this.redraw();
    },
    _bucket(i) {
      let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
      for (let k = this.starts[i]; k < this.starts[i + 1]; k += 1) {
        x0 = Math.min(x0, this.xy[2 * k]); x1 = Math.max(x1, this.xy[2 * k]);
        y0 = Math.min(y0, this.xy[2 * k + 1]); y1 = Math.max(y1, this.xy[2 * k + 1]);
      }
      for (let a = Math.floor(x0 / this.cell); a <= Math.floor(x1 / this.cell); a += 1) {
        for (let b = Math.floor(y0 / this.cell); b <= Math.floor(y1 / this.cell); b += 1) {
          const key = `${a},${b}`;
          if (!this.buckets.has(key)) this.buckets.set(key, []);
          this.buckets.get(key).push(i);
        }
      }
    },
    createTile(coords) {
      const tile = element('canvas', 'leaflet-tile');
      const size = this.getTileSize();
      const scale = window.devicePixelRatio > 1 ? 2 : 1;
      tile.width = size.x * scale; tile.height = size.y * scale;
      if (!this.ready) return tile;
      const world = 40075016.685578488;
      const metre = (size.x * 2 ** coords.z) / world; // pixels per projected metre
      const left = (coords.x * size.x) / metre - world / 2 - this.origin[0];
      const top = world / 2 - (coords.y * size.y) / metre - this.origin[1];
      const span = size.x / metre;
      const seen = new Set();
      const margin = 8 / metre;
      for (let a = Math.floor((left - margin) / this.cell); a <= Math.floor((left + span + margin) / this.cell); a += 1) {
        for (let b = Math.floor((top - span - margin) / this.cell); b <= Math.floor((top + margin) / this.cell); b += 1) {
          for (const i of this.buckets.get(`${a},${b}`) || []) seen.add(i);
        }
      }
      const limit = coords.z >= 14 ? 9 : coords.z >= 13 ? 2 : coords.z >= 12 ? 1 : 0;
      const width = [[0.8, 1.5], [0.6, 1.0], [0.5, 0.8], [0.4, 0.5]];
      const ctx = tile.getContext('2d');
      ctx.scale(scale, scale);
      ctx.lineJoin = 'round'; ctx.lineCap = 'round';
      const paint = (extra, colours) => {
        for (let rank = 3; rank >= 0; rank -= 1) {
          if (rank > limit) continue;
          ctx.beginPath();
          for (const i of seen) {
            if (Math.min(3, this.rank[i]) !== rank) continue;
            for (let k = this.starts[i]; k < this.starts[i + 1]; k += 1) {
              const x = (this.xy[2 * k] - left) * metre;
              const y = (top - this.xy[2 * k + 1]) * metre;
              if (k === this.starts[i]) ctx.moveTo(x, y); else ctx.lineTo(x, y);
            }
          }
          const grow = Math.max(0, coords.z - 12);
          ctx.lineWidth = width[rank][0] + width[rank][1] * grow * 0.8 + extra;
          ctx.strokeStyle = colours[rank];
          ctx.stroke();
        }
      };
      if (coords.z >= 14) paint(1.4, ['#c9c3b6', '#d3cec3', '#dcd8cf', '#e0dcd4']);
      paint(0, coords.z >= 14 ? ['#fffdf8', '#ffffff', '#ffffff', '#ffffff'] : ['#d6d0c3', '#dcd7cc', '#e2ded5', '#e6e3db']);
      return tile;
    },
  });
}

// ---- online tiles (a choice, never asked for by themselves) -----------------------------------------------------

function toGcj(lat, lng) {
  // The published GCJ-02 formula; used to move the tiles, never the data.
  const a = 6378245.0, ee = 0.00669342162296594323, x = lng - 105, y = lat - 35, pi = Math.PI;
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

function tileLayer(L, tile) {
  const options = { attribution: tile.attribution, subdomains: tile.subdomains || 'abc', maxZoom: 18, pane: 'zp-tiles' };
  const Shifted = L.TileLayer.extend({
    _shift(center) { const [lat, lng] = toGcj(center.lat, center.lng); return L.latLng(lat, lng); },
    _getTiledPixelBounds(center) { return L.TileLayer.prototype._getTiledPixelBounds.call(this, this._shift(center)); },
    _setZoomTransform(level, center, zoom) { L.TileLayer.prototype._setZoomTransform.call(this, level, this._shift(center), zoom); },
  });
  const Kind = tile.gcj ? Shifted : L.TileLayer;
  return L.layerGroup(tile.urls.map((url) => new Kind(url, options)));
}

function probe(tile) {
  return new Promise((resolve) => {
    const image = new Image();
    const timer = setTimeout(() => resolve(false), 4000);
    image.onload = () => { clearTimeout(timer); resolve(true); };
    image.onerror = () => { clearTimeout(timer); resolve(false); };
    image.src = tile.probe;
  });
}

// ---- the map ----------------------------------------------------------------------------------------------------

class ZoneMap {
  constructor(L, box, send) {
    this.L = L;
    this.box = box;
    this.send = send;
    this.drawn = new Map(); // id -> {key, layer, labels}
    this.off = new Map(); // the reader's own switches, by layer id
    this.Glyph = glyphClass(L);
    this.Streets = streetClass(L);
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
    this.canvas = {};
    this.svg = {};
    L.control.scale({ imperial: false, maxWidth: 140, position: 'bottomright' }).addTo(this.map);
    this.zoom = L.control.zoom({ position: 'topleft' }).addTo(this.map);
    this.bar = this.corner('topleft', 'zp-bar');
    this.panel = this.corner('topright', 'zp-panel');
    this.hint = element('div', 'zp-hint');
    box.appendChild(this.hint);
    this.cross = element('div', 'zp-cross');
    box.appendChild(this.cross);
    this.status = element('div', 'zp-sr');
    this.status.setAttribute('role', 'status');
    box.appendChild(this.status);
    this.map.on('click', (e) => this.ask(e.latlng));
    this.map.on('zoomend moveend', () => this.declutter());
    this.map.on('moveend', () => this.remember());
    this.map.on('zoomend', () => { for (const spec of this.data?.layers || []) if (spec.from) this.toggle(spec); });
    box.addEventListener('pointerdown', () => box.classList.remove('zp-keys'), true);
    box.addEventListener('keyup', () => box.classList.add('zp-keys'));
    box.addEventListener('keydown', (e) => {
      if (e.key === 'Enter' && e.target === box) { e.preventDefault(); this.ask(this.map.getCenter()); }
    });
    new ResizeObserver(() => this.map.invalidateSize({ animate: false })).observe(box);
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
    window.zpTimes = { asked: performance.now() };
    document.querySelector('.st-key-side')?.scrollTo(0, 0);
    const place = this.L.latLng(latlng.lat, latlng.wrap().lng);
    this.ring(place, true);
    this.send({ lon: +place.lng.toFixed(7), lat: +place.lat.toFixed(7), n: Date.now() });
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
    const beside = this.panel.offsetWidth && this.box.offsetWidth > 700 ? this.panel.offsetWidth + 24 : 24;
    this.map.fitBounds(bounds, { animate: false, maxZoom: 16, paddingTopLeft: [24, 52], paddingBottomRight: [beside, 30] });
  }

  // One canvas or SVG per pane: order is kept whatever arrives first.
  painter(pane, vector) {
    const kept = vector ? this.svg : this.canvas;
    if (!kept[pane]) kept[pane] = vector ? this.L.svg({ pane, padding: 0.5 }) : this.L.canvas({ pane, padding: 0.3, tolerance: 4 });
    return kept[pane];
  }

  hatch(color) {
    // Diagonal lines for shapes that are assumed: seen in print as well as on screen.
    const id = `zp-hatch-${color.replace(/[^0-9a-z]/gi, '')}`;
    if (!document.getElementById(id)) {
      if (!this.defs) {
        const holder = svg('svg', { width: 0, height: 0, style: 'position:absolute' });
        this.defs = holder.appendChild(svg('defs', {}));
        this.box.appendChild(holder);
      }
      const pattern = svg('pattern', { id, patternUnits: 'userSpaceOnUse', width: 9, height: 9, patternTransform: 'rotate(45)' });
      pattern.appendChild(svg('rect', { width: 9, height: 9, fill: color, 'fill-opacity': 0.18 }));
      pattern.appendChild(svg('line', { x1: 0, y1: 0, x2: 0, y2: 9, stroke: color, 'stroke-width': 2, 'stroke-opacity': 0.55 }));
      this.defs.appendChild(pattern);
    }
    return `url(#${id})`;
  }

  tip(layer, properties) {
    const text = properties[`tip_${this.lang}`] ?? properties.tip_zh;
    if (!text) return;
    layer.bindTooltip(() => element('div', 'zp-tip', properties[`tip_${this.lang}`] ?? text), { sticky: true, opacity: 1, direction: 'top' });
  }

  async geojson(spec) {
    const L = this.L;
    const data = spec.data || await (await fetch(address(spec.url))).json();
    const pane = spec.pane || 'zp-result';
    const renderer = this.painter(pane, spec.vector);
    const style = (feature) => {
      const s = styled(spec, feature.properties || {});
      if (s.hatch) { s.fillColor = this.hatch(s.hatch); s.fillOpacity = 1; }
      return s;
    };
    const labels = [];
    const layer = L.geoJSON(data, {
      pane, renderer, style, interactive: Boolean(spec.live), bubblingMouseEvents: true,
      pointToLayer: (feature, latlng) => new this.Glyph(latlng, {
        pane, renderer, interactive: Boolean(spec.live), bubblingMouseEvents: true, radius: 9, ...styled(spec, feature.properties || {}),
      }),
      onEachFeature: (feature, part) => {
        const p = feature.properties || {};
        if (spec.live) this.tip(part, p);
        if (spec.label && (p.label_zh || p.label_en)) {
          const at = p.label_at ? L.latLng(p.label_at[1], p.label_at[0]) : part.getBounds ? part.getBounds().getCenter() : part.getLatLng();
          labels.push(this.label(at, p, spec.label));
        }
      },
    });
    const group = L.layerGroup([layer, ...labels.map((l) => l.marker)]);
    return { layer: group, labels };
  }

  label(at, p, rule) {
    const node = element('div', `zp-label ${rule.className || ''}`);
    const text = element('span', '', p[`label_${this.lang}`] ?? p.label_zh);
    node.appendChild(text);
    if (rule.color || p.label_color) text.style.color = p.label_color || rule.color;
    const marker = this.L.marker(at, { pane: 'zp-label', interactive: false, keyboard: false,
      icon: this.L.divIcon({ className: 'zp-anchor', html: node, iconSize: [0, 0] }) });
    return { marker, node, text, p, rule };
  }

  async build(spec) {
    const L = this.L;
    if (spec.kind === 'image') {
      const layer = L.imageOverlay(spec.url.startsWith('data:') ? spec.url : address(spec.url), spec.bounds, {
        pane: 'zp-raster', opacity: spec.opacity ?? 0.75, className: 'zp-pixels', interactive: false });
      return { layer, labels: [] };
    }
    if (spec.kind === 'streets') {
      const layer = new this.Streets({ pane: 'zp-streets', updateWhenZooming: false, keepBuffer: 3 });
      await layer.load(spec.url);
      return { layer, labels: [] };
    }
    return this.geojson(spec);
  }

  shown(spec) {
    return this.off.has(spec.id) ? this.off.get(spec.id) : spec.on !== false;
  }

  async put(spec) {
    const key = `${spec.hash || JSON.stringify(spec.data)}|${JSON.stringify([spec.style, spec.rules, spec.label, spec.bounds, spec.opacity])}`;
    const old = this.drawn.get(spec.id);
    if (old && old.key === key) { this.toggle(spec); return; }
    const entry = { key, layer: null, labels: [] };
    this.drawn.set(spec.id, entry);
    try {
      Object.assign(entry, await this.build(spec));
    } catch (error) {
      entry.failed = true;
      console.warn('layer', spec.id, error);
    }
    if (old && old.layer) old.layer.remove();
    if (this.drawn.get(spec.id) !== entry) { if (entry.layer) entry.layer.remove(); return; }
    this.toggle(spec);
  }

  toggle(spec) {
    const entry = this.drawn.get(spec.id);
    if (!entry || !entry.layer) return;
    const want = this.shown(spec) && this.map.getZoom() >= (spec.from || 0);
    if (want && !this.map.hasLayer(entry.layer)) entry.layer.addTo(this.map);
    if (!want && this.map.hasLayer(entry.layer)) entry.layer.remove();
  }

  async update(data) {
    const changed = this.lang !== data.lang;
    this.lang = data.lang;
    this.words = data.words;
    this.data = data;
    this.box.setAttribute('aria-label', data.words.map);
    this.places();
    this.legend();
    this.advise();
    if (data.place) this.ring(this.L.latLng(data.place.lat, data.place.lon), false);
    else if (this.pin) { this.pin.remove(); this.pin = null; }
    if (!this.placed) {
      this.placed = true;
      const kept = this.recall(data.key);
      if (kept) this.map.setView(kept.center, kept.zoom, { animate: false });
      else this.look(data.home);
      this.view = kept ? data.view && data.view.id : undefined;
    }
    if (data.view && data.view.id !== this.view) {
      this.view = data.view.id;
      this.look(data.view.bounds);
    }
    const ids = new Set(data.layers.map((l) => l.id));
    for (const [id, entry] of [...this.drawn]) {
      if (!ids.has(id)) { if (entry.layer) entry.layer.remove(); this.drawn.delete(id); }
    }
    if (changed) this.relabel();
    await Promise.all(data.layers.map((spec) => this.put(spec)));
    this.relabel();
    this.declutter();
    this.status.textContent = data.spoken || '';
    if (window.zpTimes && data.place && !window.zpTimes.drawn) {
      requestAnimationFrame(() => { window.zpTimes.drawn = performance.now(); window.zpTimes.place = data.place; });
    }
    this.box.dataset.ready = String(data.serial ?? '');
  }

  relabel() {
    for (const { labels } of this.drawn.values()) {
      for (const l of labels || []) l.text.textContent = l.p[`label_${this.lang}`] ?? l.p.label_zh;
    }
  }

  declutter() {
    // Greedy: the more important label stays, what would overlap it is hidden.
    const zoom = this.map.getZoom();
    const taken = [];
    const all = [];
    for (const { labels } of this.drawn.values()) all.push(...(labels || []));
    all.sort((a, b) => (b.rule.rank || 0) - (a.rule.rank || 0));
    for (const l of all) {
      const fits = zoom >= (l.rule.from ?? 0) && zoom < (l.rule.until ?? 99) && this.map.hasLayer(l.marker);
      l.node.style.visibility = 'hidden';
      if (!fits) continue;
      const width = l.width && l.said === l.text.textContent ? l.width : l.text.offsetWidth;
      l.width = width; l.said = l.text.textContent;
      const height = l.text.offsetHeight;
      const p = this.map.latLngToContainerPoint(l.marker.getLatLng());
      const box = [p.x - width / 2 - 2, p.y - height / 2 - 1, p.x + width / 2 + 2, p.y + height / 2 + 1];
      if (!l.rule.always && taken.some((t) => box[0] < t[2] && box[2] > t[0] && box[1] < t[3] && box[3] > t[1])) continue;
      taken.push(box);
      l.node.style.visibility = 'visible';
    }
  }

  remember() {
    if (!this.data) return;
    try { sessionStorage.setItem(`zp-view-${this.data.key}`, JSON.stringify({ center: this.map.getCenter(), zoom: this.map.getZoom() })); } catch { /* private mode */ }
  }

  recall(key) {
    try { return JSON.parse(sessionStorage.getItem(`zp-view-${key}`)); } catch { return null; }
  }

  // -- furniture: places, layers with legend, the first hint; rebuilt only when their content changes ---------------
  places() {
    const key = JSON.stringify([this.lang, this.data.places]);
    if (this.placesKey === key) return;
    this.placesKey = key;
    this.bar.replaceChildren();
    for (const place of this.data.places || []) {
      const button = element('button', 'zp-place', place.label);
      button.type = 'button';
      button.addEventListener('click', () => this.look(place.bounds));
      this.bar.appendChild(button);
    }
  }

  advise() {
    const text = this.data.hint || '';
    this.hint.hidden = !text || Boolean(this.data.place);
    if (this.hint.textContent !== text) this.hint.textContent = text;
  }

  legend() {
    const w = this.words;
    const key = JSON.stringify([this.lang, this.data.layers.map((l) => [l.id, l.title, l.legend, l.badge, l.on, l.note]), this.data.basis, this.data.tiles]);
    if (this.legendKey === key) return;
    this.legendKey = key;
    const open = this.panel.querySelector('details')?.open ?? window.innerWidth > 1200;
    this.panel.replaceChildren();
    const details = element('details');
    details.open = open;
    details.appendChild(element('summary', '', w.layers));
    const groups = new Map();
    for (const spec of [...this.data.layers].reverse()) {
      if (!spec.title) continue;
      if (!groups.has(spec.group)) groups.set(spec.group, []);
      groups.get(spec.group).push(spec);
    }
    const body = element('div', 'zp-legend');
    for (const name of ['result', 'service', 'plan', 'base']) {
      if (!groups.has(name)) continue;
      const base = name === 'base';
      const part = element(base ? 'details' : 'section');
      if (base) part.open = this.baseOpen || false;
      part.addEventListener('toggle', () => { this.baseOpen = part.open; });
      part.appendChild(element(base ? 'summary' : 'h4', '', w[`group_${name}`]));
      for (const spec of groups.get(name)) part.appendChild(this.row(spec));
      if (base && (this.data.tiles || []).length) part.appendChild(this.tiles());
      body.appendChild(part);
      if (name === 'plan') body.appendChild(this.basis());
    }
    details.appendChild(body);
    this.panel.appendChild(details);
  }

  row(spec) {
    const row = element('div', 'zp-row');
    const line = element('label');
    const box = element('input');
    box.type = 'checkbox';
    box.checked = this.shown(spec);
    box.addEventListener('change', () => { this.off.set(spec.id, box.checked); this.toggle(spec); this.declutter(); });
    line.appendChild(box);
    const legend = spec.legend || [];
    if (legend.length === 1) line.appendChild(this.swatch(legend[0]));
    line.appendChild(element('span', 'zp-name', spec.title));
    if (spec.badge) line.appendChild(element('em', `zp-badge zp-${spec.badge.basis}`, spec.badge.text));
    row.appendChild(line);
    if (legend.length > 1) {
      const list = element('ul');
      for (const item of legend) {
        const li = element('li');
        li.appendChild(this.swatch(item));
        li.appendChild(element('span', '', item.text));
        list.appendChild(li);
      }
      row.appendChild(list);
    }
    if (spec.note) row.appendChild(element('p', 'zp-note', spec.note));
    return row;
  }

  swatch(item) {
    const s = svg('svg', { width: 22, height: 14, class: 'zp-swatch', 'aria-hidden': 'true' });
    const dash = item.dash ? { 'stroke-dasharray': item.dash } : {};
    if (item.type === 'line') s.appendChild(svg('line', { x1: 1, x2: 21, y1: 7, y2: 7, stroke: item.color, 'stroke-width': item.width || 2.5, ...dash }));
    else if (item.type === 'point') {
      const paint = { fill: item.hollow ? '#fff' : item.color, stroke: item.color, 'stroke-width': 1.6, ...dash };
      const node = svg('g', { transform: 'translate(4.5,0.5) scale(0.54)' });
      if (item.path && item.faint) paint['fill-opacity'] = 0.5;
      node.appendChild(svg('path', { d: item.path || CROSS, 'fill-rule': 'evenodd', ...paint, fill: item.path ? paint.fill : 'none', 'stroke-width': 2.6 }));
      s.appendChild(node);
    } else {
      const fill = item.hatch ? this.hatch(item.hatch) : item.color;
      s.appendChild(svg('rect', { x: 1, y: 1, width: 20, height: 12, rx: 2, fill, 'fill-opacity': item.hatch ? 1 : item.opacity ?? 1, stroke: item.stroke || item.color, 'stroke-width': item.strokeWidth ?? 1, ...dash }));
    }
    return s;
  }

  basis() {
    const row = element('div', 'zp-basis');
    row.appendChild(element('h4', '', this.words.basis));
    const list = element('ul');
    for (const item of this.data.basis || []) {
      const li = element('li');
      li.appendChild(this.swatch(item));
      li.appendChild(element('span', '', item.text));
      list.appendChild(li);
    }
    row.appendChild(list);
    return row;
  }

  tiles() {
    // Nothing is asked of the outside until the reader presses the button; what does not answer is not offered.
    const row = element('div', 'zp-online');
    row.appendChild(element('h4', '', this.words.online));
    const button = element('button', 'zp-place', this.words.probe);
    button.type = 'button';
    row.appendChild(button);
    row.appendChild(element('p', 'zp-note', this.words.probe_note));
    button.addEventListener('click', async () => {
      button.disabled = true;
      const alive = (await Promise.all(this.data.tiles.map(async (t) => ((await probe(t)) ? t : null)))).filter(Boolean);
      button.remove();
      if (!alive.length) row.querySelector('p').textContent = this.words.probe_none;
      for (const tile of [{ id: '', title: this.words.offline_map }, ...(alive.length ? alive : [])]) {
        const line = element('label');
        const radio = element('input');
        radio.type = 'radio'; radio.name = 'zp-tile'; radio.checked = !tile.id;
        radio.addEventListener('change', () => {
          if (this.online) this.online.remove();
          this.online = tile.id ? tileLayer(this.L, tile).addTo(this.map) : null;
        });
        line.appendChild(radio);
        line.appendChild(element('span', 'zp-name', tile.title));
        row.appendChild(line);
      }
    });
    return row;
  }
}

// name, height, whether the mouse reaches it
const PANES = [
  ['zp-tiles', 200, false], ['zp-water', 205, false], ['zp-zonefill', 208, false], ['zp-streets', 210, false], ['zp-raster', 300, false],
  ['zp-result', 330, false], ['zp-zones', 350, false], ['zp-links', 360, false], ['zp-band', 400, false],
  ['zp-flow', 410, false], ['zp-points', 450, true], ['zp-label', 620, false], ['zp-pin', 640, false],
];

export default function host(component) {
  const { parentElement, data, setStateValue } = component;
  let box = parentElement.querySelector('.zp-map');
  if (!box) {
    box = element('div', 'zp-map');
    box.tabIndex = 0;
    box.setAttribute('role', 'application');
    parentElement.appendChild(box);
  }
  box.zpData = data;
  box.zpSend = (value) => setStateValue('click', value);
  if (box.zpMap) box.zpMap.update(data);
  else if (!box.zpStarting) {
    box.zpStarting = true;
    leaflet().then((L) => {
      box.zpMap = new ZoneMap(L, box, (value) => box.zpSend(value));
      window.zpMap = box.zpMap;
      box.zpMap.update(box.zpData);
    }).catch(() => { box.textContent = data.words.map_failed; });
  }
}
