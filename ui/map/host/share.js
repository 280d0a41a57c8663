// The button that copies the link to what is seen, and what is said of it.

import { element } from './dom.js';
import { copyLink } from './link.js';

export class Share {
  // button: the tool that is pressed; remember() makes the address as new as the view before it is copied.
  constructor(node, button, remember) {
    this.remember = remember;
    this.button = button;
    button.classList.add('zp-share');
    this.box = element('div', 'zp-shared');
    this.box.hidden = true;
    this.text = element('p');
    this.text.setAttribute('role', 'status');
    this.field = element('input');
    this.field.readOnly = true;
    this.leave = element('button', 'zp-place');
    this.leave.type = 'button';
    this.leave.addEventListener('click', () => this.close());
    this.box.append(this.text, this.field, this.leave);
    this.box.addEventListener('keydown', (e) => { if (e.key === 'Escape') this.close(); });
    node.appendChild(this.box);
  }

  draw(words, more) {
    this.words = words;
    this.more = more;
    this.leave.textContent = words.link_close;
    this.field.setAttribute('aria-label', words.link_copy);
  }

  async press() {
    this.remember();
    const copied = await copyLink();
    this.text.textContent = [copied ? this.words.link_copied : this.words.link_by_hand, this.more ? this.words.link_unsaved : ''].join(' ').trim();
    this.field.hidden = copied;
    this.field.value = window.location.href;
    this.box.hidden = false;
    if (copied) this.leave.focus();
    else { this.field.focus(); this.field.select(); }
  }

  close() {
    this.box.hidden = true;
    this.button.focus();
  }
}
