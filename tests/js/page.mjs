// A page small enough to read, for modules that make nodes. Whoever hands markup to it is found out at once.

class Classes {
  constructor(node) { this.node = node; }
  get all() { return this.node.className.split(" ").filter(Boolean); }
  contains(name) { return this.all.includes(name); }
  add(name) { if (!this.contains(name)) this.node.className = [...this.all, name].join(" "); }
  remove(name) { this.node.className = this.all.filter((one) => one !== name).join(" "); }
  toggle(name, on) { if (on) this.add(name); else this.remove(name); }
}

export class Node {
  constructor(tag) {
    this.tag = tag;
    this.className = "";
    this.children = [];
    this.attributes = {};
    this.style = { setProperty(key, value) { this[key] = value; } };
    this.heard = {};
    this.own = "";
    this.parent = null;
    this.classList = new Classes(this);
  }

  get textContent() { return this.children.length ? this.children.map((c) => c.textContent).join("") : this.own; }
  set textContent(text) { this.children = []; this.own = String(text); this.written = (this.written ?? 0) + 1; }
  set innerHTML(markup) { throw new Error(`markup: ${markup}`); }
  set outerHTML(markup) { throw new Error(`markup: ${markup}`); }
  insertAdjacentHTML(where, markup) { throw new Error(`markup: ${markup}`); }
  setAttribute(key, value) { this.attributes[key] = String(value); }
  removeAttribute(key) { delete this.attributes[key]; }
  getAttribute(key) { return this.attributes[key] ?? null; }
  appendChild(child) { child.parent = this; this.children.push(child); return child; }
  append(...children) { children.forEach((child) => this.appendChild(child)); }
  replaceChildren(...children) { this.children = []; this.append(...children); }
  remove() { if (this.parent) this.parent.children = this.parent.children.filter((c) => c !== this); }
  addEventListener(kind, act) { (this.heard[kind] ??= []).push(act); }
  async fire(kind, more = {}) {
    const event = { target: this, preventDefault() { this.prevented = true; }, stopPropagation() { this.stopped = true; }, ...more };
    for (const act of this.heard[kind] ?? []) await act(event);
    return event;
  }
  contains(node) { return node === this || this.children.some((c) => c.contains(node)); }
  focus() { document.activeElement = this; }
  blur() { document.activeElement = document.body; }
  select() { this.selected = true; }

  get every() { return [this, ...this.children.flatMap((c) => c.every)]; }
  all(what) { return this.every.slice(1).filter((n) => (what[0] === "." ? n.classList.contains(what.slice(1)) : n.tag === what)); }
  querySelector(what) { return this.all(what)[0] ?? null; }
}

export function openPage() {
  const body = new Node("body");
  globalThis.document = {
    baseURI: "http://host/plan/index.html",
    activeElement: body,
    head: new Node("head"),
    body,
    createElement: (tag) => new Node(tag),
    createElementNS: (space, tag) => new Node(tag),
    createTextNode: (text) => { const node = new Node("#text"); node.textContent = text; return node; },
    heard: {},
    addEventListener(kind, act) { (this.heard[kind] ??= []).push(act); },
    getElementById: (id) => body.every.find((n) => n.attributes.id === id) ?? null,
    querySelectorAll: () => [{ src: "http://host/gxq/plan/static/js/index.abc.js" }],
  };
  globalThis.window = { innerWidth: 1440, devicePixelRatio: 1 };
  return body;
}

export const EVIL = "<img src=x onerror='window.evil=1'>{{7*7}}${window.evil=2}$&$1`<script>window.evil=3</script>";

// A clock that stands still until it is told to go on.
export class Clock {
  constructor() { this.now = 0; this.set = new Map(); this.last = 0; }
  later = (act, seconds) => { this.last += 1; this.set.set(this.last, { at: this.now + seconds, act }); return this.last; };
  drop = (timer) => { this.set.delete(timer); };
  get waits() { return [...this.set.values()].map(({ at }) => at - this.now).sort((a, b) => a - b); }
  async go(seconds) {
    this.now += seconds;
    for (const [timer, { at, act }] of [...this.set]) {
      if (at <= this.now) { this.set.delete(timer); act(); }
    }
    await settled();
  }
}

export function drawsWith(ctx) {
  // Whatever is drawn off the page is drawn with this; returns the pictures that were put on the page.
  const shown = [];
  const create = document.createElement;
  globalThis.OffscreenCanvas = class { getContext() { return Object.assign(ctx, { canvas: this }); } transferToImageBitmap() { return ctx; } };
  document.createElement = (tag) => Object.assign(create(tag), { getContext: () => ({ transferFromImageBitmap(one) { shown.push(one); } }) });
  return shown;
}

export const settled = () => new Promise((resolve) => { setImmediate(resolve); });

// As much of Leaflet as the modules touch: layers that know whether they are on the map.
export function leaflet() {
  class Layer {
    constructor(...given) { [this.first, this.options] = given; }
    addTo(map) { map.on.add(this); this.map = map; return this; }
    remove() { this.map?.on.delete(this); this.heard?.remove?.(); return this; }
    on(kind, act) { (this.heard ??= {})[kind] = act; return this; }
    getLatLng() { return this.first; }
    redraw() { this.redrawn = true; return this; }
    getTileSize() { return { x: 256, y: 256 }; }
    static extend(more) { const Kind = class extends this {}; Object.assign(Kind.prototype, more); return Kind; }
  }
  const make = (...given) => new Layer(...given);
  return {
    Layer, TileLayer: class extends Layer {}, GridLayer: class extends Layer {}, CircleMarker: class extends Layer {}, Canvas: class extends Layer {},
    layerGroup: make, imageOverlay: make, marker: make, canvas: make, svg: make,
    divIcon: (options) => options,
    latLng: (lat, lng) => ({ lat, lng }),
    geoJSON(data, options) {
      const layer = make(data, options);
      for (const feature of data.features) {
        const [lng, lat] = feature.geometry.coordinates;
        const part = options.pointToLayer(feature, { lat, lng });
        part.bindTooltip = (text) => { part.tooltip = text; };
        options.onEachFeature(feature, part);
        (layer.parts ??= []).push(part);
      }
      return layer;
    },
  };
}

export function chart(zoom = 12) {
  const on = new Set(), panes = {};
  const map = {
    on, zoom,
    getPane: (name) => panes[name],
    createPane(name, within) {
      panes[name] = new Node("div");
      panes[name].within = within;
      panes[name].style.zIndex = HEIGHTS[name];
      return panes[name];
    },
    getZoom() { return this.zoom; },
    getSize: () => ({ x: 1000, y: 800 }),
    hasLayer: (layer) => on.has(layer),
    latLngToContainerPoint: ({ lat, lng }) => ({ x: lng, y: lat }),
  };  for (const name of Object.keys(HEIGHTS)) map.createPane(name);
  return map;
}

// Of the panes that the map makes, as many as tests need.
const HEIGHTS = { "zp-streets": "210", "zp-raster": "300", "zp-left": "302", "zp-right": "302", "zp-result": "330", "zp-zones": "350",
  "zp-flow": "410", "zp-points": "450", "zp-left-points": "452", "zp-right-points": "452", "zp-draw": "630" };

// A shelf of the browser that forgets nothing.
export function shelf() {
  const kept = {};
  return { kept, getItem: (name) => kept[name] ?? null, setItem: (name, text) => { kept[name] = text; }, removeItem: (name) => { delete kept[name]; } };
}
