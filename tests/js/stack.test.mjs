import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Stack, homeOf, levelOf, merged, beyond, fromWords, inWords } from "../../ui/map/host/stack.js";
import { chart, shelf } from "./page.mjs";

const layer = (id, more) => ({ id, title: id, group: "result", ...more });
const streets = layer("streets", { kind: "streets" });
const cover = layer("cover", { kind: "image" });
const zones = layer("zones", { pane: "zp-zones" });
const flows = layer("flows", { pane: "zp-flow" });
const schools = layer("schools", { pane: "zp-points" });
const sites = layer("sites", { pane: "zp-points" });
const ALL = [streets, schools, zones, sites, cover, flows];
const every = () => true;
let store, stack;

beforeEach(() => {
  store = shelf();
  stack = opened("");
});

function opened(search, key = "town") {
  const one = new Stack(chart(), store, search);
  one.open(key);
  one.lay(ALL);
  return one;
}

const ids = (one = stack) => one.specs.map(({ id }) => id);
const height = (id, one = stack) => one.map.getPane(`zp-own-${id}`).style.zIndex;
const step = (spec, by, peers = every) => stack.step(spec, by, peers);

test("by themselves layers lie as their panes do, in a pane as Python lists them, points above all", () => {
  assert.deepEqual(ids(), ["streets", "cover", "zones", "flows", "schools", "sites"]);
  assert.deepEqual(["streets", "cover", "zones", "flows"].map((id) => height(id)), [210, 300, 350, 410]);
  assert.deepEqual([homeOf(cover), homeOf({ id: "x" }), homeOf({ kind: "drawn", pane: "zp-flow" })], ["zp-raster", "zp-result", "zp-draw"]);
  assert.deepEqual([cover, schools, { kind: "drawn" }, { side: "left" }, { side: "left", kind: "image" }].map(levelOf), ["flat", "zp-points", "zp-draw", "zp-left-points", "flat"]);
  assert.deepEqual(stack.named(), {});
});

test("one that is moved goes past the next that is seen, and all keep below the points", () => {
  step(cover, 1);
  assert.deepEqual(ids().slice(0, 4), ["streets", "zones", "cover", "flows"]);
  assert.ok(height("zones") < height("cover") && height("cover") < height("flows"));
  step(cover, -1, (spec) => spec.id !== "zones"); // zones are switched off: past the streets at once
  assert.deepEqual(ids().slice(0, 4), ["cover", "streets", "zones", "flows"]);
  assert.ok(height("cover") < height("streets"));
  step(flows, -1);
  step(flows, -1);
  step(flows, -1);
  assert.deepEqual(ids().slice(0, 4), ["flows", "cover", "streets", "zones"]);
  assert.ok(Math.max(...ids().slice(0, 4).map((id) => height(id))) < 450);
});

test("points change places among themselves, and the topmost stays where it is", () => {
  step(sites, 1);
  assert.deepEqual(stack.named(), {});
  step(sites, -1);
  assert.deepEqual(ids().slice(4), ["sites", "schools"]);
  assert.deepEqual(stack.beside(schools, every), { above: undefined, below: sites });
  assert.equal(stack.beside(flows, every).above, undefined); // points are no peers of lines
});

test("put back, a layer lies where it lay, and others that were moved stay moved", () => {
  step(cover, 1);
  step(flows, -1);
  step(flows, -1);
  assert.deepEqual([cover, flows, zones].map((spec) => stack.touched(spec)), [true, true, false]);
  stack.fade(zones, 0.5);
  stack.reset(cover);
  assert.deepEqual(ids().slice(0, 4), ["streets", "cover", "flows", "zones"]);
  stack.reset(flows);
  assert.deepEqual(ids().slice(0, 4), ["streets", "cover", "zones", "flows"]);
  assert.deepEqual(stack.named(), { opacity: "zones.50" });
  stack.reset(zones);
  assert.deepEqual(stack.named(), {});
});

test("the strength is that of the pane, and of points nothing but a number", () => {
  stack.fade(cover, 0.35);
  stack.fade(schools, 0.2);
  assert.deepEqual([stack.map.getPane("zp-own-cover").style.opacity, stack.map.getPane("zp-own-zones").style.opacity], [0.35, 1]);
  assert.equal(stack.map.getPane("zp-points").style.opacity, undefined);
  assert.deepEqual([cover, schools, sites].map((spec) => stack.strength(spec)), [0.35, 0.2, 1]);
});

test("what another panel brings lies where it would, and what comes back lies where it was put", () => {
  step(cover, 1);
  step(cover, 1);
  step(cover, 1);
  const bands = layer("bands", { pane: "zp-result" });
  stack.lay([streets, zones, bands, schools]);
  assert.deepEqual(ids(), ["streets", "bands", "zones", "schools"]);
  step(bands, 1);
  stack.lay([...ALL, bands]);
  assert.deepEqual(ids(), ["streets", "zones", "bands", "flows", "cover", "schools", "sites"]);
});

test("a tab keeps it for each workspace; a link goes before that", () => {
  step(cover, 1);
  stack.fade(streets, 0.4);
  stack.keep();
  const again = opened("");
  assert.deepEqual([ids(again), again.strength(streets)], [ids(), 0.4]);
  assert.deepEqual(ids(opened("", "village")), ["streets", "cover", "zones", "flows", "schools", "sites"]);
  const link = new URLSearchParams(stack.named()).toString();
  const there = new Stack(chart(), shelf(), `?panel=seats&${link}`);
  there.open("town");
  there.lay(ALL);
  assert.deepEqual([ids(there), there.strength(streets), there.touched(cover), there.touched(zones)], [ids(), 0.4, true, false]);
  const other = opened("?opacity=zones.10");
  assert.deepEqual([other.strength(zones), other.strength(streets)], [0.1, 1]);
});

test("what nobody wrote counts for nothing", () => {
  for (const said of [null, "", "order=&opacity=", "opacity=a.100,b.-1,c.x,<b>.10,d", "order=<b>,a b,%00"]) {
    const found = fromWords(said);
    assert.deepEqual([found.order, [...found.moved], [...found.strengths]], [[], [], []], said);
  }
  const found = fromWords("order=a*,b,a&opacity=a.0,b.99");
  assert.deepEqual([found.order, [...found.moved], [...found.strengths]], [["a", "b"], ["a"], [["a", 0.05], ["b", 0.99]]]);
  assert.deepEqual(inWords(found, ["b", "a", "no,name"]), { order: "b,a*", opacity: "b.99,a.5" });
});

test("an order takes up what it does not know above what that stands above", () => {
  assert.deepEqual(merged([], ["a", "b"], new Set()), ["a", "b"]);
  assert.deepEqual(merged(["c", "a"], ["a", "b", "c"], new Set(["c"])), ["c", "a", "b"]);
  assert.deepEqual(merged(["b"], ["a", "b"], new Set()), ["a", "b"]);
  assert.deepEqual(beyond(["a", "b", "c"], "a", "c", true), ["b", "c", "a"]);
  assert.deepEqual(beyond(["a", "b", "c"], "c", "a", false), ["c", "a", "b"]);
});

test("of the two sides of the handle each keeps its pane; its layers lie within, as strong as they are set", () => {
  const [left, right] = ["left", "right"].map((side) => layer(`cover-${side}`, { kind: "image", side }));
  stack.lay([...ALL, left, right]);
  assert.equal(stack.map.getPane("zp-own-cover-left").within, stack.map.getPane("zp-left"));
  assert.equal(stack.beside(right, every).below, cover); // never past what stands on the other side
  step(left, 1);
  assert.ok(stack.map.getPane("zp-left").style.zIndex > height("zones"));
  stack.fade(left, 0.5);
  assert.deepEqual(["zp-own-cover-left", "zp-own-cover-right"].map((name) => stack.map.getPane(name).style.opacity), [0.5, 1]);
});
