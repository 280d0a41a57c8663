import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { address } from "../../ui/map/host/dom.js";
import { Loader, fetched } from "../../ui/map/host/loading.js";
import { EVIL, leaflet, openPage } from "./page.mjs";

let asked, answer, loader, lang;

beforeEach(() => {
  openPage();
  asked = [];
  answer = { ok: true, status: 200, json: async () => ({ features: [] }) };
  globalThis.fetch = async (url, options) => { asked.push([url, options]); if (answer instanceof Error) throw answer; return answer; };
  lang = "zh";
  loader = new Loader(leaflet(), (color) => `url(#${color})`, () => lang);
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
  const data = town({ label_zh: "甲", label_en: "A", tip_zh: EVIL, tip_en: "tip", kind: "x" });
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

test("assumed shapes are hatched, and one painter serves a pane", async () => {
  const { layer } = await loader.build({ data: town({ basis: "assumed" }), pane: "zp-zones", rules: [{ by: "basis", cases: { assumed: { hatch: "#f00" } } }] }, false);
  const { options } = layer.first[0];
  assert.deepEqual(options.style({ properties: { basis: "assumed" } }), { hatch: "#f00", fillColor: "url(##f00)", fillOpacity: 1 });
  assert.equal(loader.painter("zp-zones", false), options.renderer);
  assert.notEqual(loader.painter("zp-zones", true), options.renderer);
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
