// Leaflet itself, and Geoman for drawing: one copy for the page, from the app and from nowhere else.

import { address } from './dom.js';

function vendored(style, file) {
  return new Promise((resolve, reject) => {
    const css = document.createElement('link');
    css.rel = 'stylesheet';
    css.href = address(`app/static/vendor/${style}`);
    document.head.appendChild(css);
    const script = document.createElement('script');
    script.src = address(`app/static/vendor/${file}`);
    script.onload = () => resolve(window.L);
    script.onerror = () => { script.remove(); css.remove(); reject(new Error(file)); };
    document.head.appendChild(script);
  });
}

export function leaflet() {
  if (window.L && window.L.version) return Promise.resolve(window.L);
  window.zpLeaflet ??= vendored('leaflet/leaflet.css', 'leaflet/leaflet.js').catch((error) => { window.zpLeaflet = null; throw error; });
  return window.zpLeaflet;
}

export function geoman() {
  // 0.3 MB that only drawing needs. A try that failed (a slow line) is no answer for the next one.
  if (window.L.PM) return Promise.resolve(window.L);
  window.zpGeoman ??= vendored('geoman/leaflet-geoman.css', 'geoman/leaflet-geoman.min.js')
    .then((L) => { L.PM.setOptIn(true); return L; }) // it touches what is drawn, and no other layer of the map
    .catch((error) => { window.zpGeoman = null; throw error; });
  return window.zpGeoman;
}
