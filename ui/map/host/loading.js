// From what Python says of a layer to a Leaflet layer: files by URL, small answers from the message itself.

import { sharedCanvas } from './canvas.js';
import { Crowd } from './crowd.js';
import { address, element } from './dom.js';
import { groundClass, groundNames } from './ground.js';
import { label, phrase } from './labels.js';
import { decode, streetClass } from './streets.js';
import { glyphClass, styled } from './styles.js';

export async function fetched(url, fresh) {
  // A file that came broken may lie in the browser's cache: a second try goes past it.
  const answer = await fetch(address(url), fresh ? { cache: 'reload' } : {});
  if (!answer.ok) throw new Error(`${answer.status} ${url}`);
  return answer;
}

function painted(url) {
  // Leaflet's own picture would stay away without a word.
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(url);
    image.onerror = () => reject(new Error(`picture ${url.slice(0, 80)}`));
    image.src = url;
  });
}

export class Loader {
  // stack: the pane of each layer and how strong it is; lang() is zh or en; noted(number): the mark of a comment was clicked;
  // picked(what): that of something the panel can tell about.
  constructor(L, { stack, hatch, lang, noted, picked }) {
    Object.assign(this, { L, stack, hatch, lang, noted, picked });
    this.crowd = new Crowd();
    this.Glyph = glyphClass(L, this.crowd);
    this.Streets = streetClass(L);
    this.Ground = groundClass(L);
    this.Shared = sharedCanvas(L, (id) => stack.strength({ id }));
    this.shared = {}; // by pane
  }

  async build(spec, fresh) {
    if (spec.kind === 'image') return this.image(spec);
    if (spec.kind === 'drawn') return this.drawn();
    if (spec.kind === 'streets') return this.streets(spec, fresh);
    if (spec.kind === 'ground') return this.ground(spec, fresh);
    return this.geojson(spec, fresh);
  }

  drawn() {
    // What the plan holds is drawn by draw.js; here is the switch of the legend for it.
    const turn = (map, off) => { for (const name of ['zp-draw', 'zp-vertex']) map.getPane(name).hidden = off; };
    const Switch = this.L.Layer.extend({ onAdd(map) { turn(map, false); }, onRemove(map) { turn(map, true); } });
    return { layer: new Switch(), labels: [] };
  }

  async image(spec) {
    const url = await painted(spec.url.startsWith('data:') ? spec.url : address(spec.url));
    const layer = this.L.imageOverlay(url, spec.bounds, {
      pane: this.stack.pane(spec), opacity: spec.opacity ?? 0.75, className: 'zp-pixels', interactive: false });
    return { layer, labels: [] };
  }

  async streets(spec, fresh) {
    const streets = decode(await (await fetched(spec.url, fresh)).arrayBuffer());
    const layer = new this.Streets({ pane: this.stack.pane(spec), updateWhenZooming: false, keepBuffer: 3 });
    layer.take(streets);
    return { layer, labels: [] };
  }

  async ground(spec, fresh) {
    const layer = new this.Ground({ pane: this.stack.pane(spec), updateWhenZooming: false, keepBuffer: 2, attribution: spec.credit || '' });
    const [file, names] = await Promise.all([fetched(spec.url, fresh), spec.names && fetched(spec.names, fresh)]);
    layer.take(decode(await file.arrayBuffer()), spec);
    const labels = names ? groundNames(this.L, await names.json(), this.lang()) : [];
    return { layer: this.L.layerGroup([layer, ...labels.map((l) => l.marker)]), labels };
  }

  async geojson(spec, fresh) {
    const L = this.L;
    const data = spec.data ? JSON.parse(spec.data) : await (await fetched(spec.url, fresh)).json();
    const pane = this.stack.pane(spec);
    const shared = pane.endsWith('points');
    const renderer = shared ? this.painter(pane) : this.own(pane, spec.vector);
    const style = (feature) => {
      const s = { ...styled(spec, feature.properties || {}), of: spec.id };
      if (s.hatch) { s.fillColor = this.hatch(s.hatch); s.fillOpacity = 1; }
      return s;
    };
    const labels = [], marks = [], points = [];
    const layer = L.geoJSON(data, {
      pane, renderer, style, interactive: Boolean(spec.live), bubblingMouseEvents: true,
      pointToLayer: (feature, latlng) => new this.Glyph(latlng, {
        pane, renderer, interactive: Boolean(spec.live), bubblingMouseEvents: true, radius: 9, ...styled(spec, feature.properties || {}), of: spec.id,
      }),
      onEachFeature: (feature, part) => {
        const p = feature.properties || {};
        if (part.getLatLng) points.push(part.getLatLng());
        if (spec.clear && part.getLatLng) marks.push(part.getLatLng());
        if (spec.live) this.tip(part, p);
        if (typeof p.pick === 'string') part.on('click', (event) => { L.DomEvent.stopPropagation(event); this.picked(p.pick); });
        if (Number.isInteger(p.note)) part.on('click', (event) => { L.DomEvent.stopPropagation(event); this.noted(p.note); });
        if (spec.label && (p.label_zh || p.label_en)) {
          const at = p.label_at ? L.latLng(p.label_at[1], p.label_at[0]) : part.getBounds ? part.getBounds().getCenter() : part.getLatLng();
          labels.push(label(L, at, p, spec.label, this.lang()));
        }
      },
    });
    if (spec.style?.steps) this.crowd.take(spec.id, points, spec.style.steps);
    const group = L.layerGroup([layer, ...labels.map((l) => l.marker)]);
    if (shared) return { layer: group, labels, marks, paths: layer };
    group.on('remove', () => renderer.remove()); // a canvas that shows nothing would still be moved and cleared with the map
    return { layer: group, labels, marks };
  }

  own(pane, vector) {
    return vector ? this.L.svg({ pane, padding: 0.5 }) : this.L.canvas({ pane, padding: 0.3, tolerance: 4 });
  }

  painter(pane) {
    this.shared[pane] ??= new this.Shared({ pane, padding: 0.3, tolerance: 4 });
    return this.shared[pane];
  }

  tip(layer, properties) {
    if (!phrase(properties, 'tip', this.lang())) return;
    layer.bindTooltip(() => element('div', 'zp-tip', phrase(properties, 'tip', this.lang())), { sticky: true, opacity: 1, direction: 'top' });
  }
}
