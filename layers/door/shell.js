// Of the picture that stands before the page is there: draws the map that it names, lets the page's own script begin, and
// takes the picture away when the page has drawn itself. A plain script, allowed by its hash: it is the same whatever is shown.
(() => {
  const first = document.getElementById('zp-first');
  const HEAD = '.st-key-head';
  // What stands on the page when it has something to say of its own: its head, a refusal, how far the opening is, the login.
  const SAID = [`${HEAD} button`, ...['Alert', 'Expander', 'Button'].map((one) => `[data-testid=stApp] [data-testid=st${one}]`)].join(', ');
  const ADOPTED = 15000; // [ms] a page that has its head and does not take the map by then will not

  let waiting;
  const root = document.getElementById('root');
  const gone = () => { clearTimeout(waiting); watch.disconnect(); root.style.visibility = ''; first.remove(); };
  const watch = new MutationObserver(() => {
    if (!document.querySelector(SAID)) return;
    // The map goes over into the page (main.js); until then it stays where it is seen.
    if (first.querySelector('.zp-map') && document.querySelector(HEAD)) waiting ??= setTimeout(gone, ADOPTED);
    else gone();
  });
  root.style.visibility = 'hidden'; // what moves below would have the picture painted anew with every frame
  watch.observe(root, { childList: true, subtree: true });

  // A press on the picture is kept for the page, which takes it up when it is there (lead.js).
  first.addEventListener('click', (event) => {
    const button = event.target.closest('[data-go]');
    if (!button) return;
    sessionStorage.setItem('zp-go', button.dataset.go);
    button.setAttribute('aria-busy', 'true');
  });

  const map = first.querySelector('[data-draw]');
  if (!map) return; // the page's script stands in the page and begins by itself
  const PATIENCE = 4000; // [ms] for the map, which may be held up by one file
  const late = () => document.getElementById('zp-late').content;
  const fetchLate = () => document.head.append(...late().querySelectorAll('link'));
  const begin = () => { fetchLate(); document.body.append(late()); }; // what was put into the page is not there a second time

  // On a slow line the page's own files would come beside those of the map: they are asked for when all of these are in.
  const come = new Set();
  const check = () => {
    if (document.readyState !== 'loading' && [...document.querySelectorAll('link[data-ahead]')].every((link) => come.has(link))) fetchLate();
  };
  const ended = ({ target }) => { come.add(target); check(); };
  for (const name of ['load', 'error']) document.addEventListener(name, ended, true);
  const parsed = new Promise((resolve) => document.addEventListener('DOMContentLoaded', resolve));
  parsed.then(check);
  if (!map.offsetHeight) { parsed.then(begin); return; } // no room on a narrow screen
  parsed.then(() => setTimeout(begin, PATIENCE));
  const file = (path) => new URL(path, document.baseURI).href;
  const styled = new Promise((resolve, reject) => {
    const link = document.createElement('link');
    Object.assign(link, { rel: 'stylesheet', href: file(map.dataset.style), onload: resolve, onerror: reject });
    document.head.append(link);
  });
  Promise.all([import(file(map.dataset.draw)), fetch(file(map.dataset.told)).then((answer) => answer.json()), styled, parsed])
    .then(([host, told]) => host.default({ parentElement: map, data: told, setStateValue() {} }))
    .catch((error) => console.warn('map', error))
    .then(() => setTimeout(begin)); // what was drawn is painted before the page's script takes the machine
})();
