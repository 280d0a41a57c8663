// The map on the page. Python sends data, never script: layers as URLs of published files (redrawn only when
// their content hash changes), small answers inside the message. Every text from data is set with textContent.

import { keepBrowser } from './browser.js';
import { watchCharts } from './charts.js';
import { element } from './dom.js';
import { watchServer } from './gone.js';
import { lead } from './lead.js';
import { leaflet } from './leaflet.js';
import { viewIn } from './link.js';
import { ZoneMap } from './map.js';
import { Widgets } from './widgets.js';

const HEAD_CHOICES = ['service', 'year', 'by', 'lang'];

let watching = false;
let shownBox; // a map that is mounted anew takes the place of the one before
let aheadBox; // drawn before the page was there, and not taken over yet

function boxIn(parent) {
  const box = element('div', 'zp-map');
  box.tabIndex = 0;
  box.setAttribute('role', 'application');
  parent.appendChild(box);
  return box;
}

function mapIn(box) {
  box.zpStarting ??= leaflet().then((L) => {
    box.zpMap = new ZoneMap(L, box, (value) => box.zpSend(value), (value) => box.zpDrawn(value));
    window.zpMap = box.zpMap;
    return box.zpMap;
  }).catch((error) => { box.zpStarting = undefined; throw error; }); // the next run tries again
  return box.zpStarting;
}

async function drawAhead(parent, data) {
  // The map as it stands whoever comes: nothing is asked yet, the address is the page's to write, and what is pressed is kept.
  if (shownBox) return;
  const box = boxIn(parent);
  aheadBox = box;
  box.zpData = data;
  box.zpSend = (value) => { box.zpKept = value; };
  box.zpDrawn = () => {};
  const map = await mapIn(box);
  if (box === aheadBox) map.remember = () => {};
  await map.update(box.zpData);
  if (box === aheadBox) { delete box.dataset.ready; box.dataset.ahead = 'drawn'; } // ready is of an answer of the server, and there is none
}

function takenOver(map, box, data) {
  // What the address shows stays where it is, as on a map that is drawn now; what was pressed before is asked now.
  delete map.remember;
  if (viewIn(window.location.search)) map.view = data.view?.id;
  map.update(box.zpData);
  const { zpKept: kept } = box;
  if (kept && 'lon' in kept) map.ask(map.L.latLng(kept.lat, kept.lon));
  else if (kept) box.zpSend(kept);
}

export default function host(component) {
  const { parentElement, data, setStateValue } = component;
  if (data.ahead) return drawAhead(parentElement, data);
  let box = parentElement.querySelector('.zp-map');
  const early = box ? undefined : aheadBox;
  if (early) { aheadBox = undefined; parentElement.appendChild(early); }
  box ??= early ?? boxIn(parentElement);
  const lang = data.lang === 'en' ? 'en' : 'zh-CN'; // what a screen reader speaks
  if (document.documentElement.lang !== lang) document.documentElement.lang = lang; // said anew it would have the whole page styled anew
  keepBrowser(data.browser);
  window.zpWords = data.words;
  window.zpWidgets ??= new Widgets();
  window.zpWidgets.use(data.widgets || {}, data.words.panel, Object.fromEntries(HEAD_CHOICES.map((key) => [key, data.words[`head_${key}`]])));
  window.zpServer ??= watchServer(() => window.zpWords, () => shownBox?.zpMap?.draw.outbox.waiting ?? []);
  // A server that was started anew knows nothing of this page: what it drew now would be the answer to another question.
  if (window.zpServer.session(data.known)) { window.zpServer.anew(); return; }
  box.zpData = data;
  box.zpSend = (value) => setStateValue('click', value);
  box.zpDrawn = (value) => setStateValue('draw', value);
  shownBox = box;
  if (!watching) { watching = true; watchCharts(); lead((value) => shownBox.zpSend(value)); }
  return mapIn(box).then((map) => {
    if (early) takenOver(map, box, data);
    else if (box.zpData === data) map.update(data); // a newer run has come while the files came: it is the one to be drawn
    map.draw.outbox.brought(window.zpServer.brought());
  }).catch(() => { box.textContent = data.words.map_failed; });
}
