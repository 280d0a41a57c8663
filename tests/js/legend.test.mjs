import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Legend, grouped, swatch } from "../../ui/map/host/legend.js";
import { CROSS } from "../../ui/map/host/styles.js";
import { Stack } from "../../ui/map/host/stack.js";
import { EVIL, Node, chart, openPage, settled, shelf } from "./page.mjs";

const WORDS = { layers: "图层与图例", group_result: "分析结果", group_service: "设施", group_plan: "规划分区", group_base: "底图", basis: "数据依据",
  layer_adjust: "改：{name}", layer_adjusted: "已改：{name}", layer_opacity: "不透明度", layer_opacity_of: "“{name}”的不透明度", layer_up: "上移", layer_down: "下移",
  layer_reset: "恢复", layer_reset_all: "全部恢复", layer_above: "上面：{name}", layer_below: "下面：{name}", layer_top: "上面没有", layer_bottom: "下面没有", online: "在线底图", probe: "试连", probe_note: "默认不联网", probe_none: "外网不可用", offline_map: "离线底图" };
const BASIS = [{ type: "line", color: "#111", text: "实线" }];
let panel, legend, turned, under, hatched, stack, kept;

beforeEach(() => {
  const body = openPage();
  panel = body.appendChild(new Node("div"));
  turned = [];
  under = [];
  hatched = [];
  kept = 0;
  stack = new Stack(chart(), shelf(), "");
  const seen = () => true;
  const done = () => legend.renew(stack.specs);
  legend = new Legend(panel, {
    shown: (spec) => spec.on !== false,
    turn: (spec, on) => turned.push([spec.id, on]),
    under: (tile) => under.push(tile && tile.id),
    hatch: (color) => { hatched.push(color); return `url(#${color})`; },
    adjusting: {
      strength: (spec) => stack.strength(spec), touched: (spec) => stack.touched(spec), beside: (spec) => stack.beside(spec, seen),
      fade: (spec, strength) => { stack.fade(spec, strength); done(); }, step: (spec, by) => { stack.step(spec, by, seen); done(); },
      reset: (spec) => { stack.reset(spec); done(); }, resetAll: () => { stack.resetAll(); done(); }, kept: () => { kept += 1; },
    },
  });
});

const data = (layers, more = {}) => ({ lang: "zh", words: WORDS, layers, basis: BASIS, tiles: [], ...more });
const zones = { id: "zones", title: "片区", group: "plan", legend: [{ type: "fill", color: "#0a0" }], badge: { basis: "assumed", text: "示意" }, note: "说明" };

test("layers stand by group, the top one first, those without a name left out", () => {
  const groups = grouped([{ id: "a", title: "a", group: "base" }, { id: "b", group: "base" }, { id: "c", title: "c", group: "base" }, { id: "d", title: "d", group: "plan" }]);
  assert.deepEqual(groups.get("base").map((s) => s.id), ["c", "a"]);
  assert.deepEqual([...groups.keys()], ["plan", "base"]);
});

test("the panel: groups in their order, badge, note, basis below the plan", () => {
  legend.draw(data([{ id: "s", title: "街道", group: "base" }, zones, { id: "r", title: "覆盖", group: "result" }]));
  assert.deepEqual(panel.all("h4").map((n) => n.textContent), ["分析结果", "规划分区", "数据依据"]);
  assert.deepEqual(panel.all("summary").map((n) => n.textContent), ["图层与图例", "底图"]);
  assert.deepEqual(panel.all(".zp-name").map((n) => n.textContent), ["覆盖", "片区", "街道"]);
  assert.equal(panel.querySelector(".zp-assumed").textContent, "示意");
  assert.equal(panel.querySelector(".zp-note").textContent, "说明");
  assert.equal(panel.querySelector(".zp-basis").all("li").length, 1);
});

test("a switch says which layer and whether it is on", async () => {
  legend.draw(data([zones, { id: "off", title: "x", group: "plan", on: false }]));
  const [off, on] = panel.all("input").filter((box) => box.type === "checkbox");
  assert.deepEqual([off.checked, on.checked], [false, true]);
  on.checked = false;
  await on.fire("change");
  assert.deepEqual(turned, [["zones", false]]);
});

test("rebuilt only when its content changes, and stays open or shut", () => {
  legend.draw(data([zones]));
  const first = panel.children[0];
  assert.equal(first.open, true);
  first.open = false;
  legend.draw(data([{ ...zones, hash: "other" }]));
  assert.equal(panel.children[0], first);
  legend.draw(data([{ ...zones, title: "分区" }]));
  assert.notEqual(panel.children[0], first);
  assert.equal(panel.children[0].open, false);
  legend.draw(data([{ ...zones, title: "分区" }], { lang: "en" }));
  assert.equal(panel.children.length, 1);
});

test("every text is text, whatever is in it", () => {
  const hostile = { id: "x", title: EVIL, group: "plan", note: EVIL, badge: { basis: "assumed", text: EVIL }, legend: [{ type: "line", color: "#111", text: EVIL }, { type: "point", color: "#111", text: EVIL }] };
  legend.draw(data([hostile], { basis: [{ type: "line", color: "#111", text: EVIL }] }));
  assert.equal(panel.every.filter((n) => n.own === EVIL).length, 6);
  assert.equal(panel.querySelector(".zp-row-more").title, `改：${EVIL}`);
  assert.equal(panel.all("img").length + panel.all("script").length, 0);
});

test("swatches: line, point, area; broken, hollow, faint, hatched", () => {
  const hatch = (color) => `url(#${color})`;
  const inside = (item) => swatch(item, hatch).children[0];
  assert.deepEqual(inside({ type: "line", color: "#111", dash: "6 3" }).attributes, { x1: "1", x2: "21", y1: "7", y2: "7", stroke: "#111", "stroke-width": "2.5", "stroke-dasharray": "6 3" });
  const point = (item) => inside({ type: "point", color: "#111", ...item }).children[0].attributes;
  assert.equal(point({ path: "M0 0" }).fill, "#111");
  assert.equal(point({ path: "M0 0", hollow: true }).fill, "#fff");
  assert.equal(point({ path: "M0 0", faint: true })["fill-opacity"], "0.5");
  assert.deepEqual([point({}).d, point({}).fill], [CROSS, "none"]);
  const sign = (item) => inside({ type: "point", color: "#111", path: "BODY", glyph: "CHAR", ...item }).all("path").map((n) => [n.attributes.d, n.attributes.fill]);
  assert.deepEqual(sign({}), [["BODY", "#111"], ["CHAR", "#fff"]]);
  assert.deepEqual(sign({ hollow: true, dash: "3 4" }), [["BODY", "#fff"], ["CHAR", "#111"]]);
  assert.deepEqual(sign({ dash: "3 4" }), [["BODY", "#fff"], ["BODY", "#111"], ["CHAR", "#fff"]]);
  assert.equal(inside({ type: "fill", color: "#111", hatch: "red" }).attributes.fill, "url(#red)");
  assert.equal(inside({ type: "fill", color: "#111", opacity: 0.1, stroke: "blue" }).attributes.stroke, "blue");
  assert.equal(swatch({ type: "line", color: "#111" }, hatch).attributes["aria-hidden"], "true");
});

test("online maps: nothing is asked before the button, and only what answers is offered", async () => {
  const asked = [];
  globalThis.Image = class { set src(url) { asked.push(url); setImmediate(url.includes("good") ? this.onload : this.onerror); } };
  const tiles = [{ id: "g", title: "好图", probe: "https://good/" }, { id: "b", title: "坏图", probe: "https://bad/" }];
  globalThis.Image.prototype.onload = globalThis.Image.prototype.onerror = () => {};
  legend.draw(data([{ id: "s", title: "街道", group: "base" }], { tiles }));
  assert.deepEqual(asked, []);
  const row = panel.querySelector(".zp-online");
  await row.querySelector("button").fire("click");
  await settled();
  assert.deepEqual(asked, ["https://good/", "https://bad/"]);
  assert.deepEqual(row.all(".zp-name").map((n) => n.textContent), ["离线底图", "好图"]);
  assert.equal(row.querySelector("button"), null);
  const [none, good] = row.all("input");
  await good.fire("change");
  await none.fire("change");
  assert.deepEqual(under, ["g", null]);
});

test("online maps: none answers, and the words say so", async () => {
  globalThis.Image = class { set src(url) { setImmediate(() => this.onerror(url)); } };
  legend.draw(data([{ id: "s", title: "街道", group: "base" }], { tiles: [{ id: "b", title: "坏图", probe: "https://bad/" }] }));
  const row = panel.querySelector(".zp-online");
  await row.querySelector("button").fire("click");
  assert.equal(row.querySelector("p").textContent, "外网不可用");
});

test("an object of the plan has its ring in the legend, with the sign of what happens to the place", () => {
  const [plain, moved] = ["add", "move"].map((sign) => swatch({ type: "ring", color: "#b3261e", sign }, () => ""));
  assert.deepEqual([plain.all("circle").length, plain.all("path").length], [1, 0]);
  assert.deepEqual([moved.all("circle").length, moved.all("path").length], [1, 1]);
});

const three = [{ id: "s", title: "街道", group: "base", kind: "streets" }, { id: "r", title: "覆盖", group: "result", kind: "image" }, { id: "p", title: "学区", group: "result", pane: "zp-result" }];
const shownNames = () => panel.all(".zp-name").map((n) => n.textContent);
const drawThree = () => { stack.lay(three); legend.draw(data(three), stack.specs); };
const rowOf = (name) => panel.all(".zp-row").find((row) => row.querySelector(".zp-name").textContent === name);

test("a row opens on its strength and its place, and says what lies beside it", async () => {
  drawThree();
  const row = rowOf("覆盖");
  const more = row.querySelector(".zp-row-more");
  assert.deepEqual([row.querySelector(".zp-adjust").hidden, more.attributes["aria-expanded"], more.attributes["aria-label"]], [true, "false", "改：覆盖"]);
  await more.fire("click");
  const [, range] = row.all("input");
  assert.equal(document.activeElement, range);
  assert.deepEqual([range.attributes["aria-label"], range.value, row.querySelector("output").textContent], ["“覆盖”的不透明度", 100, "100%"]);
  assert.equal(row.querySelector(".zp-adjust-where").textContent, "上面：学区\n下面：街道");
  const escape = await row.querySelector(".zp-adjust").fire("keydown", { key: "Escape" });
  assert.deepEqual([row.querySelector(".zp-adjust").hidden, escape.stopped], [true, true]);
  assert.equal(document.activeElement, more);
});

test("the strength is that of the sign as well, is kept when the hand rests, and goes back", async () => {
  drawThree();
  const row = rowOf("覆盖");
  const [, range] = row.all("input");
  range.value = "40";
  await range.fire("input");
  assert.deepEqual([stack.strength({ id: "r" }), row.style["--zp-strength"], range.attributes["aria-valuetext"], kept], [0.4, 0.4, "40%", 0]);
  await range.fire("change");
  assert.equal(kept, 1);
  assert.equal(row.querySelector(".zp-row-more").classList.contains("zp-adjusted"), true);
  await row.all(".zp-adjust-act")[2].fire("click");
  assert.deepEqual([stack.strength({ id: "r" }), row.style["--zp-strength"], range.value], [1, 1, 100]);
});

test("rows go with their layers, the hand stays on its button, and at the end it does nothing", async () => {
  drawThree();
  assert.deepEqual(shownNames(), ["学区", "覆盖", "街道"]);
  const row = rowOf("覆盖");
  const [up, down] = row.all(".zp-adjust-act");
  up.focus();
  await up.fire("click");
  assert.deepEqual(shownNames(), ["覆盖", "学区", "街道"]);
  assert.equal(document.activeElement, up);
  assert.deepEqual([up.attributes["aria-disabled"], down.attributes["aria-disabled"]], ["true", "false"]);
  await up.fire("click");
  await down.fire("click");
  await down.fire("click"); // below the streets, which stand in another part
  assert.deepEqual(stack.specs.map(({ id }) => id), ["r", "s", "p"]);
  assert.equal(row.querySelector(".zp-adjust-where").textContent, "上面：街道\n下面没有");
});

test("what is open and where the hand is stay when the legend is built anew", async () => {
  drawThree();
  const more = rowOf("覆盖").querySelector(".zp-row-more");
  await more.fire("click");
  const [, range] = rowOf("覆盖").all("input");
  const next = three.map((one) => (one.id === "p" ? { ...one, title: "学区 2030" } : one));
  stack.lay(next);
  legend.draw(data(next), stack.specs);
  assert.equal(rowOf("覆盖").querySelector(".zp-adjust").hidden, false);
  assert.equal(rowOf("覆盖").all("input")[1], range);
  assert.equal(document.activeElement, range);
  assert.match(rowOf("覆盖").querySelector(".zp-adjust-where").textContent, /^上面：学区 2030/);
});

test("one button puts all layers back, and is there only while any was changed", async () => {
  const layers = [zones, { id: "r", title: "覆盖", group: "result" }];
  stack.lay(layers);
  legend.draw(data(layers));
  const back = panel.querySelector(".zp-restore");
  assert.equal(back.hidden, true);
  stack.fade(zones, 0.4);
  legend.renew(stack.specs);
  assert.equal(back.hidden, false);
  await back.fire("click");
  assert.deepEqual([back.hidden, stack.touched(zones), stack.order], [true, false, []]);
});
