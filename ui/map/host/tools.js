// The column of tools: one button a tool, a sign and its name under the pointer; one stop of the Tab key, arrows inside.

import { element } from './dom.js';
import { icon } from './icons.js';

const KEYS = { '+': 'zoomin', '=': 'zoomin', '-': 'zoomout', _: 'zoomout', h: 'home', f: 'full', m: 'measure', '?': 'help', '？': 'help', '/': 'find', '、': 'find' };

export function toolOf(event, box) {
  // The tool a key stands for: never while somebody writes, never with Ctrl, and only where the map or nothing has the focus.
  const { target, key } = event;
  if (box.inert || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return null;
  if (target && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable)) return null;
  if (target && target !== target.ownerDocument?.body && !box.contains(target)) return null;
  return KEYS[key.length === 1 ? key.toLowerCase() : key] ?? null;
}

export class Tools {
  // groups: ids of tools, group by group; act(id, button).
  constructor(node, groups, act) {
    this.node = node;
    this.act = act;
    this.buttons = new Map();
    node.setAttribute('role', 'toolbar');
    node.setAttribute('aria-orientation', 'vertical');
    for (const ids of groups) {
      const group = element('div', 'zp-toolset');
      for (const id of ids) group.appendChild(this.button(id));
      node.appendChild(group);
    }
    this.order = [...this.buttons.values()];
    this.order.forEach((button, k) => { button.tabIndex = k ? -1 : 0; });
    node.addEventListener('keydown', (event) => this.step(event));
    this.pop = element('div', 'zp-menu');
    this.pop.setAttribute('role', 'menu');
    this.pop.hidden = true;
    node.appendChild(this.pop);
  }

  button(id) {
    const button = element('button', `zp-toolbutton zp-tool-${id}`);
    button.type = 'button';
    button.appendChild(icon(id));
    button.addEventListener('click', () => this.act(id, button));
    this.buttons.set(id, button);
    return button;
  }

  draw(words) {
    this.node.setAttribute('aria-label', words.tools);
    for (const [id, button] of this.buttons) {
      button.title = words[`tool_${id}`];
      button.setAttribute('aria-label', words[`tool_${id}`]);
    }
  }

  press(id, on) {
    this.buttons.get(id)?.setAttribute('aria-pressed', String(on));
  }

  hide(id) {
    this.buttons.get(id).hidden = true;
  }

  step(event) {
    // Up and down among the tools, or among what the open menu offers.
    const menu = this.pop.contains(event.target);
    const all = menu ? this.items : this.order.filter((button) => !button.hidden && !button.disabled);
    const at = all.indexOf(event.target);
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };
    if (event.key === 'Escape' && !this.pop.hidden) { event.stopPropagation(); this.close(); this.opener?.focus(); return; }
    if (at < 0 || !(event.key in steps)) return;
    event.preventDefault();
    event.stopPropagation();
    const next = all[(steps[event.key] + all.length) % all.length];
    if (!menu) for (const button of this.order) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  }

  menu(opener, entries) {
    // What a tool offers, beside it; pressed again it goes away.
    const shut = !this.pop.hidden && this.opener === opener;
    this.close();
    if (shut) return;
    this.opener = opener;
    opener.setAttribute('aria-expanded', 'true');
    this.items = entries.map(({ label, act }) => {
      const item = element('button', 'zp-menu-item', label);
      item.type = 'button';
      item.tabIndex = -1;
      item.setAttribute('role', 'menuitem');
      item.addEventListener('click', () => { this.close(); opener.focus({ preventScroll: true }); act(); });
      return item;
    });
    this.pop.replaceChildren(...this.items);
    this.pop.style.top = `${opener.offsetTop}px`;
    this.pop.hidden = false;
    this.items[0]?.focus({ preventScroll: true });
  }

  close() {
    this.pop.hidden = true;
    this.opener?.setAttribute('aria-expanded', 'false');
  }
}
