// What the map's modules are held to. Globals are named one by one, so that a typing error or a forgotten import is found.
import js from "@eslint/js";

const PAGE = ["Event", "EventTarget", "document", "window", "console", "performance", "OffscreenCanvas", "fetch", "setTimeout", "clearTimeout",
  "requestAnimationFrame", "URL", "URLSearchParams", "Image", "Path2D", "ResizeObserver"];
const NODE = ["URL", "URLSearchParams", "process", "setImmediate", "TextEncoder"];
const readable = (names) => Object.fromEntries(names.map((name) => [name, "readonly"]));
const markup = (property) => ({ property, message: "Texts come from data: use textContent or element()." });

const rules = {
  ...js.configs.recommended.rules,
  "no-unused-vars": "error",
  "no-undef": "error",
  eqeqeq: "error",
  "prefer-const": "error",
  "no-var": "error",
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-script-url": "error",
  // A name of one module must not hide a name of the page from the modules it is joined with (ui/map/bundle.py).
  "no-shadow": ["error", { builtinGlobals: true }],
  "no-restricted-properties": ["error", ...["innerHTML", "outerHTML", "insertAdjacentHTML", "srcdoc"].map(markup),
    { object: "document", property: "write" }, { object: "document", property: "writeln" }],
  "no-restricted-syntax": ["error",
    { selector: "ImportExpression", message: "The modules are joined into one: import at the top." },
    { selector: "Program > VariableDeclaration[declarations.length>1]", message: "One name for each top-level declaration: ui/map/bundle.py reads the first." },
    { selector: "ExportNamedDeclaration > VariableDeclaration[declarations.length>1]", message: "One name for each top-level declaration: ui/map/bundle.py reads the first." },
    { selector: "Property[key.name=/^(innerHTML|outerHTML|srcdoc)$/]", message: "Texts come from data: use textContent or element()." },
    { selector: "Literal[value=/^(innerHTML|outerHTML|srcdoc|insertAdjacentHTML)$/]", message: "Texts come from data: use textContent or element()." }],
};

export default [
  { linterOptions: { reportUnusedDisableDirectives: "error", noInlineConfig: false } },
  {
    files: ["ui/map/host/**/*.js", "ui/parts/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: readable(PAGE) },
    rules,
  },
  {
    // The tests stand in for the page, so they may name what the page must not use.
    files: ["tests/js/**/*.mjs", "tests/linters/*.mjs"],
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: readable([...PAGE, ...NODE]) },
    rules: { ...rules, "no-restricted-properties": "off", "no-restricted-syntax": "off", "no-shadow": "error" },
  },
];
