import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Layers } from "../../ui/map/host/layers.js";
import { Stack } from "../../ui/map/host/stack.js";
import { Clock, chart, leaflet, settled, shelf } from "./page.mjs";

const L = leaflet();
let clock, map, layers, stack, asked, reports, came, answers;

beforeEach(() => {
  console.warn = () => {};
  clock = new Clock();
  map = chart();
  asked = [];
  answers = {};
  came = [];
  reports = 0;
  const build = (spec, fresh) => {
    asked.push([spec.id, fresh]);
    const answer = answers[spec.id]?.shift() ?? "made";
    if (answer === "made") return Promise.resolve({ layer: L.layerGroup(spec), ...paths(spec), labels: [{ marker: marker(), id: spec.id }] });
    return answer instanceof Error ? Promise.reject(answer) : answer;
  };
  stack = new Stack(map, shelf(), "");
  layers = new Layers(map, build, { stack, failing: () => { reports += 1; }, came: (entry) => came.push(entry.spec.id), clock });
});

const raised = [];
const marker = () => ({ options: { opacity: 1 }, setOpacity(one) { this.options.opacity = one; } });
const paths = (spec) => (spec.pane ? { paths: { setStyle() { this.drawn = (this.drawn ?? 0) + 1; }, bringToFront: () => raised.push(spec.id) } } : {});
const spec = (id, hash = "1", more = {}) => ({ id, hash, ...more });
const on = () => [...map.on].map((layer) => `${layer.first.id}${layer.first.hash}`).sort();

test("a layer that fails is tried again by itself and drawn when it comes", async () => {
  answers.streets = [new Error("404"), new Error("404")];
  await layers.put(spec("streets"));
  await layers.put(spec("zones"));
  assert.deepEqual(on(), ["zones1"]);
  assert.equal(layers.retries.has("streets"), true);
  await clock.go(2);
  assert.equal(layers.retries.has("streets"), true);
  await clock.go(5);
  assert.deepEqual(on(), ["streets1", "zones1"]);
  assert.equal(layers.retries.has("streets"), false);
  assert.deepEqual(came, ["streets"]);
  // The first time as the browser likes, then past its cache.
  assert.deepEqual(asked, [["streets", false], ["zones", false], ["streets", true], ["streets", true]]);
  assert.deepEqual(layers.labels.map(({ id }) => id).sort(), ["streets", "zones"]);
  assert.ok(reports >= 4);
});

test("the same picture again neither draws twice nor hurries a retry", async () => {
  answers.a = [new Error("x")];
  await layers.put(spec("a"));
  await layers.put(spec("a"));
  assert.equal(asked.length, 1);
  assert.deepEqual(clock.waits, [2]);
});

test("a late layer obeys the newest word of what is shown", async () => {
  answers.a = [new Error("x")];
  await layers.put(spec("a"));
  await layers.put(spec("a", "1", { on: false }));
  await clock.go(2);
  assert.deepEqual(on(), []);
  layers.turn(spec("a"), true);
  assert.deepEqual(on(), ["a1"]);
});

test("another picture forgets the failure of the one before", async () => {
  answers.a = [new Error("x"), new Error("x")];
  await layers.put(spec("a", "1"));
  await clock.go(2);
  assert.deepEqual(clock.waits, [5]);
  answers.a = [new Error("x")];
  await layers.put(spec("a", "2"));
  assert.deepEqual(clock.waits, [2]);
  await clock.go(2);
  assert.deepEqual(on(), ["a2"]);
});

test("the picture of another question goes although the new one fails", async () => {
  await layers.put(spec("a", "1"));
  answers.a = [new Error("x")];
  await layers.put(spec("a", "2"));
  assert.deepEqual(on(), []);
});

test("what is not wanted any more is neither tried nor drawn", async () => {
  answers.a = [new Error("x")];
  await layers.put(spec("a"));
  layers.keep(new Set(["b"]));
  assert.deepEqual(clock.waits, []);
  assert.equal(layers.retries.has("a"), false);
  await clock.go(1000);
  assert.equal(asked.length, 1);
});

test("a try that is overtaken changes nothing", async () => {
  let late;
  answers.a = [new Error("x"), new Promise((resolve, reject) => { late = { resolve, reject }; })];
  await layers.put(spec("a", "1"));
  await clock.go(2); // the try is under way
  await layers.put(spec("a", "2"));
  late.reject(new Error("late"));
  await settled();
  assert.equal(layers.retries.has("a"), false);
  assert.deepEqual(on(), ["a2"]);
});

test("an answer that comes after a newer one is not drawn over it", async () => {
  let late;
  answers.a = [new Promise((resolve) => { late = resolve; })];
  const first = layers.put(spec("a", "1"));
  await layers.put(spec("a", "2"));
  late({ layer: L.layerGroup(spec("a", "1")), labels: [] });
  await first;
  assert.deepEqual(on(), ["a2"]);
});

test("switches of the reader stay, and a layer from a zoom on waits for it", async () => {
  await layers.put(spec("a"));
  layers.turn(spec("a"), false);
  await layers.put(spec("a", "2"));
  assert.deepEqual(on(), []);
  assert.equal(layers.shown(spec("a")), false);
  await layers.put(spec("b", "1", { from: 14 }));
  assert.deepEqual(on(), []);
  map.zoom = 14;
  layers.toggle(spec("b", "1", { from: 14 }));
  await settled();
  assert.deepEqual(on(), ["b1"]);
});

test("what nobody sees is fetched when it is switched on, once, and its names come with it", async () => {
  await layers.put(spec("a", "1", { on: false }));
  await layers.put(spec("b", "1", { from: 14 }));
  assert.deepEqual([asked, layers.loading, layers.labels], [[], [], []]);
  layers.turn(spec("a"), true);
  assert.deepEqual(layers.loading.map(({ id }) => id), ["a"]);
  layers.turn(spec("a"), false);
  layers.turn(spec("a"), true);
  await settled();
  assert.deepEqual([asked, on(), came, layers.labels.map(({ id }) => id)], [[["a", false]], ["a1"], ["a"], ["a"]]);
  layers.turn(spec("a"), false);
  layers.turn(spec("a"), true);
  assert.equal(asked.length, 1);
});

test("who puts a picture that is on its way waits for it", async () => {
  let answered;
  answers.a = [new Promise((resolve) => { answered = resolve; })];
  layers.put(spec("a"));
  let put = false;
  const second = layers.put(spec("a")).then(() => { put = true; });
  await settled();
  assert.equal(put, false);
  answered({ layer: L.layerGroup(spec("a")), labels: [] });
  await second;
  assert.deepEqual([asked.length, on()], [1, ["a1"]]);
});

test("whatever arrives first, points lie in their order, and what lies above another goes above it again", async () => {
  const specs = ["a", "b", "c"].map((id) => spec(id, "1", { pane: "zp-points", group: "base", title: id }));
  stack.lay(specs);
  raised.length = 0;
  for (const id of ["c", "a", "b"]) await layers.put(specs.find((one) => one.id === id));
  assert.deepEqual(raised, ["c", "c"]); // over a, then over b
  stack.step(specs[2], -1, () => true);
  raised.length = 0;
  layers.raise();
  assert.deepEqual(raised, ["a", "c", "b"]);
});

test("a layer that is drawn anew is as strong as the planner has set it, with its names", async () => {
  const zones = spec("zones", "1", { pane: "zp-points" });
  stack.lay([zones]);
  await layers.put(zones);
  assert.equal(layers.labels[0].marker.options.opacity, 1);
  stack.fade(zones, 0.4);
  layers.fade(zones);
  assert.equal(layers.labels[0].marker.options.opacity, 0.4);
  await layers.put({ ...zones, hash: "2" });
  assert.deepEqual(layers.labels.map((one) => one.marker.options.opacity), [0.4]);
  assert.ok(layers.drawn.get("zones").paths.drawn >= 1);
});
