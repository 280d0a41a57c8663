// Pens and shapes: how each tool draws, how each object of a plan looks, and what of it Python is told.

import { element, svg } from './dom.js';

export const PENS = { point: 'Marker', line: 'Line', area: 'Polygon' };
export const SNAP = { snappable: true, snapDistance: 14, snapMiddle: false };
export const CORNERS = { line: 2, area: 3 };

export const rounded = (latlng) => [+latlng.lng.toFixed(7), +latlng.lat.toFixed(7)];
const turned = ([lon, lat]) => [lat, lon];

export function shapeOf(shape, layer) {
  // What Python takes: [lon, lat], or a list of them without the same place twice running; a ring is not closed.
  if (shape === 'point') return rounded(layer.getLatLng());
  const points = layer.getLatLngs();
  return (shape === 'area' ? points[0] : points).map(rounded).filter((at, i, all) => i === 0 || String(at) !== String(all[i - 1]));
}

// One sign for each kind, in a box of 16: what happens to the place it stands on.
export const SIGNS = {
  move: 'M3 8H12M8.5 4.5L12 8L8.5 11.5', close: 'M4 4L12 12M12 4L4 12', remove: 'M4 4L12 12M12 4L4 12',
  resize: 'M8 3V13M5 6L8 3L11 6M5 10L8 13L11 10', open: 'M8 4.5V8L10.5 10',
};

export function handle(L, { colour, kind }) {
  // A ring around the place: what stands there stays to be seen. Its sign is beside it, so that it hides nothing.
  const node = element('i', `zp-handle zp-handle-${kind || 'add'}`);
  node.style.setProperty('--zp-colour', colour);
  if (SIGNS[kind]) {
    const sign = svg('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' });
    sign.appendChild(svg('path', { d: SIGNS[kind], fill: 'none', stroke: colour, 'stroke-width': 2.4, 'stroke-linecap': 'round' }));
    node.appendChild(sign);
  }
  return L.divIcon({ className: 'zp-handle-box', html: node, iconSize: [26, 26], iconAnchor: [13, 13] });
}

export function strokes({ colour, weight, dash }) {
  return { color: colour, weight: weight || 4, dashArray: dash || null, fillOpacity: 0.18, lineCap: 'butt' };
}

export function penOptions(L, tool, renderer) {
  // What Geoman is told of a tool. The temporary lines too lie on the drawing's own SVG: a canvas would cover what is below.
  const style = { ...strokes(tool), renderer, pane: 'zp-draw' };
  return {
    ...SNAP, tooltips: false, continueDrawing: false, markerEditable: false, finishOn: 'dblclick', allowSelfIntersection: tool.shape !== 'area',
    markerStyle: { icon: handle(L, tool), pane: 'zp-draw', interactive: false },
    pathOptions: { ...style, interactive: false }, templineStyle: style, hintlineStyle: { ...style, dashArray: '5 6' },
  };
}

export function shapeLayer(L, spec, renderer) {
  // The layer of an object, and what goes with it and cannot be taken hold of: the way it has moved.
  const options = { pane: 'zp-draw', pmIgnore: Boolean(spec.fixed), snapIgnore: true, bubblingMouseEvents: false };
  const more = spec.from
    ? [L.polyline([turned(spec.from), turned(spec.at)], { pane: 'zp-draw', renderer, color: spec.colour, weight: 1.5, dashArray: '5 4', interactive: false, pmIgnore: true, snapIgnore: true })]
    : [];
  if (spec.shape === 'point') {
    return { layer: L.marker(turned(spec.at), { ...options, icon: handle(L, spec), draggable: !spec.fixed, alt: spec.label, title: spec.label }), more };
  }
  const layer = L[spec.shape === 'area' ? 'polygon' : 'polyline'](spec.at.map(turned), { ...options, ...strokes(spec), renderer });
  layer.bindTooltip(element('div', 'zp-tip', spec.label), { sticky: true, opacity: 1, direction: 'top' });
  return { layer, more };
}

export function faultTip(L, spec, layer) {
  // What keeps an object from counting is said where it lies, until it does.
  const at = spec.shape === 'point' ? layer.getLatLng() : layer.getBounds().getCenter();
  return L.tooltip({ permanent: true, direction: 'top', offset: [0, -14], className: 'zp-fault', opacity: 1 })
    .setLatLng(at).setContent(element('div', 'zp-tip', spec.fault));
}
