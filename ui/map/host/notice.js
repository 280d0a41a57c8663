// What the map says of layers that did not load, with a button to try them at once.

import { element } from './dom.js';

export function sentence(pattern, names, between) {
  // The names stand in the blank as they are: a "$&" in a name is text like any other.
  return pattern.replace('{names}', () => [...new Set(names)].join(between));
}

export class Notice {
  constructor(node, retry, leave) {
    this.node = node;
    this.leave = leave; // where the keyboard goes when the button under it vanishes
    this.busy = false;
    // The spoken part stands on the page before it speaks: a region that appears together with its words is often not read.
    this.text = element('p', 'zp-failed-text');
    this.text.setAttribute('role', 'status');
    this.text.setAttribute('aria-live', 'polite');
    this.note = element('p', 'zp-failed-note');
    this.button = element('button', 'zp-place');
    this.button.type = 'button';
    this.button.addEventListener('click', () => { if (!this.busy) retry(); });
    node.append(this.text, this.note, this.button);
    this.show([], false, {});
  }

  show(names, busy, words) {
    this.busy = busy;
    const silent = names.length === 0;
    const said = silent ? '' : sentence(words.layers_failed, names, words.layers_between);
    if (this.text.textContent !== said) this.text.textContent = said; // only what has changed is spoken
    if (silent && this.node.contains(document.activeElement)) this.leave();
    this.node.classList.toggle('zp-silent', silent);
    this.note.textContent = silent ? '' : words.layers_retried;
    this.button.hidden = silent;
    if (silent) return;
    this.button.textContent = busy ? words.layers_trying : words.layers_retry;
    // Not "disabled": that would take the keyboard away from the button just pressed.
    this.button.setAttribute('aria-disabled', String(busy));
  }
}
