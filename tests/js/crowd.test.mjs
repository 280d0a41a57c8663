import assert from "node:assert/strict";
import { test } from "node:test";
import { Crowd, crowding, stepOf } from "../../ui/map/host/crowd.js";

const STEPS = [{ upto: 1, from: 13 }, { upto: 4, radius: 4 }, { radius: 2 }];

test("how crowded marks are is counted on the screen: as many on twice the ground are as close at one zoom less", () => {
  assert.equal(crowding([], 1), 0);
  const four = [{ x: 1, y: 1 }, { x: 2, y: 2 }, { x: 30, y: 30 }, { x: 60, y: 1 }];
  assert.equal(crowding(four, 1), 6 / 4); // three in one square see two others each, one sees none
  assert.equal(crowding(four, 0.5), 3);
  assert.equal(crowding(four, 100), 0);
  const wide = four.map(({ x, y }) => ({ x: 2 * x, y: 2 * y }));
  assert.equal(crowding(wide, 0.5), crowding(four, 1));
});

test("the first step that has room is taken, the last one where there is none, and no sign before its zoom", () => {
  assert.deepEqual([[0, 14], [1, 14], [1.1, 14], [4, 14], [9, 14], [0, 12.9]].map(([crowded, zoom]) => stepOf(STEPS, crowded, zoom)), [0, 0, 1, 1, 2, 1]);
  assert.equal(stepOf([{ upto: 1 }], 9, 14), 0);
});

test("marks do not flicker around a bound: they grow again only where there is clearly room", () => {
  assert.deepEqual([0.95, 0.81, 0.8].map((crowded) => stepOf(STEPS, crowded, 14, 1)), [1, 1, 0]);
  assert.deepEqual([0.95, 1.05].map((crowded) => stepOf(STEPS, crowded, 14, 0)), [0, 1]);
});

test("a layer has one step at a zoom, counted once; a layer that comes anew goes on from it", () => {
  let zoom = 0, asked = 0;
  const map = { getZoom: () => zoom, project: ({ lng, lat }) => { asked += 1; return { x: lng, y: lat }; } };
  const places = [1, 2, 3, 4, 5, 6].map((k) => ({ lng: k, lat: 1 }));
  const crowd = new Crowd();
  const steps = [{ upto: 1 }, { radius: 2 }];
  crowd.take("a", places, steps);
  assert.equal(crowd.step("a", map), steps[1]);
  crowd.step("a", map);
  assert.equal(asked, 6);
  zoom = 6; // 64 pixels apart
  assert.equal(crowd.step("a", map), steps[0]);
  crowd.take("a", places.slice(1), steps);
  assert.equal(crowd.step("a", map), steps[0]);
});
