// Which layers are drawn, which the reader has switched off, and which did not load and are tried again.

import { Retries } from './retry.js';
import { pictureKey } from './styles.js';

export class Layers {
  // build(spec, fresh) makes {layer, labels, paths}, paths being what shares its canvas; failing() hears that layers failed or
  // came; came(entry) that one came late; stack: in which order they lie, and how strong each is.
  constructor(map, build, { stack, failing, came, clock }) {
    this.map = map;
    this.build = build;
    this.stack = stack;
    this.came = came;
    this.drawn = new Map(); // id -> {key, spec, layer, labels}
    this.off = new Map(); // the reader's own switches, by layer id
    this.retries = new Retries((id) => this.retry(id), failing, clock);
  }

  get loading() {
    // What is wanted, not drawn yet and has not failed.
    return [...this.drawn.values()].filter((entry) => entry.coming && !entry.layer && !this.retries.has(entry.spec.id)).map((entry) => entry.spec);
  }

  get labels() {
    return [...this.drawn.values()].flatMap((entry) => entry.labels);
  }

  get marks() {
    // The places that names keep off: those of the layers that say so and are on the map.
    return [...this.drawn.values()].filter(({ layer }) => layer && this.map.hasLayer(layer)).flatMap(({ marks }) => marks || []);
  }

  shown(spec) {
    return this.off.has(spec.id) ? this.off.get(spec.id) : spec.on !== false;
  }

  wanted(spec) {
    return this.shown(spec) && this.map.getZoom() >= (spec.from || 0);
  }

  turn(spec, on) {
    this.off.set(spec.id, on);
    this.toggle(spec);
  }

  keep(ids) {
    // Take off what Python no longer names.
    for (const [id, entry] of [...this.drawn]) {
      if (ids.has(id)) continue;
      if (entry.layer) entry.layer.remove();
      this.drawn.delete(id);
      this.retries.forget(id);
    }
  }

  async put(spec) {
    const key = pictureKey(spec);
    const old = this.drawn.get(spec.id);
    if (old && old.key === key) {
      old.spec = spec;
      this.toggle(spec);
      await old.coming;
      return;
    }
    const entry = { key, spec, layer: null, labels: [], coming: null };
    this.drawn.set(spec.id, entry);
    this.retries.forget(spec.id); // what failed was another picture
    // What nobody sees is fetched when it is switched on, or when the map comes close enough.
    if (this.wanted(spec)) await (entry.coming = this.load(entry, false));
    // Also when the new one failed: the old one shows another question.
    if (old && old.layer) old.layer.remove();
  }

  async load(entry, fresh) {
    const { id } = entry.spec;
    let made = null;
    try {
      made = await this.build(entry.spec, fresh);
    } catch (error) {
      console.warn('layer', id, error);
    }
    if (this.drawn.get(id) !== entry) return; // overtaken, or not wanted any more
    if (!made) { this.retries.failed(id); return; }
    Object.assign(entry, made);
    this.retries.forget(id);
    this.toggle(entry.spec);
  }

  async retry(id) {
    const entry = this.drawn.get(id);
    if (!entry) return;
    await this.load(entry, true);
    if (entry.layer) this.came(entry);
  }

  repaint() {
    // What is painted on a canvas does not follow the colours of the page by itself.
    const again = (layer) => { if (layer.redraw) layer.redraw(); else layer.eachLayer?.(again); };
    for (const { layer } of this.drawn.values()) if (layer && this.map.hasLayer(layer)) again(layer);
  }

  toggle(spec) {
    const entry = this.drawn.get(spec.id);
    if (!entry) return;
    const want = this.wanted(spec);
    if (!entry.layer) {
      if (want && !entry.coming) entry.coming = this.load(entry, false).then(() => { if (entry.layer) this.came(entry); });
      return;
    }
    if (want && !this.map.hasLayer(entry.layer)) {
      entry.layer.addTo(this.map);
      this.fade(spec);
      if (entry.paths) this.raise(spec);
    }
    if (!want && this.map.hasLayer(entry.layer)) entry.layer.remove();
  }

  fade({ id }) {
    // Names and points as strong as their layer; all else is as strong as its pane.
    const { labels = [], paths } = this.drawn.get(id) ?? {};
    const strong = this.stack.strength({ id });
    for (const { marker } of labels) if (marker.options.opacity !== strong) marker.setOpacity(strong);
    paths?.setStyle({}); // drawn anew
  }

  raise({ id } = {}) {
    // What shares a canvas is drawn in its order: all of it, or what lies above one that was just put on.
    const from = this.stack.specs.findIndex((spec) => spec.id === id);
    for (const spec of this.stack.specs.slice(from + 1)) this.drawn.get(spec.id)?.paths?.bringToFront();
  }
}
