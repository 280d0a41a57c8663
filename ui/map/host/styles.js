// How things look: styles by rule, the glyphs of points, the hatching of what is assumed.

import { svg } from './dom.js';

export function styled(rules, properties) {
  // A plain style, then the first matching value of each rule: {by: 'kind', cases: {metro: {...}}}.
  const style = { ...(rules.style || {}) };
  for (const rule of rules.rules || []) {
    const found = rule.cases[properties[rule.by]] ?? rule.cases['*'];
    if (found) Object.assign(style, found);
  }
  return style;
}

export function pictureKey(spec) {
  // What the picture of a layer depends on: the same key is the same picture and is not drawn again.
  return `${spec.hash || spec.data}|${JSON.stringify([spec.style, spec.rules, spec.label, spec.bounds, spec.opacity, spec.names])}`;
}

export const CROSS = 'M6 6L18 18M18 6L6 18';

const shapes = new Map(); // SVG outline in a box of 24 x 24 -> Path2D

function outline(path) {
  if (!shapes.has(path)) shapes.set(path, new Path2D(path));
  return shapes.get(path);
}

export function glyphRadius(radius, zoom) {
  // Full size from zoom 14 on, never below seven tenths: far out the points would cover the plan, but a sign must be read.
  return radius * Math.min(1, Math.max(0.7, (zoom - 8) / 6));
}

const READ = 13; // what stands in a sign is left out where the sign is smaller than this [px]
export const INSET = 0.82; // as in layers.look.draw: of what is not sure the sign is smaller, in a broken ring

export function glyphClass(L, crowd) {
  // A point drawn on canvas: sign and colour for the kind, filled when it exists, its ring broken when it is not sure.
  return L.CircleMarker.extend({
    _updatePath() {
      const renderer = this._renderer;
      if (!renderer._drawing || this._empty()) return;
      const zoom = this._map.getZoom();
      const { of, steps } = this.options;
      const { path, glyph, color, hollow, radius, dash, faint, halo } = steps ? { ...this.options, ...crowd.step(of, this._map) } : this.options;
      const p = this._point;
      const scale = glyphRadius(radius, zoom) / 10;
      const ctx = renderer._ctx;
      const body = outline(path || CROSS);
      const read = glyph && 24 * scale >= READ;
      const ringed = Boolean(glyph && dash && read);
      ctx.save();
      ctx.globalAlpha = 1;
      ctx.translate(p.x, p.y);
      ctx.scale(scale, scale);
      ctx.translate(-12, -12);
      ctx.lineJoin = 'round';
      if (path) {
        ctx.lineWidth = (halo ?? (read || !glyph ? 4.5 : 2.5)) / scale; ctx.strokeStyle = 'rgba(255,255,255,.88)'; ctx.stroke(body);
        ctx.fillStyle = '#ffffff'; ctx.fill(body, 'evenodd');
      }
      if (!ringed || hollow) {
        if (path && !hollow) { ctx.globalAlpha = faint && !dash ? (glyph ? 0.72 : 0.5) : faint && !glyph ? 0.5 : 1; ctx.fillStyle = color; ctx.fill(body, 'evenodd'); ctx.globalAlpha = 1; }
        if (read) { ctx.fillStyle = hollow ? color : '#ffffff'; ctx.fill(outline(glyph), 'evenodd'); }
      }
      if (hollow || !glyph || ringed) {
        ctx.lineWidth = (hollow ? 2 : 1.5) / scale;
        ctx.strokeStyle = color;
        if (dash) ctx.setLineDash(dash.map((d) => d / scale));
        ctx.stroke(body);
      }
      if (ringed && !hollow) {
        ctx.translate(12, 12);
        ctx.scale(INSET, INSET);
        ctx.translate(-12, -12);
        ctx.fillStyle = color; ctx.fill(body, 'evenodd');
        ctx.fillStyle = '#ffffff'; ctx.fill(outline(glyph), 'evenodd');
      }
      ctx.restore();
    },
  });
}

export function hatching(box) {
  // Diagonal lines for shapes that are assumed: seen in print as well as on screen.
  let defs = null;
  return (color) => {
    const id = `zp-hatch-${color.replace(/[^0-9a-z]/gi, '')}`;
    if (!document.getElementById(id)) {
      if (!defs) {
        const holder = svg('svg', { width: 0, height: 0, style: 'position:absolute' });
        defs = holder.appendChild(svg('defs', {}));
        box.appendChild(holder);
      }
      const pattern = svg('pattern', { id, patternUnits: 'userSpaceOnUse', width: 9, height: 9, patternTransform: 'rotate(45)' });
      pattern.appendChild(svg('rect', { width: 9, height: 9, fill: color, 'fill-opacity': 0.18 }));
      pattern.appendChild(svg('line', { x1: 0, y1: 0, x2: 0, y2: 9, stroke: color, 'stroke-width': 2, 'stroke-opacity': 0.55 }));
      defs.appendChild(pattern);
    }
    return `url(#${id})`;
  };
}
