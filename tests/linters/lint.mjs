// (geojsonhint can also object to more than six decimals; we write seven, as the shapes need them.)
// Prints one JSON object a line for each file named: what the two linters say of it. Exit 1 if either objects.
import { readFileSync } from "node:fs";
import hint from "@mapbox/geojsonhint";
import { check } from "@placemarkio/check-geojson";

let bad = 0;
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  const said = hint.hint(text).map((e) => `geojsonhint line ${e.line}: ${e.message}`);
  try {
    check(text);
  } catch (e) {
    said.push(...(e.issues ?? [e]).map((i) => `check-geojson: ${i.message}`));
  }
  if (said.length) bad = 1;
  console.log(JSON.stringify({ file, said }));
}
process.exit(bad);
