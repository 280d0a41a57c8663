// A sheet over the map that says what can be done: by mouse, by key, by tool.

import { element } from './dom.js';
import { icon } from './icons.js';

const BY_KEY = [['← ↑ ↓ →', 'move'], ['+  −', 'zoom'], ['Enter', 'enter'], ['Tab', 'tab'], ['/', 'find'], ['m', 'measure'], ['h', 'home'],
  ['f', 'full'], ['?', 'this'], ['Ctrl Z  Ctrl Y', 'undo'], ['Esc', 'escape']];

export class Help {
  constructor(box, tools) {
    this.box = box;
    this.tools = tools; // their ids, in the order of the column
    this.node = element('div', 'zp-help');
    this.node.hidden = true;
    this.node.setAttribute('role', 'dialog');
    this.node.setAttribute('aria-labelledby', 'zp-help-title');
    this.node.tabIndex = -1;
    for (const kind of ['mousedown', 'touchstart', 'click', 'dblclick', 'wheel']) this.node.addEventListener(kind, (event) => event.stopPropagation());
    this.node.addEventListener('keydown', (event) => { if (event.key === 'Escape') { event.stopPropagation(); this.close(); } });
    box.appendChild(this.node);
  }

  draw(words) {
    const head = element('div', 'zp-help-head');
    const title = element('strong', '', words.help_title);
    title.id = 'zp-help-title';
    this.leave = element('button', 'zp-find-clear');
    this.leave.type = 'button';
    this.leave.title = words.help_close;
    this.leave.setAttribute('aria-label', words.help_close);
    this.leave.appendChild(icon('cross', 16));
    this.leave.addEventListener('click', () => this.close());
    head.append(title, this.leave);
    const mouse = ['click', 'drag', 'mark', 'layer'].map((what) => [element('b', '', words[`help_${what}`]), words[`help_${what}_does`]]);
    const keys = BY_KEY.map(([key, what]) => [element('kbd', '', key), words[`help_${what}`]]);
    const tools = this.tools.map((id) => [icon(id, 16), words[`tool_${id}`]]);
    const parts = element('div', 'zp-help-parts');
    const column = this.part(words.tools, tools);
    column.className = 'zp-help-tools';
    parts.append(this.part(words.help_mouse, mouse), column, this.part(words.help_keys, keys));
    this.node.replaceChildren(head, parts);
  }

  part(title, rows) {
    const part = element('section');
    part.appendChild(element('h4', '', title));
    const list = element('ul');
    for (const [sign, text] of rows) {
      const row = element('li');
      const left = element('span', 'zp-help-sign');
      left.appendChild(sign);
      row.append(left, element('span', '', text));
      list.appendChild(row);
    }
    part.appendChild(list);
    return part;
  }

  toggle(opener) {
    if (!this.node.hidden) { this.close(); return; }
    this.opener = opener;
    this.node.hidden = false;
    this.leave.focus({ preventScroll: true });
  }

  close() {
    this.node.hidden = true;
    this.opener?.focus({ preventScroll: true });
  }
}
