// A server that is gone: said at once, said when it is back, and a page that nobody knows any more is opened anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Gone } from "../../ui/map/host/gone.js";

function page({ alive = () => false, kept = {} } = {}) {
  const said = [];
  const timers = [];
  const clock = { later: (act, seconds) => { timers.push({ act, seconds }); return timers.length; }, drop: (n) => { if (n) timers[n - 1] = null; } };
  const told = { reloads: 0 };
  const store = { getItem: (k) => kept[k] ?? null, setItem: (k, v) => { kept[k] = v; }, removeItem: (k) => { delete kept[k]; } };
  const gone = new Gone((what) => said.push(what), { alive: async () => alive(), reload: () => { told.reloads += 1; }, clock, kept: store });
  const pass = async () => {
    const due = timers.splice(0).filter(Boolean);
    for (const one of due) await one.act();
    await null;
  };
  return { gone, said, pass, told, kept };
}

test("a hiccup is not worth a word", async () => {
  const { gone, said, pass } = page();
  gone.state(true);
  gone.state(false);
  gone.state(true);
  await pass();
  assert.deepEqual(said, []);
});

test("gone is said, back is said, then nothing", async () => {
  const { gone, said, pass, told } = page();
  gone.state(true);
  gone.state(false);
  await pass();
  assert.deepEqual(said, ["lost"]);
  gone.state(true);
  await pass();
  assert.deepEqual(said, ["lost", "back", ""]);
  assert.equal(told.reloads, 0);
});

test("a server that is well while the page stays cut off: the page is opened anew, and says so once", async () => {
  const { gone, pass, told, kept } = page({ alive: () => true });
  gone.state(false);
  for (let i = 0; i < 6; i += 1) await pass();
  assert.equal(told.reloads, 1);
  const next = page({ kept });
  assert.deepEqual(next.said, ["anew"]);
  assert.deepEqual(page({ kept }).said, []);
});

test("the button looks at once", async () => {
  let up = false;
  const { gone, said, pass, told } = page({ alive: () => up });
  gone.state(false);
  await pass();
  await gone.look(true);
  assert.deepEqual(said, ["lost", "trying", "lost"]);
  up = true;
  await gone.look(true);
  assert.equal(told.reloads, 1);
});

test("another session is seen, the first one and the same one are none", () => {
  const { gone } = page();
  assert.deepEqual(["a", "a", undefined, "b", "b"].map((id) => gone.session(id)), [false, false, false, true, false]);
});
