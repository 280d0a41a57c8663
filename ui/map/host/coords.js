// A place typed as numbers: decimal degrees in either order, degrees with minutes and seconds, with letters or Chinese words for
// the directions, in half or full width. What could be meant two ways is taken as the range or the plan's ground says, and told.

const WIDE = /[！-～]/g;
const DIRECTIONS = [['东经', 'E'], ['西经', 'W'], ['北纬', 'N'], ['南纬', 'S'], ['经度', 'X'], ['纬度', 'Y'], ['东', 'E'], ['西', 'W'], ['北', 'N'], ['南', 'S'],
  ['longitude', 'X'], ['latitude', 'Y'], ['lng', 'X'], ['lon', 'X'], ['lat', 'Y'], ['x', 'X'], ['y', 'Y']];
const NUMBER = '[+-]?\\d+(?:\\.\\d+)?';
const ANGLE = new RegExp(`([EWNSXY])?[:=]?\\s*(${NUMBER})\\s*(?:°|度|D|º)?\\s*(?:(\\d+(?:\\.\\d+)?)\\s*(?:′|'|分|’|M)\\s*)?(?:(\\d+(?:\\.\\d+)?)\\s*(?:″|"|秒|”|'')\\s*)?([EWNSXY])?`, 'y');

export function halfWidth(text) {
  return text.replace(WIDE, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).replaceAll('\u3000', ' ').replaceAll('。', '.').replaceAll('−', '-');
}

function angles(text) {
  // The numbers of a text with their directions; null where anything else stands in it.
  let plain = halfWidth(text).trim();
  for (const [word, letter] of DIRECTIONS) plain = plain.replace(new RegExp(word, 'gi'), letter);
  plain = plain.toUpperCase().replace(/[()[\]{}]/g, ' ').trim();
  const found = [];
  let at = 0;
  while (at < plain.length) {
    const gap = /[\s,;、/|]+/y;
    gap.lastIndex = at;
    if (gap.test(plain)) { at = gap.lastIndex; continue; }
    ANGLE.lastIndex = at;
    const one = ANGLE.exec(plain);
    if (!one) return null;
    const [, before, degrees, minutes, seconds, after] = one;
    at = ANGLE.lastIndex - (before && after ? 1 : 0); // "E117 N39": the second letter is the next number's
    if (Number(minutes) >= 60 || Number(seconds) >= 60) return null;
    const size = Math.abs(Number(degrees)) + Number(minutes ?? 0) / 60 + Number(seconds ?? 0) / 3600;
    found.push({ value: degrees.startsWith('-') ? -size : size, letter: before ?? after, exact: /\./.test(degrees) || minutes !== undefined });
  }
  return found.length === 2 ? found : null;
}

const AXES = { E: 'lon', W: 'lon', X: 'lon', N: 'lat', S: 'lat', Y: 'lat' };

function placed(lon, lat) {
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90;
}

function away(lon, lat, [[south, west], [north, east]]) {
  // How far from a box of degrees, 0 inside.
  const beside = (value, low, high) => Math.max(low - value, value - high, 0);
  return Math.hypot(beside(lon, west, east), beside(lat, south, north));
}

export function coordinates(text, home) {
  // {lon, lat, order: 'lonlat' or 'latlon', by: 'letters', 'range' or 'near'} of a text, or null where it names no place.
  const pair = angles(text);
  if (!pair) return null;
  const [a, b] = pair;
  for (const one of pair) if (one.letter === 'W' || one.letter === 'S') one.value = -Math.abs(one.value);
  const axis = [a, b].map((one) => AXES[one.letter]);
  if (axis[0] || axis[1]) {
    const first = axis[0] ?? (axis[1] === 'lon' ? 'lat' : 'lon');
    if (first === axis[1]) return null; // two longitudes
    const [lon, lat] = first === 'lon' ? [a.value, b.value] : [b.value, a.value];
    return placed(lon, lat) ? { lon, lat, order: first === 'lon' ? 'lonlat' : 'latlon', by: 'letters' } : null;
  }
  if (!a.exact && !b.exact) return null; // "3 5" is no place
  const [straight, turned] = [placed(a.value, b.value), placed(b.value, a.value)];
  if (!straight && !turned) return null;
  if (straight !== turned) return straight ? { lon: a.value, lat: b.value, order: 'lonlat', by: 'range' } : { lon: b.value, lat: a.value, order: 'latlon', by: 'range' };
  const nearer = !home || away(a.value, b.value, home) <= away(b.value, a.value, home);
  return nearer ? { lon: a.value, lat: b.value, order: 'lonlat', by: 'near' } : { lon: b.value, lat: a.value, order: 'latlon', by: 'near' };
}

export function inside(lon, lat, home) {
  return !home || away(lon, lat, home) === 0;
}
