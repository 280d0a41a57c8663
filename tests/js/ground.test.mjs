import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { groundClass, groundNames, levelAt, sorted, wayWidth } from "../../ui/map/host/ground.js";
import { INKS, paper } from "../../ui/map/host/paper.js";
import { drawsWith, leaflet, openPage } from "./page.mjs";

beforeEach(() => openPage());

test("a level is drawn below its zoom, the last one above all", () => {
  assert.deepEqual([5, 9, 10, 11, 12, 18].map((z) => levelAt([10, 12, 99], z)), [0, 0, 1, 1, 2, 2]);
});

test("of what a tile touches only the shapes of its level, by kind and by how sure", () => {
  const rank = [3, 4 + 16, 10, 3 + 32];
  const kinds = sorted({ rank }, [0, 1, 2, 3], 0);
  assert.deepEqual(Object.fromEntries(kinds), {
    sea: { sure: [0], unsure: [] }, water: { sure: [], unsure: [1] }, railway: { sure: [2], unsure: [] },
  });
  assert.deepEqual([...sorted({ rank }, [0, 1, 2, 3], 1).keys()], ["sea"]);
});

test("ways grow with the zoom and stay thin enough", () => {
  for (const kind of ["river", "other", "arterial", "expressway", "metro", "railway"]) {
    const widths = [8, 10, 12, 14, 16, 19].map((z) => wayWidth(kind, z));
    assert.deepEqual(widths, [...widths].sort((a, b) => a - b));
    assert.ok(widths.at(-1) <= 14 && widths[0] >= 0.8);
  }
});

test("light and dark name the same things", () => {
  assert.deepEqual(Object.keys(INKS.light), Object.keys(INKS.dark));
  document.documentElement = { dataset: { zpTheme: "dark" } };
  assert.equal(paper(), INKS.dark);
  document.documentElement.dataset.zpTheme = "light";
  assert.equal(paper(), INKS.light);
});

test("the painter fills an area with its hole cut out, and the ground ends in mist", () => {
  const square = (a, b) => [a, a, b, a, b, b, a, b, a, a];
  const ground = {
    origin: [0, 0], starts: [0, 5, 10], xy: [...square(0, 2000), ...square(500, 900)], rank: [3, 3], extent: [0, 2000, 0, 2000],
    buckets: new Map([["0,0", [0, 1]]]),
  };
  const said = [];
  const ctx = { scale() {}, beginPath() { said.push("path"); }, moveTo() {}, lineTo() {}, stroke() {}, setLineDash() {},
    fill(rule) { said.push(rule, this.fillStyle); }, fillRect() { said.push(this.globalCompositeOperation); },
    createLinearGradient: () => ({ addColorStop() {} }) };
  drawsWith(ctx);
  const layer = new (groundClass(leaflet()))();
  layer.take(ground, { levels: [99], fade: true });
  layer.createTile({ x: 2 ** 13, y: 2 ** 13 - 1, z: 14 });
  assert.deepEqual(said.slice(0, 3), ["path", "nonzero", INKS.light.sea]);
  assert.ok(said.slice(3).every((one) => one === "destination-in") && said.length > 3);
});

test("a name stands from its zoom to its zoom, along its line", () => {
  const names = { features: [{ geometry: { coordinates: [117, 39] }, properties: { label_zh: "津山铁路", look: "zp-road", weight: 0.3, from: 11, until: 19, angle: -40 } }] };
  const [one] = groundNames(leaflet(), names, "zh");
  assert.equal(one.text.style.transform, "rotate(-40deg)");
  assert.deepEqual(one.rule, { className: "zp-road", rank: 0.3, from: 11, until: 19 });
  assert.equal(one.angle, -40);
});
