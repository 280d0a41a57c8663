// Which things have failed and when each is tried again: soon at first, then ever more rarely, for as long as it takes.

export const PAUSES = [2, 5, 15, 30, 60]; // [s]; the last one goes on

export function pause(tries) {
  // The pause [s] after the tries-th failure in a row.
  return PAUSES[Math.min(Math.max(tries, 1), PAUSES.length) - 1];
}

export const CLOCK = { later: (act, seconds) => setTimeout(act, 1000 * seconds), drop: (timer) => clearTimeout(timer) };

export class Retries {
  // attempt(id) is asked to try again and answers with failed(id) or forget(id); changed() hears of every change here.
  constructor(attempt, changed, clock = CLOCK) {
    this.attempt = attempt;
    this.changed = changed;
    this.clock = clock;
    this.known = new Map(); // id -> {tries, timer, trying}
  }

  has(id) {
    return this.known.has(id);
  }

  get trying() {
    return [...this.known.values()].some((one) => one.trying);
  }

  failed(id) {
    const one = this.known.get(id) ?? { tries: 0 };
    this.clock.drop(one.timer);
    one.tries += 1;
    one.trying = false;
    one.timer = this.clock.later(() => this.again(id), pause(one.tries));
    this.known.set(id, one);
    this.changed();
  }

  forget(id) {
    // It is there now, or nobody wants it any more.
    const one = this.known.get(id);
    if (!one) return;
    this.clock.drop(one.timer);
    this.known.delete(id);
    this.changed();
  }

  again(id) {
    const one = this.known.get(id);
    if (!one || one.trying) return;
    this.clock.drop(one.timer);
    one.trying = true;
    this.changed();
    this.attempt(id);
  }

  now() {
    // Somebody asks, or the network is back: what was in the way may be gone, so the pauses begin anew.
    for (const [id, one] of [...this.known]) {
      one.tries = 0;
      this.again(id);
    }
  }

  stop() {
    for (const one of this.known.values()) this.clock.drop(one.timer);
    this.known.clear();
  }
}
