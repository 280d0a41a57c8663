import assert from "node:assert/strict";
import { test } from "node:test";
import { PAUSES, Retries, pause } from "../../ui/map/host/retry.js";
import { Clock } from "./page.mjs";

function watched() {
  const clock = new Clock();
  const tried = [];
  let changes = 0;
  const retries = new Retries((id) => tried.push(id), () => { changes += 1; }, clock);
  return { clock, tried, retries, changes: () => changes };
}

test("pauses grow and the last one goes on", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 100].map(pause), [2, 5, 15, 30, 60, 60, 60]);
  assert.deepEqual([...PAUSES].sort((a, b) => a - b), PAUSES);
  assert.equal(pause(0), 2);
});

test("what fails is tried again after each pause, as long as it fails", async () => {
  const { clock, tried, retries } = watched();
  retries.failed("streets");
  for (const [n, wait] of [2, 5, 15, 30, 60, 60].entries()) {
    assert.deepEqual(clock.waits, [wait]);
    await clock.go(wait - 0.25);
    assert.equal(tried.length, n);
    await clock.go(0.25);
    assert.equal(tried.length, n + 1);
    assert.equal(retries.trying, true);
    assert.deepEqual(clock.waits, []);
    retries.failed("streets");
    assert.equal(retries.trying, false);
  }
});

test("what came is not tried any more, and its next failure begins anew", async () => {
  const { clock, tried, retries } = watched();
  retries.failed("a");
  await clock.go(2);
  retries.failed("a");
  retries.forget("a");
  assert.equal(retries.has("a"), false);
  await clock.go(1000);
  assert.deepEqual(tried, ["a"]);
  retries.failed("a");
  assert.deepEqual(clock.waits, [2]);
});

test("at once: everything that waits, nothing twice, and the pauses begin anew", async () => {
  const { clock, tried, retries } = watched();
  retries.failed("a");
  await clock.go(2);
  retries.failed("a");
  retries.failed("b");
  tried.length = 0;
  retries.now();
  retries.now();
  assert.deepEqual(tried, ["a", "b"]);
  assert.deepEqual(clock.waits, []);
  retries.failed("a");
  assert.deepEqual(clock.waits, [2]);
  assert.equal(retries.trying, true);
  retries.failed("b");
  assert.equal(retries.trying, false);
});

test("every change is heard, and what changes nothing is not", () => {
  const { retries, changes } = watched();
  retries.forget("nobody");
  retries.again("nobody");
  retries.now();
  assert.equal(changes(), 0);
  retries.failed("a");
  retries.again("a");
  retries.again("a");
  retries.forget("a");
  assert.equal(changes(), 3);
});

test("stopped: no timer is left", async () => {
  const { clock, tried, retries } = watched();
  retries.failed("a");
  retries.failed("b");
  retries.stop();
  assert.deepEqual(clock.waits, []);
  await clock.go(1000);
  assert.deepEqual(tried, []);
});

test("the real clock waits in seconds and can be stopped", (t) => {
  const { setTimeout: real, clearTimeout: drop } = globalThis;
  t.after(() => Object.assign(globalThis, { setTimeout: real, clearTimeout: drop }));
  const set = [];
  const dropped = [];
  globalThis.setTimeout = (act, milliseconds) => set.push([act, milliseconds]);
  globalThis.clearTimeout = (timer) => dropped.push(timer);
  const tried = [];
  const retries = new Retries((id) => tried.push(id), () => {});
  retries.failed("a");
  assert.equal(set[0][1], 2000);
  set[0][0]();
  assert.deepEqual(tried, ["a"]);
  retries.failed("a");
  retries.forget("a");
  assert.equal(set[1][1], 5000);
  assert.equal(dropped.at(-1), 2);
});
