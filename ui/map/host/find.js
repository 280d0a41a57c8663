// Which names are meant by what somebody types: Chinese, pinyin in full, by initials or mixed, Latin with or without accents,
// and a little wrong. Pure: the index goes in, the best come out, best first.

import { halfWidth } from './coords.js';

export const MOST_FINDS = 30;
const MOST_OF_A_KIND = 6;
const FIELDS = ['kind', 'zh', 'en', 'lon', 'lat', 'bounds', 'zone', 'basis', 'pinyin', 'extra', 'lead'];
const IGNORED = /[\s\p{P}\p{S}]+/gu;
const HAN = /\p{Script=Han}/u;

export function folded(text) {
  // Small letters without accents, half width.
  return halfWidth(text).normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

const bare = (text) => folded(text).replace(IGNORED, '');

function loosely(text) {
  // What a southern ear does not tell apart: zh z, ch c, sh s, ng n, and n l at the beginning of a syllable is left as it is.
  return text.replace(/([zcs])h/g, '$1').replace(/([aei])ng/g, '$1n');
}

const worded = (text) => folded(text).split(/[\s\p{P}]+/u).filter(Boolean);

export function prepared(told) {
  // The rows of the index with what is compared, worked out once.
  return told.rows.map((row) => {
    const one = Object.fromEntries(FIELDS.map((field, k) => [field, row[k]]));
    const syllables = one.pinyin ? one.pinyin.split(' ').map((said) => said.split('/')) : [];
    return { ...one, rank: row[0], kind: told.kinds[row[0]], zone: told.zones[one.zone] ?? null, syllables,
      loose: syllables.map((said) => said.map(loosely)), names: [one.zh, one.en].filter(Boolean).map(bare),
      pieces: worded(`${one.zh} ${one.en}`), more: folded(one.extra), called: folded(one.extra).split(' ').filter(Boolean) };
  });
}

function spelt(query, syllables, from) {
  // How many syllables from one on the letters spell, each by its beginning at least; {used, whole} or null. Greedy with a way back.
  if (!query) return { used: 0, whole: 0 };
  if (from >= syllables.length) return null;
  let best = null;
  for (const said of syllables[from]) {
    const most = Math.min(said.length, query.length);
    for (let n = most; n >= 1; n -= 1) {
      if (said.slice(0, n) !== query.slice(0, n)) continue;
      const rest = spelt(query.slice(n), syllables, from + 1);
      if (!rest) continue;
      const all = { used: rest.used + 1, whole: rest.whole + (n === said.length ? 1 : 0) };
      if (!best || all.whole / all.used > best.whole / best.used) best = all;
      break;
    }
  }
  return best;
}

function byPinyin(query, syllables) {
  // 0 to 1: full syllables before initials, the beginning of the name before its middle, the whole name before a part.
  let best = 0;
  for (let from = 0; from < syllables.length; from += 1) {
    if (!syllables[from].some((said) => said[0] === query[0])) continue;
    const met = spelt(query, syllables, from);
    if (!met) continue;
    const score = 0.55 + 0.2 * (met.whole / met.used) + (from === 0 ? 0.15 : 0) + 0.1 * (met.used / syllables.length);
    best = Math.max(best, score);
  }
  return best;
}

export function distance(a, b, most) {
  // Letters to change, add, leave out or swap; above most it is only said to be more.
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let [older, old] = [[], Array.from({ length: b.length + 1 }, (_, k) => k)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      row[j] = Math.min(old[j] + 1, row[j - 1] + 1, old[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], older[j - 2] + 1);
    }
    if (Math.min(...row) > most) return most + 1;
    [older, old] = [old, row];
  }
  return old[b.length];
}

function almost(query, word) {
  // Whether a word begins nearly as typed: one slip from four letters on, two from eight.
  const most = query.length >= 8 ? 2 : query.length >= 4 ? 1 : 0;
  if (!most) return false;
  for (let n = query.length - most; n <= query.length + most; n += 1) if (distance(query, word.slice(0, n), most) <= most) return true;
  return false;
}

function inOrder(query, name) {
  // All but one of the characters stand in the name in their order; a missing, wrong or extra one is forgiven from three on.
  let [met, at] = [0, 0];
  for (const character of query) {
    const next = name.indexOf(character, at);
    if (next >= 0) { met += 1; at = next + character.length; }
  }
  const { length } = [...query];
  if (met === length) return 0.5;
  return length >= 3 && met >= length - 1 ? 0.38 : 0;
}

function byName(query, letters, one) {
  let best = 0;
  for (const name of one.names) {
    const at = name.indexOf(query);
    if (name === query) return 1.3;
    if (at === 0) best = Math.max(best, 1.05 + 0.1 * (query.length / name.length));
    else if (at > 0 && (!letters || query.length > 2)) best = Math.max(best, 0.85 + 0.1 * (query.length / name.length));
  }
  return best;
}

function byWords(parts, one) {
  // Every part begins a word, in any order: "escola maria" and "school third".
  return parts.every((part) => one.pieces.some((word) => word.startsWith(part)) || one.names.some((name) => HAN.test(part) && name.includes(part)));
}

export function typed(text) {
  // What is typed, as it is compared.
  const plain = bare(text);
  return { plain, parts: worded(text), letters: /^[a-z0-9]+$/.test(plain), han: HAN.test(plain) };
}

export function surely({ plain, parts, letters }, one) {
  // How well what is typed names a thing as it stands; 0 where it does not.
  if (!plain) return 0;
  if (one.called.includes(plain)) return 1.3; // its short name or number
  const best = byName(plain, letters, one);
  if (best) return best;
  if (parts.length && byWords(parts, one)) return 0.82;
  if (letters && one.syllables.length) {
    const spoken = byPinyin(plain, one.syllables);
    if (spoken) return spoken;
  }
  return plain.length >= 2 && one.more.includes(plain) ? 0.6 : 0;
}

export function perhaps({ plain, parts, letters, han }, one) {
  // The same for what is typed a little wrong, or spoken as in the south.
  if (letters && one.syllables.length) {
    const spoken = plain.length >= 3 ? byPinyin(loosely(plain), one.loose) : 0;
    if (spoken) return 0.6 * spoken;
    if (almost(plain, one.syllables.map((said) => said[0]).join(''))) return 0.45;
  }
  if (letters && parts.length && parts.every((part) => one.pieces.some((word) => word.startsWith(part) || almost(part, word)))) return 0.4;
  return han && [...plain].length >= 2 ? Math.max(...one.names.map((name) => inOrder(plain, name))) : 0;
}

export function found(text, rows, most = MOST_FINDS) {
  // The best, best first; of equal ones the more important kind, then the shorter name. No kind crowds out the others.
  // What is typed a little wrong is thought of only where nothing is meant as it stands.
  const asked = typed(text);
  const met = [];
  for (const rule of [surely, perhaps]) {
    for (const one of rows) {
      const value = rule(asked, one);
      if (value > 0) met.push({ one, value });
    }
    if (met.length) break;
  }
  met.sort((a, b) => b.value - a.value || a.one.rank - b.one.rank || a.one.zh.length - b.one.zh.length || (a.one.zh < b.one.zh ? -1 : 1));
  const counts = new Map();
  const kept = met.filter(({ one }) => { const n = (counts.get(one.kind) ?? 0) + 1; counts.set(one.kind, n); return n <= MOST_OF_A_KIND; });
  return kept.slice(0, most).map(({ one, value }) => ({ ...one, value }));
}

export function byKind(rows) {
  // Groups in the order of their best.
  const groups = new Map();
  for (const one of rows) groups.set(one.kind, [...(groups.get(one.kind) ?? []), one]);
  return [...groups];
}
