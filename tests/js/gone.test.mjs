// A server that is gone: said at once, said when it is back, and a page that nobody knows any more is opened anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Gone, known } from "../../ui/map/host/gone.js";

function page({ alive = () => false, kept = {}, knows = async () => true, waiting = () => [] } = {}) {
  const said = [];
  const timers = [];
  const clock = { later: (act, seconds) => { timers.push({ act, seconds }); return timers.length; }, drop: (n) => { if (n) timers[n - 1] = null; } };
  const told = { reloads: 0 };
  const store = { getItem: (k) => kept[k] ?? null, setItem: (k, v) => { kept[k] = v; }, removeItem: (k) => { delete kept[k]; } };
  const gone = new Gone((what) => said.push(what), { alive: async () => alive(), reload: () => { told.reloads += 1; }, clock, kept: store, knows, waiting });
  const pass = async () => {
    const due = timers.splice(0).filter(Boolean);
    for (const one of due) await one.act();
    await new Promise(setImmediate);
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

test("a server that is back and does not know the page: it is opened anew, with what waited, though the cut was too short for a word", async () => {
  const asked = [];
  const { gone, said, pass, told, kept } = page({ knows: async (at) => { asked.push(at); return false; }, waiting: () => [{ op: "add", n: 7 }] });
  gone.session("known/word");
  gone.state(true);
  gone.state(false);
  gone.state(true);
  await pass();
  assert.deepEqual([asked, said, told.reloads], [["known/word"], [], 1]);
  const next = page({ kept }).gone;
  assert.deepEqual([next.brought(), next.brought()], [[{ op: "add", n: 7 }], []]);
});

test("a line that is cut again while the server is asked is not called back", async () => {
  let answer;
  const { gone, said, pass, told } = page({ knows: () => new Promise((resolve) => { answer = resolve; }) });
  gone.state(false);
  await pass();
  gone.state(true);
  gone.state(false);
  answer(false);
  await pass();
  assert.deepEqual([said.slice(0, 1), said.includes("back"), told.reloads], [["lost"], false, 0]);
});

test("only a session that has ended counts as unknown", async () => {
  const status = (code) => async () => ({ status: code });
  const told = [await known("", status(404)), await known("known/a", status(404)), await known("known/a", status(200)), await known("known/a", status(502)),
    await known("known/a", async () => { throw new Error("cut"); })];
  assert.deepEqual(told, [true, false, true, true, true]);
});
