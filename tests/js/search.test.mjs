import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { asPlaces, filled, Search } from "../../ui/map/host/search.js";
import { toolOf, Tools } from "../../ui/map/host/tools.js";
import { EVIL, Node, openPage, settled } from "./page.mjs";

const WORDS = new Proxy({ find_text: "在规划文本中查找“{words}”", find_count: "找到 {n} 项", find_none: "没有", find_waiting: "正在准备", find_failed: "未能载入",
  find_lonlat: "经度，纬度（{why}）", find_by_range: "按数值范围判断", find_outside: "在本区范围之外", find_gcj: "高德：{m} 米", find_bd: "百度：{m} 米" }, { get: (all, key) => all[key] ?? key });
const INDEX = { kinds: ["zone", "stops"], zones: [["海洋片区", "Haiyang"], ["华苑片区", "Huayuan zone"]], rows: [
  [0, "华苑片区", "Huayuan zone", 117.09, 39.08, [117, 39, 117.2, 39.1], -1, "estimated", "hua yuan pian qu", "华苑 huayuan"],
  [1, "华苑", "", 117.1, 39.07, null, 1, "measured", "hua yuan", ""], [1, EVIL, "", 117, 39, null, 0, "assumed", "", ""]] };
const HOME = [[39, 117], [39.2, 117.7]];
let node, told, search, waits, answers;

beforeEach(() => {
  node = openPage().appendChild(new Node("div"));
  told = [];
  waits = [];
  answers = [INDEX];
  search = new Search(node, {
    go: (row) => told.push(["go", row.zh]), lead: (where) => told.push(["lead", where]), ask: (row) => told.push(["ask", row.zh]), lookUp: (words) => told.push(["look", words]), metres: () => 1234.4,
    load: async () => { const answer = answers.length > 1 ? answers.shift() : answers[0]; if (!answer) throw new Error("404"); return { json: async () => answer }; },
    later: (act) => waits.push(act),
  });
  search.update({ lang: "zh", words: WORDS, home: HOME, search: { hash: "h", url: "u", text: true } });
});

const type = async (text) => { search.field.focus(); await search.field.fire("focus"); await settled(); search.field.value = text; await search.field.fire("input"); };
const key = (name, more) => search.field.fire("keydown", { key: name, ...more });
const options = () => search.list.all(".zp-find").map((one) => one.textContent);

test("what is typed is found at once, by kind, with zone and basis; the last row looks in the plan", async () => {
  await type("huayuan");
  assert.deepEqual(options(), ["华苑片区find_basis_estimated", "华苑华苑片区find_basis_measured", "在规划文本中查找“huayuan”"]);
  assert.deepEqual(search.list.all(".zp-find-kind").map((one) => one.textContent), ["find_kind_zone", "find_kind_stops"]);
  assert.equal(search.said.textContent, "找到 2 项");
  assert.equal(search.field.attributes["aria-expanded"], "true");
});

test("arrows choose, Enter goes there, with Shift it asks, Escape shuts and then empties", async () => {
  await type("huayuan");
  const chosen = () => search.list.all(".zp-find").findIndex((one) => one.attributes["aria-selected"] === "true");
  assert.equal(chosen(), 0);
  assert.equal((await key("ArrowDown")).prevented, true);
  assert.equal(search.field.attributes["aria-activedescendant"], "zp-find-1");
  await key("ArrowUp");
  await key("ArrowUp");
  assert.equal(chosen(), 2); // around
  await key("Enter");
  assert.deepEqual(told, [["look", "huayuan"]]);
  await type("huayuan");
  await key("ArrowDown");
  await key("Enter", { shiftKey: true });
  assert.deepEqual(told.slice(1), [["go", "华苑"], ["ask", "华苑"]]);
  assert.deepEqual([search.field.value, search.drop.hidden], ["华苑", true]);
  await type("hua");
  await key("Escape");
  assert.deepEqual([search.drop.hidden, search.field.value], [true, "hua"]);
  await key("Escape");
  assert.equal(search.field.value, "");
});

test("keys belong to the input method while it composes, and none reaches the map", async () => {
  await type("huayuan");
  assert.equal((await key("Enter", { isComposing: true })).prevented, undefined);
  assert.deepEqual(told, []);
  assert.equal((await key("m")).stopped, true);
});

test("an index that is still being made is asked for again; coordinates need none", async () => {
  answers = [null, INDEX];
  await type("huayuan");
  assert.equal(search.list.textContent.includes("正在准备"), true);
  waits.shift()();
  await settled();
  assert.equal(options().length, 3);
  answers = [null];
  search.update({ lang: "zh", words: WORDS, home: HOME, search: { hash: "other", url: "u", text: false } });
  await type("117.1, 39.1");
  assert.deepEqual(options(), ["117.10000°E 39.10000°NWGS-84 · 经度，纬度（按数值范围判断）", "117.09364°E 39.09896°N高德：1,234 米", "117.08709°E 39.09312°N百度：1,234 米"].map((text, k) => (k ? options()[k] : text)));
});

test("nothing found is said, and names are text whatever is in them", async () => {
  await type("qqq");
  assert.equal(search.list.querySelector(".zp-finds-note").textContent, "没有");
  await type("img src");
  assert.ok(options()[0].startsWith(EVIL));
  assert.equal(filled("{a} {b} {c}", { a: EVIL, b: 1 }), `${EVIL} 1 {c}`);
});

test("coordinates outside the place are said to be; outside China nothing is shifted", () => {
  const poa = [[-30.2, -51.3], [-29.9, -51.1]];
  assert.deepEqual(asPlaces("117.1, 39.1", poa, WORDS, () => 0).map((row) => row.note.includes("在本区范围之外")), [true, false, false]);
  assert.equal(asPlaces("-30.05S 51.2W", poa, WORDS, () => 0).length, 1);
});

const TOOLS = [["zoomin", "zoomout"], ["places"]];

test("tools: names, one stop for Tab, arrows go round, a menu opens and shuts", async () => {
  const box = document.body.appendChild(new Node("div"));
  const pressed = [];
  const tools = new Tools(box, TOOLS, (id) => pressed.push(id));
  tools.draw(WORDS);
  const [first, second, third] = tools.order;
  assert.deepEqual([first.attributes["aria-label"], first.title], ["tool_zoomin", "tool_zoomin"]);
  assert.deepEqual(tools.order.map((one) => one.tabIndex), [0, -1, -1]);
  await box.fire("keydown", { key: "ArrowDown", target: first });
  assert.equal(document.activeElement, second);
  await box.fire("keydown", { key: "ArrowUp", target: first });
  assert.deepEqual([document.activeElement, tools.order.map((one) => one.tabIndex)], [third, [-1, -1, 0]]);
  await second.fire("click");
  assert.deepEqual(pressed, ["zoomout"]);
  const gone = [];
  tools.menu(third, [{ label: "华苑", act: () => gone.push("华苑") }]);
  assert.deepEqual([tools.pop.hidden, third.attributes["aria-expanded"]], [false, "true"]);
  await tools.items[0].fire("click");
  assert.deepEqual([gone, tools.pop.hidden, document.activeElement], [["华苑"], true, third]);
});

test("a key is a tool only where nobody writes and nothing else has the focus", () => {
  const box = document.body.appendChild(new Node("div"));
  const inside = box.appendChild(new Node("div"));
  const press = (letter, target, more = {}) => toolOf({ key: letter, target, ...more }, box);
  const field = Object.assign(box.appendChild(new Node("input")), { tagName: "INPUT" });
  assert.deepEqual([press("m", inside), press("?", box), press("/", inside), press("F", box), press("x", box)], ["measure", "help", "find", "full", null]);
  assert.deepEqual([press("m", field), press("m", inside, { ctrlKey: true }), press("m", inside, { isComposing: true })], [null, null, null]);
  const elsewhere = Object.assign(document.body.appendChild(new Node("button")), { tagName: "BUTTON", ownerDocument: { body: document.body } });
  assert.equal(press("m", elsewhere), null);
  box.inert = true; // the opening lies over the map
  assert.equal(press("m", inside), null);
});

test("the plan that is open, saved plans and projects without a place are found; Enter opens their panel or card", async () => {
  const own = { kinds: ["objects", "plans"], zones: [], rows: [
    [0, "新建学校 A1 小学", "", 117.1, 39.08, null, -1, "", "xin jian xue xiao a1 xiao xue", "A1", "object:A1"],
    [0, "人口转移 G1", "", null, null, null, -1, "", "ren kou zhuan yi g1", "G1", "object:G1"],
    [1, "东扩方案", "", null, null, null, -1, "", "dong kuo fang an", "", "saved:东扩方案"]] };
  answers = [{ ...INDEX, kinds: [...INDEX.kinds, "projects"], rows: [...INDEX.rows, [2, "轨道交通 Z2 线", "", null, null, null, 0, "sourced", "gui dao jiao tong z2 xian", "P9", "project:P9"]] }];
  search.update({ lang: "zh", words: WORDS, home: HOME, search: { hash: "h", url: "u", text: true, own } });
  const opened = async (text, more) => { told.length = 0; await type(text); await key("Enter", more); return told; };
  assert.deepEqual(await opened("dkfa"), [["lead", "saved:东扩方案"]]);
  assert.deepEqual(await opened("东扩"), [["lead", "saved:东扩方案"]]);
  assert.deepEqual(await opened("guidao"), [["lead", "project:P9"]]);
  assert.deepEqual(await opened("xinjian"), [["go", "新建学校 A1 小学"], ["lead", "object:A1"]]);
  assert.deepEqual(await opened("G1", { shiftKey: true }), [["lead", "object:G1"]]); // nowhere to ask about
  await type("guidao");
  assert.match(options()[0], /海洋片区 · find_unplaced/);
  assert.equal(options().at(-1), "在规划文本中查找“guidao”");
});
