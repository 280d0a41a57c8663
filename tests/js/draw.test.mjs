// What the hand does, until Python has taken it: nothing lost, nothing twice, nothing out of a field somebody writes in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox, shortcut } from "../../ui/map/host/outbox.js";
import { shapeOf } from "../../ui/map/host/pens.js";
import { linesWithin, MOST_LINES } from "../../ui/map/host/streets.js";

const at = (lng, lat) => ({ lng, lat });

test("what is sent is all that was not taken yet, in order", () => {
  const sent = [];
  let now = 100;
  const box = new Outbox((ops) => sent.push(ops.map((op) => [op.op, op.n])), () => now);
  box.put({ op: "add" });
  box.put({ op: "move", id: "N01" }); // in the same millisecond
  now = 50; // a clock put back
  box.put({ op: "undo" });
  assert.deepEqual(sent.at(-1), [["add", 100], ["move", 101], ["undo", 102]]);
  box.taken(101);
  box.put({ op: "redo" });
  assert.deepEqual(sent.at(-1), [["undo", 102], ["redo", 103]]);
});

test("a number that Python knows already is never given again", () => {
  const box = new Outbox(() => {}, () => 5);
  box.taken(2000);
  assert.equal(box.put({ op: "add" }), 2001);
});

test("an object is held while its own operation is on the way, not by being chosen", () => {
  const box = new Outbox(() => {}, () => 1);
  box.put({ op: "select", id: "N02" });
  const n = box.put({ op: "move", id: "N01" });
  assert.deepEqual([box.moves("N01"), box.moves("N02")], [true, false]);
  box.taken(n);
  assert.equal(box.moves("N01"), false);
});

test("shapes are lists of lon, lat with seven decimals; a ring stays open", () => {
  assert.deepEqual(shapeOf("point", { getLatLng: () => at(117.123456789, 39.1) }), [117.1234568, 39.1]);
  assert.deepEqual(shapeOf("line", { getLatLngs: () => [at(1, 2), at(3, 4)] }), [[1, 2], [3, 4]]);
  assert.deepEqual(shapeOf("area", { getLatLngs: () => [[at(1, 2), at(3, 4), at(5, 6)]] }), [[1, 2], [3, 4], [5, 6]]);
});

test("undo and redo by key, and never out of a field", () => {
  const press = (key, more) => shortcut({ key, target: { tagName: "DIV" }, ctrlKey: true, ...more });
  assert.deepEqual([press("z"), press("y"), press("Z", { shiftKey: true }), press("z", { metaKey: true, ctrlKey: false })], ["undo", "redo", "redo", "undo"]);
  assert.deepEqual([press("z", { ctrlKey: false }), press("z", { altKey: true }), press("a")], [null, null, null]);
  for (const tagName of ["INPUT", "TEXTAREA", "SELECT"]) assert.equal(press("z", { target: { tagName } }), null);
  assert.equal(press("z", { target: { tagName: "DIV", isContentEditable: true } }), null);
});

const plane = { project: ({ lng, lat }) => ({ x: lng, y: lat }), unproject: ({ x, y }) => at(x, y) };
const bounds = (x0, y0, x1, y1) => ({ getSouthWest: () => at(x0, y0), getNorthEast: () => at(x1, y1) });

test("streets of a part of the map come as places, and none where they are too many to measure", () => {
  const lines = [[0, 0, 10, 10], [500, 0, 510, 0], [90000, 0, 90010, 0]]; // the second in the square of the first, out of view
  const network = (all) => ({
    origin: [1000, 2000], starts: all.map((_, i) => 2 * i).concat(2 * all.length), xy: all.flat(), extent: [0, 90010, 0, 10],
    buckets: new Map([["0,0", all.map((_, i) => i).filter((i) => all[i][0] < 2000)], ["36,0", [2]]]),
  });
  const view = bounds(900, 1900, 1100, 2100);
  assert.deepEqual(linesWithin(network(lines), plane, view), [[at(1000, 2000), at(1010, 2010)]]);
  assert.equal(linesWithin(network(Array(MOST_LINES).fill(lines[0])), plane, view).length, MOST_LINES);
  assert.deepEqual(linesWithin(network(Array(MOST_LINES + 1).fill(lines[0])), plane, view), []);
});
