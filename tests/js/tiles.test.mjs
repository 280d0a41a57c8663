import assert from "node:assert/strict";
import { test } from "node:test";
import { probe, tileLayer, toGcj } from "../../ui/map/host/tiles.js";
import { leaflet } from "./page.mjs";

// Against geo.crs the same formula is held in tests/test_host_js.py.
test("the shift of GCJ-02 is some hundred metres in Tianjin", () => {
  const [lat, lng] = toGcj(39.06, 117.65);
  assert.ok(Math.abs(lat - 39.06) > 0.0005 && Math.abs(lat - 39.06) < 0.003);
  assert.ok(Math.abs(lng - 117.65) > 0.003 && Math.abs(lng - 117.65) < 0.009);
});

test("an online map is made of its own addresses, under everything else", () => {
  const L = leaflet();
  const group = tileLayer(L, { id: "t", urls: ["https://a/{z}/{x}/{y}", "https://b/{z}/{x}/{y}"], attribution: "甲", subdomains: "12" });
  assert.deepEqual(group.first.map((t) => t.first), ["https://a/{z}/{x}/{y}", "https://b/{z}/{x}/{y}"]);
  for (const tile of group.first) assert.deepEqual(tile.options, { attribution: "甲", subdomains: "12", maxZoom: 18, pane: "zp-tiles" });
  const [plain] = tileLayer(L, { urls: ["u"] }).first;
  assert.equal(plain.options.subdomains, "abc");
  assert.equal(plain._shift, undefined);
});

test("a shifted map is moved, never the data", () => {
  const L = leaflet();
  const [tile] = tileLayer(L, { urls: ["u"], gcj: true }).first;
  const [lat, lng] = toGcj(39, 117);
  assert.deepEqual(tile._shift({ lat: 39, lng: 117 }), { lat, lng });
});

function images() {
  const made = [];
  globalThis.Image = class { constructor() { made.push(this); } };
  return made;
}

test("a map that answers is there, one that refuses is not", async () => {
  const made = images();
  const [good, bad] = [probe({ probe: "https://a/1.png" }), probe({ probe: "https://b/1.png" })];
  assert.deepEqual(made.map((i) => i.src), ["https://a/1.png", "https://b/1.png"]);
  made[0].onload();
  made[1].onerror();
  assert.deepEqual([await good, await bad], [true, false]);
});

test("a map that says nothing for four seconds is not there", async (t) => {
  const real = globalThis.setTimeout;
  t.after(() => { globalThis.setTimeout = real; });
  images();
  const set = [];
  globalThis.setTimeout = (act, milliseconds) => set.push([act, milliseconds]);
  const asked = probe({ probe: "https://c/1.png" });
  assert.equal(set[0][1], 4000);
  set[0][0]();
  assert.equal(await asked, false);
});
