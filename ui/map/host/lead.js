// Buttons that stand outside the map and lead somewhere (data-go="zone:huayuan"): heard here, because only the map's script can speak to Python.

const KEPT = 'zp-go'; // a press on the picture that is shown before the page is there

export function target(node) {
  // What a press leads to, null where it is on nothing that leads anywhere.
  const button = node?.closest ? node.closest('[data-go]') : null;
  const words = button?.dataset.go || '';
  return /^[a-z]+:.+$/.test(words) ? words : null;
}

export function lead(send, store = window.sessionStorage) {
  document.addEventListener('click', (event) => {
    const go = target(event.target);
    if (!go) return;
    event.target.closest('[data-go]').setAttribute('aria-busy', 'true'); // the answer takes a moment: the press is seen at once
    send({ go, n: Date.now() });
  });
  const early = store?.getItem(KEPT);
  if (!early) return;
  store.removeItem(KEPT);
  if (/^[a-z]+:.+$/.test(early)) send({ go: early, n: Date.now() });
}
