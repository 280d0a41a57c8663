import assert from "node:assert/strict";
import { test } from "node:test";
import { glyphClass, glyphRadius, hatching, pictureKey, styled } from "../../ui/map/host/styles.js";
import { Node, leaflet, openPage } from "./page.mjs";

test("a style is the plain one, then each rule's case, later rules over earlier ones", () => {
  const spec = { style: { weight: 1, color: "grey" }, rules: [
    { by: "kind", cases: { metro: { color: "red", weight: 3 } } },
    { by: "basis", cases: { assumed: { dash: "1 3" }, "*": { dash: null } } },
    { by: "status", cases: { planned: { weight: 2 } } },
  ] };
  assert.deepEqual(styled(spec, { kind: "metro", basis: "assumed", status: "planned" }), { weight: 2, color: "red", dash: "1 3" });
  assert.deepEqual(styled(spec, { kind: "road" }), { weight: 1, color: "grey", dash: null });
  assert.deepEqual(styled({}, { kind: "metro" }), {});
  assert.deepEqual(spec.style, { weight: 1, color: "grey" });
});

test("a picture changes with its content and its look, not with its name or switch", () => {
  const spec = { id: "a", hash: "f00", style: { weight: 1 }, title: "甲", on: true };
  assert.equal(pictureKey(spec), pictureKey({ ...spec, title: "乙", on: false, id: "b" }));
  for (const more of [{ hash: "f01" }, { style: { weight: 2 } }, { rules: [] }, { label: {} }, { bounds: [] }, { opacity: 1 }]) {
    assert.notEqual(pictureKey(spec), pictureKey({ ...spec, ...more }));
  }
  assert.notEqual(pictureKey({ data: "1" }), pictureKey({ data: "2" }));
});

test("points shrink far out and stop at seven tenths", () => {
  assert.deepEqual([5, 12.2, 12.5, 14, 18].map((zoom) => +glyphRadius(10, zoom).toFixed(3)), [7, 7, 7.5, 10, 10]);
});

function drawnWith(options, step = {}) {
  const done = [];
  const ctx = new Proxy({}, {
    get: (kept, name) => kept[name] ?? ((...given) => done.push([name, ...given.map((g) => g?.d ?? g)])),
    set: (kept, name, value) => { done.push([name, value]); kept[name] = value; return true; },
  });
  globalThis.Path2D = class { constructor(d) { this.d = d; } };
  const glyph = new (glyphClass(leaflet(), { step: () => step }))();
  Object.assign(glyph, { options: { radius: 10, ...options }, _renderer: { _drawing: true, _ctx: ctx }, _empty: () => false, _point: { x: 5, y: 6 }, _map: { getZoom: () => 14 } });
  glyph._updatePath();
  return done;
}

test("a point that exists is filled, a planned one hollow, an unsure one faint with a broken rim", () => {
  const fills = (done) => done.filter(([name]) => name === "fillStyle").map(([, value]) => value);
  assert.deepEqual(fills(drawnWith({ path: "M0 0", color: "red" })), ["#ffffff", "red"]);
  assert.deepEqual(fills(drawnWith({ path: "M0 0", color: "red", hollow: true })), ["#ffffff"]);
  assert.deepEqual(fills(drawnWith({ color: "red" })), []); // a cross has no inside
  const unsure = drawnWith({ path: "M0 0", color: "red", faint: true, dash: [2, 3] });
  assert.ok(unsure.some(([name, value]) => name === "globalAlpha" && value === 0.5));
  assert.ok(unsure.some(([name, value]) => name === "setLineDash" && value.join() === "2,3"));
  assert.equal(unsure.at(-1)[0], "restore");
});

const fillsOf = (done) => done.filter(([name]) => name === "fill").map(([, d]) => d);
const sign = { path: "BODY", glyph: "CHAR", color: "red" };

test("a sign: what stands in it is white, of a planned one in its colour; not sure, it is smaller in a broken ring", () => {
  assert.deepEqual(fillsOf(drawnWith(sign)), ["BODY", "BODY", "CHAR"]);
  assert.equal(drawnWith(sign).some(([name]) => name === "setLineDash"), false);
  const planned = drawnWith({ ...sign, hollow: true });
  assert.deepEqual(fillsOf(planned), ["BODY", "CHAR"]);
  assert.deepEqual(planned.filter(([name]) => name === "fillStyle").map(([, value]) => value), ["#ffffff", "red"]);
  const unsure = drawnWith({ ...sign, dash: [4, 2], faint: true });
  assert.deepEqual(fillsOf(unsure), ["BODY", "BODY", "CHAR"]);
  assert.ok(unsure.findIndex(([name]) => name === "setLineDash") < unsure.findIndex(([name, x]) => name === "scale" && x === 0.82));
});

test("a sign too small to be read is its body alone; where signs are crowded a mark is what its step says, unless it has none", () => {
  assert.deepEqual(fillsOf(drawnWith({ ...sign, radius: 5 })), ["BODY", "BODY"]);
  const dot = { path: "DOT", glyph: "", radius: 2.4, halo: 1.6 };
  assert.deepEqual(fillsOf(drawnWith({ ...sign, steps: [dot] }, dot)), ["DOT", "DOT"]);
  assert.ok(drawnWith({ ...sign, steps: [dot] }, dot).some(([name, value]) => name === "lineWidth" && Math.abs(value - 1.6 / 0.24) < 1e-9));
  assert.deepEqual(fillsOf(drawnWith({ ...sign, steps: [{}] }, {})), ["BODY", "BODY", "CHAR"]);
  assert.deepEqual(fillsOf(drawnWith({ ...sign, steps: null }, dot)), ["BODY", "BODY", "CHAR"]);
});

test("one hatching for each colour, referred to by its id", () => {
  const body = openPage();
  const box = body.appendChild(new Node("div"));
  const hatch = hatching(box);
  assert.equal(hatch("#ab12CD"), "url(#zp-hatch-ab12CD)");
  hatch("#ab12CD");
  hatch("#000000");
  assert.equal(box.all("pattern").length, 2);
  assert.equal(box.all("defs").length, 1);
  assert.equal(hatch('red"/><script>'), "url(#zp-hatch-redscript)");
});
