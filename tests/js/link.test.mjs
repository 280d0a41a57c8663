import assert from "node:assert/strict";
import { test } from "node:test";
import { copyLink, keepLink, linkTo, viewIn } from "../../ui/map/host/link.js";

const VIEW = { lat: 39.06431234, lng: 117.6515, zoom: 14.25 };

test("the address names what is chosen and what is seen, and reads back", () => {
  const query = linkTo("", { service: "primary", plan: "东双创 A&B", rev: 3 }, VIEW);
  const read = new URLSearchParams(query);
  assert.equal(read.get("plan"), "东双创 A&B");
  assert.equal(read.get("rev"), "3");
  assert.deepEqual(viewIn(query), { center: [39.064312, 117.6515], zoom: 14.25 });
});

test("what is no longer chosen goes, what is not ours stays", () => {
  assert.equal(linkTo("?embed=true&plan=a&rev=1&place=1,2", { service: "metro" }, null), "?embed=true&service=metro");
  assert.equal(linkTo("?plan=a", {}, null), "");
  assert.equal(linkTo("", { secret: "x" }, null), "");
});

test("a view that cannot be shown is none", () => {
  for (const view of ["", "1,2", "1,2,3,4", "91,0,3", "0,181,3", "a,b,c", "1,,3", "NaN,1,2", "1,2,99"]) {
    assert.equal(viewIn(`?view=${view}`), null, view);
  }
});

test("the history does not grow, and nothing is written twice", () => {
  const written = [];
  const location = { pathname: "/zone/", search: "", hash: "#a", href: "" };
  const page = { location, history: { state: 7, replaceState: (...all) => written.push(all) } };
  keepLink({ year: 2025 }, null, null, page);
  assert.deepEqual(written, [[7, "", "/zone/?year=2025#a"]]);
  location.search = "?year=2025";
  keepLink({ year: 2025 }, null, null, page);
  assert.equal(written.length, 1);
});

test("a browser that does not let a page copy is no error", async () => {
  const copied = [];
  assert.equal(await copyLink({ location: { href: "h" }, navigator: {} }), false);
  assert.equal(await copyLink({ location: { href: "h" }, navigator: { clipboard: { writeText: async (t) => copied.push(t) } } }), true);
  assert.deepEqual(copied, ["h"]);
});

test("what is compared and where the handle stands are in the link, and go with the comparison", () => {
  const told = { compare: "2025:base,2030:3:%E4%B8%9C", sides: "AB" };
  const query = linkTo("", told, null, 0.41234);
  const read = new URLSearchParams(query);
  assert.deepEqual([read.get("compare"), read.get("sides"), read.get("swipe")], [told.compare, "AB", "0.412"]);
  assert.equal(linkTo(query, { panel: "seats" }, null), "?panel=seats");
});
