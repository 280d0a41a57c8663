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

function placed(map, at, text, rule) {
  const one = label(L, { lat: at[1], lng: at[0] }, { label_zh: text, label_en: `${text}-en` }, rule, "zh");
  Object.assign(one.text, { offsetWidth: 40, offsetHeight: 16 });
  one.marker.addTo(map);
  return one;
}
const seen = (labels) => labels.filter((one) => one.node.style.visibility === "visible").map((one) => one.text.textContent);

test("of two names in one place the more important one stays", () => {
  const map = chart();
  const labels = [placed(map, [100, 100], "低", { rank: 1 }), placed(map, [110, 105], "高", { rank: 5 }), placed(map, [300, 100], "远", {})];
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
