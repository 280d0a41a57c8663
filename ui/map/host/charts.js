// Charts of the panel: the server draws them (ui/parts/charts.py), the page's cleaning of HTML would drop an SVG, so each
// comes as text in data-svg and is set in here, before the browser paints. Only the few shapes that a chart is made of.

const SHAPES = new Set(['svg', 'title', 'desc', 'line', 'polyline', 'rect', 'circle', 'text']);

/** Return whether a parsed picture holds nothing but shapes of a chart: no script, no handler, no link, no foreign HTML. */
export function harmless(node) {
  if (!SHAPES.has(node.nodeName)) return false;
  for (const { name } of node.attributes) if (/^on|href|style/i.test(name)) return false;
  return [...node.children].every(harmless);
}

function drawCharts() {
  for (const box of document.querySelectorAll('[data-svg]:empty')) {
    const picture = new window.DOMParser().parseFromString(decodeURIComponent(box.dataset.svg), 'image/svg+xml').documentElement;
    if (harmless(picture)) box.appendChild(document.importNode(picture, true));
  }
}

/** Draw the charts that are there, and each that comes. */
export function watchCharts() {
  drawCharts();
  new window.MutationObserver(drawCharts).observe(document.body, { childList: true, subtree: true });
}
