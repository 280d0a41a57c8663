import assert from "node:assert/strict";
import { test } from "node:test";
import { coordinates, halfWidth, inside } from "../../ui/map/host/coords.js";
import { byKind, distance, folded, found, prepared } from "../../ui/map/host/find.js";

const KINDS = ["zone", "schools", "stops", "streets"];
const row = (kind, zh, en, pinyin, extra = "") => [KINDS.indexOf(kind), zh, en, 117, 39, null, 0, "assumed", pinyin, extra];
const rows = prepared({ kinds: KINDS, zones: [["海洋片区", "Haiyang"]], rows: [
  row("zone", "华苑片区", "Huayuan zone", "hua yuan pian qu/ou", "华苑 huayuan"),
  row("zone", "海洋片区", "Haiyang (Ocean) zone", "hai yang pian qu/ou", "海洋 haiyang"),
  row("schools", "华苑枫叶国际学校", "Huayuan Maple Leaf school", "hua yuan feng ye guo ji xue xiao/jiao", "S12"),
  row("schools", "示意中学", "Assumed school 1", "shi yi zhong xue", "S03"),
  row("stops", "华苑", "", "hua yuan"),
  row("stops", "长江道", "", "chang/zhang jiang dao"),
  row("streets", "Avenida Bento Gonçalves", "", ""),
  row("streets", "Rua José Gonçalves", "", ""),
] });
const names = (text) => found(text, rows).map((one) => one.zh);

test("a name is found whole, by its beginning, from its middle; the zone that is called so stands first", () => {
  assert.deepEqual(names("华苑"), ["华苑片区", "华苑", "华苑枫叶国际学校"]);
  assert.deepEqual(names("枫叶"), ["华苑枫叶国际学校"]);
  assert.deepEqual(names("maple huayuan"), ["华苑枫叶国际学校"]);
});

test("pinyin: in full, by initials, mixed, with blanks, with another reading", () => {
  for (const text of ["huayuan", "hua yuan", "HuaYuan", "huay", "hyuan"]) assert.equal(names(text).length, 3, text);
  assert.deepEqual(names("hyfygjxx"), ["华苑枫叶国际学校"]);
  assert.ok(names("hy").includes("海洋片区"));
  assert.deepEqual(names("zjd"), ["长江道"]);
  assert.deepEqual(names("cjd"), ["长江道"]);
  assert.deepEqual(names("jiangdao"), ["长江道"]);
  assert.deepEqual(names("iangdao"), []); // a syllable does not begin in its middle
});

test("the whole name stands before a part of it, full syllables before initials", () => {
  assert.equal(names("huayuan")[0], "华苑片区"); // it is called so by its number
  const [first, second] = found("changjiangdao", rows.filter((one) => one.kind === "stops")).concat(found("cjd", rows));
  assert.ok(first.value > second.value);
});

test("a little wrong is thought of only where nothing is meant as it stands", () => {
  assert.deepEqual(names("shiyizongxue"), ["示意中学"]); // z for zh
  assert.ok(names("huayaun").includes("华苑片区")); // two letters swapped
  assert.deepEqual(names("goncalvez"), ["Rua José Gonçalves", "Avenida Bento Gonçalves"].sort((a, b) => a.length - b.length));
  assert.deepEqual(names("华苑叶国际学校"), ["华苑枫叶国际学校"]); // one left out
  assert.deepEqual(names("qqqqqq"), []);
  assert.deepEqual(names("。？"), []);
});

test("accents and width are no matter; a number finds what has it", () => {
  assert.equal(folded("Ｇonçalves ÁÉ"), "goncalves ae");
  assert.deepEqual(names("bento goncalves"), ["Avenida Bento Gonçalves"]);
  assert.deepEqual(names("av bento"), ["Avenida Bento Gonçalves"]);
  assert.deepEqual(names("ｓ１２"), ["华苑枫叶国际学校"]);
});

test("results stand by kind in the order of their best, and no kind crowds out the others", () => {
  const many = prepared({ kinds: KINDS, zones: [], rows: [...Array(20)].map((_, k) => row("streets", `路${k}`, "", "lu")).concat([row("zone", "路口", "", "lu kou")]) });
  const groups = byKind(found("路", many));
  assert.deepEqual(groups.map(([kind, all]) => [kind, all.length]), [["zone", 1], ["streets", 6]]);
  assert.deepEqual([distance("abc", "acb", 2), distance("abc", "abcd", 1), distance("abc", "xyz", 1)], [1, 1, 2]);
});

const HOME = [[39, 117], [39.2, 117.7]];
const place = (text, home = HOME) => { const at = coordinates(text, home); return at && [at.lon.toFixed(4), at.lat.toFixed(4), at.order, at.by]; };

test("coordinates: the order is told by range, by letters, or by what lies nearer", () => {
  for (const text of ["117.65,39.06", "117.65 39.06", "１１７．６５，３９．０６", "（117.65，39.06）", "117.65；39.06"]) assert.deepEqual(place(text), ["117.6500", "39.0600", "lonlat", "range"], text);
  assert.deepEqual(place("39.06 117.65"), ["117.6500", "39.0600", "latlon", "range"]);
  assert.deepEqual(place("N39.06E117.65"), ["117.6500", "39.0600", "latlon", "letters"]);
  assert.deepEqual(place("lng: 117.65, lat: 39.06"), ["117.6500", "39.0600", "lonlat", "letters"]);
  const poa = [[-30.2, -51.3], [-29.9, -51.1]];
  assert.deepEqual(place("-30.05, -51.20", poa), ["-51.2000", "-30.0500", "latlon", "near"]);
  assert.deepEqual(place("-51.20, -30.05", poa), ["-51.2000", "-30.0500", "lonlat", "near"]);
  assert.deepEqual(place("51.2W 30.05S", HOME), ["-51.2000", "-30.0500", "lonlat", "letters"]);
});

test("coordinates: degrees, minutes and seconds, in signs or words", () => {
  for (const text of ["117°39′00″E 39°03′36″N", "117°39'0\"E, 39°3'36\"N", "东经117度39分，北纬39度3分36秒", "E117°39.0′ N39°3.6′"]) assert.deepEqual(place(text).slice(0, 2), ["117.6500", "39.0600"], text);
});

test("what is no place is none", () => {
  for (const text of ["", "12.5", "3 5", "200.1 100.2", "华苑", "1.5 2.5 3.5", "117°75′E 39°N", "E117.6 E39.1", "G12 华苑"]) assert.equal(coordinates(text, HOME), null, text);
  assert.equal(halfWidth("１，Ａ　b。"), "1,A b.");
  assert.deepEqual([inside(117.5, 39.1, HOME), inside(118, 39.1, HOME)], [true, false]);
});
