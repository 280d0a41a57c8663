import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { address } from "../../ui/map/host/dom.js";
import { Loader, fetched } from "../../ui/map/host/loading.js";
import { Stack } from "../../ui/map/host/stack.js";
import { EVIL, chart, leaflet, openPage, shelf } from "./page.mjs";

let asked, answer, loader, lang, ground;

beforeEach(() => {
  openPage();
  asked = [];
  answer = { ok: true, status: 200, json: async () => ({ features: [] }) };
  globalThis.fetch = async (url, options) => { asked.push([url, options]); if (answer instanceof Error) throw answer; return answer; };
  lang = "zh";
  ground = chart();
  loader = new Loader(leaflet(), { stack: new Stack(ground, shelf(), ""), hatch: (color) => `url(#${color})`, lang: () => lang });
});

test("addresses are those of the app, also behind a proxy that adds a path", () => {
  assert.equal(address("app/static/layers/a.geojson"), "http://host/gxq/plan/app/static/layers/a.geojson");
});

test("the first time as the browser likes, then past its cache", async () => {
  await fetched("a.bin", false);
  await fetched("a.bin", true);
  assert.deepEqual(asked.map(([, options]) => options), [{}, { cache: "reload" }]);
});

test("what is not there, not reached or not JSON is an error for every kind of file", async () => {
  const specs = [{ kind: "streets", url: "a.bin" }, { url: "a.geojson" }];
  for (const [bad, said] of [
    [{ ok: false, status: 404 }, /404 a\./],
    [new TypeError("Failed to fetch"), /Failed to fetch/],
  ]) {
    answer = bad;
    for (const spec of specs) await assert.rejects(loader.build(spec, false), said);
  }
  answer = { ok: true, json: async () => JSON.parse("<html>") };
  await assert.rejects(loader.build({ url: "a.geojson" }, false), SyntaxError);
  answer = { ok: true, arrayBuffer: async () => new ArrayBuffer(30) };
  await assert.rejects(loader.build({ kind: "streets", url: "a.bin" }, false), /streets: 30 bytes/);
});

test("a picture is on the map when it is there, and an error when it is not", async () => {
  globalThis.Image = class { set src(url) { this.url = url; setImmediate(url.includes("good") ? () => this.onload() : () => this.onerror()); } };
  const spec = { kind: "image", url: "good.png", bounds: [[0, 0], [1, 1]] };
  const { layer } = await loader.build(spec, false);
  assert.equal(layer.first, "http://host/gxq/plan/good.png");
  await assert.rejects(loader.build({ ...spec, url: "bad.png" }, false), /picture .*bad\.png/);
  const inline = await loader.build({ ...spec, url: "data:image/png;good" }, false);
  assert.equal(inline.layer.first, "data:image/png;good");
});

const town = (properties) => ({ features: [{ properties, geometry: { coordinates: [117.6, 39] } }] });

test("small answers come in the message and ask for nothing; points are labelled and told about", async () => {
  const data = JSON.stringify(town({ label_zh: "甲", label_en: "A", tip_zh: EVIL, tip_en: "tip", kind: "x" }));
  const spec = { data, live: true, label: { className: "zp-poi" }, style: { color: "red" }, rules: [{ by: "kind", cases: { x: { radius: 4 } } }] };
  const { layer, labels } = await loader.build(spec, false);
  assert.deepEqual(asked, []);
  assert.equal(labels[0].text.textContent, "甲");
  const [part] = layer.first[0].parts;
  assert.equal(part.options.radius, 4);
  assert.equal(part.options.color, "red");
  assert.equal(part.tooltip().textContent, EVIL);
  lang = "en";
  assert.equal(part.tooltip().textContent, "tip");
});

test("assumed shapes are hatched", async () => {
  const { layer } = await loader.build({ id: "z", data: JSON.stringify(town({ basis: "assumed" })), pane: "zp-zones", rules: [{ by: "basis", cases: { assumed: { hatch: "#f00" } } }] }, false);
  assert.deepEqual(layer.first[0].options.style({ properties: { basis: "assumed" } }), { hatch: "#f00", fillColor: "url(##f00)", fillOpacity: 1, of: "z" });
});

test("points share one canvas that the mouse reaches; every other layer has its own, which goes with it", async () => {
  const points = await Promise.all(["a", "b"].map((id) => loader.build({ id, data: JSON.stringify(town({})), pane: "zp-points" }, false)));
  const [one, two] = points.map(({ paths }) => paths.options);
  assert.equal(one.renderer, two.renderer);
  assert.deepEqual([one.pane, one.style({}).of, two.style({}).of], ["zp-points", "a", "b"]);
  const { layer, paths } = await loader.build({ id: "zones", data: JSON.stringify(town({})), pane: "zp-zones", vector: true }, false);
  const { pane, renderer } = layer.first[0].options;
  assert.deepEqual([pane, paths], ["zp-own-zones", undefined]);
  assert.equal(ground.getPane(pane).className, "leaflet-zp-zones-pane");
  renderer.addTo(ground);
  layer.remove();
  assert.equal(ground.hasLayer(renderer), false);
});

test("what is drawn by hand has a switch and no file", async () => {
  const { layer } = await loader.build({ id: "plan", kind: "drawn" }, false);
  const panes = { "zp-draw": {}, "zp-vertex": {} };
  const map = { getPane: (name) => panes[name] };
  layer.onRemove(map);
  assert.deepEqual(Object.values(panes).map((pane) => pane.hidden), [true, true]);
  layer.onAdd(map);
  assert.deepEqual(Object.values(panes).map((pane) => pane.hidden), [false, false]);
  assert.deepEqual(asked, []);
});
