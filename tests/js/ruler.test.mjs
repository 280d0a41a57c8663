import assert from "node:assert/strict";
import { test } from "node:test";
import { areaOf, lengthOf, pathOf } from "../../ui/map/host/geodesy.js";
import { areaText, lengthText, Ruler } from "../../ui/map/host/ruler.js";
import { Node, openPage } from "./page.mjs";

const at = (lng, lat) => ({ lng, lat });
const near = (a, b, part = 1e-6) => assert.ok(Math.abs(a - b) <= Math.abs(b) * part, `${a} is not ${b}`);

test("lengths are those of the ellipsoid", () => {
  // pyproj 3.7.2, Geod(ellps="WGS84").inv
  near(lengthOf(at(117.65, 39.06), at(117.09, 39.08)), 48513.70941644547, 1e-8);
  near(lengthOf(at(117.65, 39.06), at(117.65, 39.07)), 1110.1672172066817, 1e-8);
  near(lengthOf(at(-51.2, -30.05), at(-51.19, -30.04)), 1469.3410152122206, 1e-7);
  assert.equal(lengthOf(at(117, 39), at(117, 39)), 0);
  near(pathOf([at(117.65, 39.06), at(117.65, 39.07), at(117.65, 39.06)]), 2 * 1110.1672172066817, 1e-8);
});

test("areas are those of the ellipsoid, whichever way round", () => {
  // pyproj 3.7.2, Geod(ellps="WGS84").polygon_area_perimeter
  const square = [at(117.6, 39), at(117.7, 39), at(117.7, 39.1), at(117.6, 39.1)];
  near(areaOf(square), 96101807.35774994, 2e-6);
  near(areaOf([...square].reverse()), areaOf(square), 1e-12);
  near(areaOf([at(117.6, 39), at(117.61, 39), at(117.605, 39.01)]), 480838.858253479, 1e-6);
  assert.equal(areaOf(square.slice(2)), 0);
});

const WORDS = new Proxy({ ruler_m: "米", ruler_km: "公里", ruler_m2: "平方米", ruler_ha: "公顷", ruler_km2: "平方公里" }, { get: (all, key) => all[key] ?? key });

test("metres become kilometres, square metres hectares and square kilometres", () => {
  assert.deepEqual([5.23, 865.4, 1234, 123456].map((m) => lengthText(m, WORDS)), ["5.2 米", "865 米", "1.23 公里", "123.5 公里"]);
  assert.deepEqual([1234, 56789, 2345678].map((m2) => areaText(m2, WORDS)), ["1,234 平方米", "5.68 公顷", "2.35 平方公里"]);
});

function measuring() {
  const box = openPage().appendChild(new Node("div"));
  const heard = {};
  const pane = new Node("div");
  const point = (x, y) => ({ x, y, distanceTo: (other) => Math.hypot(x - other.x, y - other.y), add: (o) => point(x + o.x, y + o.y), divideBy: (n) => point(x / n, y / n) });
  const map = {
    createPane: () => pane, on: (kinds, act) => { for (const kind of kinds.split(" ")) (heard[kind] ??= []).push(act); }, options: { crs: true },
    doubleClickZoom: { disable() { this.off = true; }, enable() { this.off = false; } },
    latLngToContainerPoint: ({ lng, lat }) => point(lng * 1e4, lat * 1e4), latLngToLayerPoint: ({ lng, lat }) => point(lng, lat), layerPointToLatLng: ({ x, y }) => at(x, y),
  };
  const layers = [];
  const make = (kind) => (given) => ({ kind, given });
  const L = { svg: () => ({}), layerGroup: () => ({ addTo() {}, remove() {}, clearLayers() { layers.length = 0; }, addLayer: (one) => layers.push(one) }),
    polyline: make("line"), polygon: make("polygon"), circleMarker: make("point"), marker: make("tag"), divIcon: (given) => given, DomEvent: { disableClickPropagation() {} } };
  document.addEventListener = (kind, act) => { heard[`page ${kind}`] = [act]; };
  let busy = false;
  const ruler = new Ruler(L, map, box, { turned: () => {}, busy: () => busy });
  ruler.update(WORDS);
  const say = (kind, event) => heard[kind].forEach((act) => act(event));
  return { ruler, layers, box, map, click: (lng, lat) => say("click", { latlng: at(lng, lat) }), move: (lng, lat) => say("mousemove", { latlng: at(lng, lat) }),
    key: (name) => say("page keydown", { key: name, target: box, preventDefault() {} }), draws: (on) => { busy = on; } };
}

test("a click is a point only while it measures; the figure follows the hand, a double click ends", () => {
  const { ruler, click, move, layers } = measuring();
  click(117.65, 39.06);
  assert.equal(ruler.places.length, 0);
  ruler.toggle();
  click(117.65, 39.06);
  move(117.65, 39.07);
  assert.deepEqual([ruler.figure.textContent, ruler.more.textContent], ["1.11 公里", "ruler_straight"]);
  click(117.65, 39.07);
  click(117.65, 39.07);
  assert.deepEqual([ruler.ended, ruler.places.length], [true, 2]);
  assert.deepEqual(layers.map((one) => one.kind), ["line", "line", "point", "point"]);
  click(117.6, 39); // anew
  assert.deepEqual([ruler.ended, ruler.places.length], [false, 1]);
});

test("an area, its circumference; back, clear, Escape twice", async () => {
  const { ruler, click, key, box, map } = measuring();
  ruler.toggle();
  await ruler.kinds.get("area").fire("click");
  for (const place of [[117.6, 39], [117.7, 39], [117.7, 39.1], [117.6, 39.1]]) click(...place);
  assert.equal(ruler.figure.textContent, "96.10 平方公里");
  assert.match(ruler.more.textContent, /^ruler_around 39.5\d 公里$/);
  key("Backspace");
  assert.equal(ruler.places.length, 3);
  key("Escape");
  assert.deepEqual([ruler.on, ruler.ended], [true, true]);
  key("Escape");
  assert.deepEqual([ruler.on, ruler.node.hidden, box.classList.contains("zp-measuring"), map.doubleClickZoom.off], [false, true, false, true]);
});

test("a drawing tool that is taken out ends the measuring", () => {
  const { ruler, click, draws } = measuring();
  ruler.toggle();
  draws(true);
  click(117.6, 39);
  assert.equal(ruler.on, false);
});
