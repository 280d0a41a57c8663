// Sea, waters, green, built-up land, railways and roads from one binary file, drawn per tile as the streets are.

import { label } from './labels.js';
import { paper } from './paper.js';
import { TILE, blankTile, emptyTile, frame, inFrame } from './streets.js';

// What a byte of the file says: kind in the low four bits, then one bit for "not sure", then the level. As ui/map/ground.py writes it.
export const AREAS = ['builtup', 'industrial', 'green', 'sea', 'water'];
export const WAYS = ['river', 'other', 'arterial', 'expressway', 'metro', 'railway'];
const UNSURE = 16;
const OUTLINE = { sea: 'coast', water: 'shore' };
const FADE = 0.06; // of the extent: the ground ends in mist, not in a straight edge

export function levelAt(levels, zoom) {
  // Level k is drawn below zoom levels[k]; the last one at every zoom above.
  const found = levels.findIndex((until) => zoom < until);
  return found < 0 ? levels.length - 1 : found;
}

export function wayWidth(kind, zoom) {
  // [px]; grows with the zoom as the streets do, and never crowds the whole city.
  const near = Math.max(0, zoom - 9);
  const base = { river: 1.2, other: 0.8, arterial: 0.8, expressway: 1.4, metro: 1.1, railway: 1.3 }[kind];
  const grow = { river: 1.1, other: 0.25, arterial: 0.6, expressway: 0.6, metro: 0.3, railway: 0.24 }[kind];
  return Math.min(base + grow * near, { river: 14, other: 3, arterial: 9, expressway: 11, metro: 3.4, railway: 3 }[kind]);
}

export function sorted(ground, seen, level) {
  // The shapes of a level by kind: those known, and those that are not sure.
  const kinds = new Map();
  for (const i of seen) {
    const code = ground.rank[i];
    if (code >> 5 !== level) continue;
    const name = [...AREAS, ...WAYS][code & 15];
    if (!kinds.has(name)) kinds.set(name, { sure: [], unsure: [] });
    kinds.get(name)[code & UNSURE ? 'unsure' : 'sure'].push(i);
  }
  return kinds;
}

function trace(ctx, { starts, xy }, { left, top, metre }, shapes) {
  ctx.beginPath();
  for (const i of shapes) {
    for (let k = starts[i]; k < starts[i + 1]; k += 1) {
      const x = (xy[2 * k] - left) * metre;
      const y = (top - xy[2 * k + 1]) * metre;
      if (k === starts[i]) ctx.moveTo(x, y); else ctx.lineTo(x, y);
    }
  }
}

function line(ctx, width, color, dash = []) {
  ctx.lineWidth = width;
  ctx.strokeStyle = color;
  ctx.setLineDash(dash);
  ctx.stroke();
}

function paintWays(ctx, kind, zoom, sure, inks, draw) {
  // What is known has an edge of its own; what is not is one broken line. A railway is the map sign: dark, with light dashes.
  const width = wayWidth(kind, zoom);
  const [ink, edge] = kind === 'river' ? [inks.water, inks.shore] : inks[kind];
  draw();
  if (kind === 'railway' && sure) {
    line(ctx, width + 0.4, edge);
    if (zoom >= 10) line(ctx, Math.max(0.8, width - 1), ink, [width * 2.2, width * 2.2]);
  } else if (!sure) {
    line(ctx, Math.max(1, width * (kind === 'river' ? 1 : 0.75)), kind === 'railway' ? edge : ink, kind === 'river' ? [] : [7, 4]);
  } else {
    if (zoom >= 10 && kind !== 'river') line(ctx, width + 1.6, edge);
    line(ctx, width, ink);
  }
}

function mist(ctx, { extent }, { left, top, metre }, size) {
  const [x0, x1, y0, y1] = extent;
  const sides = [[(x0 - left) * metre, 1, true], [(x1 - left) * metre, -1, true], [(top - y1) * metre, 1, false], [(top - y0) * metre, -1, false]];
  ctx.globalCompositeOperation = 'destination-in';
  for (const [at, inward, flat] of sides) {
    const depth = FADE * (flat ? x1 - x0 : y1 - y0) * metre * inward;
    const span = flat ? size.x : size.y;
    if ((inward > 0 && at + depth < 0) || (inward < 0 && at + depth > span)) continue;
    const shade = flat ? ctx.createLinearGradient(at, 0, at + depth, 0) : ctx.createLinearGradient(0, at, 0, at + depth);
    shade.addColorStop(0, 'rgba(0,0,0,0)');
    shade.addColorStop(1, 'rgba(0,0,0,1)');
    ctx.fillStyle = shade;
    ctx.fillRect(0, 0, size.x, size.y);
  }
  ctx.globalCompositeOperation = 'source-over';
}

export function groundClass(L) {
  return L.GridLayer.extend({
    options: { tileSize: TILE },
    take(ground, { levels, fade }) {
      Object.assign(this, { ground, levels, fade });
      this.redraw();
    },
    createTile(coords) {
      if (!this.ground) return emptyTile();
      const size = this.getTileSize();
      const place = frame(coords, size, this.ground.origin);
      const kinds = sorted(this.ground, inFrame(this.ground, place), levelAt(this.levels, coords.z));
      if (!kinds.size) return emptyTile();
      const { ctx, show } = blankTile(size);
      const inks = paper();
      for (const kind of AREAS) {
        if (!kinds.has(kind)) continue;
        const { sure, unsure } = kinds.get(kind);
        trace(ctx, this.ground, place, [...sure, ...unsure]);
        ctx.fillStyle = inks[kind];
        ctx.fill('nonzero'); // rings are written with their holes the other way round
        if (OUTLINE[kind]) line(ctx, 0.8, inks[OUTLINE[kind]]);
      }
      if (this.fade) mist(ctx, this.ground, place, size);
      for (const kind of WAYS) {
        for (const [how, shapes] of Object.entries(kinds.get(kind) || {})) {
          if (shapes.length) paintWays(ctx, kind, coords.z, how === 'sure', inks, () => trace(ctx, this.ground, place, shapes));
        }
      }
      return show();
    },
  });
}

export function groundNames(L, names, lang) {
  // Each name says itself from which zoom to which it stands, and how it lies along its line.
  return names.features.map(({ geometry, properties: p }) => {
    const [lng, lat] = geometry.coordinates;
    const one = label(L, L.latLng(lat, lng), p, { className: p.look, rank: p.weight, from: p.from, until: p.until }, lang);
    if (Number.isFinite(p.angle)) { one.angle = p.angle; one.text.style.transform = `rotate(${p.angle}deg)`; }
    return one;
  });
}
