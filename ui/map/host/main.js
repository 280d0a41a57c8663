// The map on the page. Python sends data, never script: layers as URLs of published files (redrawn only when
// their content hash changes), small answers inside the message. Every text from data is set with textContent.

import { keepBrowser } from './browser.js';
import { watchCharts } from './charts.js';
import { element } from './dom.js';
import { watchServer } from './gone.js';
import { lead } from './lead.js';
import { leaflet } from './leaflet.js';
import { ZoneMap } from './map.js';
import { Widgets } from './widgets.js';

let watching = false;
let shownBox; // a map that is mounted anew takes the place of the one before

export default function host(component) {
  const { parentElement, data, setStateValue } = component;
  let box = parentElement.querySelector('.zp-map');
  if (!box) {
    box = element('div', 'zp-map');
    box.tabIndex = 0;
    box.setAttribute('role', 'application');
    parentElement.appendChild(box);
  }
  document.documentElement.lang = data.lang === 'en' ? 'en' : 'zh-CN'; // what a screen reader speaks
  keepBrowser(data.browser);
  window.zpWords = data.words;
  window.zpWidgets ??= new Widgets();
  window.zpWidgets.use(data.widgets || {}, data.words.panel);
  window.zpServer ??= watchServer(() => window.zpWords);
  // A server that was started anew knows nothing of this page: what it drew now would be the answer to another question.
  if (window.zpServer.session(data.session)) {
    const outbox = box.zpMap?.draw.outbox;
    if (!outbox?.waiting.length) { window.zpServer.anew(); return; }
    outbox.send(outbox.waiting); // drawn while the server was away: the new session takes it first
  }
  box.zpData = data;
  box.zpSend = (value) => setStateValue('click', value);
  box.zpDrawn = (value) => setStateValue('draw', value);
  shownBox = box;
  if (!watching) { watching = true; watchCharts(); lead((value) => shownBox.zpSend(value)); }
  if (box.zpMap) box.zpMap.update(data);
  else if (!box.zpStarting) {
    box.zpStarting = true;
    leaflet().then((L) => {
      box.zpMap = new ZoneMap(L, box, (value) => box.zpSend(value), (value) => box.zpDrawn(value));
      window.zpMap = box.zpMap;
      box.zpMap.update(box.zpData);
    }).catch(() => { box.textContent = data.words.map_failed; });
  }
}
