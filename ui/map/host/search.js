// The search box: a combobox over the index of names, in the browser; what is chosen is flown to and marked with its name.

import { coordinates, inside } from './coords.js';
import { element } from './dom.js';
import { byKind, found, prepared } from './find.js';
import { icon } from './icons.js';
import { fetched } from './loading.js';
import { toGcj } from './tiles.js';

const AGAIN_MS = 700; // the index may still be made when it is first asked for
const TRIES = 90;
const CHINA = [[3, 73], [54, 136]];

export function filled(pattern, values) {
  // A phrase with its blanks filled in; what is filled in stands as it is.
  return pattern.replace(/\{(\w+)\}/g, (blank, name) => (name in values ? String(values[name]) : blank));
}

function fromGcj(lon, lat) {
  let [y, x] = [lat, lon];
  for (let k = 0; k < 6; k += 1) {
    const [seenLat, seenLon] = toGcj(y, x);
    y -= seenLat - lat;
    x -= seenLon - lon;
  }
  return { lon: x, lat: y };
}

function fromBaidu(lon, lat) {
  const [x, y] = [lon - 0.0065, lat - 0.006];
  const far = Math.hypot(x, y) - 0.00002 * Math.sin(y * Math.PI * 3000 / 180);
  const turn = Math.atan2(y, x) - 0.000003 * Math.cos(x * Math.PI * 3000 / 180);
  return fromGcj(far * Math.cos(turn), far * Math.sin(turn));
}

export function written(lon, lat) {
  return `${Math.abs(lon).toFixed(5)}°${lon < 0 ? 'W' : 'E'} ${Math.abs(lat).toFixed(5)}°${lat < 0 ? 'S' : 'N'}`;
}

export function asPlaces(text, home, words, metres) {
  // What numbers may mean: first as WGS-84, in China also as copied from maps that are shifted.
  const read = coordinates(text, home);
  if (!read) return [];
  const { lon, lat, order, by } = read;
  const why = filled(words[`find_${order}`], { why: words[`find_by_${by}`] });
  const row = (place, note) => ({ kind: 'place', zh: written(place.lon, place.lat), en: '', ...place, bounds: null, zone: null, basis: '', note });
  const rows = [row({ lon, lat }, [`WGS-84 · ${why}`, inside(lon, lat, home) ? '' : words.find_outside].filter(Boolean).join(' · '))];
  if (inside(lon, lat, CHINA)) {
    for (const [key, place] of [['find_gcj', fromGcj(lon, lat)], ['find_bd', fromBaidu(lon, lat)]]) {
      rows.push(row(place, filled(words[key], { m: Math.round(metres([lat, lon], [place.lat, place.lon])).toLocaleString('en-US') })));
    }
  }
  return rows;
}

export class Search {
  // go(row) shows a place; lead(where) opens a panel or card; ask(row) asks the panel about it; lookUp(words) searches the plan;
  // metres(a, b) measures.
  constructor(node, { go, lead, ask, lookUp, metres, load = fetched, later = setTimeout }) {
    Object.assign(this, { go, lead, ask, lookUp, metres, load, later: (act, ms) => later(act, ms) });
    this.rows = null; // the index, once it is asked for
    this.options = [];
    this.at = -1;
    this.furnish(node);
  }

  furnish(node) {
    node.setAttribute('role', 'search');
    this.field = element('input', 'zp-find-field');
    this.field.value = '';
    this.list = element('div', 'zp-finds');
    this.list.id = 'zp-finds';
    this.list.hidden = true;
    for (const [key, value] of [['role', 'combobox'], ['aria-expanded', 'false'], ['aria-controls', this.list.id], ['aria-autocomplete', 'list'],
      ['autocomplete', 'off'], ['spellcheck', 'false'], ['type', 'text'], ['maxlength', '80'], ['enterkeyhint', 'search']]) this.field.setAttribute(key, value);
    this.list.setAttribute('role', 'listbox');
    this.foot = element('div', 'zp-finds-foot');
    this.clear = element('button', 'zp-find-clear');
    this.clear.type = 'button';
    this.clear.appendChild(icon('cross', 14));
    this.clear.hidden = true;
    this.said = element('div', 'zp-sr');
    this.said.setAttribute('role', 'status');
    const line = element('div', 'zp-find-line');
    line.append(icon('find'), this.field, this.clear);
    this.drop = element('div', 'zp-finds-drop');
    this.drop.hidden = true;
    this.drop.append(this.list, this.foot);
    node.append(line, this.drop, this.said);
    this.field.addEventListener('focus', () => { this.prepare(); this.look(); });
    this.field.addEventListener('input', () => this.look());
    this.field.addEventListener('compositionend', () => this.look());
    this.field.addEventListener('keydown', (event) => this.key(event));
    this.clear.addEventListener('click', () => { this.field.value = ''; this.look(); this.field.focus(); });
    // A press on a row comes before the field loses the focus, and must not take it.
    this.drop.addEventListener('mousedown', (event) => event.preventDefault());
    this.field.addEventListener('blur', () => this.shut());
  }

  update(data) {
    const changed = this.told?.hash !== data.search?.hash || this.lang !== data.lang;
    if (this.told?.hash !== data.search?.hash) { this.rows = null; this.asking = null; }
    Object.assign(this, { told: data.search, words: data.words, lang: data.lang, home: data.home });
    this.own = data.search?.own ? prepared(data.search.own) : []; // of this session: its plan's objects, the saved plans
    const { words } = data;
    this.field.placeholder = words.find_ask;
    this.field.setAttribute('aria-label', words.find_ask);
    this.field.title = words.find_title;
    this.list.setAttribute('aria-label', words.find_list);
    this.clear.setAttribute('aria-label', words.find_clear);
    this.clear.title = words.find_clear;
    if (changed && !this.drop.hidden) { this.prepare(); this.look(); }
  }

  prepare() {
    // The index comes when the box is first used, not with the page.
    if (this.rows || this.asking || !this.told) return this.asking;
    const { hash, url } = this.told;
    this.failed = false;
    const take = async () => {
      for (let n = 0; n < TRIES && this.told?.hash === hash; n += 1) {
        try {
          const rows = prepared(await (await this.load(url, n > 0)).json());
          if (this.told?.hash === hash) this.rows = rows;
          return;
        } catch (error) {
          if (n === TRIES - 1) console.warn('names', error);
          await new Promise((done) => { this.later(done, AGAIN_MS); });
        }
      }
      this.failed = true;
    };
    this.asking = take().finally(() => { this.asking = null; if (document.activeElement === this.field) this.look(); });
    return this.asking;
  }

  look() {
    const { words } = this;
    const text = this.field.value.trim();
    this.clear.hidden = !text;
    if (!text || !words) { this.shut(); return; }
    const places = asPlaces(text, this.home, words, this.metres);
    const names = this.rows && !places.length ? found(text, [...this.own, ...this.rows]) : [];
    this.options = [];
    this.list.replaceChildren();
    let note = '';
    if (!this.rows && !places.length) note = this.failed ? words.find_failed : words.find_waiting;
    else if (!names.length && !places.length) note = words.find_none;
    else if (names.length && names[0].value < 0.57) note = words.find_near;
    if (note) this.list.appendChild(element('p', 'zp-finds-note', note));
    for (const [kind, rows] of byKind([...places, ...names])) this.group(kind, rows, text);
    if (this.told?.text && !places.length) this.option(this.list, { act: () => this.lookUp(text) }, [element('span', 'zp-find-name', filled(words.find_text, { words: text }))], 'zp-find-text');
    this.foot.textContent = words.find_keys;
    this.said.textContent = note || filled(words.find_count, { n: names.length + places.length });
    this.drop.hidden = false;
    this.list.hidden = false;
    this.field.setAttribute('aria-expanded', 'true');
    this.point(this.options.length && (names.length || places.length) ? 0 : -1);
  }

  group(kind, rows, text) {
    const part = element('div', 'zp-find-group');
    part.setAttribute('role', 'group');
    const head = element('div', 'zp-find-kind', this.words[`find_kind_${kind}`] ?? kind);
    head.id = `zp-find-kind-${kind}`;
    part.setAttribute('aria-labelledby', head.id);
    part.appendChild(head);
    for (const row of rows) {
      const nowhere = row.lon === null && row.kind !== 'plans' ? this.words.find_unplaced : '';
      const where = row.note ?? ([row.zone && (this.lang === 'en' ? row.zone[1] || row.zone[0] : row.zone[0]), nowhere].filter(Boolean).join(' · '));
      const name = element('span', 'zp-find-name');
      emphasised(name, this.nameOf(row), text);
      const parts = [name];
      if (where) parts.push(element('span', 'zp-find-where', where));
      if (row.basis) parts.push(this.badge(row.basis));
      this.option(part, { row, act: () => this.choose(row) }, parts, where && row.note ? 'zp-find-two' : '');
    }
    this.list.appendChild(part);
  }

  nameOf(row) {
    return this.lang === 'en' ? row.en || row.zh : row.zh;
  }

  badge(basis) {
    return element('em', `zp-badge zp-${basis}`, this.words[`find_basis_${basis}`] ?? basis);
  }

  option(parent, told, parts, className = '') {
    const node = element('div', `zp-find ${className}`.trim());
    node.id = `zp-find-${this.options.length}`;
    node.setAttribute('role', 'option');
    node.setAttribute('aria-selected', 'false');
    node.append(...parts);
    const n = this.options.length;
    node.addEventListener('mousemove', () => { if (this.at !== n) this.point(n, false); });
    node.addEventListener('click', (event) => this.take(n, event.shiftKey));
    this.options.push({ node, ...told });
    parent.appendChild(node);
  }

  point(n, seen = true) {
    this.options[this.at]?.node.setAttribute('aria-selected', 'false');
    this.at = n;
    const one = this.options[n];
    if (!one) { this.field.removeAttribute('aria-activedescendant'); return; }
    one.node.setAttribute('aria-selected', 'true');
    this.field.setAttribute('aria-activedescendant', one.node.id);
    if (seen) one.node.scrollIntoView?.({ block: 'nearest' });
  }

  take(n, asks) {
    const one = this.options[n];
    if (!one) return;
    if (asks && one.row && one.row.lon !== null) { this.choose(one.row); this.ask(one.row); } else one.act();
    this.shut();
  }

  choose(row) {
    this.field.value = this.nameOf(row);
    this.clear.hidden = false;
    if (row.lon !== null) this.go(row);
    if (row.lead) this.lead(row.lead);
  }

  key(event) {
    if (event.isComposing || event.keyCode === 229) return; // the keys belong to whoever writes Chinese
    const { key } = event;
    const last = this.options.length - 1;
    const steps = { ArrowDown: this.at >= last ? 0 : this.at + 1, ArrowUp: this.at <= 0 ? last : this.at - 1 };
    event.stopPropagation(); // letters here are no shortcuts of the map
    if (key in steps) {
      event.preventDefault();
      if (this.drop.hidden) this.look();
      else this.point(steps[key]);
    } else if (key === 'Enter') {
      event.preventDefault();
      if (this.drop.hidden) this.look();
      else this.take(this.at, event.shiftKey);
    } else if (key === 'Escape') {
      if (this.drop.hidden) { this.field.value = ''; this.clear.hidden = true; this.field.blur(); }
      this.shut();
    }
  }

  shut() {
    this.drop.hidden = true;
    this.list.hidden = true;
    this.options = [];
    this.at = -1;
    this.field.setAttribute('aria-expanded', 'false');
    this.field.removeAttribute('aria-activedescendant');
  }
}

function emphasised(node, name, text) {
  // The letters that were typed stand out where they stand in the name as they were typed.
  const at = name.toLowerCase().indexOf(text.toLowerCase());
  if (at < 0 || name.toLowerCase().length !== name.length) { node.textContent = name; return; }
  node.append(element('span', '', name.slice(0, at)), element('b', '', name.slice(at, at + text.length)), element('span', '', name.slice(at + text.length)));
}

export class Mark {
  // The mark at what was found: a pin, its name, and what can be done there.
  constructor(L, map, { ask }) {
    Object.assign(this, { L, map, ask });
  }

  put(row, told, words) {
    this.clear();
    const card = element('div', 'zp-mark-card');
    card.appendChild(element('strong', '', told.name));
    const under = element('div', 'zp-mark-under');
    if (told.where) under.appendChild(element('span', '', told.where));
    if (told.badge) under.appendChild(told.badge);
    if (under.children.length) card.appendChild(under);
    const acts = element('div', 'zp-mark-acts');
    const here = element('button', 'zp-place', words.find_here);
    here.type = 'button';
    here.addEventListener('click', () => this.ask(row));
    const close = element('button', 'zp-mark-close');
    close.type = 'button';
    close.title = words.find_close;
    close.setAttribute('aria-label', words.find_close);
    close.appendChild(icon('cross', 13));
    close.addEventListener('click', () => { this.clear(); this.map.getContainer().focus({ preventScroll: true }); });
    acts.appendChild(here);
    card.append(acts, close);
    this.popup = this.L.popup({ className: 'zp-mark', closeButton: false, autoPan: false, closeOnClick: false, autoClose: false, closeOnEscapeKey: false,
      offset: [0, -26], minWidth: 120, maxWidth: 280 }).setLatLng([row.lat, row.lon]).setContent(card);
    this.popup.addTo(this.map);
    const pin = element('div', 'zp-mark-pin');
    this.pin = this.L.marker([row.lat, row.lon], { pane: 'zp-pin', interactive: false, keyboard: false,
      icon: this.L.divIcon({ className: 'zp-pin', html: pin, iconSize: [0, 0] }) }).addTo(this.map);
  }

  clear() {
    this.popup?.remove();
    this.pin?.remove();
    this.popup = null;
    this.pin = null;
  }
}
