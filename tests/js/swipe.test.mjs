// The handle across the map: what each side shows of a pane, where keys and the mouse take it, what it tells.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { atIn, clips, moved, paneOf, Swipe } from "../../ui/map/host/swipe.js";
import { EVIL, Node, openPage } from "./page.mjs";

beforeEach(() => openPage());

function chart(width = 1000, height = 600) {
  const panes = {};
  const heard = [];
  return {
    panes, heard, corner: { x: 0, y: 0 },
    createPane(name) { panes[name] = new Node("div"); return panes[name]; },
    on(kinds, act) { heard.push([kinds, act]); },
    getSize: () => ({ x: width, y: height }),
    containerPointToLayerPoint([x, y]) { return { x: x + this.corner.x, y: y + this.corner.y }; },
  };
}

function swiped(search = "", map = chart()) {
  const box = new Node("div");
  box.getBoundingClientRect = () => ({ left: 100, width: 1000 });
  const settled = [];
  const swipe = new Swipe(map, box, () => settled.push(swipe.at), search);
  return { swipe, map, box, settled };
}

const press = (node, kind, more) => {
  const told = { target: node, stopped: 0, prevented: 0, stopPropagation() { this.stopped += 1; }, preventDefault() { this.prevented += 1; }, ...more };
  for (const act of node.heard[kind] ?? []) act(told);
  return told;
};

test("the two sides share the view and nothing is in both", () => {
  const { left, right } = clips({ x: 0, y: 0 }, { x: 1000, y: 600 }, 400);
  assert.equal(left, "polygon(0px 0px, 400px 0px, 400px 600px, 0px 600px)");
  assert.equal(right, "polygon(400px 0px, 1000px 0px, 1000px 600px, 400px 600px)");
});

test("keys take the handle, within the map, and others are left alone", () => {
  assert.deepEqual(["ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End"].map((key) => moved(0.5, key)), [0.48, 0.52, 0.6, 0.4, 0, 1]);
  assert.deepEqual([moved(0.01, "ArrowLeft"), moved(0.99, "ArrowRight")], [0, 1]);
  assert.deepEqual([moved(0.5, "Enter"), moved(0.5, "Tab")], [null, null]);
});

test("an address says where it stands, or nothing", () => {
  assert.deepEqual(["?swipe=0.25", "?swipe=0", "?swipe=1"].map(atIn), [0.25, 0, 1]);
  for (const search of ["", "?swipe=", "?swipe=2", "?swipe=-1", "?swipe=x", "?swipe=NaN"]) assert.equal(atIn(search), null, search);
});

test("a layer without a side stays where it was", () => {
  assert.equal(paneOf({ kind: "image" }, "zp-raster"), "zp-raster");
  assert.equal(paneOf({ side: "above" }, "zp-points"), "zp-points");
  assert.deepEqual([paneOf({ kind: "image", side: "left" }, "x"), paneOf({ side: "right" }, "x")], ["zp-left", "zp-right-points"]);
});

test("the clip follows the handle and the map", () => {
  const { swipe, map } = swiped("?swipe=0.25");
  swipe.update({ left: "A 现状", right: "B 方案" }, { swipe_handle: "分割线" });
  assert.equal(map.panes["zp-left"].style.clipPath, clips({ x: 0, y: 0 }, { x: 1000, y: 600 }, 250).left);
  map.corner = { x: -300, y: 40 }; // dragged
  for (const [, act] of map.heard) act();
  for (const name of ["zp-right", "zp-right-points"]) {
    assert.equal(map.panes[name].style.clipPath, clips({ x: -300, y: 40 }, { x: 700, y: 640 }, -50).right);
  }
});

test("it can be held by mouse, pen and finger, and the map does not pan under it", () => {
  const { swipe, settled } = swiped();
  swipe.update({ left: "A", right: "B" }, {});
  const down = press(swipe.line, "pointerdown", { pointerId: 7, clientX: 600 });
  assert.equal(down.stopped, 1);
  press(swipe.line, "pointermove", { pointerId: 9, clientX: 200 }); // another finger
  assert.equal(swipe.at, 0.5);
  press(swipe.line, "pointermove", { pointerId: 7, clientX: 300 });
  assert.equal(swipe.at, 0.2);
  press(swipe.line, "pointermove", { pointerId: 7, clientX: 5000 });
  assert.equal(swipe.at, 1);
  assert.deepEqual(settled, []);
  press(swipe.line, "pointerup", { pointerId: 7 });
  press(swipe.line, "pointermove", { pointerId: 7, clientX: 300 });
  assert.deepEqual([swipe.at, settled], [1, [1]]);
  for (const kind of ["mousedown", "touchstart", "click", "dblclick"]) assert.equal(press(swipe.line, kind).stopped, 1, kind);
});

test("the keyboard moves it and the map hears nothing of that", () => {
  const { swipe, settled } = swiped();
  swipe.update({ left: "A", right: "B" }, {});
  const key = press(swipe.knob, "keydown", { key: "ArrowRight" });
  assert.deepEqual([swipe.at, settled, key.stopped, key.prevented], [0.52, [0.52], 1, 1]);
  assert.equal(press(swipe.knob, "keydown", { key: "Enter" }).stopped, 0);
});

test("what it tells is text, also to a screen reader, and it goes with the comparison", () => {
  const { swipe } = swiped();
  assert.equal(swipe.shown, false);
  swipe.update({ left: EVIL, right: "B 方案 2030" }, { swipe_handle: "分割线" });
  assert.equal(swipe.shown, true);
  assert.equal(swipe.names.left.textContent, EVIL);
  assert.deepEqual(["role", "aria-label", "aria-valuenow"].map((name) => swipe.knob.getAttribute(name)), ["slider", "分割线", "50"]);
  assert.equal(swipe.knob.getAttribute("aria-valuetext"), `${EVIL} 50% | B 方案 2030 50%`);
  swipe.update(null, {});
  assert.equal(swipe.shown, false);
});
