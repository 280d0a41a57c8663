import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Share } from "../../ui/map/host/share.js";
import { Node, openPage } from "./page.mjs";

const WORDS = { link_copy: "复制链接", link_close: "关闭", link_copied: "已复制。", link_by_hand: "自行复制：", link_unsaved: "未保存的不在其中。" };
let body;
let copied;

function shared(clipboard, more = false) {
  window.location = { href: "http://host/?plan=a&rev=1" };
  window.navigator = { clipboard };
  const share = new Share(body, new Node("button"), () => { copied.push("remembered"); });
  share.draw(WORDS, more);
  return share;
}

beforeEach(() => { body = openPage(); copied = []; });

test("the address is brought up to date, then copied, and said so", async () => {
  const share = shared({ writeText: async (text) => { copied.push(text); } });
  await share.press();
  assert.deepEqual(copied, ["remembered", "http://host/?plan=a&rev=1"]);
  assert.equal(share.text.textContent, "已复制。");
  assert.equal(share.field.hidden, true);
});

test("where the browser does not copy, the address stands there, selected", async () => {
  const share = shared(undefined);
  await share.press();
  assert.equal(share.text.textContent, "自行复制：");
  assert.equal(share.field.value, "http://host/?plan=a&rev=1");
  assert.deepEqual([share.field.hidden, share.field.selected, document.activeElement], [false, true, share.field]);
});

test("what is not saved is said not to be in it, and the keyboard comes back to the button", async () => {
  const share = shared(undefined, true);
  await share.press();
  assert.equal(share.text.textContent, "自行复制： 未保存的不在其中。");
  share.close();
  assert.deepEqual([share.box.hidden, document.activeElement], [true, share.button]);
});
