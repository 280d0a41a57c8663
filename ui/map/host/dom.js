// Nodes of the page, and where its files are. Every text from data becomes a text node, never markup.

export function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = String(text);
  return node;
}

export function svg(tag, attributes) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

function servedFrom() {
  // Where the app is served from, also behind a reverse proxy that adds a path: the folder of Streamlit's own script.
  const own = [...document.querySelectorAll('script[src]')].map((s) => s.src).find((s) => s.includes('/static/js/'));
  return own ? `${own.split('/static/js/')[0]}/` : new URL('.', document.baseURI).href;
}

let root;

export function address(url) {
  root ??= servedFrom();
  return new URL(url, root).href;
}
