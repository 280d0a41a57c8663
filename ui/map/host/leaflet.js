// Leaflet itself: one copy for the page, from the app and from nowhere else.

import { address } from './dom.js';

export function leaflet() {
  if (window.L && window.L.version) return Promise.resolve(window.L);
  if (!window.zpLeaflet) {
    window.zpLeaflet = new Promise((resolve, reject) => {
      const css = document.createElement('link');
      css.rel = 'stylesheet';
      css.href = address('app/static/vendor/leaflet/leaflet.css');
      document.head.appendChild(css);
      const script = document.createElement('script');
      script.src = address('app/static/vendor/leaflet/leaflet.js');
      script.onload = () => resolve(window.L);
      script.onerror = () => reject(new Error('leaflet.js'));
      document.head.appendChild(script);
    });
  }
  return window.zpLeaflet;
}
