// The words of Streamlit's widgets in the reader's language: whole sentences only, what varies in them kept.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Widgets, reader, backwards } from "../../ui/map/host/widgets.js";

const WORDS = { Upload: "选择文件", "{size} per file": "每个文件不超过 {size}", "{size} per file • {kinds}": "每个文件不超过 {size} · {kinds}" };

test("a whole text is backwards, a part of one is not", () => {
  const read = reader(WORDS);
  assert.deepEqual(["Upload", "Upload it", "upload", "", "constructor"].map(read), ["选择文件", undefined, undefined, undefined, undefined]);
});

test("what varies goes through as it is", () => {
  const read = reader(WORDS);
  assert.equal(read("100MB per file"), "每个文件不超过 100MB");
  assert.equal(read("100MB per file • CSV, $&"), "每个文件不超过 100MB · CSV, $&");
});

test("and back again for an English reader", () => {
  const read = reader(backwards(WORDS));
  assert.equal(read("选择文件"), "Upload");
  assert.equal(read("每个文件不超过 100MB"), "100MB per file");
  assert.equal(read("每个文件不超过 100MB · CSV"), "100MB per file • CSV");
});

test("a choice without a label says what it is for, in the reader's language", () => {
  globalThis.window = { MutationObserver: class { observe() {} } };
  const year = { title: "" };
  const page = { body: {}, querySelector: (what) => (what.includes("st-key-year") ? year : null), querySelectorAll: () => [] };
  const widgets = new Widgets(page);
  widgets.use({}, "点选", { year: "看哪一年", service: "看哪一项服务" });
  assert.equal(year.title, "看哪一年");
  widgets.use({}, "Place", { year: "Which year" });
  assert.equal(year.title, "Which year");
});
