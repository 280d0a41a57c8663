// When the server does not answer: said over the page at once, with a way back; the page comes back by itself.

import { address, element } from './dom.js';
import { CLOCK } from './retry.js';

const GRACE = 1.5; // [s] a hiccup is not worth a word
const PAUSE = 4; // [s] between two looks at the server
const LOOKS = 4; // so often it may be well before the page, still cut off, is loaded anew
const STAY = 8; // [s] good news
const NOTE = 'zp-anew';
const WAITING = 'zp-waiting';

export async function well(ask = fetch) {
  try { return (await ask(address('_stcore/health'), { cache: 'no-store' })).ok; } catch { return false; }
}

export async function known(url, ask = (path, how) => fetch(address(path), how)) {
  // False where the server has begun another session: it answers nothing that this page asks. What cannot be asked is not known to be so.
  if (!url) return true;
  try {
    const answer = await ask(url, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}', credentials: 'same-origin', cache: 'no-store' });
    return answer.status !== 404;
  } catch { return true; }
}

export class Gone {
  // said(what): what the page is to say of the server: 'lost', 'trying', 'back', 'anew' or nothing. kept: what outlives a reload.
  // waiting(): what the planner's hand did that the server has not taken.
  constructor(said, { alive = well, reload = () => window.location.reload(), clock = CLOCK, kept = window.sessionStorage, knows = known, waiting = () => [] } = {}) {
    Object.assign(this, { said, alive, reload, clock, kept, knows, waiting });
    this.lost = false;
    this.seen = 0;
    if (kept.getItem(NOTE)) {
      kept.removeItem(NOTE);
      this.brief('anew');
    }
  }

  brief(what) {
    this.said(what);
    this.clock.drop(this.timer);
    this.timer = this.clock.later(() => this.said(''), STAY);
  }

  state(connected) {
    if (connected === !this.cut) return;
    this.cut = !connected;
    this.clock.drop(this.timer);
    if (this.cut) this.timer = this.clock.later(() => { this.lost = true; this.seen = 0; this.said('lost'); this.look(); }, GRACE);
    else this.back();
  }

  async back() {
    // The line is there again; who sits at the other end may be another.
    const { lost } = this;
    this.lost = false;
    const here = await this.knows(this.id);
    if (this.cut) return;
    if (!here) this.anew();
    else if (lost) this.brief('back');
  }

  async look(now = false) {
    // Looking is ours because the page of Streamlit waits ever longer, and in the end for ever.
    if (!this.lost) return;
    this.clock.drop(this.timer);
    if (now) this.said('trying');
    const alive = await this.alive();
    if (!this.lost) return;
    this.seen = alive ? this.seen + 1 : 0;
    if (alive && (now || this.seen >= LOOKS)) { this.anew(); return; }
    if (now) this.said('lost');
    this.timer = this.clock.later(() => this.look(), PAUSE);
  }

  anew() {
    // The address holds what was asked, the server the plan that is not saved; what it has not taken goes along.
    const waiting = this.waiting();
    if (waiting.length) this.kept.setItem(WAITING, JSON.stringify(waiting));
    this.kept.setItem(NOTE, '1');
    this.reload();
  }

  brought() {
    // What waited when the page was loaded anew; once.
    const kept = this.kept.getItem(WAITING);
    this.kept.removeItem(WAITING);
    return kept ? JSON.parse(kept) : [];
  }

  session(id) {
    // True where the server does not know this page any more: the page is loaded anew with its address.
    const other = Boolean(this.id && id && id !== this.id);
    this.id = id || this.id;
    return other;
  }
}

export function watchServer(words, waiting) {
  // Puts the words over the page, and listens to Streamlit's own state of the connection.
  const box = element('div', 'zp-gone');
  const text = element('p');
  text.setAttribute('role', 'alert');
  const button = element('button', 'zp-place');
  button.type = 'button';
  box.append(text, button);
  box.hidden = true;
  box.dataset.reactAriaTopLayer = 'true'; // Streamlit's own dialog of it, in English, would shut us out
  document.body.appendChild(box);
  const gone = new Gone((what) => {
    const now = words();
    box.hidden = !what;
    document.body.classList.toggle('zp-cut', what === 'lost' || what === 'trying');
    box.className = `zp-gone zp-gone-${what}`;
    if (what) text.textContent = now[`gone_${what}`];
    button.textContent = now.gone_retry;
    button.hidden = what !== 'lost';
  }, { waiting });
  button.addEventListener('click', () => gone.look(true));
  window.addEventListener('online', () => gone.look(true));
  const app = document.querySelector('[data-testid="stApp"]');
  const listen = () => gone.state(app.dataset.testConnectionState === 'CONNECTED');
  new window.MutationObserver(listen).observe(app, { attributes: true, attributeFilter: ['data-test-connection-state'] });
  listen();
  return gone;
}
