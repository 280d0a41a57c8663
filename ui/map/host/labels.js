// The names on the map: in the reader's language, and never one over another.

import { element } from './dom.js';

export function phrase(properties, what, lang) {
  // A text in the reader's language, else in the other one.
  return properties[`${what}_${lang}`] ?? properties[`${what}_zh`] ?? properties[`${what}_en`];
}

export function label(L, at, properties, rule, lang) {
  const node = element('div', `zp-label ${rule.className || ''}`);
  const text = element('span', '', phrase(properties, 'label', lang));
  node.appendChild(text);
  if (rule.color || properties.label_color) text.style.color = properties.label_color || rule.color;
  const marker = L.marker(at, { pane: 'zp-label', interactive: false, keyboard: false,
    icon: L.divIcon({ className: 'zp-anchor', html: node, iconSize: [0, 0] }) });
  return { marker, node, text, properties, rule };
}

export function relabel(labels, lang) {
  for (const one of labels) one.text.textContent = phrase(one.properties, 'label', lang);
}

export function overlap(a, b) {
  return a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
}

export function declutter(map, labels) {
  // Greedy: the more important label stays, what would overlap it is hidden.
  const zoom = map.getZoom();
  const taken = [];
  for (const one of [...labels].sort((a, b) => (b.rule.rank || 0) - (a.rule.rank || 0))) {
    const fits = zoom >= (one.rule.from ?? 0) && zoom < (one.rule.until ?? 99) && map.hasLayer(one.marker);
    one.node.style.visibility = 'hidden';
    if (!fits) continue;
    const width = one.width && one.said === one.text.textContent ? one.width : one.text.offsetWidth;
    one.width = width; one.said = one.text.textContent;
    const height = one.text.offsetHeight;
    const p = map.latLngToContainerPoint(one.marker.getLatLng());
    const box = [p.x - width / 2 - 2, p.y - height / 2 - 1, p.x + width / 2 + 2, p.y + height / 2 + 1];
    if (!one.rule.always && taken.some((other) => overlap(box, other))) continue;
    taken.push(box);
    one.node.style.visibility = 'visible';
  }
}
