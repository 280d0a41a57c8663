import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { declutter, label, overlap, phrase, relabel } from "../../ui/map/host/labels.js";
import { EVIL, chart, leaflet, openPage } from "./page.mjs";

const L = leaflet();

beforeEach(() => openPage());

test("a text in the reader's language, else in the other one", () => {
  const both = { label_zh: "海洋", label_en: "Marine" };
  assert.deepEqual([phrase(both, "label", "zh"), phrase(both, "label", "en")], ["海洋", "Marine"]);
  assert.equal(phrase({ label_zh: "海洋" }, "label", "en"), "海洋");
  assert.equal(phrase({ label_en: "Marine" }, "label", "zh"), "Marine");
  assert.equal(phrase({}, "label", "zh"), undefined);
});

function placed(map, at, text, rule, more) {
  const one = label(L, { lat: at[1], lng: at[0] }, { label_zh: text, label_en: `${text}-en`, label_more: more }, rule, "zh");
  Object.assign(one.text, { offsetWidth: 40, offsetHeight: 16 });
  one.marker.addTo(map);
  return one;
}
const seen = (labels) => labels.filter((one) => one.node.style.visibility === "visible").map((one) => one.text.textContent);

test("of two names in one place the more important one stays, where they may not move", () => {
  const map = chart();
  const labels = [placed(map, [100, 100], "低", { rank: 1 }, [[101, 100]]), placed(map, [110, 105], "高", { rank: 5 }), placed(map, [300, 100], "远", {})];
  declutter(map, labels);
  assert.deepEqual(seen(labels), ["高", "远"]);
  assert.deepEqual(labels.map((one) => one.text.textContent), ["低", "高", "远"]); // their order is not touched
});

test("numbers are always shown, and names keep to their zooms", () => {
  const map = chart(12);
  const labels = [placed(map, [0, 0], "甲", { rank: 9, until: 12 }), placed(map, [0, 0], "乙", { rank: 5, from: 12 }), placed(map, [0, 0], "1", { always: true })];
  declutter(map, labels);
  assert.deepEqual(seen(labels), ["乙", "1"]);
  labels[1].marker.remove();
  declutter(map, labels);
  assert.deepEqual(seen(labels), ["1"]);
});

test("a name moves a little before it is hidden, and hides where no place is left", () => {
  const map = chart();
  const labels = [placed(map, [100, 100], "高", { rank: 5 }), placed(map, [105, 100], "低", { rank: 1 })];
  declutter(map, labels);
  assert.deepEqual(seen(labels), ["高", "低"]);
  assert.deepEqual([labels[1].node.style.left, labels[1].node.style.top], ["0px", "-19px"]);
  const crowd = [placed(map, [100, 100], "大", { rank: 9, always: true }), ...Array.from({ length: 30 }, (_, k) => placed(map, [100, 100], `小${k}`, {}))];
  declutter(map, crowd);
  const shown = crowd.filter((one) => one.node.style.visibility === "visible");
  assert.ok(shown.length > 3 && shown.length < 12);
  const boxes = shown.map(({ node, marker }) => { const { lng, lat } = marker.getLatLng(); const x = lng + parseInt(node.style.left, 10); const y = lat + parseInt(node.style.top, 10); return [x - 20, y - 8, x + 20, y + 8]; });
  for (const [i, a] of boxes.entries()) for (const b of boxes.slice(i + 1)) assert.equal(overlap(a, b), false);
});

test("a name that may stand elsewhere stands there", () => {
  const map = chart();
  const rim = label(L, { lat: 100, lng: 100 }, { label_zh: "500 米", label_more: [[110, 105], [300, 300]] }, { rank: 1 }, "zh");
  Object.assign(rim.text, { offsetWidth: 40, offsetHeight: 16 });
  rim.marker.addTo(map);
  declutter(map, [placed(map, [100, 100], "高", { rank: 5 }), rim]);
  assert.deepEqual([rim.node.style.visibility, rim.node.style.left, rim.node.style.top], ["visible", "200px", "200px"]);
});

test("names keep off the signs of what is asked about, numbers do not, and what is not seen is not placed", () => {
  const map = chart();
  const [name, number, away] = [placed(map, [100, 100], "名", {}), placed(map, [100, 100], "1", { always: true, rank: 20 }), placed(map, [100, 5000], "外", {})];
  declutter(map, [name, away], [{ lng: 100, lat: 100 }]);
  assert.equal(name.node.style.top, "-38px");
  assert.equal(away.node.style.visibility, "hidden");
  declutter(map, [number], [{ lng: 100, lat: 100 }]);
  assert.deepEqual([number.node.style.visibility, number.node.style.top], ["visible", "0px"]);
});

test("touching is not overlapping", () => {
  assert.equal(overlap([0, 0, 10, 10], [10, 0, 20, 10]), false);
  assert.equal(overlap([0, 0, 10, 10], [9, 9, 20, 20]), true);
});

test("names change their language without being made anew", () => {
  const one = placed(chart(), [0, 0], "海洋", {});
  relabel([one], "en");
  assert.equal(one.text.textContent, "海洋-en");
});

test("a name is text, whatever is in it", () => {
  const one = label(L, { lat: 0, lng: 0 }, { label_zh: EVIL, label_color: "#123" }, { className: "zp-zone" }, "zh");
  assert.equal(one.text.textContent, EVIL);
  assert.equal(one.text.style.color, "#123");
  assert.equal(one.node.className, "zp-label zp-zone");
});
