// What Streamlit hands to the component at every run: small, for it goes with every answer. The map's own script and style
// are files of the app, asked for once; Python writes their names in.

const SCRIPT = '$script';
const STYLE = '$style';

function servedFrom() {
  const own = [...document.querySelectorAll('script[src]')].map((s) => s.src).find((s) => s.includes('/static/js/'));
  return own ? `${own.split('/static/js/')[0]}/` : new URL('.', document.baseURI).href;
}

function styled(parent) {
  if (document.querySelector(`link[rel=stylesheet][href$="${STYLE}"]`)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = new URL(STYLE, servedFrom()).href;
    link.onload = resolve;
    link.onerror = () => { link.remove(); reject(new Error(STYLE)); };
    parent.appendChild(link);
  });
}

let script;

export default function load(component) {
  const { parentElement, data } = component;
  parentElement.zpLatest = component;
  script ??= import(new URL(SCRIPT, servedFrom()).href);
  Promise.all([script, styled(parentElement)]).then(([map]) => {
    // A newer run has come while the files came: it is the one to be drawn.
    if (parentElement.zpLatest === component) map.default(component);
  }).catch((error) => {
    console.warn('map', error);
    script = undefined; // the next run tries again
    parentElement.textContent = data.words.map_failed;
  });
}
