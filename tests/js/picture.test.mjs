import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Help } from "../../ui/map/host/help.js";
import { corners, ordered, slantOf } from "../../ui/map/host/paint.js";
import { fileName, leastCertain } from "../../ui/map/host/picture.js";
import { Node, openPage } from "./page.mjs";

let body;
beforeEach(() => { body = openPage(); });

test("the picture says what is least certain on it, and is named after what it shows", () => {
  const badge = (basis) => ({ badge: { basis, text: basis } });
  assert.equal(leastCertain([badge("sourced"), badge("assumed"), {}, badge("estimated")]).basis, "assumed");
  assert.equal(leastCertain([{}]), null);
  assert.equal(fileName("高新区 · 小学/2025: \"a\"", "2026-11-28"), "高新区_小学_2025_a__2026-11-28.png");
  assert.ok(fileName("名".repeat(300), "d").length < 100);
});

test("things are painted in the order in which the browser paints them", () => {
  const [a, b, c] = ["3", "auto", "1"].map((zIndex) => Object.assign(new Node("div"), { zIndex }));
  window.getComputedStyle = (node) => node;
  assert.deepEqual(ordered([a, b, c]), [b, c, a]);
});

test("clips and turns are read from what the browser computes", () => {
  assert.deepEqual(corners("polygon(0px 1px, 20.5px 1px, 20.5px 9px)"), [[0, 1], [20.5, 1], [20.5, 9]]);
  assert.equal(corners("none"), null);
  assert.equal(slantOf("none"), 0);
  assert.equal(slantOf("matrix(1, 0, 0, 1, 12, 3)"), 0);
  assert.ok(Math.abs(slantOf("matrix(0, 1, -1, 0, 0, 0)") - Math.PI / 2) < 1e-12);
});

test("the help names every tool and key, takes the focus, and gives it back", async () => {
  const words = new Proxy({}, { get: (all, key) => key });
  const help = new Help(body, ["zoomin", "measure"]);
  help.draw(words);
  assert.equal(help.node.all("li").length, 4 + 11 + 2);
  assert.ok(help.node.textContent.includes("tool_measure"));
  const opener = body.appendChild(new Node("button"));
  help.toggle(opener);
  assert.deepEqual([help.node.hidden, document.activeElement], [false, help.leave]);
  const event = await help.node.fire("keydown", { key: "Escape" });
  assert.deepEqual([event.stopped, help.node.hidden, document.activeElement], [true, true, opener]);
});
