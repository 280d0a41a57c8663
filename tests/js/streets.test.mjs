import assert from "node:assert/strict";
import { test } from "node:test";
import { blankTile, decode, frame, inFrame, lowestRank, streetClass } from "../../ui/map/host/streets.js";
import { drawsWith, leaflet, openPage } from "./page.mjs";

const WORLD = 40075016.685578488;

function file(lines, ranks, origin = [0, 0]) {
  // As ui/map/publish.py writes it: corners of each line, steps in x, steps in y, each in four runs of bytes; ranks.
  const points = lines.flat();
  const steps = (side) => points.map((p, k) => Math.round(p[side] / 0.5) - (k ? Math.round(points[k - 1][side] / 0.5) : 0)).map((n) => (n << 1) ^ (n >> 31));
  const buffer = new ArrayBuffer(24 + 4 * lines.length + 8 * points.length + lines.length);
  const view = new DataView(buffer);
  view.setUint32(0, lines.length, true);
  view.setUint32(4, points.length, true);
  origin.forEach((value, k) => view.setFloat64(8 + 8 * k, value, true));
  let at = 24;
  for (const numbers of [lines.map((line) => line.length), steps(0), steps(1)]) {
    for (let shift = 0; shift < 32; shift += 8) for (const n of numbers) { view.setUint8(at, (n >>> shift) & 255); at += 1; }
  }
  for (const rank of ranks) { view.setUint8(at, rank); at += 1; }
  return buffer;
}

const LINES = [[[0, 0], [100, 50]], [[-10, 20], [0, 20], [9000, 20]]];

test("a file is read as it was written", () => {
  const streets = decode(file(LINES, [0, 3], [13e6, 4.7e6]));
  assert.deepEqual([...streets.origin], [13e6, 4.7e6]);
  assert.deepEqual([...streets.starts], [0, 2, 5]);
  assert.deepEqual([...streets.xy], LINES.flat(2));
  assert.deepEqual([...streets.rank], [0, 3]);
});

test("no streets are streets too", () => {
  const streets = decode(file([], []));
  assert.equal(streets.buckets.size, 0);
  assert.equal(inFrame(streets, frame({ x: 0, y: 0, z: 0 }, { x: 256, y: 256 }, streets.origin)).size, 0);
});

test("what is not a street file is refused: a page that says 404, half a file, a file too long", () => {
  const whole = file(LINES, [0, 3]);
  const longer = new Uint8Array(whole.byteLength + 1);
  longer.set(new Uint8Array(whole));
  const page = new TextEncoder().encode("<!doctype html><title>404: Not Found</title>").buffer;
  for (const bad of [new ArrayBuffer(0), new ArrayBuffer(23), page, whole.slice(0, -1), longer.buffer]) assert.throws(() => decode(bad), /streets: \d+ bytes/);
});

test("a line lies in every square it crosses", () => {
  const { buckets } = decode(file(LINES, [0, 3]));
  assert.deepEqual(buckets.get("0,0"), [0, 1]);
  assert.deepEqual(buckets.get("-1,0"), [1]);
  assert.deepEqual(buckets.get("3,0"), [1]);
  assert.equal(buckets.has("4,0"), false);
});

test("a tile knows where it lies in the network", () => {
  const size = { x: 256, y: 256 };
  const whole = frame({ x: 0, y: 0, z: 0 }, size, [0, 0]);
  assert.ok(Math.abs(whole.span - WORLD) < 1e-6);
  assert.ok(Math.abs(whole.left + WORLD / 2) < 1e-6);
  assert.ok(Math.abs(whole.top - WORLD / 2) < 1e-6);
  const quarter = frame({ x: 1, y: 1, z: 1 }, size, [10, 20]);
  assert.ok(Math.abs(quarter.left + 10) < 1e-6);
  assert.ok(Math.abs(quarter.top + 20) < 1e-6);
});

test("a tile is given the lines that touch it, also those just outside", () => {
  const streets = decode(file(LINES, [0, 3]));
  const at = (left, top, span) => [...inFrame(streets, { metre: 1, left, top, span })].sort();
  assert.deepEqual(at(0, 100, 100), [0, 1]);
  assert.deepEqual(at(5000, 100, 100), [1]);
  assert.deepEqual(at(20000, 100, 100), []);
  assert.deepEqual(at(-5000, -1, 5000), [0, 1]); // up to eight pixels below its edge
  assert.equal(inFrame(streets, frame({ x: 0, y: 0, z: 0 }, { x: 256, y: 256 }, streets.origin)).size, 2); // at once, not in minutes
});

test("close by every path, far out main streets only", () => {
  assert.deepEqual([10, 11.75, 12, 13, 14, 18].map(lowestRank), [0, 0, 1, 2, 9, 9]);
});

test("the painter draws nothing before it has streets, then each line of the zoom once a coat", () => {
  openPage();
  const layer = new (streetClass(leaflet()))();
  const ctx = { moves: 0, strokes: 0, scale() {}, beginPath() {}, moveTo() { this.moves += 1; }, lineTo() {}, stroke() { this.strokes += 1; } };
  const shown = drawsWith(ctx);
  const coords = { x: 2 ** 13, y: 2 ** 13 - 1, z: 14 }; // north-east of where the equator meets Greenwich
  layer.createTile(coords);
  assert.equal(shown.length, 0);
  assert.equal(ctx.strokes, 0);
  layer.take(decode(file(LINES, [0, 7])));
  assert.equal(layer.redrawn, true);
  layer.createTile(coords);
  assert.equal(shown.length, 1);
  assert.deepEqual([ctx.moves, ctx.strokes], [4, 8]); // two lines in two coats; four ranks in two coats
  Object.assign(ctx, { moves: 0, strokes: 0 });
  layer.createTile({ x: 2 ** 10, y: 2 ** 10 - 1, z: 11 });
  assert.deepEqual([ctx.moves, ctx.strokes], [1, 1]);
});

test("a browser that cannot draw off the page draws on the tile itself", () => {
  openPage();
  drawsWith({});
  delete globalThis.OffscreenCanvas;
  const own = { scale() {}, drawn: 0 };
  const create = document.createElement;
  document.createElement = (tag) => Object.assign(create(tag), { getContext: (kind) => (kind === "2d" ? own : null) });
  const { ctx, show } = blankTile({ x: 512, y: 512 });
  assert.equal(ctx, own);
  assert.equal(show().width, 512);
});
