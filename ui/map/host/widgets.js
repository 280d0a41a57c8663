// What Streamlit's widgets leave undone on our page: their words in the reader's language, what the choices of the head are
// for, lists the keyboard can scroll, a box with a name.

const ATTRIBUTES = ['aria-label', 'title', 'placeholder'];
const NOT_THEIRS = '.zp-map, .zp-gone, [data-testid="stHtml"], textarea, script, style';
const SCROLLS = '.st-key-side, [data-testid="stVerticalBlock"][overflow="auto"]';

const BOX = '[data-testid="stFileUploaderDropzone"][role="presentation"]';

export function reader(words) {
  // A function that gives the other words for a text, or undefined: "{size} per file" stands for every size.
  const plain = new Map();
  const patterns = [];
  for (const [from, to] of Object.entries(words)) {
    const blanks = [...from.matchAll(/\{(\w+)\}/g)].map((found) => found[1]);
    if (!blanks.length) { plain.set(from, to); continue; }
    const parts = from.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    patterns.unshift({ form: new RegExp(`^${parts.join('(.+)')}$`), blanks, to });
  }
  return (text) => {
    const known = plain.get(text);
    if (known !== undefined) return known;
    for (const { form, blanks, to } of patterns) {
      const found = form.exec(text);
      if (found) return blanks.reduce((said, blank, i) => said.replace(`{${blank}}`, () => found[i + 1]), to);
    }
    return undefined;
  };
}

export function backwards(words) {
  return Object.fromEntries(Object.entries(words).map(([from, to]) => [to, from]));
}

export class Widgets {
  constructor(page = document) {
    this.page = page;
    this.words = {};
    this.titles = {};
    this.read = reader({});
    this.watch = new window.MutationObserver((changes) => this.heard(changes));
    this.watch.observe(page.body, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES });
  }

  use(words, panel, titles) {
    // words: English -> Chinese, empty for an English reader. What was backwards before is backwards back. titles: by the key of
    // a choice, which has no room for its label.
    this.panel = panel;
    this.titles = titles;
    if (Object.keys(words).length !== Object.keys(this.words).length) {
      this.read = reader(backwards(this.words));
      this.under(this.page.body);
      this.words = words;
      this.read = reader(words);
      this.under(this.page.body);
    }
    this.reach();
  }

  heard(changes) {
    for (const { type, target, addedNodes, attributeName } of changes) {
      if (type === 'childList') for (const node of addedNodes) this.under(node);
      else if (type === 'attributes') this.attribute(target, attributeName);
      else this.text(target);
    }
    if (changes.some((one) => one.type === 'childList')) this.reach();
  }

  under(node) {
    if (node.nodeType === 3) { this.text(node); return; }
    if (node.nodeType !== 1) return;
    const walk = this.page.createTreeWalker(node, 5); // elements and texts
    for (let one = node; one; one = walk.nextNode()) {
      if (one.nodeType === 3) this.text(one);
      else for (const name of ATTRIBUTES) this.attribute(one, name);
    }
  }

  text(node) {
    const said = this.read(node.nodeValue.trim());
    if (said !== undefined && !node.parentElement?.closest(NOT_THEIRS)) node.nodeValue = said;
  }

  attribute(node, name) {
    const text = node.getAttribute(name);
    const said = text ? this.read(text) : undefined;
    if (said !== undefined && !node.closest(NOT_THEIRS)) node.setAttribute(name, said);
  }

  reach() {
    // Streamlit names its upload box and says in the same breath that it is nothing: then its name is not read out.
    for (const node of this.page.querySelectorAll(BOX)) node.setAttribute('role', 'group');
    for (const [key, title] of Object.entries(this.titles)) {
      const node = this.page.querySelector(`.st-key-head [class*="st-key-${key}"]`); // a select box has one for each language
      if (node && node.title !== title) node.title = title;
    }
    for (const node of this.page.querySelectorAll(SCROLLS)) {
      if (node.tabIndex !== 0) node.tabIndex = 0;
      if (!node.classList.contains('st-key-side')) continue;
      if (!node.hasAttribute('role')) node.setAttribute('role', 'region');
      if (node.getAttribute('aria-label') !== this.panel) node.setAttribute('aria-label', this.panel);
    }
  }
}
