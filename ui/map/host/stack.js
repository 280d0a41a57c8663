// How the layers lie on one another and how strong each is: as Python lists them, or as the planner has put them.
//
// Each layer that the mouse does not reach has a pane of its own, so that its height and its strength are those of the pane
// and outlive its picture. Points share one canvas, which hears the mouse for all of them: there the order is that of drawing.

import { paneOf, SIDES } from './swipe.js';

const HOME_PANES = { image: 'zp-raster', streets: 'zp-streets', drawn: 'zp-draw' };
const PLAIN = /^[\w-]+$/;
export const FAINTEST = 0.05; // nothing at all would still hear the mouse: what is not to be seen is switched off
const LEVELS = ['flat', 'zp-points', ...SIDES.map((side) => `zp-${side}-points`), 'zp-draw'];

export function homeOf(spec) {
  // The pane that says how high a layer lies by itself and how it mixes with what is below.
  return paneOf(spec, HOME_PANES[spec.kind] ?? spec.pane ?? 'zp-result');
}

export function levelOf(spec) {
  // What can change places: areas and lines among each other, points among each other, above them.
  const home = homeOf(spec);
  return LEVELS.includes(home) ? home : LEVELS[0];
}

export function merged(kept, standing, moved) {
  // The order that was kept, the lowest first; what it does not know goes above what it stands above by itself.
  const order = [...kept];
  standing.forEach((id, k) => {
    if (order.includes(id)) return;
    const below = standing.slice(0, k).filter((one) => !moved.has(one)).pop();
    order.splice(below === undefined ? 0 : order.indexOf(below) + 1, 0, id);
  });
  return order;
}

export function beyond(order, id, other, above) {
  // The order with one put directly above another, or below it.
  const rest = order.filter((one) => one !== id);
  rest.splice(rest.indexOf(other) + (above ? 1 : 0), 0, id);
  return rest;
}

export function inWords({ order, moved, strengths }, ids) {
  // For an address and for this tab: the order with a star at what was moved, and what is to be seen through, in percent.
  const [plain, faded] = [ids.filter((id) => PLAIN.test(id)), ids.filter((id) => PLAIN.test(id) && strengths.has(id))];
  return {
    ...(order.length ? { order: plain.map((id) => (moved.has(id) ? `${id}*` : id)).join(',') } : {}),
    ...(faded.length ? { opacity: faded.map((id) => `${id}.${Math.round(100 * strengths.get(id))}`).join(',') } : {}),
  };
}

export function fromWords(search) {
  // What was written; whatever else stands there counts for nothing.
  const query = new URLSearchParams(search ?? '');
  const list = (name) => (query.get(name) ?? '').split(',');
  const named = list('order').map((one) => [one.replace(/\*$/, ''), one.endsWith('*')]).filter(([id]) => PLAIN.test(id));
  const faded = list('opacity').map((one) => /^([\w-]+)\.(\d{1,2})$/.exec(one)).filter(Boolean);
  return {
    order: [...new Set(named.map(([id]) => id))],
    moved: new Set(named.filter(([, star]) => star).map(([id]) => id)),
    strengths: new Map(faded.map(([, id, percent]) => [id, Math.max(FAINTEST, percent / 100)])),
  };
}

export class Stack {
  constructor(map, store = window.sessionStorage, search = window.location.search) {
    this.map = map;
    this.store = store;
    this.search = search;
    this.heights = {}; // of the homes, as they are made
    this.given = []; // the layers as Python lists them
    this.specs = []; // and as they lie, the lowest first
    Object.assign(this, fromWords(''));
  }

  // -- what the planner has set; kept in this tab for each workspace ----------------------------------------------------------
  open(key) {
    // A link goes before what the tab has kept.
    const name = `zp-layers ${key}`;
    if (this.name === name) return;
    this.name = name;
    const linked = fromWords(this.search);
    this.search = '';
    Object.assign(this, linked.order.length || linked.strengths.size ? linked : fromWords(this.store.getItem(name)));
  }

  keep() {
    const all = new Set([...this.order, ...this.strengths.keys()]);
    this.store.setItem(this.name, new URLSearchParams(inWords(this, [...all])).toString());
  }

  named() {
    // For the address: of what is there now.
    return inWords(this, this.specs.map(({ id }) => id));
  }

  strength({ id }) {
    return this.strengths.get(id) ?? 1;
  }

  touched({ id }) {
    return this.strengths.has(id) || this.moved.has(id);
  }

  fade({ id }, strength) {
    if (strength < 1) this.strengths.set(id, strength); else this.strengths.delete(id);
    this.lay();
  }

  step(spec, by, peers) {
    // Past the next of its peers, up (1) or down (-1).
    const next = this.beside(spec, peers)[by > 0 ? 'above' : 'below'];
    if (!next) return;
    this.order = beyond(merged(this.order, this.specs.map(({ id }) => id), this.moved), spec.id, next.id, by > 0);
    this.moved.add(spec.id);
    this.lay();
  }

  reset({ id }) {
    this.strengths.delete(id);
    this.moved.delete(id);
    this.order = this.moved.size ? this.order.filter((one) => one !== id) : [];
    this.lay();
  }

  resetAll() {
    // Of every layer, also of those that are not on this map now.
    Object.assign(this, fromWords(''));
    this.lay();
  }

  beside(spec, peers) {
    // The layers directly above and below among those that it can change places with; undefined at the ends.
    const level = levelOf(spec);
    const apart = (one) => one.side && spec.side && one.side !== spec.side;
    const among = this.specs.filter((one) => one.id === spec.id || (levelOf(one) === level && !apart(one) && peers(one)));
    const at = among.findIndex((one) => one.id === spec.id);
    return { above: among[at + 1], below: among[at - 1] };
  }

  // -- the panes --------------------------------------------------------------------------------------------------------------
  height(pane) {
    this.heights[pane] ??= Number(this.map.getPane(pane).style.zIndex);
    return this.heights[pane];
  }

  pane(spec) {
    // The name of the pane that a layer is drawn in.
    const home = homeOf(spec);
    if (levelOf(spec) !== LEVELS[0]) return home;
    const name = `zp-own-${spec.id}`;
    if (!this.map.getPane(name)) {
      // Of the two sides of the handle each is cut as one: the panes of their layers lie within it.
      const pane = this.map.createPane(name, spec.side ? this.map.getPane(home) : undefined);
      if (!spec.side) pane.classList.add(`leaflet-${home}-pane`);
      Object.assign(pane.style, { pointerEvents: 'none', zIndex: this.height(home) });
    }
    return name;
  }

  sorted() {
    const standing = this.given.map((spec, k) => [LEVELS.indexOf(levelOf(spec)), this.height(homeOf(spec)), k, spec])
      .sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]).map(([, , , spec]) => spec);
    const ids = merged(this.order, standing.map(({ id }) => id), this.moved);
    return standing.sort((a, b) => LEVELS.indexOf(levelOf(a)) - LEVELS.indexOf(levelOf(b)) || ids.indexOf(a.id) - ids.indexOf(b.id));
  }

  lay(given = this.given) {
    // Where nothing was moved each keeps the height of its home; the online map below and the points above stay there.
    this.given = given;
    this.specs = this.sorted();
    let top = 0;
    for (const spec of this.specs) {
      if (levelOf(spec) === LEVELS[0]) {
        const home = homeOf(spec);
        top = Math.max(top + 1, this.height(home));
        this.map.getPane(this.pane(spec)).style.zIndex = top;
        if (spec.side) this.map.getPane(home).style.zIndex = top;
      }
      if (!levelOf(spec).endsWith('points')) this.map.getPane(this.pane(spec)).style.opacity = this.strength(spec);
    }
  }
}
