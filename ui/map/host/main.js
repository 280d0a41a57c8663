// The map on the page. Python sends data, never script: layers as URLs of published files (redrawn only when
// their content hash changes), small answers inside the message. Every text from data is set with textContent.

import { keepBrowser } from './browser.js';
import { element } from './dom.js';
import { lead } from './lead.js';
import { leaflet } from './leaflet.js';
import { ZoneMap } from './map.js';

export default function host(component) {
  const { parentElement, data, setStateValue } = component;
  let box = parentElement.querySelector('.zp-map');
  if (!box) {
    box = element('div', 'zp-map');
    box.tabIndex = 0;
    box.setAttribute('role', 'application');
    parentElement.appendChild(box);
  }
  keepBrowser(data.browser);
  box.zpData = data;
  box.zpSend = (value) => setStateValue('click', value);
  box.zpDrawn = (value) => setStateValue('draw', value);
  if (box.zpMap) box.zpMap.update(data);
  else if (!box.zpStarting) {
    box.zpStarting = true;
    leaflet().then((L) => {
      box.zpMap = new ZoneMap(L, box, (value) => box.zpSend(value), (value) => box.zpDrawn(value));
      window.zpMap = box.zpMap;
      box.zpMap.update(box.zpData);
      lead((value) => box.zpSend(value));
    }).catch(() => { box.textContent = data.words.map_failed; });
  }
}
