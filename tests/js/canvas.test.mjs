import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { sharedCanvas } from "../../ui/map/host/canvas.js";
import { leaflet, openPage } from "./page.mjs";

let drawn, strengths, canvas;

function paper(name) {
  // A context that writes down what is done to it.
  const ctx = { name, globalAlpha: 1, getTransform: () => "as shifted" };
  const kept = [];
  return Object.assign(ctx, {
    save() { kept.push(ctx.globalAlpha); },
    restore() { ctx.globalAlpha = kept.pop(); },
    setTransform(...to) { drawn.push([name, "transform", ...to]); },
    drawImage(sheet) { drawn.push([name, "sheet", sheet.width, ctx.globalAlpha]); },
  });
}

function put(...paths) {
  // A list as Leaflet keeps it, the lowest first.
  const chain = paths.map(([of, id, seen = true]) => ({ layer: { options: { of }, _pxBounds: { intersects: () => seen }, _updatePath: () => drawn.push([canvas._ctx.name, id]) }, next: null }));
  chain.forEach((one, k) => { one.next = chain[k + 1] ?? null; });
  [canvas._drawFirst] = chain;
}

beforeEach(() => {
  openPage();
  drawn = [];
  strengths = {};
  const make = document.createElement;
  document.createElement = (tag) => Object.assign(make(tag), { getContext: () => paper("apart") });
  canvas = new (sharedCanvas(leaflet(), (id) => strengths[id] ?? 1))();
  Object.assign(canvas, { _ctx: paper("page"), _container: { width: 900, height: 700 } });
});

test("layers as they are wanted whole are drawn one after another", () => {
  put(["a", 1], ["a", 2], ["b", 3]);
  canvas._draw();
  assert.deepEqual(drawn, [["page", 1], ["page", 2], ["page", 3]]);
});

test("a layer to be seen through is drawn apart, where it stands, and laid on as one", () => {
  strengths.b = 0.4;
  put(["a", 1], ["b", 2], ["b", 3], ["c", 4]);
  canvas._draw();
  assert.deepEqual(drawn, [["page", 1], ["apart", "transform", "as shifted"], ["apart", 2], ["apart", 3], ["page", "transform", 1, 0, 0, 1, 0, 0], ["page", "sheet", 900, 0.4], ["page", 4]]);
  assert.deepEqual([canvas._ctx.name, canvas._ctx.globalAlpha, canvas._drawing], ["page", 1, false]);
});

test("on a map that has no size nothing is laid on: a sheet of no size cannot be", () => {
  strengths.b = 0.4;
  canvas._container.height = 0;
  put(["a", 1], ["b", 2]);
  canvas._draw();
  assert.deepEqual(drawn, []);
});

test("of a part of the canvas only what lies there is drawn", () => {
  const parts = [];
  Object.assign(canvas._ctx, { beginPath() {}, rect: (...box) => parts.push(box), clip() {} });
  canvas._redrawBounds = { min: { x: 5, y: 6 }, getSize: () => ({ x: 7, y: 8 }) };
  put(["a", 1], ["a", 2, false], ["b", 3]);
  canvas._draw();
  assert.deepEqual([drawn, parts], [[["page", 1], ["page", 3]], [[5, 6, 7, 8]]]);
});
