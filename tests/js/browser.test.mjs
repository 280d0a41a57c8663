import assert from "node:assert/strict";
import { test } from "node:test";
import { keepBrowser } from "../../ui/map/host/browser.js";

const ID = "0123456789abcdef0123456789abcdef";

function kept(id, pathname = "/", protocol = "http:") {
  const page = {};
  keepBrowser(id, page, { pathname, protocol });
  return page.cookie;
}

test("the id is kept for the page and what lies below it", () => {
  assert.match(kept(ID), new RegExp(`^zp_browser=${ID}; Path=/; Max-Age=\\d+; SameSite=Lax$`));
  assert.match(kept(ID, "/gxq/plan/"), /Path=\/gxq\/plan\/;/);
  assert.match(kept(ID, "/gxq/plan"), /Path=\/gxq\/;/);
});

test("it goes over https only where the page does", () => {
  assert.match(kept(ID, "/", "https:"), /; Secure$/);
  assert.doesNotMatch(kept(ID), /Secure/);
});

test("what is no id is not kept", () => {
  for (const id of [undefined, null, "", "x; Path=/", `${ID}0`]) assert.equal(kept(id), undefined);
});
