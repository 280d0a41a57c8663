// Rows of the panel mark their place on the map, go there when pressed, and tell the page what they are.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Rows, placesOf, rowOf, under, within } from '../../ui/map/host/rows.js';

const row = (dataset) => ({ dataset, closest() { return this; } });

function stage() {
  const heard = {};
  const seen = { drawn: [], gone: 0, views: [], sent: [] };
  const layer = (what, places, look) => ({ addTo() { seen.drawn.push([what, places, look.pane]); return this; }, remove() { seen.gone += 1; } });
  const L = { polygon: (p, o) => layer('polygon', p, o), circleMarker: (p, o) => layer('ring', [p], o), latLngBounds: (p) => p };
  const map = { on: () => {}, getContainer: () => ({ isConnected: true }), getZoom: () => 12, setView: (p, z) => seen.views.push([p, z]), fitBounds: (b) => seen.views.push(b) };
  const rows = new Rows(L, map, (what) => seen.sent.push(what), { addEventListener: (name, act) => { heard[name] = act; } });
  return { rows, heard, seen };
}

test('a place is lon,lat in the row and lat,lon on the map; what is not on earth is none', () => {
  assert.deepEqual(placesOf('117.5,39.1'), [[39.1, 117.5]]);
  assert.deepEqual(placesOf(' 117,39  118,40 '), [[39, 117], [40, 118]]);
  for (const wrong of ['', undefined, 'x,y', '117', '200,39', '117,39 x,1']) assert.deepEqual(placesOf(wrong), []);
});

test('what stands in no row belongs to none', () => {
  assert.equal(rowOf({ closest: () => null }), null);
  assert.equal(rowOf(null), null);
});

test('pointing marks the place once, leaving takes the mark away', () => {
  const { heard, seen } = stage();
  const one = row({ at: '117.5,39.1' });
  heard.mouseover({ target: one });
  heard.mouseover({ target: one });
  assert.deepEqual(seen.drawn, [['ring', [[39.1, 117.5]], 'zp-mark']]);
  heard.mouseout({ target: one, relatedTarget: null });
  assert.equal(seen.gone, 1);
  heard.focusin({ target: row({ at: '117,39 118,39 118,40' }) });
  assert.equal(seen.drawn[1][0], 'polygon');
});

test('a press goes there and tells the page; Enter on the row does too, in a field within it not', () => {
  const { heard, seen } = stage();
  const one = row({ at: '117.5,39.1', pick: 'target:I01' });
  heard.click({ target: one });
  assert.deepEqual([seen.views, seen.sent], [[[[39.1, 117.5], 15]], ['target:I01']]);
  let stopped = 0;
  heard.keydown({ key: 'Enter', target: one, preventDefault: () => { stopped += 1; } });
  assert.deepEqual([seen.sent.length, stopped], [2, 1]);
  heard.keydown({ key: 'Enter', target: { closest: () => one }, preventDefault: () => { stopped += 1; } });
  heard.keydown({ key: 'a', target: one, preventDefault: () => { stopped += 1; } });
  assert.deepEqual([seen.sent.length, stopped], [2, 1]);
  heard.click({ target: { closest: () => null } });
  assert.equal(seen.sent.length, 2);
});

const square = (side) => [[0, 0], [0, side], [side, side], [side, 0]];

test('a place lies in a ring or beside it', () => {
  assert.ok(within([1, 1], square(2)));
  for (const beside of [[3, 1], [1, 3], [-1, 1]]) assert.equal(within(beside, square(2)), false);
  assert.equal(within([1, 1], []), false);
});

test('under the mouse: a point at hand before any ground, the smallest ground before the one around it, else nothing', () => {
  const far = ([lat]) => lat;
  assert.equal(under([square(9), square(2), [[10, 0]], [[5, 0]]], [1, 1], far), 3);
  assert.equal(under([square(9), square(2), [[99, 0]], []], [1, 1], far), 1);
  assert.equal(under([square(2), [[99, 0]]], [5, 5], far), -1);
});
