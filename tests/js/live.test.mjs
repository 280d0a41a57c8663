// A drag asks one thing at a time, about where the hand is last; what is put down goes to the page when it is drawn, or soon.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Clock, EVIL, Node, openPage, settled } from "./page.mjs";
import { Live, onTheWay, overpaint, question } from "../../ui/map/host/live.js";

const WORDS = { live_held: "dragging", live_put: "put down", live_zones: "zones" };
const TOLD = { done: 0, live: { url: "live/word" }, words: WORDS };
const hand = (x) => ({ op: "move", id: "N01", at: [x, 39] });

function table() {
  openPage();
  globalThis.requestAnimationFrame = (act) => act();
  const clock = new Clock();
  const asked = [];
  const seen = { painted: [], covered: [], sent: [], waiting: [] };
  const box = new Node("div");
  const live = new Live(box, {
    waiting: () => seen.waiting,
    paint: async (picture) => { seen.painted.push(picture); },
    cover: (on) => seen.covered.push(on),
    ask: (url, n, ops) => new Promise((resolve, reject) => { asked.push({ url, n, ops, resolve, reject }); }),
    clock: () => clock.now, later: (act, ms) => clock.later(act, ms / 1000),
  });
  live.update(TOLD);
  const answer = async (found = {}) => {
    asked.at(-1).resolve({ n: asked.length, lines: ["1 → 2"], zones: [], picture: "P", ...found });
    await settled();
  };
  return { live, box, clock, asked, seen, answer };
}

test("one question at a time, the next one about where the hand is then", async () => {
  const { live, box, asked, seen, answer } = table();
  for (const x of [1, 2, 3, 4]) live.held(hand(x));
  assert.deepEqual(asked.map(({ n, ops }) => [n, ops[0].at[0]]), [[1, 1]]);
  await answer();
  assert.deepEqual(asked.map(({ n, ops }) => [n, ops[0].at[0]]), [[1, 1], [2, 4]]);
  assert.equal(box.hidden, false);
  assert.equal(box.querySelector("span").textContent, "dragging");
  assert.deepEqual(seen.covered, [true]);
});

test("what is put down where it was asked about is not asked again, and goes to the page at once", async () => {
  const { live, box, asked, seen, answer } = table();
  live.held(hand(1));
  await answer();
  seen.waiting = [{ ...hand(1), n: 7 }];
  live.first(seen.waiting, () => seen.sent.push(7));
  assert.deepEqual(seen.sent, []);
  live.down(7);
  await settled();
  assert.equal(asked.length, 1);
  assert.deepEqual(seen.sent, [7]);
  assert.equal(box.querySelector("span").textContent, "put down");
  assert.equal(typeof globalThis.window.zpLive.painted, "number");
  live.held(hand(3)); // and the next drag is asked about
  assert.equal(asked.length, 2);
});

test("the page does not wait long for an answer, and hears all that waits, once", async () => {
  const { live, clock, seen, answer } = table();
  seen.waiting = [{ ...hand(2), n: 7 }];
  live.first(seen.waiting, () => seen.sent.push("all"));
  live.down(7);
  await settled();
  assert.deepEqual(seen.sent, []);
  await clock.go(0.31);
  assert.deepEqual(seen.sent, ["all"]);
  await answer();
  assert.deepEqual(seen.sent, ["all"]);
  live.first([{ op: "undo", n: 8 }], () => seen.sent.push("undo"));
  assert.deepEqual(seen.sent, ["all", "undo"]); // nothing to be seen of it before
});

test("the picture stays until the page has drawn what was put down, and not while the hand holds something again", async () => {
  const { live, box, seen, answer } = table();
  seen.waiting = [{ ...hand(2), n: 7 }];
  live.down(7);
  await answer();
  live.shown({ ...TOLD, done: 6 });
  assert.equal(box.hidden, false);
  live.held(hand(3));
  live.shown({ ...TOLD, done: 7 });
  assert.equal(box.hidden, false);
  assert.equal(seen.covered.at(-1), true);
  seen.waiting = [{ ...hand(3), n: 8 }];
  live.down(8);
  await answer();
  live.shown({ ...TOLD, done: 8 });
  assert.equal(box.hidden, true);
  assert.deepEqual([seen.painted.at(-1), seen.covered.at(-1)], [null, false]);
});

test("an answer that the page's own picture has overtaken is not drawn over it for good", async () => {
  const { live, box, seen, answer } = table();
  seen.waiting = [{ ...hand(2), n: 7 }];
  live.down(7);
  seen.waiting = [];
  live.shown({ ...TOLD, done: 7 });
  await answer();
  assert.equal(box.hidden, true);
  assert.deepEqual(seen.painted, []);
});

test("without an answer it is as if nothing had been asked, until the page has run again", async () => {
  const { live, box, asked, seen } = table();
  globalThis.console.warn = () => {};
  live.held(hand(1));
  asked[0].reject(new Error("live 404"));
  await settled();
  live.held(hand(2));
  assert.equal(asked.length, 1);
  assert.equal(box.hidden, true);
  seen.waiting = [{ ...hand(2), n: 7 }];
  live.first(seen.waiting, () => seen.sent.push(7));
  assert.deepEqual(seen.sent, [7]);
  live.update(TOLD);
  live.held(hand(3));
  assert.equal(asked.length, 2);
});

test("an answer that comes after the drag was given up is not shown", async () => {
  const { live, box, seen, answer } = table();
  live.held(hand(1));
  live.clear();
  await answer();
  assert.equal(box.hidden, true);
  assert.deepEqual(seen.painted, []);
});

test("what is wrong is said, and every word is text", async () => {
  const { live, box, seen, answer } = table();
  live.held(hand(1));
  await answer({ problem: EVIL });
  assert.equal(box.querySelector(".zp-live-lines").textContent, EVIL);
  assert.ok(box.classList.contains("zp-live-problem"));
  assert.equal(seen.painted.at(-1), null);
  live.held(hand(2));
  await answer({ lines: [EVIL], zones: [{ name: EVIL, lines: [EVIL, EVIL] }] });
  assert.ok(!box.classList.contains("zp-live-problem"));
  assert.equal(box.querySelector(".zp-live-more").textContent, `zones${[EVIL, EVIL, EVIL].join(" · ")}`);
});

test("what is on the way goes with the question, and what cannot be said in one stops it", () => {
  const add = { op: "add", tool: "bridge", at: [[1, 2], [3, 4]], n: 3 };
  assert.deepEqual(onTheWay([{ op: "select", id: "N01", n: 1 }, { ...hand(1), n: 2 }, add]).map(({ op, n }) => [op, n]), [["move", undefined], ["add", undefined]]);
  assert.equal(onTheWay([{ op: "undo", n: 1 }, { ...hand(1), n: 2 }]), null);
  assert.equal(onTheWay(Array(51).fill(hand(1))), null);
});

test("it is asked at the page's own address, as JSON, and a server that refuses is none", async () => {
  openPage();
  const heard = [];
  globalThis.fetch = async (url, options) => { heard.push([url, options.method, options.headers["content-type"], options.body]); return { ok: true, status: 200, json: async () => ({ n: 1 }) }; };
  assert.deepEqual(await question("live/word", 4, [hand(1)]), { n: 1 });
  assert.deepEqual(heard, [["http://host/gxq/plan/live/word", "POST", "application/json", '{"n":4,"ops":[{"op":"move","id":"N01","at":[1,39]}]}']]);
  globalThis.fetch = async () => ({ ok: true, status: 204 });
  assert.equal(await question("live/word", 4, []), null);
  globalThis.fetch = async () => ({ ok: false, status: 404 });
  await assert.rejects(question("live/word", 4, []));
});

test("the picture of a drag stands in for the page's own, unless the reader has switched that off", async () => {
  const layer = () => ({ on: false, addTo() { this.on = true; return this; }, remove() { this.on = false; } });
  const elder = layer().addTo();
  const made = [];
  const build = async (spec) => { made.push({ spec, layer: layer() }); return made.at(-1); };
  let on = true;
  const spec = { id: "difference" };
  const layers = { map: {}, drawn: new Map([["difference", { spec, layer: elder }]]), shown: () => on, toggle: () => { elder.on = on; } };
  const { paint, cover } = overpaint(layers, build);
  await paint({ url: "data:1" });
  cover(true);
  assert.deepEqual([made[0].spec.kind, made[0].layer.on, elder.on], ["image", true, false]);
  await paint({ url: "data:2" });
  assert.deepEqual([made[0].layer.on, made[1].layer.on], [false, true]);
  await paint(null);
  cover(false);
  assert.deepEqual([made[1].layer.on, elder.on], [false, true]);
  on = false;
  await paint({ url: "data:3" });
  assert.equal(made.length, 2);
});
