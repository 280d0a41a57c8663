import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { lead, target } from "../../ui/map/host/lead.js";

class Element {
  constructor(go, parent = null) { this.dataset = go ? { go } : {}; this.parent = parent; this.told = {}; }
  closest() { return this.dataset.go !== undefined ? this : this.parent?.closest() ?? null; }
  setAttribute(key, value) { this.told[key] = value; }
}

let heard;
let sent;

beforeEach(() => {
  heard = [];
  sent = [];
  globalThis.Element = Element;
  globalThis.document = { addEventListener: (kind, act) => heard.push([kind, act]) };
});

function store(kept) {
  const all = new Map(kept ? [["zp-go", kept]] : []);
  return { getItem: (key) => all.get(key) ?? null, removeItem: (key) => all.delete(key), all };
}

test("a press inside a button leads where the button says, and is seen at once", () => {
  const button = new Element("zone:huayuan");
  lead((value) => sent.push(value), store());
  heard[0][1]({ target: new Element(undefined, button) });
  assert.equal(sent[0].go, "zone:huayuan");
  assert.equal(button.told["aria-busy"], "true");
});

test("a press on anything else leads nowhere", () => {
  assert.equal(target(new Element(undefined)), null);
  assert.equal(target(new Element("nonsense")), null);
  assert.equal(target(null), null);
  lead((value) => sent.push(value), store());
  heard[0][1]({ target: new Element(undefined) });
  assert.deepEqual(sent, []);
});

test("what was pressed before the page was there is taken up once", () => {
  const kept = store("panel:seats");
  lead((value) => sent.push(value), kept);
  assert.equal(sent[0].go, "panel:seats");
  assert.equal(kept.all.size, 0);
  lead((value) => sent.push(value), store("<script>"));
  assert.equal(sent.length, 1);
});
