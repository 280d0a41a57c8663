// A press is answered beside the page before its run begins; the run hears of every press, whatever becomes of the answer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Clock, EVIL, openPage, settled } from "./page.mjs";
import { restored, grown, Prompt, remembered } from "../../ui/map/host/prompt.js";

function table({ resting = true } = {}) {
  openPage();
  const clock = new Clock();
  const asked = [], drawn = [], sent = [];
  const prompt = new Prompt({
    draw: async (found) => { drawn.push(found); return [`${found}#`]; },
    resting: () => resting,
    ask: (url, place) => new Promise((resolve, reject) => { asked.push({ url, place, resolve, reject }); }),
    later: (act, ms) => clock.later(act, ms / 1000),
  });
  const press = (n, url = "place/word") => { prompt.press(url, { n }, (has) => sent.push([n, has])); };
  return { clock, asked, drawn, sent, press };
}

test("the answer is drawn, then the run is asked, and knows what need not be sent again", async () => {
  const { asked, drawn, sent, press } = table();
  press(1);
  assert.deepEqual([asked[0].url, asked[0].place, sent], ["place/word", { n: 1 }, []]);
  asked[0].resolve("A");
  await settled();
  assert.deepEqual([drawn, sent], [["A"], [[1, ["A#"]]]]);
});

test("where nothing can be asked, or a run is going on, the press goes to the run at once", () => {
  const one = table(), two = table({ resting: false });
  one.press(1, null);
  two.press(1);
  for (const { asked, sent } of [one, two]) assert.deepEqual([asked, sent], [[], [[1, []]]]);
});

test("the run does not wait long, and a late answer is not drawn over it", async () => {
  const { clock, asked, drawn, sent, press } = table();
  press(1);
  await clock.go(0.29);
  assert.deepEqual(sent, []);
  await clock.go(0.02);
  assert.deepEqual(sent, [[1, []]]);
  asked[0].resolve("A");
  await settled();
  assert.deepEqual([drawn, sent.length], [[], 1]);
});

test("a place that was left for another is neither drawn nor asked about", async () => {
  const { asked, drawn, sent, press } = table();
  press(1);
  press(2);
  asked[0].resolve("A");
  asked[1].resolve("B");
  await settled();
  assert.deepEqual([drawn, sent], [["B"], [[2, ["B#"]]]]);
});

test("what the hand does next finds the press told before it", async () => {
  for (const kind of ["pointerdown", "keydown"]) {
    const { asked, drawn, sent, press } = table();
    press(1);
    for (const act of document.heard[kind]) act();
    assert.deepEqual(sent, [[1, []]]);
    asked[0].resolve("A");
    await settled();
    assert.deepEqual([drawn, sent.length], [[], 1]);
  }
});

test("an answer that fails, or cannot be told so soon, leaves it to the run", async (t) => {
  t.mock.method(console, "warn", () => {});
  for (const end of [({ reject }) => reject(new Error("500 place")), ({ resolve }) => resolve(null)]) {
    const { asked, drawn, sent, press } = table();
    press(1);
    end(asked[0]);
    await settled();
    assert.deepEqual([drawn, sent], [[], [[1, []]]]);
  }
});

test("the words are built of a few kinds of element, and a text is a text", () => {
  openPage();
  const node = grown(["p", "zp-title", EVIL, ["b", "", "c"]]);
  assert.equal(node.textContent, `${EVIL}c`);
  assert.deepEqual([node.tag, node.className, node.children[1].tag], ["p", "zp-title", "b"]);
  for (const tag of ["script", "img", "svg", "a", "P"]) assert.throws(() => grown(["div", "", [tag, "", "x"]]));
});

test("what the run leaves out is what was drawn, of the last answers", () => {
  const spec = (id, hash) => ({ id, hash, data: `${hash}!` });
  for (let n = 0; n < 6; n += 1) assert.deepEqual(remembered([spec("bands", `b${n}`), spec("spokes", `s${n}`), { id: "x", url: "u" }]), [`b${n}`, `s${n}`]);
  const without = [{ id: "bands", hash: "b5", data: "" }, { id: "spokes", hash: "s4", data: "" }, { id: "zones", url: "u" }];
  assert.deepEqual(restored(without).map(({ data }) => data), ["b5!", "s4!", undefined]);
  assert.equal(restored([{ hash: "b0", data: "" }])[0].data, undefined);
});
