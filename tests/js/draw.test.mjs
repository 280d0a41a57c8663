// What the hand does, until Python has taken it: nothing lost, nothing twice, nothing out of a field somebody writes in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Draw } from "../../ui/map/host/draw.js";
import { Outbox, shortcut } from "../../ui/map/host/outbox.js";
import { shapeOf } from "../../ui/map/host/pens.js";
import { linesWithin, MOST_LINES } from "../../ui/map/host/streets.js";
import { EVIL, Node, openPage, settled } from "./page.mjs";

const at = (lng, lat) => ({ lng, lat });

test("what is sent is all that was not taken yet, in order", () => {
  const sent = [];
  let now = 100;
  const box = new Outbox((ops) => sent.push(ops.map((op) => [op.op, op.n])), () => now);
  box.put({ op: "add" });
  box.put({ op: "move", id: "N01" }); // in the same millisecond
  now = 50; // a clock put back
  box.put({ op: "undo" });
  assert.deepEqual(sent.at(-1), [["add", 100], ["move", 101], ["undo", 102]]);
  box.taken(101);
  box.put({ op: "redo" });
  assert.deepEqual(sent.at(-1), [["undo", 102], ["redo", 103]]);
});

test("a number that Python knows already is never given again", () => {
  const box = new Outbox(() => {}, () => 5);
  box.taken(2000);
  assert.equal(box.put({ op: "add" }), 2001);
});

test("an object is held while its own operation is on the way, not by being chosen", () => {
  const box = new Outbox(() => {}, () => 1);
  box.put({ op: "select", id: "N02" });
  const n = box.put({ op: "move", id: "N01" });
  assert.deepEqual([box.moves("N01"), box.moves("N02")], [true, false]);
  box.taken(n);
  assert.equal(box.moves("N01"), false);
});

test("what waited before the page was loaded anew is sent once more, before what is done now", () => {
  const sent = [];
  const box = new Outbox((ops) => sent.push(ops.map((op) => op.n)), () => 5);
  box.brought([]);
  box.brought([{ op: "add", n: 7 }, { op: "add", n: 9 }]);
  assert.equal(box.put({ op: "remove" }), 10);
  assert.deepEqual(sent, [[7, 9], [7, 9, 10]]);
  box.taken(9);
  assert.deepEqual(box.waiting.map((op) => op.n), [10]);
});

test("shapes are lists of lon, lat with seven decimals; a ring stays open", () => {
  assert.deepEqual(shapeOf("point", { getLatLng: () => at(117.123456789, 39.1) }), [117.1234568, 39.1]);
  assert.deepEqual(shapeOf("line", { getLatLngs: () => [at(1, 2), at(3, 4)] }), [[1, 2], [3, 4]]);
  assert.deepEqual(shapeOf("area", { getLatLngs: () => [[at(1, 2), at(3, 4), at(5, 6)]] }), [[1, 2], [3, 4], [5, 6]]);
});

test("undo and redo by key, and never out of a field", () => {
  const press = (key, more) => shortcut({ key, target: { tagName: "DIV" }, ctrlKey: true, ...more });
  assert.deepEqual([press("z"), press("y"), press("Z", { shiftKey: true }), press("z", { metaKey: true, ctrlKey: false })], ["undo", "redo", "redo", "undo"]);
  assert.deepEqual([press("z", { ctrlKey: false }), press("z", { altKey: true }), press("a")], [null, null, null]);
  for (const tagName of ["INPUT", "TEXTAREA", "SELECT"]) assert.equal(press("z", { target: { tagName } }), null);
  assert.equal(press("z", { target: { tagName: "DIV", isContentEditable: true } }), null);
});

const plane = { project: ({ lng, lat }) => ({ x: lng, y: lat }), unproject: ({ x, y }) => at(x, y) };
const bounds = (x0, y0, x1, y1) => ({ getSouthWest: () => at(x0, y0), getNorthEast: () => at(x1, y1) });

test("streets of a part of the map come as places, and none where they are too many to measure", () => {
  const lines = [[0, 0, 10, 10], [500, 0, 510, 0], [90000, 0, 90010, 0]]; // the second in the square of the first, out of view
  const network = (all) => ({
    origin: [1000, 2000], starts: all.map((_, i) => 2 * i).concat(2 * all.length), xy: all.flat(), extent: [0, 90010, 0, 10],
    buckets: new Map([["0,0", all.map((_, i) => i).filter((i) => all[i][0] < 2000)], ["36,0", [2]]]),
  });
  const view = bounds(900, 1900, 1100, 2100);
  assert.deepEqual(linesWithin(network(lines), plane, view), [[at(1000, 2000), at(1010, 2010)]]);
  assert.equal(linesWithin(network(Array(MOST_LINES).fill(lines[0])), plane, view).length, MOST_LINES);
  assert.deepEqual(linesWithin(network(Array(MOST_LINES + 1).fill(lines[0])), plane, view), []);
});

// As much of Leaflet and Geoman as a drawing needs: layers that hear, and a map whose pixels are its degrees.
function atelier() {
  const body = openPage();
  document.heard = {};
  document.addEventListener = (kind, act) => { (document.heard[kind] ??= []).push(act); };
  globalThis.performance ??= { now: () => 0 };
  class Layer {
    constructor(place, options) { this.at = place; this.options = options; this.heard = {}; this.node = new Node("path"); }
    on(kinds, act) { for (const kind of kinds.split(" ")) (this.heard[kind] ??= []).push(act); return this; }
    fire(kind) { for (const act of this.heard[kind] ?? []) act({ target: this }); }
    addTo(map) { map.on_.add(this); this.map = map; return this; }
    remove() { this.map?.on_.delete(this); return this; }
    getElement() { return this.node; }
    getLatLng() { return this.at; }
    getLatLngs() { return this.at; }
    setLatLngs(places) { this.at = places; return this; }
    getBounds() { return { getCenter: () => at(0, 0) }; }
    bindTooltip(node) { this.tip = node; return this; }
    setLatLng(place) { this.at = place; return this; }
    setContent(node) { this.content = node; return this; }
  }
  const degrees = ([lat, lng]) => at(lng, lat);
  const L = {
    svg: () => ({ svg: true }), divIcon: (options) => options, DomEvent: { disableClickPropagation() {} }, tooltip: () => new Layer(),
    marker: (place, options) => new Layer(Array.isArray(place) ? degrees(place) : place, options),
    polyline: (places, options) => new Layer(places.map(degrees), options),
    polygon: (places, options) => new Layer([places.map(degrees)], options),
    PM: { Map: class {}, setOptIn() {}, reInitLayer(layer) { layer.pm = pen(); } },
  };
  const pen = () => ({ on: false, enabled() { return this.on; }, enable(options) { this.on = true; this.options = options; }, disable() { this.on = false; } });
  window.L = L;
  const map = {
    on_: new Set(), heard: {}, zoom: 15, doubleClickZoom: { on: true, enable() { this.on = true; }, disable() { this.on = false; } },
    on(kind, act) { (this.heard[kind] ??= []).push(act); },
    fire(kind, event) { for (const act of this.heard[kind] ?? []) act(event); },
    getZoom() { return this.zoom; }, getBounds: () => ({ pad: () => null }), getCenter: () => at(117, 39),
    latLngToContainerPoint: ({ lng, lat }) => ({ x: lng, y: lat, add: ([x, y]) => ({ x: lng + x, y: lat + y }), distanceTo: () => 0 }),
    containerPointToLatLng: ({ x, y }) => at(x, y), distance: (a, b) => Math.abs(a.lng - b.lng) * 10,
    pm: { setGlobalOptions() {}, enableDraw(shape, options) { map.out = { shape, options }; }, disableDraw() { map.out = null; },
      Draw: { Line: { _finishShape() { map.finished = "Line"; } }, Polygon: { _finishShape() { map.finished = "Polygon"; } } } },
  };
  const box = new Node("div");
  box.isConnected = true;
  box.dataset = {};
  body.appendChild(box);
  const sent = [];
  const room = { held: [] };
  const live = { first: (ops, act) => act(), held: (op) => room.held.push(op), down() {}, clear() {} };
  const draw = new Draw(L, map, box, { send: ({ ops }) => sent.push(ops.at(-1)), live, streets: () => null });
  const key = (name, target = box) => document.heard.keydown[0]({ key: name, target, preventDefault() {} });
  return Object.assign(room, { L, Layer, map, box, sent, draw, key });
}

const TOOLS = [["facility", "point"], ["bridge", "line"], ["housing", "area"], ["pick", "pick"]]
  .map(([id, shape]) => ({ id, shape, group: "g", label: id, title: id, help: `help ${id}`, colour: "#123456" }));
const told = (objects = [], more = {}) => ({ tools: TOOLS, objects, selected: "", removable: false, done: 0, undo: true, redo: false, words: {}, ...more });
const LINE = { id: "N01", kind: "bridge", shape: "line", at: [[1, 2], [3, 4]], colour: "#123456", label: EVIL };
const AREA = { id: "N02", kind: "housing", shape: "area", at: [[1, 2], [3, 2], [3, 4]], colour: "#123456", label: "area" };

async function ready(room, ...given) {
  room.draw.update(told(...given));
  await room.draw.ready();
}

for (const [id, shape, pen, crossing] of [["bridge", "line", "Line", true], ["housing", "area", "Polygon", false]]) {
  test(`a ${shape} is drawn with the pen of its shape, told once, and its ghost stays until it was taken`, async () => {
    const room = atelier();
    await ready(room);
    room.draw.press(`tool-${id}`);
    await settled();
    assert.equal(room.map.out.shape, pen);
    assert.equal(room.map.out.options.allowSelfIntersection, crossing);
    assert.equal(room.map.out.options.finishOn, "dblclick");
    assert.equal(room.map.out.options.pathOptions.renderer.svg, true); // a canvas would cover the facilities below
    assert.deepEqual([room.map.doubleClickZoom.on, room.draw.active, room.draw.bar.help.textContent], [false, true, `help ${id}`]);
    const corners = [at(1, 2), at(3, 2), at(3, 4), at(3, 4)]; // a double click is two clicks
    const ghost = new room.Layer(shape === "area" ? [corners] : corners).addTo(room.map);
    room.map.fire("pm:create", { layer: ghost });
    assert.deepEqual(room.sent.map(({ op, tool, at: where }) => [op, tool, where]), [["add", id, [[1, 2], [3, 2], [3, 4]]]]);
    await new Promise((done) => { setTimeout(done, 1); });
    assert.deepEqual([room.draw.active, room.map.out], [false, null]);
    assert.ok(room.map.on_.has(ghost));
    room.draw.update(told([], { done: room.sent[0].n }));
    assert.ok(!room.map.on_.has(ghost));
  });

  test(`Enter ends a ${shape}, Space sets a corner in the middle, Escape puts the tool away`, async () => {
    const room = atelier();
    await ready(room);
    room.draw.press(`tool-${id}`);
    await settled();
    const seen = [];
    for (const kind of ["mousemove", "click"]) room.map.on(kind, ({ latlng }) => seen.push([kind, latlng.lng, latlng.lat]));
    room.key(" ");
    assert.deepEqual(seen, [["mousemove", 117, 39], ["click", 117, 39]]);
    room.draw.here();
    assert.equal(room.map.finished, pen);
    const corner = new Node("div");
    room.box.appendChild(corner);
    room.map.finished = null;
    room.key("Enter", corner); // a corner just set has the focus
    assert.equal(room.map.finished, pen);
    room.key("Escape");
    assert.deepEqual([room.draw.active, room.map.out, room.sent], [false, null, []]);
    room.key(" ");
    assert.equal(seen.length, 2); // no tool, no corner
  });
}

test("corners are shown of the line that is chosen and of no other, and a corner is told when it is put down", async () => {
  const room = atelier();
  await ready(room, [LINE, AREA]);
  const [line, area] = ["N01", "N02"].map((id) => room.draw.objects.get(id).layer);
  const shown = () => [line, area].map((layer) => Boolean(layer.pm?.enabled()));
  assert.deepEqual(shown(), [false, false]);
  line.fire("click");
  assert.deepEqual(shown(), [true, false]);
  area.fire("click");
  assert.deepEqual(shown(), [false, true]);
  assert.deepEqual(room.sent.map(({ op, id }) => [op, id]), [["select", "N01"], ["select", "N02"]]);
  area.fire("pm:markerdragstart");
  area.at[0][2] = at(4, 4);
  area.fire("pm:edit"); // the middle of a side became a corner: it is still in the hand
  assert.equal(room.sent.length, 2);
  area.fire("pm:markerdragend");
  area.fire("pm:edit");
  assert.deepEqual(room.sent.slice(2).map(({ op, id, at: where }) => [op, id, where]), [["move", "N02", [[1, 2], [3, 2], [4, 4]]]]);
  room.draw.update(told([LINE, AREA])); // an answer to something else: what was put down stays where the hand has put it
  assert.equal(room.draw.objects.get("N02").layer, area);
  room.draw.update(told([LINE, AREA], { done: room.sent.at(-1).n })); // refused: it goes back
  assert.deepEqual(room.draw.objects.get("N02").layer.at[0].map((p) => [p.lng, p.lat]), AREA.at);
});

test("a fault is said at the object, a moved facility keeps the way it came, what has no place of its own is not dragged; no markup", async () => {
  const room = atelier();
  const moved = { id: "move:S", kind: "move", shape: "point", at: [5, 6], from: [1, 2], colour: "#123456", label: "S" };
  const closed = { id: "close:T", kind: "close", shape: "point", at: [5, 6], fixed: true, colour: "#123456", label: "T" };
  await ready(room, [{ ...LINE, fault: EVIL }, moved, closed]);
  const of = (id) => room.draw.objects.get(id);
  assert.deepEqual(of("N01").more.map((one) => one.content?.textContent), [EVIL]);
  assert.equal(of("N01").layer.tip.textContent, EVIL);
  assert.deepEqual(of("move:S").more[0].at.map((p) => [p.lng, p.lat]), [[1, 2], [5, 6]]);
  assert.deepEqual(["move:S", "close:T"].map((id) => of(id).layer.options.draggable), [true, false]);
  assert.equal(of("close:T").layer.pm, undefined);
  room.draw.update(told([]));
  assert.equal(room.draw.objects.size, 0);
  assert.deepEqual([...room.map.on_], [room.draw.snap]); // and nothing that belonged to them is left
});

test("a facility is picked by the place and how far the hand reaches at this zoom, and the click is no question", async () => {
  const room = atelier();
  await ready(room);
  room.draw.press("tool-pick");
  await settled();
  assert.equal(room.map.out ?? null, null); // no pen
  room.map.fire("click", { latlng: at(117.123456789, 39) });
  assert.equal(room.draw.active, true); // the map asks whether a tool is out when it hears the same click
  assert.deepEqual(room.sent.map(({ op, at: where, reach }) => [op, where, reach]), [["pick", [117.1234568, 39], 240]]);
  await new Promise((done) => { setTimeout(done, 1); });
  assert.equal(room.draw.active, false);
});

test("Delete takes away an object of the plan, never a facility that is only chosen", async () => {
  const room = atelier();
  await ready(room, [], { selected: "S", removable: false });
  room.key("Delete");
  assert.deepEqual(room.sent, []);
  await ready(room, [LINE], { selected: "N01", removable: true });
  room.key("Delete");
  assert.deepEqual(room.sent.map(({ op, id }) => [op, id]), [["remove", "N01"]]);
});

test("letting go is no question about the place: of a corner, of a marker, and of one that Geoman drags and ends later", async () => {
  const room = atelier();
  const SCHOOL = { ...LINE, id: "N03", kind: "primary", shape: "point", at: [1, 2] };
  await ready(room, [LINE, SCHOOL]);
  for (const [id, start, end] of [["N01", "pm:markerdragstart", "pm:markerdragend"], ["N03", "dragstart", "dragend"], ["N03", "pm:dragstart", "pm:dragend"]]) {
    const { layer } = room.draw.objects.get(id);
    layer.fire(start);
    assert.equal(room.draw.busy, true, start);
    layer.fire(end); // Geoman says so after the click, the others before it
    assert.equal(room.draw.busy, true, end);
    await new Promise((done) => { setTimeout(done, 1); });
    assert.equal(room.draw.busy, false, end);
  }
});

test("a facility tells where it is while it is held, whoever drags it", async () => {
  const room = atelier();
  await ready(room, [{ ...LINE, id: "N03", kind: "primary", shape: "point", at: [1, 2] }]);
  const { layer } = room.draw.objects.get("N03");
  for (const kind of ["drag", "pm:drag"]) {
    room.held = [];
    layer.at = at(1, 3);
    layer.fire(kind);
    assert.deepEqual(room.held.map(({ op, id, at: where }) => [op, id, where]), [["move", "N03", [1, 3]]], kind);
  }
});
