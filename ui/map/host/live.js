// While the hand holds something: who would be served, asked beside the page's socket, drawn over the last picture.
//
// One question at a time; the next one is asked when its answer is here, about where the hand is then. What was put down
// stays drawn until the page's own picture of it is on the map. Without an answer there is only that, later.

import { posted } from './beside.js';
import { element } from './dom.js';

const MOST = 50;
const AHEAD_MS = 300; // how long the page's own run waits for a drag to be drawn [ms]

export const question = (url, n, ops) => posted(url, { n, ops });

export function onTheWay(waiting) {
  // What Python has not taken yet goes with the question, without numbers; null where it cannot be said in one.
  const ops = waiting.filter(({ op }) => op !== 'select' && op !== 'pick');
  if (ops.length > MOST || !ops.every(({ op }) => op === 'move' || op === 'add')) return null;
  return ops.map(({ op, id, tool, at }) => ({ op, id, tool, at }));
}

export function overpaint(layers, build) {
  // The picture of a drag in place of the page's own one, which is its elder; a reader who has switched that off wants neither.
  let over = null;
  const elder = () => layers.drawn.get('difference');
  return {
    async paint(picture) {
      const wanted = picture && layers.shown({ id: 'difference' });
      const made = wanted ? await build({ id: 'difference', kind: 'image', ...picture }) : null;
      over?.remove();
      over = made ? made.layer.addTo(layers.map) : null;
    },
    cover(on) {
      const found = elder();
      if (!found) return;
      if (on) found.layer?.remove();
      else layers.toggle(found.spec);
    },
  };
}

export class Live {
  // box: where the numbers stand; waiting() gives the operations on the way; paint(picture) draws one or none; cover(on) hides
  // the page's own picture; ask asks.
  constructor(box, { waiting, paint, cover, ask = question, clock = () => performance.now(), later = setTimeout }) {
    Object.assign(this, { box, waiting, paint, cover, ask, clock, later: (act, ms) => later(act, ms) });
    this.acts = []; // what waits until the answer is drawn
    this.n = 0;
    this.round = 0; // what was asked in an earlier one is not heard any more
    this.next = null; // what the hand holds now, not asked about yet
    this.put = 0; // number of the operation that put the last thing down
    this.lines = element('div', 'zp-live-lines');
    this.head = element('div', 'zp-live-head');
    this.state = element('span');
    this.badge = element('em');
    this.head.append(this.state, this.badge);
    this.more = element('details', 'zp-live-more');
    this.box.append(this.head, this.lines, this.more);
    this.box.setAttribute('role', 'status');
    this.box.hidden = true;
  }

  update(told) {
    this.told = told;
    this.lost = false; // each run of the page leaves a new question
    if (!told?.live) this.clear();
  }

  held(op) {
    // The hand has moved.
    this.put = 0;
    this.want(op);
  }

  down(n) {
    // What was held is an operation now, the last on the way.
    this.put = n;
    this.clocked = { down: this.clock() };
    window.zpLive = this.clocked;
    this.want(null);
  }

  first(ops, act) {
    // The page's run would take the server's time from what is to be seen at once: it waits for that, and not for long.
    this.acts.push(act);
    if (!this.able || !onTheWay(ops)?.length) { this.release(); return; }
    this.later(() => this.release(), AHEAD_MS);
  }

  release() {
    const acts = this.acts.splice(0);
    acts[acts.length - 1]?.(); // each sends all that waits
  }

  get able() {
    return Boolean(this.told?.live) && !this.lost;
  }

  want(op) {
    if (!this.able) return;
    this.next = { op };
    if (!this.busy) this.go();
  }

  async go() {
    this.busy = true;
    while (this.next) {
      const { op } = this.next;
      this.next = null;
      const ops = onTheWay(op ? [...this.waiting(), op] : this.waiting());
      const key = JSON.stringify(ops);
      if (!ops?.length) { this.clear(); continue; }
      if (key === this.key && this.active) { this.mark(); continue; } // put down where it was asked about
      this.n += 1;
      const { round } = this;
      try {
        const found = await this.ask(this.told.live.url, this.n, ops);
        if (found && round === this.round) await this.show(found, key);
      } catch (error) {
        console.warn('live', error);
        this.lost = true;
        this.clear();
      }
    }
    this.busy = false;
    this.release();
  }

  async show(found, key) {
    const { words } = this.told;
    const { round } = this;
    this.active = true;
    this.key = key;
    await this.paint(found.problem ? null : found.picture);
    if (round !== this.round) { this.paint(null); return; }
    this.cover(true);
    this.box.hidden = false;
    this.box.classList.toggle('zp-live-problem', Boolean(found.problem));
    this.lines.replaceChildren(...(found.problem ? [found.problem] : found.lines).map((line) => element('p', '', line)));
    const { basis } = found;
    this.badge.hidden = !basis;
    if (basis) { this.badge.className = `zp-badge zp-${basis.basis}`; this.badge.textContent = basis.text; }
    const zones = found.zones || [];
    this.more.hidden = !zones.length;
    this.more.replaceChildren(element('summary', '', words.live_zones), ...zones.map((zone) => element('p', '', [zone.name, ...zone.lines].join(' · '))));
    this.found = found;
    this.mark();
  }

  mark() {
    // Whether the hand still holds it; and when that was to be seen.
    const { words } = this.told;
    this.state.textContent = this.put ? words.live_put : words.live_held;
    const { clocked, found } = this;
    if (!this.put || this.next || clocked.painted) return;
    clocked.found = found;
    requestAnimationFrame(() => { clocked.painted = this.clock(); });
    this.release();
  }

  shown(told) {
    // The page's own picture is on the map: of what was put down, unless the hand holds something again.
    if (this.put && told && told.done >= this.put) this.clear(); // also what is still being asked: it comes too late
    else if (this.active) this.cover(true);
  }

  clear() {
    this.round += 1;
    this.next = null;
    this.put = 0;
    this.release();
    if (!this.active) return;
    this.active = false;
    this.key = null;
    this.box.hidden = true;
    this.paint(null);
    this.cover(false);
  }
}
