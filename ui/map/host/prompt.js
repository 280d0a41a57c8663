// A press on the map, answered at once: asked beside the page's socket, and drawn before the page's own run begins.
//
// The run takes the server's and the browser's time from what is to be seen at once: it waits for that, and not for long.
// An answer that does not come is not missed, for the run shows the same.

import { posted } from './beside.js';
import { element } from './dom.js';

const HOLD_MS = 300; // how long the page's own run waits for an answer to be drawn [ms]
const GROWN = /^(b|div|li|p|small|span|ul)$/;

export function grown([tag, className, ...inside]) {
  // What Python tells as a tree (ui/parts/markup.py): elements of these few kinds, and texts.
  if (!GROWN.test(tag)) throw new Error(`tag ${tag}`);
  const node = element(tag, className);
  node.append(...inside.map((one) => (typeof one === 'string' ? document.createTextNode(one) : grown(one))));
  return node;
}

const DRAWN_FROM = new Map(); // what was drawn of the last answers, by the hash of it: the page's run need not send it again
const LAYERS_KEPT = 8;

export function remembered(layers) {
  // Remember what layers are drawn from; return their hashes, for the run to know.
  const hashes = layers.filter((spec) => spec.data).map((spec) => spec.hash);
  for (const { hash, data } of layers) if (data) { DRAWN_FROM.delete(hash); DRAWN_FROM.set(hash, data); }
  for (const old of [...DRAWN_FROM.keys()].slice(0, -LAYERS_KEPT)) DRAWN_FROM.delete(old);
  return hashes;
}

export function restored(layers) {
  // What the run has left out because it is here.
  return layers.map((spec) => (spec.data === '' ? { ...spec, data: DRAWN_FROM.get(spec.hash) } : spec));
}

const atRest = () => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning';

export class Prompt {
  // draw(found) puts an answer on the screen and returns what the run need not send again; resting() says whether no run is going on: one would show the place before.
  constructor({ draw, resting = atRest, ask = posted, later = setTimeout }) {
    Object.assign(this, { draw, resting, ask, later: (act, ms) => later(act, ms) });
    this.held = null; // the press whose answer is awaited, not told to the page's run yet
    for (const kind of ['pointerdown', 'keydown']) document.addEventListener(kind, () => this.release(), true);
  }

  async press(url, place, send) {
    this.held = null; // the place before is not asked about any more
    if (!url || !this.resting()) { send([]); return; }
    const held = { send };
    this.held = held;
    this.later(() => this.release(held), HOLD_MS);
    try {
      const found = await this.ask(url, place);
      if (found && this.held === held) held.has = await this.draw(found);
    } catch (error) {
      console.warn('place', error);
    }
    this.release(held);
  }

  release(held = this.held) {
    // The page's run may begin: the answer is seen, or is late, or the planner does something else.
    if (!held || this.held !== held) return;
    this.held = null;
    held.send(held.has ?? []);
  }
}
