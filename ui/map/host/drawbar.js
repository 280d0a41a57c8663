// The bar of tools: by group, each a button that is pressed while its tool is out; below them undo, redo, delete, and what to do next.

import { element } from './dom.js';

export class DrawBar {
  // act(id): a tool's id, or undo, redo, remove.
  constructor(act) {
    this.act = act;
    this.node = element('div', 'zp-draw');
    this.node.setAttribute('role', 'toolbar');
    this.node.hidden = true;
    this.buttons = new Map();
    this.help = element('div', 'zp-draw-help');
    this.help.setAttribute('role', 'status');
  }

  furnish(told) {
    // Built anew only when its words change: the button that has the focus keeps it.
    const key = JSON.stringify([told.tools, told.words]);
    if (this.key === key) return false;
    this.key = key;
    this.node.replaceChildren();
    this.node.setAttribute('aria-label', told.words.draw_bar);
    this.buttons.clear();
    for (const name of new Set(told.tools.map((tool) => tool.group))) {
      const tools = told.tools.filter((tool) => tool.group === name);
      const row = this.row(name);
      for (const tool of tools) this.button(row, `tool-${tool.id}`, tool.label, tool.title);
    }
    const row = this.row('', 'zp-tools zp-tools-end');
    for (const id of ['undo', 'redo', 'remove']) this.button(row, id, told.words[`draw_${id}`], told.words[`draw_${id}_title`]);
    this.node.appendChild(this.help);
    return true;
  }

  row(name, className = 'zp-tools') {
    const group = element('div', className);
    group.setAttribute('role', 'group');
    if (name) {
      group.setAttribute('aria-label', name);
      group.appendChild(element('span', 'zp-tools-name', name));
    }
    const row = element('div', 'zp-tools-row');
    group.appendChild(row);
    this.node.appendChild(group);
    return row;
  }

  button(row, id, label, title) {
    const node = element('button', `zp-tool zp-tool-${id}`, label);
    node.type = 'button';
    if (title) node.title = title;
    node.addEventListener('click', () => this.act(id));
    row.appendChild(node);
    this.buttons.set(id, node);
  }

  mark(told, tool) {
    // Which tool is out, and what can be done to what is chosen.
    if (!this.buttons.size) return;
    for (const { id } of told.tools) this.buttons.get(`tool-${id}`).setAttribute('aria-pressed', String(tool?.id === id));
    this.buttons.get('undo').disabled = !told.undo;
    this.buttons.get('redo').disabled = !told.redo;
    this.buttons.get('remove').disabled = !told.removable;
    const help = tool ? tool.help : '';
    if (this.help.textContent !== help) this.help.textContent = help;
  }
}
