import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Notice, sentence } from "../../ui/map/host/notice.js";
import { EVIL, Node, openPage } from "./page.mjs";

const WORDS = { layers_failed: "图层未能载入：{names}", layers_between: "；", layers_retried: "将自动重试", layers_retry: "重试", layers_trying: "正在重试…" };
let body, node, notice, pressed, left;

beforeEach(() => {
  body = openPage();
  node = body.appendChild(new Node("div"));
  pressed = 0;
  left = 0;
  notice = new Notice(node, () => { pressed += 1; }, () => { left += 1; });
});

test("says which layers, and offers to try at once", async () => {
  notice.show(["步行路网", "片区"], false, WORDS);
  assert.equal(notice.text.textContent, "图层未能载入：步行路网；片区");
  assert.equal(notice.note.textContent, "将自动重试");
  assert.equal(notice.button.textContent, "重试");
  assert.equal(notice.button.hidden, false);
  assert.equal(node.classList.contains("zp-silent"), false);
  await notice.button.fire("click");
  assert.equal(pressed, 1);
});

test("is silent when all is there", () => {
  assert.equal(node.classList.contains("zp-silent"), true);
  notice.show(["a"], false, WORDS);
  notice.show([], false, WORDS);
  assert.equal(node.classList.contains("zp-silent"), true);
  assert.equal(node.textContent.replace("重试", ""), "");
  assert.equal(notice.button.hidden, true);
});

test("the spoken part is polite, stands there before it speaks, and speaks only what is new", () => {
  const spoken = node.every.find((n) => n.attributes["aria-live"]);
  assert.equal(spoken.attributes["aria-live"], "polite");
  assert.equal(spoken.attributes.role, "status");
  assert.equal(spoken.contains(notice.button), false);
  notice.show(["a"], false, WORDS);
  const before = spoken.written;
  notice.show(["a"], true, WORDS);
  notice.show(["a"], false, WORDS);
  assert.equal(spoken.written, before);
  notice.show(["a", "b"], false, WORDS);
  assert.equal(spoken.written, before + 1);
});

test("under way: the button says so, keeps the keyboard, and does not ask twice", async () => {
  notice.show(["a"], true, WORDS);
  assert.equal(notice.button.textContent, "正在重试…");
  assert.equal(notice.button.attributes["aria-disabled"], "true");
  assert.notEqual(notice.button.disabled, true);
  await notice.button.fire("click");
  assert.equal(pressed, 0);
  notice.show(["a"], false, WORDS);
  assert.equal(notice.button.attributes["aria-disabled"], "false");
});

test("when it goes, the keyboard goes to the map and not nowhere", () => {
  notice.show(["a"], false, WORDS);
  notice.show([], false, WORDS);
  assert.equal(left, 0); // the keyboard was elsewhere
  notice.show(["a"], false, WORDS);
  notice.button.focus();
  notice.show([], false, WORDS);
  assert.equal(left, 1);
});

test("a name is text, whatever is in it, and stands there once", () => {
  notice.show([EVIL, EVIL], false, WORDS);
  assert.equal(notice.text.textContent, `图层未能载入：${EVIL}`);
  assert.equal(sentence("{names} {names}", ["a", "b"], ", "), "a, b {names}");
});
