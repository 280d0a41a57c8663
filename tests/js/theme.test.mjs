// Light and dark: whose word counts, who is told, and that paper is white.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const EARLY = readFileSync(new URL("../../ui/parts/theme_early.js", import.meta.url), "utf8");
const QUESTION = "(prefers-color-scheme: dark)";

function opened({ night = false, kept = {}, readyState = "loading", shut = false } = {}) {
  const system = Object.assign(new EventTarget(), { matches: night });
  const window = Object.assign(new EventTarget(), {
    matchMedia: (q) => (q === QUESTION ? system : { other: q }),
    localStorage: {
      getItem: (key) => { if (shut) throw new Error("no storage"); return kept[key] ?? null; },
      setItem: (key, value) => { if (shut) throw new Error("no storage"); kept[key] = value; },
    },
  });
  const document = Object.assign(new EventTarget(), { readyState, documentElement: { dataset: {} } });
  vm.runInNewContext(EARLY, { window, document, Event, EventTarget });
  return { window, document, system, kept, asked: window.matchMedia(QUESTION), theme: () => document.documentElement.dataset.zpTheme };
}

test("it is as the system is until somebody chooses, and follows it", () => {
  const page = opened({ night: true });
  assert.equal(page.theme(), "dark");
  page.system.matches = false;
  page.system.dispatchEvent(new Event("change"));
  assert.equal(page.theme(), "light");
  assert.equal(page.window.zpTheme.choice, "auto");
});

test("a choice is kept, told to who asks for the system, and outlives the system's change", () => {
  const page = opened();
  let heard = 0;
  page.asked.addEventListener("change", () => { heard += 1; });
  page.document.addEventListener("zp-theme", () => { heard += 1; });
  page.window.zpTheme.choose("dark");
  assert.deepEqual([page.theme(), page.asked.matches, heard, page.kept["zp-theme"]], ["dark", true, 2, "dark"]);
  page.system.dispatchEvent(new Event("change"));
  assert.equal(page.theme(), "dark");
  assert.equal(opened({ kept: page.kept }).theme(), "dark");
  assert.deepEqual(page.window.matchMedia("(min-width: 1px)"), { other: "(min-width: 1px)" });
});

test("paper is white, and the screen is dark again after it", () => {
  const page = opened({ kept: { "zp-theme": "dark" } });
  page.window.dispatchEvent(new Event("beforeprint"));
  assert.deepEqual([page.theme(), page.asked.matches], ["light", false]);
  page.window.dispatchEvent(new Event("afterprint"));
  assert.deepEqual([page.theme(), page.asked.matches], ["dark", true]);
});

test("where nothing can be kept it holds for the page; what is kept and is no choice is none", () => {
  const page = opened({ shut: true });
  page.window.zpTheme.choose("dark");
  assert.equal(page.theme(), "dark");
  assert.equal(opened({ kept: { "zp-theme": "purple" } }).theme(), "light");
});

test("come too late to be asked, it makes the page ask again", () => {
  const page = opened({ readyState: "complete" });
  let again = 0;
  page.window.addEventListener("afterprint", () => { again += 1; });
  page.window.zpTheme.choose("dark");
  assert.equal(again, 1);
});
